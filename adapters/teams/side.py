"""All of Teams' side put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

from aiohttp import web

from adapters.talking import Handle
from adapters.teams.accounts import Accounts
from adapters.teams.app import MESSAGES, Front, Guard
from adapters.teams.connector import Connector
from adapters.teams.conversation import Conversation
from adapters.teams.installing import Installing
from adapters.teams.platform import Teams
from adapters.teams.reading import PLATFORM
from adapters.teams.references import References
from adapters.teams.rosters import Rosters
from adapters.teams.turns import Turns
from bot.conversation.events import Actor, Left
from bot.ports import Clock, Store

GRACE = timedelta(seconds=5)  # for replies on their way when the process is asked to stop


class Side:
    """What the composition root starts and stops."""

    def __init__(
        self,
        teams: Teams,
        connector: Connector,
        references: References,
        store: Store,
        handle: Handle,
        clock: Clock,
        installing: Installing | None = None,
    ) -> None:
        self._connector = connector
        self._references = references
        self._handle = handle
        self._clock = clock
        teams.lost = self._lost
        self.accounts = Accounts(connector, references, store, handle, installing)
        rosters = Rosters(connector, references)
        self.conversation = Conversation(teams, references, rosters, self.accounts, handle, clock)

    async def _lost(self, actor: Actor) -> None:
        """Whoever cannot be written to counts as left, whether or not Teams said so at the time."""
        await self.accounts.gone(actor)
        await self._handle(Left(key=f"{PLATFORM}:{uuid4().hex}", actor=actor))

    def routes(self, guard: Guard) -> list[web.RouteDef]:
        """Where Teams sends what happens."""
        turns = Turns(self._connector, self.conversation.take)
        return [web.post(MESSAGES, Front(guard, turns, self._clock).messages)]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """People's accounts are looked for; at the end what is being said is finished."""
        looking = asyncio.create_task(self.accounts.run())
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            await self.conversation.drain(GRACE)
