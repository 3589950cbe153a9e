"""Servers that take Slack's requests, each a process of its own: ours, and what it is measured by.

`python -m bench.serving <kind> <JSON of Serving>` listens, prints its port, and ends with its
standard input. `GET /cpu` says how many seconds of CPU it has used.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from time import process_time, time
from typing import Any
from uuid import uuid4

import orjson
from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Engine, create_engine, event
from sqlmodel import Field, Session, SQLModel
from yarl import URL

from adapters.slack.app import EVENTS
from adapters.slack.forms import FORM
from adapters.slack.platform import Slack
from adapters.slack.replies import Call
from adapters.slack.side import Side
from adapters.slack.tokens import Grant, OneWorkspace
from bench.common import CountingEngine, opened
from bench.people import DUE
from bot.clock import RunningClock
from bot.conversation.card import Card, Text
from bot.conversation.events import Command, Event, Reply, Say
from bot.conversation.grammar import parse
from bot.conversation.roles import Role
from bot.inbox import Inbox
from bot.service.listening import make_app
from bot.service.running import settle_down

SECRET = "bench"  # noqa: S105  shared with the load alone
TOKEN = "xoxb-bench"  # noqa: S105
ANSWER = "answer"  # what the buttons of the baselines are called
OTHERS = 39  # listeners that an app has before the one that matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What a server is told. `folder` is where it may keep something."""

    url: str
    folder: str
    api_url: str
    workspace: str

    def written(self) -> str:
        return json.dumps(asdict(self))


App = Callable[[Serving, AsyncExitStack], Awaitable[web.Application]]


# --- ours --------------------------------------------------------------------------------------


class Muted(Slack):
    """Ends with the acknowledgement: the call that shows the next card is not made."""

    async def follow_up(self, workspace: str, calls: list[Call]) -> None:
        """Nothing goes out."""


async def ours(serving: Serving, stack: AsyncExitStack) -> web.Application:
    """The product's own front, with its store, and the calls that follow."""
    return await _front(serving, stack, Slack)


async def muted(serving: Serving, stack: AsyncExitStack) -> web.Application:
    """The same up to the acknowledgement."""
    return await _front(serving, stack, Muted)


async def routed(serving: Serving, stack: AsyncExitStack) -> web.Application:
    """The same, with a core that reads the command and says one sentence."""
    everyone = frozenset(Role)

    async def handle(event: Event) -> tuple[Reply, ...]:
        if isinstance(event, Command):
            parse(event.text, everyone)
        return (Say(Card((Text("Noted."),))),)

    return await _front(serving, stack, Muted, handle)


async def _front(
    serving: Serving,
    stack: AsyncExitStack,
    platform: type[Slack],
    handle: Callable[[Event], Awaitable[tuple[Reply, ...]]] | None = None,
) -> web.Application:
    clock = RunningClock()
    store = await stack.enter_async_context(opened(serving.url))
    grant = Grant(
        enterprise_id=None,
        team_id=serving.workspace,
        whole=False,
        bot_token=TOKEN,
        bot_id="B1",
        bot_user_id="U0",
    )
    tokens = OneWorkspace(grant)
    slack = await stack.enter_async_context(platform(tokens, serving.api_url))
    handle = handle or Inbox(store, CountingEngine(), clock).handle
    side = Side(slack, tokens, store, handle, clock, serving.api_url)
    await stack.enter_async_context(side.running())
    settle_down(DUE)
    return make_app(side.routes(SECRET))


# --- what it is measured by --------------------------------------------------------------------


async def fast(serving: Serving, stack: AsyncExitStack) -> web.Application:
    """The least that a server can do: check the signature, read the payload, acknowledge."""
    return _least(_nothing)


async def flushed(serving: Serving, stack: AsyncExitStack) -> web.Application:
    """The same, after one line was appended to a file and flushed to disk."""
    path = Path(serving.folder) / f"flushed-{os.getpid()}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    stack.callback(os.close, descriptor)

    async def keep() -> None:
        os.write(descriptor, b"x" * 100)
        os.fdatasync(descriptor)

    return _least(keep)


async def handed(serving: Serving, stack: AsyncExitStack) -> web.Application:
    """The same, with a row that a thread commits to SQLite, so that no disk holds up the loop."""
    asked: SimpleQueue[asyncio.Future[None] | None] = SimpleQueue()
    loop = asyncio.get_running_loop()

    def commit() -> None:
        with closing(sqlite3.connect(Path(serving.folder) / f"handed-{os.getpid()}.db")) as there:
            there.isolation_level = None
            _prepare(there, None)
            there.execute("CREATE TABLE kept (value TEXT)")
            while (waiting := asked.get()) is not None:
                there.execute("INSERT INTO kept VALUES (?)", ("x" * 100,))
                loop.call_soon_threadsafe(waiting.set_result, None)

    thread = Thread(target=commit)
    thread.start()
    stack.callback(thread.join)
    stack.callback(asked.put, None)

    async def keep() -> None:
        asked.put(waiting := loop.create_future())
        await waiting

    return _least(keep)


