"""The keys with which the Bot Connector service signs its requests: fetched, and kept for a day.

Source: learn.microsoft.com, "Authenticate requests from the Bot Connector service to your bot".
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bot.ports import Clock

log = logging.getLogger(__name__)

METADATA = "https://login.botframework.com/v1/.well-known/openidconfiguration"
KEEP = timedelta(days=1)
# A key that we do not know makes us look again, but not for everyone who makes one up.
LOOK_AGAIN = timedelta(minutes=5)
TRY_AGAIN = timedelta(seconds=10)  # after nobody answered
PATIENCE = 10.0  # seconds for both documents
MAX_DOCUMENT = 512 * 1024  # bytes; the real ones have a few thousand


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`endorsements`: the channels for which the key may speak, such as "msteams"."""

    public: RSAPublicKey
    endorsements: frozenset[str]


class SigningKeys:
    """Asks at most once at a time; while nobody answers, the keys that are there go on."""

    def __init__(self, session: aiohttp.ClientSession, clock: Clock, metadata: str = METADATA):
        self._session = session
        self._clock = clock
        self._metadata = metadata
        self._keys: Mapping[str, SigningKey] = {}
        self._fetched: datetime | None = None
        self._rest_until: datetime | None = None
        self._fetching = asyncio.Lock()

    async def find(self, name: str) -> SigningKey | None:
        """The key with this `kid`; None where there is none, or nobody can say."""
        if self._is_worth_asking(name):
            async with self._fetching:
                if self._is_worth_asking(name):  # somebody else may have asked meanwhile
                    await self._fetch()
        return self._keys.get(name)

    def _is_worth_asking(self, name: str) -> bool:
        now = self._clock.now()
        if self._rest_until is not None and now < self._rest_until:
            return False
        return name not in self._keys or self._fetched is None or now >= self._fetched + KEEP

    async def _fetch(self) -> None:
        now = self._clock.now()
        try:
            async with asyncio.timeout(PATIENCE):
                about = await self._read(self._metadata)
                self._keys = keys_of(await self._read(about["jwks_uri"]))
        except (aiohttp.ClientError, TimeoutError, KeyError, TypeError, ValueError) as error:
            extra = {"action": "teams_keys_failed", "error": type(error).__name__}
            log.warning("The keys of the Bot Connector service could not be fetched", extra=extra)
            self._rest_until = now + TRY_AGAIN
            return
        self._fetched, self._rest_until = now, now + LOOK_AGAIN

    async def _read(self, url: str) -> dict[str, Any]:
        """A JSON object. Raises aiohttp's errors, and ValueError for anything else."""
        body = bytearray()
        async with self._session.get(url, raise_for_status=True, allow_redirects=False) as response:
            if response.status != 200:
                raise ValueError("another address is named")
            async for piece in response.content.iter_any():
                body += piece
                if len(body) > MAX_DOCUMENT:
                    raise ValueError("too long for a list of keys")
        found = orjson.loads(body)
        if not isinstance(found, dict):
            raise ValueError("not a JSON object")
        return found


def keys_of(document: Mapping[str, Any]) -> dict[str, SigningKey]:
    """The RSA keys of a JSON Web Key Set (RFC 7517) by their `kid`; others are left out.

    Raises KeyError, TypeError or ValueError for what is no such set.
    """
    found = {}
    for each in document["keys"]:
        if not isinstance(each, dict) or each.get("kty") != "RSA":
            continue
        if not isinstance(each.get("kid"), str):
            continue
        try:
            public = jwt.PyJWK.from_dict(each, algorithm="RS256").key
        except jwt.PyJWTError as error:
            raise ValueError("a key that cannot be read") from error
        if isinstance(public, RSAPublicKey):
            endorsements = frozenset(str(name) for name in each.get("endorsements") or ())
            found[each["kid"]] = SigningKey(public, endorsements)
    return found
