"""The Bot Connector service's REST API over one pool of connections.

Source: learn.microsoft.com, "API reference for the Bot Framework Connector service".
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import quote

import aiohttp
import orjson
from yarl import URL

from adapters.teams.credentials import NoToken
from adapters.teams.pacing import (
    ALL_CREATING,
    ALL_READING,
    READING,
    SENDING,
    Pace,
    Windows,
    waiting_time,
)
from adapters.teams.told import Told, code_of, object_of

Json = Mapping[str, Any]

TIMEOUT = aiohttp.ClientTimeout(total=8)  # within what a lane allows a send
# The service asks to repeat these. Before a 502 or 504 it may have taken a message, which then
# comes twice: that does no harm, and more often would (docs/decisions/0013).
AGAIN = frozenset({412, 502, 503, 504})
PERHAPS = frozenset({502, 504})
HARMLESS = frozenset({"GET", "PUT"})  # done twice they do no more than once
BUSY = 429
MOST_PATIENCE = timedelta(seconds=30)
TRIES = 3
TOKEN_PAUSE = 2.5  # seconds; a failure is told to everyone for about so long
PAUSE = 0.5  # seconds before another try, twice as long each time
PAGE = 500


class Bearer(Protocol):
    """Where the bot's own token comes from."""

    async def token(self) -> str:
        """Raises NoToken."""
        ...

    def forget(self, token: str) -> None: ...


class Connector:
    """Talks to whichever service URL a conversation has. Without a bearer it shows no token."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        bearer: Bearer | None,
        chance: Callable[[], float] = random.random,
        sending: Windows = SENDING,
    ) -> None:
        self._session = session
        self._bearer = bearer
        self._chance = chance
        self._sending, self._reading = Pace(sending), Pace(READING)
        self._all_creating, self._all_reading = Pace(ALL_CREATING), Pace(ALL_READING)

    async def ready(self) -> None:
        """Have a token, so that nobody who writes need wait for one. Raises NoToken."""
        if self._bearer is not None:
            await self._bearer.token()

    async def send(
        self, service_url: str, conversation: str, activity: Json, *, patient: bool = False
    ) -> str:
        """Post a message; returns its id. Raises Told, NoToken and aiohttp's errors.

        `patient`: where the service is too busy, wait here and try again.
        """
        await self._turn(self._sending, conversation)
        path = f"conversations/{_part(conversation)}/activities"
        sent = await self._call("POST", service_url, path, activity, patient=patient, writes=True)
        return str(sent.get("id") or "")

    async def update(self, service_url: str, conversation: str, id_: str, activity: Json) -> None:
        """Put another message in the place of one, patiently. Raises as `send` does."""
        await self._turn(self._sending, conversation)
        path = f"conversations/{_part(conversation)}/activities/{_part(id_)}"
        await self._call("PUT", service_url, path, {**activity, "id": id_}, patient=True)

    async def create(self, service_url: str, bot: str, user: str, tenant: str) -> str:
        """The personal chat of the bot and a user, which may be there already; returns its id.

        Raises as `send` does.
        """
        await self._turn(self._sending, user, self._all_creating, service_url)
        about = {
            "bot": {"id": bot},
            "members": [{"id": user}],
            "isGroup": False,
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
        }
        found = await self._call("POST", service_url, "conversations", about)
        if not found.get("id"):
            raise Told(502, "no id", {})  # some gateway's answer, not the service's
        return str(found["id"])

    async def member(self, service_url: str, conversation: str, user: str) -> Json:
        """One member's profile. Raises as `send` does."""
        await self._turn(self._reading, conversation, self._all_reading, service_url)
        path = f"conversations/{_part(conversation)}/members/{_part(user)}"
        return await self._call("GET", service_url, path, patient=True)

    async def members(self, service_url: str, conversation: str) -> AsyncIterator[Json]:
        """Everyone's profile, page by page. Raises as `send` does."""
        token = ""
        while True:
            await self._turn(self._reading, conversation, self._all_reading, service_url)
            more = f"&continuationToken={_part(token)}" if token else ""
            path = f"conversations/{_part(conversation)}/pagedmembers?pageSize={PAGE}{more}"
            page = await self._call("GET", service_url, path, patient=True)
            for member in page.get("members") or ():
                yield member
            token = str(page.get("continuationToken") or "")
            if not token:
                return

    async def team(self, service_url: str, team: str) -> Json:
        """A team's name and size. Raises as `send` does."""
        return await self._call("GET", service_url, f"teams/{_part(team)}", patient=True)

    async def _turn(
        self, pace: Pace, conversation: str, of_all: Pace | None = None, service_url: str = ""
    ) -> None:
        """Wait for a place in the conversation, and among all of this kind (in a tenant)."""
        now = asyncio.get_running_loop().time()
        start = pace.reserve(conversation, now)
        if of_all is not None:
            start = of_all.reserve(service_url, start)
        if start > now:
            await asyncio.sleep(start - now)

    async def _call(
        self,
        method: str,
        service_url: str,
        path: str,
        body: Json | None = None,
        *,
        patient: bool = False,
        writes: bool = False,
    ) -> dict[str, Any]:
        """`writes`: what is done twice stands there twice."""
        data = None if body is None else orjson.dumps(body)
        url = f"{service_url.rstrip('/')}/v3/{path}"
        renewed = False
        tries = 0
        while True:
            token = await self._token(patient=patient)
            try:
                return await self._once(method, url, token, data)
            except Told as told:
                if told.status == 401 and self._bearer is not None and not renewed:
                    renewed = True
                    self._bearer.forget(token)
                    continue
                tries += 1
                wait = waiting_time(told.headers) if told.status == BUSY else timedelta()
                busy = told.status == BUSY and patient and wait <= MOST_PATIENCE
                harmless = told.status >= 500 and method in HARMLESS
                if not (busy or harmless or told.status in AGAIN) or tries >= TRIES:
                    raise
                # Full jitter, so that those who were refused together do not come back together.
                pause = PAUSE * 2**tries * self._chance()
                await asyncio.sleep(wait.total_seconds() + pause)
                if writes and told.status in PERHAPS:
                    return await self._once_more(told, method, url, token, data)

    async def _token(self, *, patient: bool) -> str:
        """`patient`: where nobody gives one just now, wait and ask again."""
        waits = 0
        while self._bearer is not None:
            try:
                return await self._bearer.token()
            except NoToken as error:
                waits += 1
                if not patient or error.refused or waits >= TRIES:
                    raise
            await asyncio.sleep(TOKEN_PAUSE)
        return ""

    async def _once_more(
        self, before: Told, method: str, url: str, token: str, data: bytes | None
    ) -> dict[str, Any]:
        """Whatever comes of it, the first time may have been enough. Raises `before`."""
        try:
            return await self._once(method, url, token, data)
        except (Told, aiohttp.ClientError, TimeoutError) as error:
            raise before from error

    async def _once(self, method: str, url: str, token: str, data: bytes | None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} if data is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        async with self._session.request(
            method,
            URL(url, encoded=True),
            data=data,
            headers=headers,
            timeout=TIMEOUT,
            allow_redirects=False,
        ) as response:
            said = await response.read()
            if response.status >= 300:
                raise Told(response.status, code_of(said), response.headers)
            return object_of(said)


def _part(text: str) -> str:
    """One part of a path: ids hold colons, at signs and semicolons."""
    return quote(text, safe="")
