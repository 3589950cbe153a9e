"""The playground as a platform, and its web page. The only file here that knows aiohttp."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
from aiohttp import web

from adapters.playground.colleagues import Colleagues
from adapters.playground.exchange import Core, Exchange, MovableClock
from adapters.playground.history import History, Message
from adapters.playground.inbound import PLATFORM, refusal
from adapters.playground.render import Json, actions, render_card, render_reply
from adapters.playground.timeline import HORIZON, advance, catch_up, next_event
from bot.conversation.card import Card
from bot.conversation.events import Actor
from bot.conversation.roles import Role
from bot.loopback import is_on_own_machine, is_own_machine
from bot.ports import Rate, SendOutcome, Sent, Trace

STATIC = Path(__file__).parent / "static"
MAX_BODY = 1024 * 1024  # bytes; a pasted roster fits many times over
HEARTBEAT = 10.0  # seconds; also how soon a closed page is noticed
LOOK_AROUND = 1.0  # seconds between looks at what has become due in real time
MAX_PANES = 12

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not take that kind of request.",
    413: f"The body is too long: at most {MAX_BODY // 1024} KiB fit.",
}

log = logging.getLogger(__name__)


class NotLoopback(ValueError):
    """The playground lets anyone act as anyone, so it is for this machine alone."""


class Playground:
    """The `Platform` port. Messages live in `history`; nothing leaves the machine."""

    name = PLATFORM
    rate = Rate(per_second=2000, burst=2000)

    def __init__(self, history: History, workspace: str, clock: MovableClock) -> None:
        self.history = history
        self.workspace = workspace
        self._clock = clock

    async def send(self, to: Actor, card: Card, key: str) -> SendOutcome:
        """Keep the message; a key that has arrived before is not kept again."""
        number = self.history.add(to.user, key, render_card(card), self._clock.now())
        return Sent(str(number))

    async def find(self, to: Actor, key: str) -> Sent | Trace:
        """The history knows every message, so there is no doubt here."""
        number = self.history.find(to.user, key)
        return Trace.ABSENT if number is None else Sent(str(number))


def make_app(playground: Playground, core: Core, colleagues: Colleagues) -> web.Application:
    """The page, its requests and its stream of changes."""
    page = _Page(Exchange(core, playground.history, playground.workspace), colleagues)
    app = web.Application(
        client_max_size=MAX_BODY, middlewares=[_explain_failures, _only_this_machine]
    )
    app.add_routes(
        [
            web.get("/", page.index),
            web.static("/static", STATIC),
            web.get("/cast", page.cast),
            web.get("/messages", page.messages),
            web.get("/stream", page.stream),
            *(web.post(f"/{kind}", page.act) for kind in ("command", "press", "submit", "close")),
            web.post("/clock", page.move_clock),
        ]
    )
    app.on_response_prepare.append(_harden)
    app.on_shutdown.append(page.end_streams)
    app.cleanup_ctx.append(page.live)
    return app


def refuse_others(host: str) -> None:
    """Raises NotLoopback for an address that other machines can reach."""
    if not is_own_machine(host):
        raise NotLoopback(
            f"The playground cannot listen on {host}: anyone who reached it could act as anyone. "
            "Use 127.0.0.1."
        )


async def serve(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Serve until the runner that is returned is cleaned up. Port 0 takes any free port.

    Raises:
        NotLoopback: `host` can be reached from other machines.
        OSError: the port is taken.
    """
    refuse_others(host)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner


