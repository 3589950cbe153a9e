"""A real process with Slack's side of the product, which is killed (SIGKILL) at a chosen step.

Like `doomed.py` it is a nursery when run as a program. What it bears only serves: Slack, its people
and the time are in the test's own process (`survivors.py`), which outlives it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from aiohttp import web
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.platform import Slack, Tokens
from adapters.slack.replies import Call
from adapters.slack.side import Side
from adapters.slack.tokens import Grant, OneWorkspace
from bot.engine import LocalEngine
from bot.inbox import Inbox
from bot.letters import Letters
from bot.outbox import Outbox
from bot.ports import Rate
from bot.pulse.calendars import public_holidays
from bot.rounds import Rounds
from bot.service.listening import make_app
from storage.store import open_store
from storage.vault import Vault
from tests.flows.company import TestClock
from tests.flows.doomed_world import SECRET, World
from tests.flows.mortal import Fate, MortalStore

Ordered = TypeVar("Ordered")

LONGEST_LIFE = 60  # seconds; then something hangs
LIVE, NEXT = "/live", "/next"
GRACE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Order:
    """What a process is born for; `last` is when it dies (see `Fate`), `now` an ISO moment."""

    url: str
    folder: str
    last: int | str | None
    now: str
    api_url: str
    signing_secret: str
    grant: dict[str, Any]


class MortalSlack(Slack):
    """Slack's platform in a process that can die around each call."""

    rate = Rate(2000, 2000)

    def __init__(self, tokens: Tokens, api_url: str, fate: Fate) -> None:
        super().__init__(tokens, api_url)
        self._fate = fate

    async def call(self, token: str, method: str, body: Mapping[str, Any]) -> AsyncSlackResponse:
        self._fate.step(f"before {method}")
        response = await super().call(token, method, body)
        self._fate.step(f"after {method}")
        return response

    async def ask(self, token: str, method: str, about: Mapping[str, Any]) -> AsyncSlackResponse:
        response = await super().ask(token, method, about)
        self._fate.step(f"after {method}")
        return response

    async def follow_up(self, workspace: str, calls: list[Call]) -> None:
        self._fate.step("before what follows an answer")
        await super().follow_up(workspace, calls)
        self._fate.step("after what followed an answer")


async def serve(order: Order) -> None:
    """Take up what the last process left, and do what the survivors ask for."""
    clock = TestClock(datetime.fromisoformat(order.now))
    fate = Fate(World(order.url, order.folder), order.last)
    tokens = OneWorkspace(Grant(**order.grant))
    async with (
        open_store(order.url, Vault(SECRET)) as kept,
        MortalSlack(tokens, order.api_url, fate) as slack,
    ):
        store = MortalStore(kept, fate)
        outbox = Outbox(store, clock, {slack.name: slack}, Letters().compose)
        engine = LocalEngine(outbox.run_lane, outbox.unfinished)
        rounds = Rounds(store, engine, clock)
        inbox = Inbox(store, engine, clock)
        side = Side(slack, tokens, store, inbox.handle, clock, order.api_url)
        ended = asyncio.Event()

        async def live(request: web.Request) -> web.Response:
            """It is this moment now: do all that is due."""
            clock.move(datetime.fromisoformat(await request.text()))
            await engine.idle()
            # Two at once, as where a second process ticks too.
            while any(await asyncio.gather(rounds.tick(), rounds.tick())):
                await engine.idle()
            return web.Response()

        async def following(request: web.Request) -> web.Response:
            """Finish what is being said, and tell the next moment at which something is due."""
            await side.conversation.drain(GRACE)
            moment = await store.read(lambda tx: tx.agenda.next_moment())
            return web.Response(text=moment.isoformat() if moment else "")

        async def end(request: web.Request) -> web.Response:
            ended.set()
            return web.Response()

        app = make_app(side.routes(order.signing_secret))
        app.add_routes([web.post(LIVE, live), web.get(NEXT, following), web.delete(LIVE, end)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await engine.start()
        say(port=runner.addresses[0][1])
        await ended.wait()
        await runner.cleanup()
        await engine.stop(GRACE)


def live_and_die(
    kind: Callable[..., Ordered], serve: Callable[[Ordered], Coroutine[Any, Any, None]]
) -> None:
    """Read an order a line; write where the process listens, and how it has ended."""
    public_holidays("GB", "ENG")  # the one part that is imported late
    for line in sys.stdin:
        about = json.loads(line)
        child = os.fork()
        if not child:
            os._exit(_carry_out(World(about["url"], about["folder"]), serve(kind(**about))))
        _, status = os.waitpid(child, 0)
        say(status=os.waitstatus_to_exitcode(status))


def _carry_out(world: World, service: Coroutine[Any, Any, None]) -> int:
    """The status to exit with."""
    signal.alarm(LONGEST_LIFE)
    try:
        asyncio.run(service)
    except Exception:  # noqa: BLE001 it is for the test to read
        world.bury(traceback.format_exc())
        return 1
    return 0


def say(**what: int) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    live_and_die(Order, serve)
