"""Moving the clock from one moment at which something happens to the next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime, timedelta

from adapters.playground.colleagues import Colleagues
from adapters.playground.exchange import Exchange

HORIZON = timedelta(days=35)  # how far "next event" looks
_NUDGE = timedelta(minutes=1)


async def catch_up(exchange: Exchange, colleagues: Colleagues) -> None:
    """Do what is due now, and no more."""
    async for _ in _steps(exchange, colleagues, exchange.core.clock.now()):
        pass


async def advance(
    exchange: Exchange,
    colleagues: Colleagues,
    until: datetime,
    moved: Callable[[], None] = lambda: None,
) -> None:
    """Live through everything up to `until`; `moved` is called after every jump."""
    async for _ in _steps(exchange, colleagues, until):
        moved()
    _move(exchange, until)
    moved()


async def next_event(
    exchange: Exchange,
    colleagues: Colleagues,
    users: Iterable[str],
    moved: Callable[[], None] = lambda: None,
) -> bool:
    """Go on until one of `users` has a new message; False where none came within `HORIZON`."""
    watched = tuple(users)
    since = exchange.history.newest
    until = exchange.core.clock.now() + HORIZON
    async for _ in _steps(exchange, colleagues, until):
        moved()
        if any(change.number > since for change in exchange.history.changes(since, watched)):
            return True
    return False


async def _steps(
    exchange: Exchange, colleagues: Colleagues, until: datetime
) -> AsyncIterator[datetime]:
    core = exchange.core
    settled: datetime | None = None  # what the core had planned when it was settled last
    while True:
        colleagues.read(exchange.history.changes(colleagues.seen))
        planned = stated = await core.next_moment()
        if stated is not None and stated == settled:
            # Settling did not get it out of the way (a pause, say), so time has to pass.
            planned = max(stated, core.clock.now()) + _NUDGE
        moments = [at for at in (planned, colleagues.next_moment()) if at is not None]
        if not moments or min(moments) > until:
            return
        _move(exchange, min(moments))
        if planned is not None and planned <= core.clock.now():
            settled = stated
            await core.settle()
        await colleagues.act(exchange)
        # The page is told as we go.
        await asyncio.sleep(0)
        yield core.clock.now()


def _move(exchange: Exchange, to: datetime) -> None:
    if to > exchange.core.clock.now():
        # First, so that a process that is killed does not wake up before what it did.
        exchange.history.keep_time(to)
        exchange.core.clock.move(to)
