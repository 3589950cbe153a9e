"""What every measurement shares: rows of the table, fair timing, and databases to fill."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, thread_time
from typing import Any

from sqlalchemy import Table, insert

from storage.database import parse_url, writing_engine
from storage.migrate import upgrade
from storage.store import SqlStore, open_store
from storage.vault import SECRET_BYTES, Vault

VAULT_SECRET = bytes(range(SECRET_BYTES))
Work = Callable[[], Awaitable[object]]


class Scale(StrEnum):
    """How much is measured. Goals are stated for FULL; SMOKE only shows that it runs."""

    FULL = "full"
    QUICK = "quick"
    SMOKE = "smoke"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. A goal is the most that the ratio, or the figure itself, may be."""

    what: str
    unit: str
    value: float
    baseline: float | None = None
    most_ratio: float | None = None
    most: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.baseline if self.baseline else None

    @property
    def met(self) -> bool | None:
        """None where there is no goal."""
        if self.most is not None:
            return self.value <= self.most
        if self.most_ratio is not None and self.ratio is not None:
            return self.ratio <= self.most_ratio
        return None


# --- timing ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the clock, and of this process's CPU in all of its threads."""

    wall: float
    cpu: float


async def spent(work: Work) -> Cost:
    """What the work costs, with whatever else this process has to do meanwhile."""
    wall, cpu = perf_counter(), process_time()
    await work()
    return Cost(perf_counter() - wall, process_time() - cpu)


async def cost(work: Work) -> Cost:
    """What the work costs. Rubbish that was there before is not charged to it."""
    gc.collect()
    return await spent(work)


async def alternate(baseline: Work, candidate: Work, repeats: int) -> tuple[Cost, Cost]:
    """The medians of both, taken in turn after one round that does not count."""
    await baseline()
    await candidate()
    pairs = [(await cost(baseline), await cost(candidate)) for _ in range(repeats)]
    return middle(one for one, _ in pairs), middle(other for _, other in pairs)


def middle(costs: Iterable[Cost]) -> Cost:
    """The median of each figure by itself."""
    every = tuple(costs)
    return Cost(median(one.wall for one in every), median(one.cpu for one in every))


@dataclass(frozen=True, slots=True)
class Flood:
    """Many works with so many at a time: seconds in all, CPU seconds, seconds of each."""

    wall: float
    cpu: float
    latencies: tuple[float, ...]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.wall

    @property
    def cpu_each(self) -> float:
        return self.cpu / len(self.latencies)

    def percentile(self, percent: int) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]


async def flood(works: Sequence[Work], at_once: int) -> Flood:
    """Run all works, `at_once` of them at a time."""
    waiting = iter(works)
    latencies: list[float] = []

    async def one_after_another() -> None:
        for work in waiting:
            begun = perf_counter()
            await work()
            latencies.append(perf_counter() - begun)

    async def all_of_them() -> None:
        await asyncio.gather(*(one_after_another() for _ in range(at_once)))

    total = await cost(all_of_them)
    return Flood(total.wall, total.cpu, tuple(latencies))


BEAT_SECONDS = 0.005


@dataclass(slots=True)
class Heartbeat:
    """How much later than asked for the event loop came back, each time; seconds.

    `busy` is how much of that its thread was at work for at most: on a busy machine the rest is
    spent waiting for a core.
    """

    late: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    @property
    def worst(self) -> float:
        return max(self.late)

    @property
    def busiest(self) -> float:
        return max(self.busy)


@asynccontextmanager
async def heartbeat() -> AsyncIterator[Heartbeat]:
    """Watches the event loop while the body runs."""
    seen = Heartbeat()

    async def beat() -> None:
        while True:
            begun, worked = perf_counter(), thread_time()
            await asyncio.sleep(BEAT_SECONDS)
            late = perf_counter() - begun - BEAT_SECONDS
            seen.late.append(late)
            seen.busy.append(min(late, thread_time() - worked))

    task = asyncio.create_task(beat())
    # The first beat is waited for, so that the body cannot begin and end unseen.
    await asyncio.sleep(2 * BEAT_SECONDS)
    try:
        yield seen
    finally:
        await asyncio.sleep(2 * BEAT_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


# --- databases -------------------------------------------------------------------------------


@contextmanager
def folder() -> Iterator[Path]:
    """A folder of its own, gone at the end."""
    with TemporaryDirectory(prefix="soundings-bench-") as name:
        yield Path(name)


def migrated(path: Path) -> str:
    """The address of a new, empty database of the product."""
    url = f"sqlite:///{path}"
    upgrade(url)
    return url


def opened(url: str) -> SqlStore:
    """The store as the product opens it; to be closed."""
    return open_store(url, Vault(VAULT_SECRET))


def fill(url: str, *rows: tuple[Table, Sequence[dict[str, Any]]]) -> None:
    """Put rows into a database that no store has open: a room takes them one by one."""
    engine = writing_engine(parse_url(url))
    try:
        with engine.begin() as connection:
            for table, some in rows:
                connection.execute(insert(table), some)
    finally:
        engine.dispose()


# --- stand-ins for what is not measured --------------------------------------------------------


class StillClock:
    """Implements `bot.ports.Clock`: the time that it was set to."""

    def __init__(self, now: datetime) -> None:
        self.moment = now

    def now(self) -> datetime:
        return self.moment


class CountingEngine:
    """Implements `bot.ports.Engine`: nothing is sent, the wake-ups are counted."""

    def __init__(self) -> None:
        self.woken: set[str] = set()

    def wake(self, lane_id: str) -> None:
        self.woken.add(lane_id)

    async def start(self) -> None:
        """Nothing was left."""

    async def stop(self, grace: timedelta) -> None:
        """Nothing is running."""
