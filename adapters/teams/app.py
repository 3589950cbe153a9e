"""Teams' requests over HTTP: nothing is believed but what the Bot Connector service has signed."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Mapping
from typing import Any, Protocol

import aiohttp
import orjson
from aiohttp import web

from adapters.talking import Seldom
from adapters.teams.authentication import Unauthorised, check_channel, check_tenant
from adapters.teams.turns import Turns
from bot.loopback import is_on_own_machine
from bot.ports import Clock

log = logging.getLogger(__name__)

MESSAGES = "/api/messages"
MAX_BODY = 256 * 1024  # bytes; what Teams sends stays below 100 kB
FORWARDED = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"})

NOT_BELIEVED = "This request is not signed by the Bot Connector service for this bot."


class NotTaken(Exception):
    """Something went wrong with an event that nobody waits for: it is to be sent again."""


class Guard(Protocol):
    """Decides whether a request is believed."""

    async def check(self, headers: Mapping[str, str], activity: Mapping[str, Any]) -> None:
        """Raises Unauthorised."""
        ...


class AnyoneHere:
    """Believes everyone on this machine, for clients that sign nothing.

    Answers stay on this machine too: nobody can have them sent somewhere else. What a server in
    front of this one hands on comes from somewhere else.
    """

    def __init__(self, tenants: frozenset[str]) -> None:
        self._tenants = tenants

    async def check(self, headers: Mapping[str, str], activity: Mapping[str, Any]) -> None:
        if not FORWARDED.isdisjoint(name.lower() for name in headers):
            raise Unauthorised("a request that was handed on")
        # A page that is open in a browser on this machine can send requests here too.
        if "Origin" in headers or not is_on_own_machine(f"//{headers.get('Host', '')}"):
            raise Unauthorised("a request of a page")
        url = activity.get("serviceUrl")
        if not isinstance(url, str) or not is_on_own_machine(url):
            raise Unauthorised("a service that is not on this machine")
        check_channel(activity)
        check_tenant(activity, self._tenants)


class Front:
    """The route."""

    def __init__(self, guard: Guard, turns: Turns, clock: Clock) -> None:
        self._guard = guard
        self._turns = turns
        self._clock = clock
        self._warned = Seldom()

    async def messages(self, request: web.Request) -> web.Response:
        """An activity. Whoever is not believed gets 401, whatever they send."""
        activity = await _activity(request)
        try:
            if activity is None:
                raise Unauthorised("no activity")
            await self._guard.check(request.headers, activity)
        except Unauthorised as refused:
            self._warn(str(refused))
            return web.Response(status=401, text=NOT_BELIEVED)
        try:
            answer = await self._turns.run(activity)
        except NotTaken:
            return web.Response(status=503)  # the service sends it again
        except Exception as error:  # noqa: BLE001  whatever went wrong, nobody's words are logged
            extra = {"action": "teams_activity_failed", "error": type(error).__name__}
            log.error("An activity failed", extra=extra)
            return web.Response(status=503)
        if answer is None:
            return web.Response()
        return web.Response(body=orjson.dumps(answer), content_type="application/json")

    def _warn(self, why: str) -> None:
        """Once a minute: whoever found the address could fill the log."""
        if self._warned.is_due(self._clock.now()):
            log.warning(
                "A request was not believed. If it was from Teams, look at TEAMS_APP_ID, "
                "TEAMS_TENANT_IDS and at the clock of this machine.",
                extra={"action": "teams_unauthorised", "why": why},
            )


async def _activity(request: web.Request) -> dict[str, Any] | None:
    """The JSON object of a request; None for anything else, and for what is too long."""
    if request.content_length is not None and request.content_length > MAX_BODY:
        return None
    body = bytearray()
    try:
        async for piece in request.content.iter_any():
            body += piece
            if len(body) > MAX_BODY:
                return None
        found = orjson.loads(bytes(body))
    except (aiohttp.ClientError, web.RequestPayloadError, zlib.error, orjson.JSONDecodeError):
        return None
    return found if isinstance(found, dict) else None
