"""Whether a request was made by the Bot Connector service, for this bot and for one of its tenants.

Source: learn.microsoft.com, "Authenticate requests from the Bot Connector service to your bot".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt

from adapters.teams.signing_keys import SigningKeys
from bot.ports import Clock

ISSUER = "https://api.botframework.com"
SCHEME = "Bearer "
SKEW = 300  # seconds by which clocks may differ
MAX_TOKEN = 8192  # characters; real ones have about a thousand


class Unauthorised(Exception):
    """The request is not believed. Its text says why, and nothing of what was sent."""


@dataclass(frozen=True, slots=True)
class Audience:
    """For whom requests are taken: the bot's app id, and the tenants that it serves."""

    app_id: str
    tenants: frozenset[str]


class Authentication:
    """Believes what the service has signed, and nothing else."""

    def __init__(self, keys: SigningKeys, audience: Audience, clock: Clock) -> None:
        self._keys = keys
        self._audience = audience
        self._clock = clock

    async def check(self, authorization: str, activity: Mapping[str, Any]) -> None:
        """Raises Unauthorised unless the header's token is good for this activity."""
        token = _token(authorization)
        key = await self._keys.find(_key_name(token))
        if key is None:
            raise Unauthorised("a key that nobody knows")
        if not any(activity.get("channelId") == channel for channel in key.endorsements):
            raise Unauthorised("a key for another channel")
        try:
            # The moment is checked below, by our own clock.
            claims = jwt.decode(
                token,
                key.public,
                algorithms=["RS256"],
                audience=self._audience.app_id,
                issuer=ISSUER,
                options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except (jwt.PyJWTError, TypeError, ValueError) as error:
            raise Unauthorised(f"a token that is refused: {type(error).__name__}") from None
        check_moment(claims, self._clock.now())
        check_service(claims, activity)
        check_tenant(activity, self._audience.tenants)


def check_moment(claims: Mapping[str, Any], now: datetime) -> None:
    """Raises Unauthorised for a token that has ended, or does not hold yet."""
    begins, ends = claims.get("nbf"), claims.get("exp")
    if not isinstance(begins, int | float) or not isinstance(ends, int | float):
        raise Unauthorised("a token without its times")
    if not begins - SKEW <= now.timestamp() < ends + SKEW:
        raise Unauthorised("a token of another time")


def check_service(claims: Mapping[str, Any], activity: Mapping[str, Any]) -> None:
    """Raises Unauthorised unless answers would go where the token's owner wants them.

    Without this, whoever has a token of their own could have our answers sent to themselves.
    """
    claimed, wanted = claims.get("serviceurl"), activity.get("serviceUrl")
    if not claimed or not isinstance(claimed, str) or claimed != wanted:
        raise Unauthorised("a token for another service")


def check_tenant(activity: Mapping[str, Any], tenants: frozenset[str]) -> None:
    """Raises Unauthorised unless the activity is of one of these tenants, and of one alone."""
    named = set(tenants_of(activity))
    if len(named) != 1 or not named <= tenants:
        raise Unauthorised("another tenant")


def tenants_of(activity: Mapping[str, Any]) -> list[str]:
    """Every tenant that the activity names."""
    conversation, data = activity.get("conversation"), activity.get("channelData")
    tenant = data.get("tenant") if isinstance(data, Mapping) else None
    found = [
        conversation.get("tenantId") if isinstance(conversation, Mapping) else None,
        tenant.get("id") if isinstance(tenant, Mapping) else None,
    ]
    return [each for each in found if isinstance(each, str) and each]


def _token(authorization: str) -> str:
    if not authorization.startswith(SCHEME) or len(authorization) > MAX_TOKEN:
        raise Unauthorised("no token")
    return authorization.removeprefix(SCHEME)


def _key_name(token: str) -> str:
    """The `kid` of a token that is signed as ours are, by what it says; nothing is believed yet."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Unauthorised("no token that can be read") from None
    name = header.get("kid")
    if header.get("alg") != "RS256" or not isinstance(name, str) or not name:
        raise Unauthorised("a token of another kind")
    return name
