"""How a payload reaches the app: signed over HTTP, or in an envelope over a web socket."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.slack.records import Json
from tests.slack.socket import SocketHub
from tests.slack.world import World

ACK_SECONDS = 3.0
FORM = "application/x-www-form-urlencoded"


class Kind(Enum):
    """What is delivered, by the names that Socket Mode has for it."""

    SLASH = "slash_commands"
    INTERACTIVE = "interactive"
    EVENT = "events_api"


@dataclass(frozen=True, slots=True)
class Ack:
    """What the app answered in time: nothing, a text, or JSON."""

    status: int
    body: Json | str | None


class NotAcked(Exception):
    """The app did not acknowledge within 3 seconds, or with an error."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(f"{reason} {status}" if status else reason)
        self.reason = reason
        self.status = status


class Delivery(Protocol):
    """One way to the app."""

    async def send(self, kind: Kind, payload: Mapping[str, object]) -> Ack:
        """Deliver and wait for the ack. Raises NotAcked."""

    async def replay(self, number: int = 1, reason: str = "http_timeout") -> Ack:
        """Deliver the last payload once more, as Slack does when it saw no ack."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class HttpDelivery:
    """Posts to the app's request URL. `seconds` is how long it waits for an ack."""

    def __init__(
        self, world: World, session: ClientSession, url: str, *, seconds: float = ACK_SECONDS
    ) -> None:
        self.world = world
        self.url = url
        self.seconds = seconds
        self._session = session
        self._last: tuple[Kind, Mapping[str, object]] | None = None

    async def send(self, kind: Kind, payload: Mapping[str, object]) -> Ack:
        self._last = kind, payload
        return await self._post(kind, payload, {})

    async def replay(self, number: int = 1, reason: str = "http_timeout") -> Ack:
        assert self._last is not None, "nothing was delivered yet"
        retry = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
        return await self._post(*self._last, retry)

    async def verify_url(self, challenge: str = "challenge") -> Ack:
        """What Slack asks when the request URL is entered in its settings."""
        payload = {"token": "x", "type": "url_verification", "challenge": challenge}
        return await self._post(Kind.EVENT, payload, {})

    async def check_ssl(self) -> Ack:
        """What Slack sends now and then to see whether the certificate is good."""
        return await self.post_raw(b"ssl_check=1&token=x", FORM)

    async def _post(
        self, kind: Kind, payload: Mapping[str, object], more: Mapping[str, str]
    ) -> Ack:
        if kind is Kind.EVENT:
            form, content = json.dumps(payload), "application/json"
        elif kind is Kind.SLASH:
            form, content = urlencode(payload), FORM
        else:
            form = urlencode({"payload": json.dumps(payload)})
            content = FORM
        return await self.post_raw(form.encode(), content, more)

    async def post_raw(
        self, body: bytes, content: str, more: Mapping[str, str] | None = None
    ) -> Ack:
        """Signed bytes, whatever they are; `more` may override the signature's headers."""
        timestamp = str(int(self.world.wall()))
        headers = {
            "Content-Type": content,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self.world.signing_secret, timestamp, body),
            **(more or {}),
        }
        timeout = ClientTimeout(total=self.seconds)
        try:
            async with self._session.post(
                self.url, data=body, headers=headers, timeout=timeout
            ) as response:
                text = await response.text()
                if response.status != 200:
                    raise NotAcked("http_error", response.status)
                return Ack(response.status, _body(text, response.content_type))
        except TimeoutError:
            raise NotAcked("timeout") from None
        except ClientError as error:
            raise NotAcked(f"connection_failed: {type(error).__name__}") from error


def _body(text: str, content: str) -> Json | str | None:
    if not text:
        return None
    if content == "application/json":
        found = json.loads(text)
        return found if isinstance(found, dict) else text
    return text


class SocketDelivery:
    """Sends the same payloads as envelopes; what is not acked goes out over the next socket."""

    def __init__(self, hub: SocketHub, *, seconds: float = ACK_SECONDS) -> None:
        self.hub = hub
        self.seconds = seconds
        self._last: tuple[Kind, Json] | None = None

    async def send(self, kind: Kind, payload: Mapping[str, object]) -> Ack:
        self._last = kind, dict(payload)
        return await self._deliver(0, "")

    async def replay(self, number: int = 1, reason: str = "timeout") -> Ack:
        return await self._deliver(number, reason)

    async def _deliver(self, retry: int, reason: str) -> Ack:
        assert self._last is not None, "nothing was delivered yet"
        kind, payload = self._last
        envelope = await self.hub.send(
            kind.value, payload, accepts=kind is not Kind.EVENT, retry=retry, reason=reason
        )
        try:
            async with asyncio.timeout(self.seconds):
                await envelope.acked.wait()
        except TimeoutError:
            raise NotAcked("timeout") from None
        finally:
            self.hub.waiting.pop(envelope.id, None)
        match envelope.payload:
            case dict():
                return Ack(200, dict(envelope.payload))
            case None | "":
                return Ack(200, None)
        return Ack(200, str(envelope.payload))
