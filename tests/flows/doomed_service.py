"""How a process serves that is to be killed: its nursery when run as a program, and its routes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from aiohttp import web

from bot.engine import LocalEngine
from bot.ports import Store
from bot.pulse.calendars import public_holidays
from bot.rounds import Rounds
from bot.service.listening import make_app
from tests.flows.company import TestClock
from tests.flows.doomed_world import World

Ordered = TypeVar("Ordered")

LONGEST_LIFE = 60  # seconds; then something hangs
LIVE, NEXT = "/live", "/next"
GRACE = timedelta(seconds=5)


async def serve_until_ended(
    routes: Iterable[web.RouteDef],
    drain: Callable[[timedelta], Coroutine[Any, Any, object]],
    store: Store,
    engine: LocalEngine,
    clock: TestClock,
) -> None:
    """Take up what the last process left, and do what the survivors ask for."""
    rounds = Rounds(store, engine, clock)
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
        await drain(GRACE)
        moment = await store.read(lambda tx: tx.agenda.next_moment())
        return web.Response(text=moment.isoformat() if moment else "")

    async def end(request: web.Request) -> web.Response:
        ended.set()
        return web.Response()

    app = make_app(routes)
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
