"""Goal 8: ten thousand programmes' schedules as rows, beside as many jobs of APScheduler."""

from __future__ import annotations

import asyncio
import gc
import logging
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from apscheduler.events import EVENT_JOB_MISSED
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bench.common import (
    CountingEngine,
    Row,
    Scale,
    StillClock,
    cost,
    fill,
    folder,
    heartbeat,
    migrated,
    opened,
    spent,
)
from bench.people import DUE, Home, rows
from bot.rounds import Rounds
from bot.service import TIDY_EVERY, settle_down
from bot.settings import read_settings
from storage.store import SqlStore

BEFORE = DUE - timedelta(days=1)
STILL_SECONDS = 2
_DAY = 24 * 3600
_OPENED = "SELECT count(*), count(DISTINCT pulse_id) FROM round"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    organisations: int
    programmes: int  # of each organisation
    people: int  # of each programme
    ticks: int
    starts: int


SIZES = {
    Scale.FULL: Size(organisations=200, programmes=50, people=8, ticks=100, starts=5),
    Scale.QUICK: Size(organisations=20, programmes=25, people=8, ticks=50, starts=3),
    Scale.SMOKE: Size(organisations=2, programmes=3, people=8, ticks=3, starts=1),
}


async def measure(scale: Scale) -> list[Row]:
    size = SIZES[scale]
    schedules = size.organisations * size.programmes
    with folder() as place:
        url = migrated(place / "soundings.db")
        homes = [
            Home(number=number, programmes=size.programmes, people=size.people)
            for number in range(size.organisations)
        ]
        fill(url, *rows(homes))
        ours = median([await _start(url) for _ in range(size.starts)])
        async with opened(url) as store:
            idle = await _idle(store, size.ticks)
            opening = await _all_due(store, schedules, place / "soundings.db")
    theirs, stall, ran = await _apscheduler(schedules)
    of = f"{schedules} schedules"
    return [
        Row(what=f"Start with {of}", unit="ms", value=ours * 1e3, baseline=theirs * 1e3, most=300),
        Row(what=f"Idle with {of}", unit="% CPU", value=idle * 100, most=0.1),
        *opening,
        Row(what=f"APScheduler, {of} due at once: not run", unit="jobs", value=schedules - ran),
        Row(what=f"APScheduler, {of} due at once: stall", unit="ms", value=stall * 1e3),
    ]


async def _start(url: str) -> float:
    """Seconds from opening the store to the end of a tick that finds nothing due."""
    gc.collect()
    begun = perf_counter()
    async with opened(url) as store:
        await Rounds(store, CountingEngine(), StillClock(BEFORE)).tick()
        return perf_counter() - begun


async def _idle(store: SqlStore, ticks: int) -> float:
    """The share of one core that ticks and the housekeeping take when nothing is due."""
    rounds = Rounds(store, CountingEngine(), StillClock(BEFORE))

    async def tick_often() -> None:
        for _ in range(ticks):
            await rounds.tick()

    # The first tick of a process composes its statements.
    await rounds.tick()
    ticking = await cost(tick_often)
    tidying = await cost(rounds.tidy)
    seconds = read_settings({}).tick_seconds
    return ticking.cpu / (ticks * seconds) + tidying.cpu / TIDY_EVERY.total_seconds()


async def _all_due(store: SqlStore, schedules: int, file: Path) -> list[Row]:
    rounds = Rounds(store, CountingEngine(), StillClock(DUE))
    settle_down(DUE)  # as the product does when it has started
    async with heartbeat() as still:
        await asyncio.sleep(STILL_SECONDS)
    async with heartbeat() as beats:
        # Not `cost`: to collect rubbish first would itself hold up the loop.
        opening = await spent(rounds.tick)
    with closing(sqlite3.connect(file)) as connection:
        found, pulses = connection.execute(_OPENED).fetchone()
    what = f"All {schedules} due at once"
    return [
        Row(what=f"{what}: not opened", unit="rounds", value=schedules - pulses, most=0),
        Row(what=f"{what}: opened twice", unit="rounds", value=found - pulses, most=0),
        Row(
            what=f"{what}: longest stall, beside a loop that only waits",
            unit="ms",
            value=beats.worst * 1e3,
            baseline=still.worst * 1e3,
            most=50,
        ),
        Row(what=f"{what}: the last opens after", unit="s", value=opening.wall),
        Row(what=f"{what}: each", unit="ms CPU", value=opening.cpu / schedules * 1e3),
    ]


async def _apscheduler(jobs: int) -> tuple[float, float, int]:
    """One job each, in memory, with its defaults: seconds to start, worst stall, jobs that ran."""
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # it reports each job it leaves out
    ran: set[int] = set()
    missed: set[int] = set()

    async def job(number: int) -> None:
        ran.add(number)

    gc.collect()
    begun = perf_counter()
    scheduler = AsyncIOScheduler(timezone=UTC)
    later = datetime.now(UTC) + timedelta(days=1)
    for number in range(jobs):
        trigger = IntervalTrigger(seconds=14 * _DAY, start_date=later)
        scheduler.add_job(job, trigger, args=(number,), id=str(number))
    scheduler.start()
    started = perf_counter() - begun
    due = datetime.now(UTC) + timedelta(seconds=0.5)
    scheduler.add_listener(lambda event: missed.add(int(event.job_id)), EVENT_JOB_MISSED)
    scheduler.pause()
    for number in range(jobs):
        scheduler.modify_job(str(number), next_run_time=due)
    async with heartbeat() as beats:
        scheduler.resume()
        # Long enough for each to run, or to be left out as too late.
        for _ in range(300):
            await asyncio.sleep(0.1)
            if len(ran) + len(missed) >= jobs:
                break
    scheduler.shutdown(wait=False)
    return started, beats.worst, len(ran)
