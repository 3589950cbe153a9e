"""A company on Teams, with the people of a test who have not added the app yet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.ports import Store, Tx
from bot.programme.people import Member
from bot.programme.sources import Source
from tests.flows.company import MAYA, Company
from tests.flows.desk import Heard
from tests.flows.teams_company import Behind, on_teams
from tests.flows.teams_desk import TeamsDesk
from tests.teams.happenings import Happenings
from tests.teams.people import TeamsUser
from tests.teams.records import Call, Team, Tenant, User
from tests.teams.server import StandIn
from tests.teams.troubles import Decide, Trouble
from tests.teams.world import World

FIRST = "p1@trust.example"
ADA, BEN = "ada@trust.example", "ben@trust.example"
STATEMENT = "I can do my job well."


@dataclass
class Scene:
    """The core, Teams, and what happens in its tenant."""

    c: Company
    desk: TeamsDesk
    behind: Behind

    @property
    def world(self) -> World:
        return self.desk.world

    @property
    def stand_in(self) -> StandIn:
        return self.behind.stand_in

    @property
    def tenant(self) -> Tenant:
        return self.desk.tenant

    @property
    def happenings(self) -> Happenings:
        return self.desk.user(MAYA).happenings

    def account(self, email: str) -> User:
        return self.desk.user(email).user

    def newcomer(self, email: str, name: str) -> TeamsUser:
        """Somebody with an account, but without the app."""
        self.tenant.add_user(name, email=email)
        return self.desk.user(email)

    def team(self, name: str, *emails: str, has_app: bool = True) -> Team:
        """A team of these people; that it has the app was not told yet."""
        people = [self.account(email) for email in emails]
        return self.tenant.add_team(name, people, has_app=has_app)

    def trouble(self, method: str, decide: Decide) -> None:
        """For everyone but the facilitator, who goes on to read."""
        maya = self.world.chat(self.tenant, self.account(MAYA)).id

        def spared(call: Call) -> Trouble | None:
            return None if call.arguments.get("conversation") == maya else decide(call)

        self.world.troubles[method] = spared

    async def add(self, email: str, name: str) -> None:
        """A facilitator puts them on the list."""
        await self.desk.command(MAYA, f'people add "{name}" {email} team Ward')

    async def bring_in(self, line: str) -> Heard:
        await self.desk.command(MAYA, line)
        return await self.desk.press(MAYA, "Bring them in")

    async def happened(self) -> None:
        """All that follows from an event is done, and what is due is sent."""
        await self.desk.drain()
        await self.c.settle()

    async def live(self, span: timedelta, turns: int = 4) -> None:
        """Let time pass, with a tick now and then: a lane that waits is due, and does nothing."""
        for _ in range(turns):
            self.c.clock.move(self.c.clock.now() + span / turns)
            await self.c.settle()

    async def said(self, line: str) -> str:
        """What the facilitator reads after a command."""
        return (await self.desk.command(MAYA, line)).text

    async def members(self) -> dict[str, Member]:
        def read(tx: Tx) -> tuple[Member, ...]:
            return tx.tenant(self.c.programme.org_id).people.members(self.c.programme.id)

        return {member.person.email: member for member in await self.c.store.read(read)}

    async def sources(self) -> tuple[Source, ...]:
        def read(tx: Tx) -> tuple[Source, ...]:
            return tx.tenant(self.c.programme.org_id).programmes.sources(self.c.programme.id)

        return await self.c.store.read(read)


@asynccontextmanager
async def scene(store: Store, **more: Any) -> AsyncIterator[Scene]:
    """For `more` see `on_teams`."""
    async with on_teams(store, **more) as c:
        assert isinstance(c.desk, TeamsDesk)
        assert isinstance(c.stage, Behind)
        yield Scene(c, c.desk, c.stage)
