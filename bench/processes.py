"""Servers that are measured, each a process of its own.

Every one of them says at `GET /cpu` how many seconds of CPU it has used. From `GET /watch` to
`GET /stall` it watches its event loop, and then says for how long that was held up at most.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import process_time

from aiohttp import web

from bench.common import Heartbeat, Row, heartbeat

Make = Callable[[AsyncExitStack], Awaitable[web.Application]]


@dataclass(frozen=True, slots=True)
class Stall:
    """The longest times for which an event loop was held up, and for which it was at work then."""

    worst: float
    busiest: float

    @classmethod
    def of(cls, seen: Heartbeat) -> Stall:
        return cls(seen.worst, seen.busiest)


def stall_rows(what: str, ours: Sequence[Stall], theirs: Sequence[Stall], most: float) -> list[Row]:
    """The worst of each; at most so many milliseconds."""

    def row(which: str, figure: Callable[[Stall], float]) -> Row:
        here, there = (max(map(figure, stalls)) * 1e3 for stalls in (ours, theirs))
        return Row(what=f"{what}: {which}", unit="ms", value=here, baseline=there, most=most)

    return [
        row("longest stall", lambda stall: stall.worst),
        row("longest stall, its own work", lambda stall: stall.busiest),
    ]


async def serve(make: Make) -> None:
    """Listens, prints its port, and ends with its standard input."""
    async with AsyncExitStack() as stack:
        app = await make(stack)
        app.router.add_get("/cpu", _cpu)
        watching = await stack.enter_async_context(AsyncExitStack())
        app.add_routes(_watch(watching))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.to_thread(sys.stdin.read)


async def _cpu(_: web.Request) -> web.Response:
    return web.Response(text=repr(process_time()))


def _watch(watching: AsyncExitStack) -> list[web.RouteDef]:
    seen = Heartbeat()

    async def watch(_: web.Request) -> web.Response:
        nonlocal seen
        seen = await watching.enter_async_context(heartbeat())
        return web.Response()

    async def stall(_: web.Request) -> web.Response:
        await watching.aclose()
        return web.json_response(asdict(Stall.of(seen)))

    return [web.get("/watch", watch), web.get("/stall", stall)]


@asynccontextmanager
async def served(module: str, kind: str, told: str) -> AsyncIterator[int]:
    """The port of `python -m <module> <kind> <told>`, which ends with the body.

    Raises RuntimeError if it does not start.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        kind,
        told,
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
