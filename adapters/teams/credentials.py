"""The bot's own token for the Bot Connector service: one at a time, renewed before it ends.

Source: learn.microsoft.com, "Authenticate requests from your bot to the Bot Connector service",
"Microsoft identity platform application authentication certificate credentials" and "How to use
managed identities for App Service".
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import aiohttp
import jwt
import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bot.ports import Clock

log = logging.getLogger(__name__)

CONNECTOR = "https://api.botframework.com"
RENEW_BEFORE = timedelta(minutes=5)
ASSERTION_LIVES = timedelta(minutes=5)
# Well below what a lane allows a send: who waits for a token has sent nothing yet.
PATIENCE = aiohttp.ClientTimeout(total=4)
MAX_REASON = 400  # characters
TRY_AGAIN = timedelta(seconds=2)  # after nobody gave one


class NoToken(Exception):
    """No token could be had. Its text says why, in the words of whoever was asked."""

    def __init__(self, why: str, *, refused: bool = False) -> None:
        super().__init__(why)
        self.refused = refused  # what we showed is wrong: trying again does not help


@dataclass(frozen=True, slots=True)
class Asking:
    """How a token is asked for: a form to post, or with none of it an address to get."""

    url: str
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None


Ask = Callable[[datetime], Asking]


class Tokens:
    """Asks once, however many wait for it; all of them are told at once that there is none."""

    def __init__(self, session: aiohttp.ClientSession, clock: Clock, ask: Ask) -> None:
        self._session = session
        self._clock = clock
        self._ask = ask
        self._token = ""
        self._until: datetime | None = None
        self._failed: tuple[datetime, NoToken] | None = None
        self._asking = asyncio.Lock()

    async def token(self) -> str:
        """A token that holds, for some minutes more where one can be had. Raises NoToken."""
        if self._is_due() and not (self._holds() and self._asking.locked()):
            async with self._asking:
                if self._is_due():  # somebody else may have asked meanwhile
                    await self._try_to_renew()
        return self._token

    def forget(self, token: str) -> None:
        """The service does not take it any more."""
        if token == self._token:
            self._until = None

    def _is_due(self) -> bool:
        return self._until is None or self._clock.now() >= self._until - RENEW_BEFORE

    def _holds(self) -> bool:
        return self._until is not None and self._clock.now() < self._until

    async def _try_to_renew(self) -> None:
        now = self._clock.now()
        if self._failed is None or now >= self._failed[0] + TRY_AGAIN:
            try:
                await self._renew(now)
            except NoToken as error:
                self._failed = self._clock.now(), error
                if self._holds():
                    extra = {"action": "teams_token_not_renewed", "why": str(error)}
                    log.warning("Entra gives no new token: the old one goes on", extra=extra)
            else:
                self._failed = None
        if self._failed is not None and not self._holds():
            told = self._failed[1]
            raise NoToken(str(told), refused=told.refused) from told

    async def _renew(self, now: datetime) -> None:
        asking = self._ask(now)
        method = "GET" if asking.form is None else "POST"
        try:
            async with self._session.request(
                method,
                asking.url,
                data=asking.form,
                headers=asking.headers,
                timeout=PATIENCE,
                allow_redirects=False,  # what proves who we are is for this address alone
            ) as response:
                body = await response.read()
                status = response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NoToken(type(error).__name__) from error
        self._token, lives = token_of(status, body, now)
        self._until = now + lives


def token_of(status: int, body: bytes, now: datetime) -> tuple[str, timedelta]:
    """The token of an answer, and how long it lives. Raises NoToken."""
    try:
        found = orjson.loads(body)
    except ValueError:
        found = None
    answer: dict[str, Any] = found if isinstance(found, dict) else {}
    token = answer.get("access_token")
    if status != 200 or not isinstance(token, str):
        why = str(answer.get("error_description") or answer.get("error") or f"status {status}")
        raise NoToken(_reason(why), refused=status in (400, 401, 403))
    try:
        # A managed identity says when it ends, everyone else how long it lives.
        if "expires_in" in answer:
            return token, timedelta(seconds=int(answer["expires_in"]))
        return token, datetime.fromtimestamp(int(answer["expires_on"]), now.tzinfo) - now
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise NoToken("an answer that does not say how long it holds") from error


def _reason(said: str) -> str:
    """What is wrong, in Entra's words, without the numbers for its own support that follow."""
    first = said.strip().partition("\n")[0].partition(" Trace ID:")[0].strip().rstrip(".")
    return first if len(first) <= MAX_REASON else f"{first[:MAX_REASON]}…"


def by_password(
    login: str, tenant: str, app_id: str, password: str, resource: str = CONNECTOR
) -> Ask:
    """With the app's client secret."""
    form = {**_form(app_id, resource), "client_secret": password}
    asking = Asking(_address(login, tenant), form)
    return lambda _: asking


def by_certificate(
    login: str, tenant: str, app_id: str, pem: bytes, resource: str = CONNECTOR
) -> Ask:
    """With the app's certificate: what it signs is good for a few minutes. Raises ValueError."""
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the key is not an RSA key")
    print_ = x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256())
    thumbprint = base64.urlsafe_b64encode(print_).decode().rstrip("=")
    url = _address(login, tenant)

    def ask(now: datetime) -> Asking:
        claims = {
            "aud": url,
            "iss": app_id,
            "sub": app_id,
            "jti": uuid4().hex,
            "nbf": now,
            "exp": now + ASSERTION_LIVES,
        }
        signed = jwt.encode(claims, key, "PS256", {"x5t#S256": thumbprint})
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        form = {
            **_form(app_id, resource),
            "client_assertion_type": kind,
            "client_assertion": signed,
        }
        return Asking(url, form)

    return ask


def by_managed_identity(endpoint: str, header: str, app_id: str, resource: str = CONNECTOR) -> Ask:
    """As Azure App Service offers it, by `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`."""
    about = f"resource={resource}&api-version=2019-08-01&client_id={app_id}"
    asking = Asking(f"{endpoint}?{about}", None, {"X-IDENTITY-HEADER": header})
    return lambda _: asking


def _form(app_id: str, resource: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": app_id,
        "scope": f"{resource}/.default",
    }


def _address(login: str, tenant: str) -> str:
    return f"{login.rstrip('/')}/{tenant}/oauth2/v2.0/token"
