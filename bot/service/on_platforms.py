"""Every chat platform that is switched on: one core, one clock and one listener for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from bot.clock import RunningClock
from bot.inbox import Inbox
from bot.ports import Clock
from bot.service.listening import listening
from bot.service.parts import Attached, Handle, Part
from bot.service.running import Announce, Elsewhere, core, ticking
from bot.settings import Settings
from storage.store import SqlStore

Entering = AbstractAsyncContextManager[Part]


def on_platforms(
    settings: Settings, store: SqlStore, role: str, organisation: str | None, announce: Announce
) -> AbstractAsyncContextManager[None]:
    """See `together`."""
    clock = RunningClock()
    parts = switched_on(settings, store, clock, organisation, announce)
    return together(settings, store, clock, parts, role, announce)


def switched_on(
    settings: Settings,
    store: SqlStore,
    clock: Clock,
    organisation: str | None,
    announce: Announce,
) -> list[Entering]:
    """One for each platform that has settings. Entering one raises Refused."""
    # Imported here: each brings much that the others have no use for.
    parts: list[Entering] = []
    if settings.slack is not None:
        from bot.service.on_slack import slack_part

        parts.append(slack_part(settings.slack, store, clock, organisation, announce))
    if settings.teams is not None:
        from bot.service.on_teams import teams_part

        parts.append(teams_part(settings.teams, store, clock, organisation, announce))
    return parts


@asynccontextmanager
async def together(
    settings: Settings,
    store: SqlStore,
    clock: Clock,
    parts: Sequence[Entering],
    role: str,
    announce: Announce,
) -> AsyncIterator[None]:
    """Serve them all. Raises Refused.

    With the role "web" this process takes events in and another one, a "worker", keeps time and
    sends; "all" does both. At the end first nothing more comes in, then what is being said is
    finished, and then what is being sent.
    """
    async with AsyncExitStack() as stack:
        entered = [await stack.enter_async_context(part) for part in parts]
        if role == "web":
            sides = _attached(entered, Inbox(store, Elsewhere(), clock).handle)
        else:
            platforms = {part.platform.name: part.platform for part in entered}
            running = await stack.enter_async_context(core(store, clock, platforms))
            sides = _attached(entered, running.inbox.handle)
            await stack.enter_async_context(ticking(settings, running.rounds))
        if role == "worker":
            titles = " and ".join(part.title for part in entered)
            announce(f"Keeping time and sending to {titles} (Ctrl+C stops it)")
        else:
            await _take_in(stack, settings, sides, announce)
        yield


def _attached(parts: Sequence[Part], handle: Handle) -> list[Attached]:
    return [part.attach(handle) for part in parts]


async def _take_in(
    stack: AsyncExitStack, settings: Settings, sides: Sequence[Attached], announce: Announce
) -> None:
    for side in sides:
        await stack.enter_async_context(side.running())
    routes = [route for side in sides for route in side.routes()]
    address = await stack.enter_async_context(listening(settings, routes)) if routes else ""
    for side in sides:
        for sentence in side.announce(address):
            announce(sentence)
    for side in sides:
        for sentence in await side.invite():
            announce(sentence)
