"""The playground: the core with a page of its own, on this machine alone."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

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
from bot.clock import RunningClock
from bot.ports import Rate, Tx
from bot.programme.programmes import Workspace
from bot.service.running import (
    Announce,
    Refused,
    StoppedEarly,
    check_free,
    core,
    file_of,
    nowhere,
    organisation_named,
    place_of,
    ticking,
)
from bot.settings import Settings
from storage.store import SqlStore

PLAYGROUND_RATE = Rate(per_second=2000, burst=2000)


@asynccontextmanager
async def on_stage(
    settings: Settings,
    store: SqlStore,
    organisation: str | None,
    announce: Announce,
    stopped: asyncio.Event,
) -> AsyncIterator[None]:
    """The playground, with the example where there is nothing else to show.

    Raises StoppedEarly where `stopped` is set while the example is lived through.
    """
    try:
        # Before the example, which takes a while.
        refuse_others(settings.host)
        check_free(settings)
    except (NotLoopback, OSError) as error:
        raise Refused(nowhere(settings, error)) from error
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
        async with core(store, clock, {playground.name: playground}) as running:
            stage = Stage(store, running.inbox, running.rounds, running.engine, clock, workspace)
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
                        raise StoppedEarly

                await example.live_through(exchange, colleagues, today, moved)
            try:
                runner = await serve(
                    make_app(playground, stage, colleagues), settings.host, settings.port
                )
            except (NotLoopback, OSError) as error:
                raise Refused(nowhere(settings, error)) from error
            host, port = runner.addresses[0][:2]
            announce(f"The playground is ready at http://{place_of(host, port)}/ (Ctrl+C stops it)")
            try:
                async with ticking(settings, running.rounds):
                    yield
            finally:
                await runner.cleanup()


def _history_file(settings: Settings, workspace: Workspace) -> Path:
    """What the platform's own servers would keep: one file for each organisation."""
    file = file_of(settings) or Path("var/soundings.db")
    return file.with_suffix(f".playground-{workspace.external_id}.db")


def _workspace(tx: Tx, name: str | None) -> Workspace:
    """The playground of one organisation; made when it is shown for the first time."""
    home = organisation_named(tx, name) if name is not None else tx.directory.organisations()[0]
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
