"""What every way of running shares: the store, the core, the clock's work, and how it ends."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from bot.clock import RunningClock
from bot.engine import LocalEngine
from bot.handlers.founding import known_organisation
from bot.inbox import Inbox
from bot.letters import Letters
from bot.outbox import Outbox
from bot.ports import Clock, Platform, Tx
from bot.programme.programmes import Organisation
from bot.pulse.calendars import Calendar
from bot.pulse.windows import DEFAULT_WINDOW, close_at
from bot.rounds import Rounds
from bot.settings import Settings
from storage.database import is_behind, parse_url, sqlite_path
from storage.store import SqlStore, open_store
from storage.vault import Vault, load_or_create_secret

GRACE = timedelta(seconds=10)  # for what is being sent when the process is asked to stop
TIDY_EVERY = timedelta(hours=1)
# Soon, for a process that never lives an hour; not at once, because a start has enough to do.
TIDY_FIRST = timedelta(seconds=10)

Announce = Callable[[str], None]  # tells the operator, sentence by sentence, what is going on


class Refused(Exception):
    """The command cannot be carried out. The message says why and what to do."""


class StoppedEarly(Exception):
    """The process was asked to stop before everything was ready."""


def open_database(settings: Settings) -> SqlStore:
    """The store, to be closed. An embedded database is made and migrated by itself.

    Raises CannotOpen.
    """
    file = file_of(settings)
    if file is not None and is_behind(settings.database_url):
        # Imported here: alembic takes a third of a start, and is seldom needed for one.
        from storage.migrate import upgrade

        upgrade(settings.database_url)
    secret = load_or_create_secret(settings.secret_key, file)
    return open_store(settings.database_url, Vault(secret))


def file_of(settings: Settings) -> Path | None:
    """The database file; None where it is no file."""
    return sqlite_path(parse_url(settings.database_url))


@dataclass(frozen=True, slots=True)
class Core:
    """What a platform talks to."""

    inbox: Inbox
    rounds: Rounds
    engine: LocalEngine


class Elsewhere:
    """Implements `bot.ports.Engine` where another process sends: its tick finds what is due."""

    def wake(self, lane_id: str) -> None:
        """That process looks within a few seconds."""

    async def start(self) -> None:
        """Nothing is sent here."""

    async def stop(self, grace: timedelta) -> None:
        """Nothing is being sent here."""


@asynccontextmanager
async def core(
    store: SqlStore, clock: Clock, platforms: Mapping[str, Platform]
) -> AsyncIterator[Core]:
    """The running core: events come in, lanes send. It does not look at the clock by itself."""
    outbox = Outbox(store, clock, platforms, Letters().compose)
    engine = LocalEngine(outbox.run_lane, outbox.unfinished)
    await engine.start()
    try:
        yield Core(Inbox(store, engine, clock), Rounds(store, engine, clock), engine)
    finally:
        await engine.stop(GRACE)


class Due(Protocol):
    """What the clock drives."""

    async def tick(self) -> bool: ...
    async def tidy(self) -> None: ...


@asynccontextmanager
async def ticking(settings: Settings, rounds: Due) -> AsyncIterator[None]:
    """APScheduler drives the tick and the housekeeping."""
    # Imported here: it looks through all installed packages, so whoever waits is served first.
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    scheduler = AsyncIOScheduler(
        # Due rounds are rows: a late tick finds them all, so ticks may be merged and never expire.
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    working = asyncio.Lock()

    async def tick() -> None:
        async with working:
            await rounds.tick()

    async def tidy() -> None:
        async with working:
            await rounds.tidy()

    scheduler.add_job(tick, "interval", seconds=settings.tick_seconds)
    first = RunningClock().now() + TIDY_FIRST
    scheduler.add_job(tidy, "interval", seconds=TIDY_EVERY.total_seconds(), next_run_time=first)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.pause()
        # Shutting down cancels what runs, so that has to come to its end first.
        async with working:
            await asyncio.sleep(0)
        scheduler.shutdown(wait=False)


def settle_down(now: datetime) -> None:
    """Do once, before there is anything to do, what would hold up the event loop later.

    The calendars of public holidays take a fifth of a second to load, and a full collection of all
    that was loaded at the start takes as long as a slow answer: what is frozen is left out of it.
    Nearly all that a request makes is gone with it, so collections can be rare.
    """
    close_at(now, DEFAULT_WINDOW, Calendar(zone="UTC", country="GB", subdivision="ENG"))
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def stop_asked() -> asyncio.Event:
    """Set when the process is asked to stop (SIGINT, SIGTERM)."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped


def check_free(settings: Settings) -> None:
    """Raises OSError where nothing can listen at the settings' address."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    socket.create_server((settings.host, settings.port), family=family).close()


def place_of(host: str, port: int) -> str:
    """In brackets, so that the colons of an IPv6 address are not taken for the port's."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def organisation_named(tx: Tx, name: str) -> Organisation:
    """Raises Refused, with the names that there are."""
    found = known_organisation(tx, name)
    if found is None:
        known = ", ".join(one.name for one in tx.directory.organisations()) or "none"
        raise Refused(
            f'There is no organisation "{name}". There is: {known}. '
            "`soundings programme new` makes a new one."
        )
    return found


def nowhere(settings: Settings, error: Exception) -> str:
    """Why nothing can listen there, and the way out."""
    host, port = settings.host, settings.port
    other = 8090 if port < 1024 or port == 8080 else 8080
    match error:
        case OSError(errno=errno.EADDRINUSE):
            why = f"Port {port} is in use on {host}. Set another, such as PORT={other}."
        case OSError(errno=errno.EACCES):
            why = f"This user may not listen on port {port}. Set another, such as PORT={other}."
        case OSError():
            said = os.strerror(error.errno) if error.errno else str(error)
            why = f"Nothing can listen on {host}, port {port}: {said}."
        case _:
            why = str(error)
    return f"{why} The settings SOUNDINGS_HOST and PORT say where to listen."
