"""A small organisation on a real store, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from adapters.playground.exchange import Exchange
from adapters.playground.history import History
from adapters.playground.platform import Playground
from adapters.playground.stage import Stage
from bot.conversation.card import Card
from bot.conversation.events import Actor, Event, Reply
from bot.conversation.roles import Role
from bot.engine import LocalEngine
from bot.handlers.arrivals import enter
from bot.handlers.founding import found
from bot.inbox import Inbox
from bot.letters import Letters
from bot.outbox import Outbox
from bot.ports import Rate, SendOutcome, Store, Tx
from bot.programme.people import Consent
from bot.programme.programmes import Programme, Workspace
from bot.programme.roster import RosterRow
from bot.rounds import Rounds
from tests.flows.desk import Desk, PlaygroundDesk
from tests.flows.openings import Openings
from tests.limits import card_faults

# A Monday morning, far from any public holiday and any change of the clocks.
START = datetime(2026, 6, 8, 8, 0, tzinfo=UTC)
# Which platform the flows of a test run on.
PLATFORM: ContextVar[str] = ContextVar("platform", default="playground")
MAYA = "maya@soundings.example"
RUTH = "ruth@trust.example"


class TestClock:
    """Stands still until it is moved."""

    __test__ = False

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def move(self, to: datetime) -> None:
        self._now = to


class StrictPlayground(Playground):
    """Takes no card that another platform could not show."""

    openings: Openings

    async def send(self, to: Actor, card: Card, key: str) -> SendOutcome:
        assert not card_faults(card)
        self.openings.shown(card)
        return await super().send(to, card, key)


class StrictInbox(Inbox):
    """Opens no form where another platform could not: only some buttons lead to one."""

    openings: Openings

    async def handle(self, event: Event) -> tuple[Reply, ...]:
        replies = await super().handle(event)
        self.openings.followed(event, replies)
        return replies


class Place(Protocol):
    """Where the core runs: it does what is due, and knows what is due next."""

    async def settle(self) -> None: ...
    async def next_moment(self) -> datetime | None: ...


@dataclass
class Company:
    """The running core. Maya facilitates, Ruth leads, people are p1@trust.example and so on."""

    store: Store
    clock: TestClock
    inbox: Inbox
    stage: Place
    desk: Desk
    programme: Programme

    async def settle(self) -> None:
        """Do all that is due now."""
        await self.stage.settle()

    async def wait(self, **span: float) -> None:
        """Live through some time, doing what is due in its order."""
        until = self.clock.now() + timedelta(**span)
        while (moment := await self.stage.next_moment()) is not None and moment <= until:
            self.clock.move(max(moment, self.clock.now()))
            await self.stage.settle()
        self.clock.move(until)
        await self.stage.settle()

    def people(self) -> list[str]:
        """The participants' names on the platform."""
        return [f"p{number}@trust.example" for number in range(1, 13)]

    async def ask(self, question: str, rest: str = "") -> None:
        """Ask one question of everyone, now."""
        await self.desk.command(MAYA, f'ask "{question}" {rest}')
        await self.desk.press(MAYA, "Ask now")
        await self.settle()


def founded(tx: Tx, now: datetime, consent: Consent, name: str) -> Programme:
    """Twelve participants in two teams, one facilitator, one lead."""
    programme = found(
        tx,
        organisation=name,
        programme="Better rotas",
        change="the new rota",
        zone="Europe/London",
        facilitator=("Maya", MAYA),
        now=now,
    )
    rows = [
        RosterRow(
            line=number,
            name=f"Person {number}",
            email=f"p{number}@trust.example",
            team="Ward" if number <= 6 else "Theatre",
        )
        for number in range(1, 13)
    ]
    rows.append(RosterRow(line=20, name="Ruth", email=RUTH, role=Role.LEAD))
    enter(tx, programme, rows, now)
    people = tx.tenant(programme.org_id).people
    for member in people.members(programme.id):
        people.save_membership(replace(member.membership, consent=consent))
    return programme


@asynccontextmanager
async def company(
    store: Store, *, consent: Consent = Consent.GIVEN, name: str = "Trust"
) -> AsyncIterator[Company]:
    """The company on the platform that the test runs on."""
    if PLATFORM.get() == "teams":
        from tests.flows.teams_company import on_teams

        async with on_teams(store, consent=consent, name=name) as made:
            yield made
        return
    if PLATFORM.get() == "slack":
        # Imported here: it would import this module.
        from tests.flows.slack_company import on_slack

        async with on_slack(store, consent=consent, name=name) as made:
            yield made
        return
    clock = TestClock()

    def prepare(tx: Tx) -> tuple[Programme, Workspace]:
        programme = founded(tx, clock.now(), consent, name)
        workspace = Workspace(
            id=tx.new_id(),
            org_id=programme.org_id,
            platform="playground",
            external_id=programme.org_id,
            name="Playground",
        )
        tx.directory.add_workspace(workspace, Rate(2000, 2000))
        return programme, workspace

    programme, workspace = await store.write(prepare)
    history = History(":memory:")
    playground = StrictPlayground(history, workspace.external_id, clock)
    outbox = Outbox(store, clock, {playground.name: playground}, Letters().compose)
    engine = LocalEngine(outbox.run_lane, outbox.unfinished)
    inbox = StrictInbox(store, engine, clock)
    inbox.openings = playground.openings = Openings()
    stage = Stage(store, inbox, Rounds(store, engine, clock), engine, clock, workspace)
    await stage.enrol()
    desk = PlaygroundDesk(Exchange(stage, history, workspace.external_id))
    try:
        yield Company(store, clock, inbox, stage, desk, programme)
    finally:
        await engine.stop(timedelta(seconds=5))
        history.close()
