"""A stand-in for the part of the Bot Connector service that signs its requests, on loopback."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

APP = "11111111-2222-3333-4444-555555555555"
TENANT = "99999999-8888-7777-6666-555555555555"
SERVICE = "https://smba.trafficmanager.net/emea/"
CHANNEL = "msteams"
ISSUER = "https://api.botframework.com"


@dataclass
class Issuer:
    """Its keys by name, and how it behaves. `asked` counts requests for the keys."""

    url: str = ""
    keys: dict[str, RSAPrivateKey] = field(default_factory=dict)
    endorsements: list[str] = field(default_factory=lambda: [CHANNEL])
    asked: int = 0
    is_down: bool = False
    says: str | None = None  # in place of its keys

    def add_routes(self, app: web.Application) -> None:
        """Where its keys are asked for: `url` is the address of the app."""

        async def metadata(_: web.Request) -> web.Response:
            return web.json_response({"issuer": ISSUER, "jwks_uri": f"{self.url}/keys"})

        async def keys(_: web.Request) -> web.Response:
            self.asked += 1
            if self.is_down:
                return web.Response(status=503)
            return web.Response(text=self.says or json.dumps(self.document()))

        app.add_routes([web.get("/metadata", metadata), web.get("/keys", keys)])

    def add_key(self, name: str) -> None:
        self.keys[name] = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def document(self) -> dict[str, Any]:
        """Its keys as a JSON Web Key Set."""
        return {"keys": [self._entry(name, key) for name, key in self.keys.items()]}

    def _entry(self, name: str, key: RSAPrivateKey) -> dict[str, Any]:
        entry = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        return {**entry, "kid": name, "use": "sig", "endorsements": self.endorsements}

    def token(
        self,
        now: datetime,
        *,
        key: str = "one",
        algorithm: str = "RS256",
        without: str = "",
        **claims: Any,
    ) -> str:
        """A token as the service makes them, changed as asked."""
        seconds = int(now.timestamp())
        usual = {
            "iss": ISSUER,
            "aud": APP,
            "nbf": seconds - 60,
            "exp": seconds + 3600,
            "serviceurl": SERVICE,
        }
        body = {name: value for name, value in {**usual, **claims}.items() if name != without}
        if algorithm == "HS256":
            return self._with_public_key(key, body)
        signing: Any = None if algorithm == "none" else self.keys[key]
        return jwt.encode(body, signing, algorithm, {"kid": key})

    def _with_public_key(self, key: str, body: Mapping[str, Any]) -> str:
        """The old trick: the public key, which everybody has, as a shared secret."""
        public = self.keys[key].public_key()
        secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        head = {"alg": "HS256", "typ": "JWT", "kid": key}
        signed = ".".join(base64url(json.dumps(part).encode()) for part in (head, body))
        return f"{signed}.{base64url(hmac.digest(secret, signed.encode(), 'sha256'))}"


@cache
def one_key() -> RSAPrivateKey:
    """The same for every stand-in of a process: to make one takes a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def base64url(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def activity(**changed: Any) -> Mapping[str, Any]:
    """What Teams sends when somebody writes to the bot, as far as it is looked at here."""
    return {
        "type": "message",
        "channelId": CHANNEL,
        "serviceUrl": SERVICE,
        "conversation": {"id": "a:1", "conversationType": "personal", "tenantId": TENANT},
        "channelData": {"tenant": {"id": TENANT}},
        "from": {"id": "29:abc", "aadObjectId": "0000"},
        "text": "help",
        **changed,
    }


@asynccontextmanager
async def issuer() -> AsyncIterator[Issuer]:
    """Serves its keys until the body ends. It has one key, "one"."""
    made = Issuer()
    made.add_key("one")
    app = web.Application()
    made.add_routes(app)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield made
    finally:
        await runner.cleanup()
