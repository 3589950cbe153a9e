"""Whether a request was made by the Bot Connector service, for this bot and for one of its tenants.

Source: learn.microsoft.com, "Authenticate requests from the Bot Connector service to your bot".
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt

from adapters.teams.signing_keys import SigningKey, SigningKeys
from bot.ports import Clock

ISSUER = "https://api.botframework.com"
CHANNEL = "msteams"
SCHEME = "Bearer "
SKEW = 300  # seconds by which clocks may differ
MAX_TOKEN = 8192  # characters; real ones have about a thousand
MOST = 64  # tokens that are remembered; the service uses each for about an hour


class Unauthorised(Exception):
    """The request is not believed. Its text says why, and nothing of what was sent."""


@dataclass(frozen=True, slots=True)
class Audience:
    """For whom requests are taken: the bot's app id, and the tenants that it serves."""

    app_id: str
    tenants: frozenset[str]


@dataclass(frozen=True, slots=True)
class Verified:
    """What a token says, and the key with which it was signed, for us."""

    key_name: str
    key: SigningKey
    claims: Mapping[str, Any]


class Authentication:
    """Believes what the service has signed, and nothing else.

    The service shows the same token again and again, so one that was verified is remembered by its
    exact text for as long as its key is there. All that depends on the moment or on the activity is
    looked at each time.
    """

    def __init__(self, keys: SigningKeys, audience: Audience, clock: Clock) -> None:
        self._keys = keys
        self._audience = audience
        self._clock = clock
        self._verified: OrderedDict[str, Verified] = OrderedDict()  # oldest first

    async def check(self, headers: Mapping[str, str], activity: Mapping[str, Any]) -> None:
        """Raises Unauthorised unless the token in the headers is good for this activity."""
        token = _token(headers.get("Authorization", ""))
        before = self._verified.get(token)
        name = before.key_name if before else _key_name(token)
        key = await self._keys.find(name)
        if key is None:
            raise Unauthorised("a key that nobody knows")
        if CHANNEL not in key.endorsements:
            raise Unauthorised("a key for another channel")
        check_channel(activity)
        # Keys that are fetched anew are other objects, even where they say the same.
        found = before if before is not None and before.key is key else None
        claims = found.claims if found else _claims(token, key, self._audience)
        check_moment(claims, self._clock.now())
        if found is None:
            self._remember(token, Verified(name, key, claims))
        check_service(claims, activity)
        check_tenant(activity, self._audience.tenants)

    def _remember(self, token: str, found: Verified) -> None:
        self._verified[token] = found
        if len(self._verified) > MOST:
            self._verified.popitem(last=False)


def _claims(token: str, key: SigningKey, audience: Audience) -> Mapping[str, Any]:
    """What the token says, if this key has signed it for us. Raises Unauthorised."""
    try:
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key.public,
            algorithms=["RS256"],
            audience=audience.app_id,
            issuer=ISSUER,
            # The moment is looked at by our own clock, each time that the token is shown.
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise Unauthorised(f"a token that is refused: {type(error).__name__}") from None
    return claims


def check_channel(activity: Mapping[str, Any]) -> None:
    """Raises Unauthorised for what was not sent in Teams.

    Of others, such as Web Chat, the client itself says who somebody is.
    """
    if activity.get("channelId") != CHANNEL:
        raise Unauthorised("another channel")


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