async def _nothing() -> None:
    """Where nothing is kept."""


def _least(keep: Callable[[], Awaitable[None]]) -> web.Application:
    secret = SECRET.encode()

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        stamp = request.headers["X-Slack-Request-Timestamp"]
        made = hmac.digest(secret, b"v0:%s:%s" % (stamp.encode(), body), "sha256").hex()
        given = request.headers["X-Slack-Signature"]
        if abs(time() - int(stamp)) > 300 or not hmac.compare_digest(f"v0={made}", given):
            return web.Response(status=401)
        form = URL.build(path="/", query_string=body.decode(), encoded=True).query
        orjson.loads(form["payload"])
        await keep()
        return web.Response()

    app = web.Application()
    app.router.add_post(EVENTS, take)
    return app


def _bolt(serving: Serving, **more: Any) -> AsyncApp:
    client = AsyncWebClient(token=TOKEN, base_url=serving.api_url)
    return AsyncApp(client=client, signing_secret=SECRET, **more)


async def bolt(serving: Serving, stack: AsyncExitStack) -> web.Application:
    """Bolt that acknowledges by itself once a listener has run, and nothing else."""
    app = _bolt(serving, process_before_response=True)

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    async def say(ack: AsyncAck) -> None:
        await ack("Noted.")

    app.action(ANSWER)(acknowledge)
    app.command("/pulse")(say)
    app.view(FORM)(acknowledge)
    return app.web_app(EVENTS)


class Pressed(SQLModel, table=True):
    """An answer as it is usually kept."""

    __tablename__ = "pressed"
    id: str = Field(primary_key=True)
    person: str
    value: str


async def usual(serving: Serving, stack: AsyncExitStack) -> web.Application:
    """As people write it: Bolt's defaults, many listeners, and a commit for each press."""
    app = _bolt(serving)
    engine = create_engine(f"sqlite:///{serving.folder}/usual-{os.getpid()}.db")
    stack.callback(engine.dispose)
    event.listen(engine, "connect", _prepare)
    SQLModel.metadata.create_all(engine)

    async def other(ack: AsyncAck) -> None:
        await ack()

    async def keep(ack: AsyncAck, body: dict[str, Any]) -> None:
        await asyncio.to_thread(_keep, engine, body["user"]["id"], body["actions"][0]["value"])
        await ack()

    for number in range(OTHERS):
        app.action(f"other-{number}")(other)
    app.action(ANSWER)(keep)
    return app.web_app(EVENTS)


def _prepare(connection: sqlite3.Connection, _: Any) -> None:
    for pragma in ("busy_timeout = 60000", "journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _keep(engine: Engine, person: str, value: str) -> None:
    with Session(engine) as session:
        session.add(Pressed(id=uuid4().hex, person=person, value=value))
        session.commit()


# --- Slack's own side --------------------------------------------------------------------------


async def api(serving: Serving, stack: AsyncExitStack) -> web.Application:
    """A Web API that says yes to everything. It counts connections, and can be made to wait."""
    seen: set[Any] = set()
    free = asyncio.Event()
    free.set()

    async def call(request: web.Request) -> web.Response:
        await request.read()
        seen.add(request.transport)
        await free.wait()
        found = b'{"ok":true,"channel":"D1","ts":"1.2","bot_id":"B1","user_id":"U0","team_id":"T1"}'
        return web.Response(body=found, content_type="application/json")

    async def connections(_: web.Request) -> web.Response:
        return web.Response(text=str(len(seen)))

    async def wait(_: web.Request) -> web.Response:
        free.clear()
        return web.Response()

    async def go_on(_: web.Request) -> web.Response:
        free.set()
        return web.Response()

    app = web.Application()
    app.add_routes(
        [
            web.get("/connections", connections),
            web.get("/wait", wait),
            web.get("/go-on", go_on),
            web.post("/{path:.*}", call),
        ]
    )
    return app


KINDS: dict[str, App] = {
    found.__name__: found
    for found in (ours, muted, routed, fast, flushed, handed, bolt, usual, api)
}


# --- the process -------------------------------------------------------------------------------


async def _cpu(_: web.Request) -> web.Response:
    return web.Response(text=repr(process_time()))


async def main(kind: str, serving: Serving) -> None:
    async with AsyncExitStack() as stack:
        app = await KINDS[kind](serving, stack)
        app.router.add_get("/cpu", _cpu)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.to_thread(sys.stdin.read)


@asynccontextmanager
async def served(kind: str, serving: Serving) -> AsyncIterator[int]:
    """The port of a server, which ends with the body. Raises RuntimeError if it does not start."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.serving",
        kind,
        serving.written(),
        cwd=Path(__file__).parent.parent,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    line = b"" if process.stdout is None else await process.stdout.readline()
    try:
        if not line:
            raise RuntimeError(f"the server {kind} ended before it listened")
        yield int(line)
    finally:
        await process.communicate(b"")  # which closes its standard input


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Serving(**json.loads(sys.argv[2]))))
