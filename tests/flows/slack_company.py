"""The same small organisation on Slack: our own routes, at a stand-in for Slack's servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from aiohttp.test_utils import TestServer

from adapters.slack.app import EVENTS
from adapters.slack.inbound import PLATFORM
from adapters.slack.platform import Slack
from adapters.slack.side import Side
from adapters.slack.tokens import Grant, OneWorkspace
from bot.engine import LocalEngine
from bot.inbox import Inbox
from bot.lane import STANDARD, Limits
from bot.letters import Letters
from bot.outbox import Outbox
from bot.ports import Rate, Store, Tx
from bot.programme.people import Consent, Person
from bot.programme.programmes import Programme, Workspace
from bot.rounds import Rounds
from bot.service.listening import make_app
from tests.flows.company import Company, TestClock, founded
from tests.flows.slack_desk import SlackDesk
from tests.slack.records import Workspace as SlackWorkspace
from tests.slack.server import StandIn
from tests.slack.world import World

_COMPANIES = count(1)
FAST = Rate(2000, 2000)
MOST_TURNS = 20


@dataclass
class Behind:
    """The core as it runs behind the routes."""

    store: Store
    rounds: Rounds
    engine: LocalEngine
    side: Side
    workspace: SlackWorkspace
    programme: Programme

    async def settle(self) -> None:
        for _ in range(MOST_TURNS):
            await self.enrol()
            busy = await self.rounds.tick()
            await self.engine.idle()
            if not busy:
                return

    async def next_moment(self) -> datetime | None:
        return await self.store.read(lambda tx: tx.agenda.next_moment())

    async def drain(self) -> None:
        await self.side.conversation.drain(timedelta(seconds=5))
        await self.enrol()

    async def enrol(self) -> None:
        """Everyone on the roster has an account, and it is found."""
        emails = {user.email for user in self.workspace.users.values()}

        def read(tx: Tx) -> list[Person]:
            people = tx.tenant(self.programme.org_id).people
            programmes = tx.tenant(self.programme.org_id).programmes.all()
            return [m.person for programme in programmes for m in people.members(programme.id)]

        for person in await self.store.read(read):
            if person.email not in emails:
                self.workspace.add_user(person.name, email=person.email)
                emails.add(person.email)
        await self.side.accounts.look()
        await self.side.accounts.idle()


def grant_of(workspace: SlackWorkspace) -> Grant:
    """What `auth.test` says of the workspace's token."""
    return Grant(
        enterprise_id=workspace.enterprise or None,
        team_id=workspace.team,
        whole=workspace.org_install,
        bot_token=workspace.token,
        bot_id=workspace.bot_id,
        bot_user_id=workspace.bot_user,
    )


@asynccontextmanager
async def on_slack(
    store: Store,
    *,
    consent: Consent = Consent.GIVEN,
    name: str = "Trust",
    way: str = "http",
    world: World | None = None,
    rates: bool = False,
    limits: Limits = STANDARD,
) -> AsyncIterator[Company]:
    """Everyone on the roster has an account in the workspace, found by their addresses.

    With `rates` the stand-in keeps to Slack's limits, and so does the lane.
    """
    clock = TestClock()
    # Requests are signed at the test's own time, and limits count real seconds.
    world = world or World(wall=lambda: clock.now().timestamp())
    world.rates.on = rates
    # Two companies of one test are two workspaces with ids of their own.
    world._numbers = count(next(_COMPANIES) * 10_000)
    workspace = world.add_workspace(name)

    def prepare(tx: Tx) -> Programme:
        programme = founded(tx, clock.now(), consent, name)
        tx.directory.add_workspace(row_of(tx, programme, workspace), FAST)
        return programme

    programme = await store.write(prepare)
    async with AsyncExitStack() as stack:
        stand_in = await stack.enter_async_context(StandIn(world))
        tokens = OneWorkspace(grant_of(workspace))
        slack = await stack.enter_async_context(Slack(tokens, stand_in.base_url))
        if not rates:
            slack.rate = FAST
        outbox = Outbox(store, clock, {slack.name: slack}, Letters().compose, limits)
        engine = LocalEngine(outbox.run_lane, outbox.unfinished)
        inbox = Inbox(store, engine, clock)
        side = Side(slack, tokens, store, inbox.handle, clock, stand_in.base_url)
        if way == "socket":
            await stack.enter_async_context(side.socket(world.app_token))
            await stand_in.sockets.connected()
            delivery = stand_in.delivery("socket")
        else:
            server = await stack.enter_async_context(
                TestServer(make_app(side.routes(world.signing_secret)))
            )
            delivery = stand_in.delivery("http", str(server.make_url(EVENTS)))
        rounds = Rounds(store, engine, clock)
        behind = Behind(store, rounds, engine, side, workspace, programme)
        await behind.enrol()
        desk = SlackDesk(world, workspace, delivery, behind.drain)
        try:
            yield Company(store, clock, inbox, behind, desk, programme)
        finally:
            await engine.stop(timedelta(seconds=5))
            await behind.drain()
        assert world.faults == [], world.faults


def row_of(tx: Tx, programme: Programme, workspace: SlackWorkspace) -> Workspace:
    return Workspace(
        id=tx.new_id(),
        org_id=programme.org_id,
        platform=PLATFORM,
        external_id=workspace.enterprise if workspace.org_install else workspace.team,
        name=workspace.name,
    )