class _Page:
    """What the page asks for. One clock is moved at a time."""

    def __init__(self, exchange: Exchange, colleagues: Colleagues) -> None:
        self._exchange = exchange
        self._core = exchange.core
        self._history = exchange.history
        self._colleagues = colleagues
        self._streams: set[asyncio.Event] = set()
        self._watched: Counter[str] = Counter()
        self._moving = False
        self._closing = False
        self._turn = asyncio.Lock()  # held by whoever lives through moments
        self._poked = asyncio.Event()
        self._history.subscribe(self._wake)

    async def index(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "index.html")

    async def cast(self, request: web.Request) -> web.Response:
        people = [
            {
                "user": member.user,
                "name": member.name,
                "roles": sorted(member.roles),
                "team": member.team,
                "zone": member.zone,
            }
            for member in await self._core.cast()
        ]
        return _json({"people": people, "clock": self._clock()})

    async def messages(self, request: web.Request) -> web.Response:
        (user,) = await self._users(request, at_most=1)
        found = self._history.of(user)
        return _json(
            {
                "messages": [_message(message) for message in found],
                "last": max((message.changed for message in found), default=0),
            }
        )

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Changes after `since` (or after the last one that a reconnecting page saw)."""
        users = await self._users(request, at_most=MAX_PANES)
        seen = request.headers.get("Last-Event-ID") or request.query.get("since")
        if seen is not None and not (seen.isascii() and seen.isdecimal() and len(seen) < 16):
            raise web.HTTPBadRequest(text="since: give the number of the last change seen.")
        last = self._history.newest if seen is None else int(seen)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        woken = asyncio.Event()
        self._streams.add(woken)
        self._watch(Counter(users))
        clock: Json = {}
        try:
            await response.prepare(request)
            while not self._closing:
                woken.clear()
                text = ""
                for change in self._history.changes(last, users):
                    name = "message" if change.number > last else "replaced"
                    text += _event(name, _message(change), change.changed)
                    last = change.changed
                if (now := self._clock()) != clock:
                    clock = now
                    text += _event("clock", clock)
                await response.write((text or ": still here\n\n").encode())
                try:
                    await asyncio.wait_for(woken.wait(), HEARTBEAT)
                except TimeoutError:
                    continue
        except ConnectionResetError:
            log.debug("page closed", extra={"action": "playground_page_closed"})
        finally:
            self._streams.discard(woken)
            self._watch(Counter(dict.fromkeys(users, -1)))
        return response

    async def act(self, request: web.Request) -> web.Response:
        """A command, a press, or a form that was sent or closed."""
        kind = request.path.strip("/")
        body = await _body(request)
        payload = {"key": uuid4().hex, **body, "type": kind}
        if isinstance(body.get("user"), str):
            await self._require("user", [body["user"]])
        message = self._message_of(body)
        if kind == "press":
            payload["action"] = _pressed(body.get("button"), message)
        if why := refusal(payload):
            raise web.HTTPBadRequest(text=why)
        replies = await self._exchange.carry(payload, message.number if message else None)
        self._poked.set()
        return _json({"replies": [render_reply(reply) for reply in replies or ()]})

    async def move_clock(self, request: web.Request) -> web.Response:
        """Move to the next event that somebody on screen sees, or through one day."""
        body = await _body(request)
        step, users = body.get("step"), body.get("users")
        if step not in ("next", "day"):
            raise web.HTTPBadRequest(text="step: say next or day.")
        if not isinstance(users, list) or not 0 < len(users) <= MAX_PANES:
            raise web.HTTPBadRequest(text="users: list the people on screen.")
        await self._require("users", users)
        if self._moving:
            raise web.HTTPConflict(text="The clock is already moving. Wait until it stands still.")
        if not self._watched:
            self._colleagues.watch(frozenset(users))
        self._moving = True
        self._wake()
        said = ""
        try:
            async with self._turn:
                if step == "day":
                    until = self._core.clock.now() + timedelta(days=1)
                    await advance(self._exchange, self._colleagues, until, self._wake)
                elif not await next_event(self._exchange, self._colleagues, users, self._wake):
                    said = f"Nothing is planned for these people in the next {HORIZON.days} days."
        finally:
            self._moving = False
            self._history.keep_time(self._core.clock.now())
            self._wake()
        return _json({"clock": self._clock(), "said": said})

    async def live(self, app: web.Application) -> AsyncIterator[None]:
        """While the page is served, real time passes too."""
        first: dict[Role, str] = {}
        for member in await self._core.cast():
            for role in member.roles:
                first.setdefault(role, member.user)
        # Until a page says otherwise, the people whom it will show first are left alone.
        self._colleagues.watch(frozenset(first.values()))
        task = asyncio.create_task(self._look_around())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self._history.keep_time(self._core.clock.now())

    async def end_streams(self, app: web.Application) -> None:
        self._closing = True
        self._wake()

    async def _look_around(self) -> None:
        while True:
            try:
                async with self._turn:
                    await catch_up(self._exchange, self._colleagues)
            except Exception:
                # The page goes on working; the next look tries again.
                log.exception("colleagues stumbled", extra={"action": "playground_live_failed"})
            try:
                await asyncio.wait_for(self._poked.wait(), LOOK_AROUND)
            except TimeoutError:
                continue
            self._poked.clear()

    def _wake(self) -> None:
        for woken in self._streams:
            woken.set()

    def _watch(self, change: Counter[str]) -> None:
        self._watched.update(change)
        self._watched = +self._watched
        if self._watched:
            self._colleagues.watch(frozenset(self._watched))

    def _clock(self) -> Json:
        now = self._core.clock.now()
        return {"now": now.isoformat(timespec="seconds"), "moving": self._moving}

    async def _require(self, name: str, users: Iterable[object]) -> None:
        """Refuse people who are not in the cast; `name` is the field that names them."""
        cast = [member.user for member in await self._core.cast()]
        if any(user not in cast for user in users):
            raise web.HTTPNotFound(text=f"{name}: nobody here has this name.")

    async def _users(self, request: web.Request, at_most: int) -> tuple[str, ...]:
        users = tuple(dict.fromkeys(request.query.getall("user", [])))
        if not 0 < len(users) <= at_most:
            raise web.HTTPBadRequest(text=f"user: name 1 to {at_most} people.")
        await self._require("user", users)
        return users

    def _message_of(self, body: Json) -> Message | None:
        """The message that a request is about; only its own reader can be about it."""
        number = body.get("message")
        if number is None:
            return None
        if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**53:
            raise web.HTTPBadRequest(text="message: give the number of a message.")
        message = self._history.get(number)
        if message is None or message.user != body.get("user"):
            raise web.HTTPNotFound(text="message: this person has no such message.")
        return message


def _pressed(button: object, message: Message | None) -> object:
    """A button's action: as it was sent, or by its number on the message's card."""
    if not isinstance(button, int) or isinstance(button, bool):
        return button
    offered = actions(message.card) if message else ()
    if not 0 <= button < len(offered):
        raise web.HTTPBadRequest(text="button: the message has no button with this number.")
    return offered[button]


def _message(message: Message) -> Json:
    return {
        "id": message.number,
        "changed": message.changed,
        "user": message.user,
        "at": message.at.isoformat(timespec="seconds"),
        "card": message.card,
    }


def _event(name: str, data: Json, number: int | None = None) -> str:
    head = "" if number is None else f"id: {number}\n"
    return f"{head}event: {name}\ndata: {orjson.dumps(data).decode()}\n\n"


async def _body(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send application/json.")
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError as error:
        raise web.HTTPBadRequest(text="The body has to be a JSON object.") from error
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="The body has to be a JSON object.")
    return body


def _json(data: Json, status: int = 200) -> web.Response:
    return web.Response(
        body=orjson.dumps(data), status=status, content_type="application/json", charset="utf-8"
    )


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def _explain_failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every failure is a sentence that the page can show."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        # The web framework's own words are the status, not a sentence.
        ours = error.status != 413 and not (error.text or "").startswith(f"{error.status}:")
        said = error.text if ours else _SENTENCES.get(error.status, error.reason)
        return _json({"error": said}, error.status)
    except Exception:
        log.exception("request failed", extra={"action": "playground_request_failed"})
        return _json({"error": "Something went wrong, and this may not be kept. Try again."}, 500)


@web.middleware
async def _only_this_machine(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse other sites: a name that was pointed at this machine, or a page of another origin."""
    origin = request.headers.get("Origin", f"http://{request.host}")
    if not is_on_own_machine(f"//{request.host}") or origin != f"http://{request.host}":
        raise web.HTTPForbidden(text="The playground answers only to its own page.")
    return await handler(request)


async def _harden(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
