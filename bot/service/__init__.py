"""The composition root: it alone knows everyone, and puts the parts together."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from bot.clock import RunningClock
from bot.service.running import (
    TIDY_EVERY,
    Announce,
    Refused,
    StoppedEarly,
    file_of,
    open_database,
    settle_down,
    stop_asked,
    ticking,
)
from bot.settings import Settings
from storage.store import SqlStore

__all__ = ["TIDY_EVERY", "Refused", "open_database", "run", "settle_down", "ticking"]


async def run(
    settings: Settings,
    *,
    playground: bool,
    role: str,
    organisation: str | None,
    announce: Announce,
) -> None:
    """Serve until the process is asked to stop. Raises Refused and CannotOpen."""
    if playground and role != "all":
        raise Refused("The playground is one process: start it without --role.")
    if not playground and settings.slack is None and settings.teams is None:
        raise Refused(
            "No platform is switched on, so nobody could be reached. Start the local page with "
            "`soundings run --playground`, or set SLACK_BOT_TOKEN for Slack or TEAMS_APP_ID for "
            "Microsoft Teams. README.md says more."
        )
    if role != "all" and file_of(settings) is not None:
        raise Refused(
            "--role parts the work between processes, but SQLite is for one alone. Leave it out, "
            "or set DATABASE_URL to a PostgreSQL database."
        )
    stopped = stop_asked()
    try:
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(open_database(settings))
            if role != "web":
                # Whoever sends takes what is being sent for left behind by a dead process.
                store.stay_alone()
            platform = _platform(settings, store, playground, role, organisation, announce, stopped)
            await stack.enter_async_context(platform)
            await asyncio.to_thread(settle_down, RunningClock().now())
            await stopped.wait()
    except StoppedEarly:
        announce("Stopped. The next start goes on with the example from here.")


def _platform(
    settings: Settings,
    store: SqlStore,
    playground: bool,
    role: str,
    organisation: str | None,
    announce: Announce,
    stopped: asyncio.Event,
) -> AbstractAsyncContextManager[None]:
    # Imported here: each brings much that no other way of running needs.
    if playground:
        from bot.service.on_stage import on_stage

        return on_stage(settings, store, organisation, announce, stopped)
    from bot.service.on_platforms import on_platforms

    return on_platforms(settings, store, role, organisation, announce)
