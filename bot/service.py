"""The composition root: it alone knows everyone, and puts the parts together."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import signal
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from bot.clock import RunningClock
from bot.engine import LocalEngine
from bot.inbox import Inbox
from bot.letters import Letters
from bot.outbox import Outbox
from bot.ports import Clock, Platform, Rate, Tx
from bot.programme.programmes import Workspace
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
PLAYGROUND_RATE = Rate(per_second=2000, burst=2000)


class Refused(Exception):
    """The command cannot be carried out. The message says why and what to do."""


class _StoppedEarly(Exception):
    """The process was asked to stop before everything was ready."""


def open_database(settings: Settings) -> SqlStore:
    """The store, to be closed. An embedded database is made and migrated by itself.

    Raises CannotOpen.
    """
    file = _file(settings)
    if file is not None and is_behind(settings.database_url):
        # Imported here: alembic takes a third of a start, and is seldom needed for one.
        from storage.migrate import upgrade

        upgrade(settings.database_url)
    secret = load_or_create_secret(settings.secret_key, file)
    return open_store(settings.database_url, Vault(secret))


def _file(settings: Settings) -> Path | None:
    return sqlite_path(parse_url(settings.database_url))


async def run(
    settings: Settings,
    *,
    playground: bool,
    role: str,
    organisation: str | None,
    announce: Callable[[str], None],
) -> None:
    """Serve until the process is asked to stop. Raises Refused and CannotOpen.

    `announce` tells the operator, sentence by sentence, what is going on.
    """
    if not playground:
        raise Refused(
            "No platform is switched on, so nobody could be reached. "
            "Start the local page with `soundings run --playground`."
        )
    if role != "all":
        raise Refused("The playground is one process: start it without --role.")
    stopped = _stopped()
    try:
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(open_database(settings))
            # The embedded engine takes whatever is being sent for left behind by a dead process.
            store.stay_alone()
            stage = _on_stage(settings, store, organisation, announce, stopped)
            await stack.enter_async_context(stage)
            await asyncio.to_thread(settle_down, RunningClock().now())
            await stopped.wait()
    except _StoppedEarly:
        announce("Stopped. The next start goes on with the example from here.")


@asynccontextmanager
async def _on_stage(
    settings: Settings,
    store: SqlStore,
    organisation: str | None,
    announce: Callable[[str], None],
    stopped: asyncio.Event,
) -> AsyncIterator[None]:
    """The playground, with the example where there is nothing else to show.

    Raises _StoppedEarly where `stopped` is set while the example is lived through.
    """
    # Imported here: no other way of running needs them.
    from adapters.playground import example
    from adapters.playground.colleagues import Colleagues
    from adapters.playground.exchange import Exchange
    from adapters.playground.history import History
    from adapters.playground.platform import (
        NotLoopback,
        Playground,
        make_app,
        refuse_others,
        serve,
    )
    from adapters.playground.stage import Stage

    try:
        # Before the example, which takes a while.
        refuse_others(settings.host)
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        socket.create_server((settings.host, settings.port), family=family).close()
    except (NotLoopback, OSError) as error:
        raise Refused(_nowhere(settings, error)) from error
    clock = RunningClock()
    today = clock.now()
    new = organisation is None and await store.read(example.is_wanted)
    if new:
        clock.move(today - example.PAST)
        await store.write(lambda tx: example.found_once(tx, clock.now()))
    workspace = await store.write(lambda tx: _workspace(tx, organisation))
    file = _history_file(settings, workspace)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        history = History(str(file))
    except (OSError, sqlite3.Error) as error:
        raise Refused(
            f"{file.absolute()}, which keeps the chats, cannot be used: {error}. "
            "Give this user access to it."
        ) from error
    with closing(history):
        unfinished = history.unfinished
        latest = history.latest()
        if latest is not None and (unfinished or latest > clock.now()):
            clock.move(latest)
        playground = Playground(history, workspace.external_id, clock)
        async with _core(store, clock, {playground.name: playground}) as core:
            stage = Stage(store, core.inbox, core.rounds, core.engine, clock, workspace)
            colleagues = Colleagues(example.SEED)
            await stage.enrol()
            if new or unfinished:
                announce(
                    "Going on with the example where an earlier start was stopped."
                    if unfinished
                    else "Living through nine weeks of the example. This takes a few seconds, once."
                )
                exchange = Exchange(stage, history, workspace.external_id)

                def moved() -> None:
                    if stopped.is_set():
                        raise _StoppedEarly

                await example.live_through(exchange, colleagues, today, moved)
            try:
                runner = await serve(
                    make_app(playground, stage, colleagues), settings.host, settings.port
                )
            except (NotLoopback, OSError) as error:
                raise Refused(_nowhere(settings, error)) from error
            host, port = runner.addresses[0][:2]
            # Brackets, so that the colons of an IPv6 address are not taken for the port's.
            place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            announce(f"The playground is ready at http://{place}/ (Ctrl+C stops it)")
            try:
                async with ticking(settings, core.rounds):
                    yield
            finally:
                await runner.cleanup()


def _nowhere(settings: Settings, error: Exception) -> str:
    """Why nothing can listen there, and the way out."""
    host, port = settings.host, settings.port
    other = 8090 if port < 1024 or port == 8080 else 8080
    match error:
        case OSError(errno=errno.EADDRINUSE):
            why = f"Port {port} is in use on {host}. Choose another: PORT={other} make run."
        case OSError(errno=errno.EACCES):
            why = f"This user may not listen on port {port}. Choose another: PORT={other} make run."
        case OSError():
            said = os.strerror(error.errno) if error.errno else str(error)
            why = f"Nothing can listen on {host}, port {port}: {said}."
        case _:
            why = str(error)
    return f"{why} The settings SOUNDINGS_HOST and PORT say where to listen."


def _history_file(settings: Settings, workspace: Workspace) -> Path:
    """What the platform's own servers would keep: one file for each organisation."""
    file = _file(settings) or Path("var/soundings.db")
    return file.with_suffix(f".playground-{workspace.external_id}.db")


def _workspace(tx: Tx, name: str | None) -> Workspace:
    """The playground of one organisation; made when it is shown for the first time."""
    organisations = tx.directory.organisations()
    wanted = name and name.casefold()
    chosen = [one for one in organisations if wanted is None or one.name.casefold() == wanted]
    if not chosen:
        known = ", ".join(one.name for one in organisations) or "none"
        raise Refused(f'There is no organisation "{name}". There is: {known}.')
    home = chosen[0]
    workspace = tx.directory.workspace("playground", home.id)
    if workspace is None:
        workspace = Workspace(
            id=tx.new_id(),
            org_id=home.id,
            platform="playground",
            external_id=home.id,
            name="Playground",
        )
        tx.directory.add_workspace(workspace, PLAYGROUND_RATE)
    return workspace


@dataclass(frozen=True, slots=True)
class Core:
    """What a platform talks to."""

    inbox: Inbox
    rounds: Rounds
    engine: LocalEngine


@asynccontextmanager
async def _core(
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
    """
    close_at(now, DEFAULT_WINDOW, Calendar(zone="UTC", country="GB", subdivision="ENG"))
    gc.collect()
    gc.freeze()


def _stopped() -> asyncio.Event:
    """Set when the process is asked to stop (SIGINT, SIGTERM)."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped
