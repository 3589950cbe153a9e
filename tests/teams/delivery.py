"""How an activity reaches the app: signed by the Bot Connector service, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.teams.records import Json
from tests.teams.world import World

PATIENCE = 15.0  # seconds; after them Teams tells the person that the app did not answer
TAKEN = frozenset({200, 201, 202})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the app answered in time: a status, and JSON or nothing."""

    status: int
    body: Json | None


class NotTaken(Exception):
    """The app did not answer in time, or with an error."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(f"{reason} {status}" if status else reason)
        self.reason = reason
        self.status = status


class Delivery:
    """Posts to the app's messaging endpoint. `seconds` is how long it waits for an answer.

    `claims` are put into its tokens in place of what stands there; `token` stands for all of it.
    """

    def __init__(
        self, world: World, session: ClientSession, url: str, *, seconds: float = PATIENCE
    ) -> None:
        self.world = world
        self.url = url
        self.seconds = seconds
        self.claims: dict[str, Any] = {}
        self.token: str | None = None
        self.last: Json | None = None
        self._session = session

    async def send(self, activity: Json) -> Answer:
        """Deliver, and wait for the answer. Raises NotTaken."""
        self.last = activity
        return await self._post(activity)

    async def replay(self) -> Answer:
        """The last activity once more, as after 0 s, 15 s and a minute without a good answer."""
        assert self.last is not None, "nothing was delivered yet"
        return await self._post(self.last)

    async def _post(self, activity: Json) -> Answer:
        body = json.dumps(activity, ensure_ascii=False).encode()
        conversation = activity.get("conversation") or {}
        headers = {
            "x-ms-conversation-id": str(conversation.get("id") or ""),
            "x-ms-tenant-id": str(conversation.get("tenantId") or ""),
        }
        return await self.post_raw(body, headers, service=str(activity.get("serviceUrl")))

    async def post_raw(
        self, body: bytes, more: Mapping[str, str] | None = None, *, service: str = ""
    ) -> Answer:
        """Signed bytes, whatever they are; `more` may override every header."""
        headers = {
            "Authorization": f"Bearer {self._token(service)}",
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)",
            **(more or {}),
        }
        timeout = ClientTimeout(total=self.seconds)
        try:
            async with self._session.post(
                self.url, data=body, headers=headers, timeout=timeout
            ) as response:
                text = await response.text()
                if response.status not in TAKEN:
                    raise NotTaken("http_error", response.status)
                return Answer(response.status, _json(text))
        except TimeoutError:
            raise NotTaken("timeout") from None
        except ClientError as error:
            raise NotTaken(f"connection_failed: {type(error).__name__}") from error

    def _token(self, service: str) -> str:
        if self.token is not None:
            return self.token
        now = datetime.fromtimestamp(self.world.wall(), UTC)
        claims = {"aud": self.world.app_id, "serviceurl": service or self.world.service_url}
        return self.world.issuer.token(now, **{**claims, **self.claims})


def _json(text: str) -> Json | None:
    if not text.strip():
        return None
    found = json.loads(text)
    if not isinstance(found, dict):
        raise NotTaken(f"not a JSON object: {text[:80]}")
    return found
