"""The same small organisation on Teams: our own route, at a stand-in for Microsoft's servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.teams.app import MESSAGES
from adapters.teams.authentication import Audience, Authentication
from adapters.teams.connector import Connector
from adapters.teams.contacts import Reference
from adapters.teams.credentials import Tokens, by_password
from adapters.teams.installing import Installing
from adapters.teams.pacing import SENDING
from adapters.teams.platform import RATE, Teams
from adapters.teams.reading import PLATFORM
from adapters.teams.references import Noted, References
from adapters.teams.side import Side
from adapters.teams.signing_keys import SigningKeys
from bot.conversation.card import Card
from bot.conversation.events import Actor
from bot.engine import LocalEngine
from bot.inbox import Inbox
from bot.lane import STANDARD, Limits
from bot.letters import Letters
from bot.outbox import Outbox
from bot.ports import Rate, SendOutcome, Sent, Store, Tx
from bot.programme.people import Consent, Person
from bot.programme.programmes import Programme, Workspace
from bot.rounds import Rounds
from tests.flows.company import Company, TestClock, founded
from tests.flows.teams_desk import TeamsDesk
from tests.teams.records import Tenant
from tests.teams.server import StandIn
from tests.teams.world import World

_COMPANIES = count(1)
FAST = Rate(2000, 2000)
MOST_TURNS = 20


class NotingTeams(Teams):
    """Remembers which messages were no answers to anything."""

    def __init__(self, connector: Connector, references: References, rate: Rate = FAST) -> None:
        super().__init__(connector, references, rate)
        self.unasked: set[str] = set()

    async def send(self, to: Actor, card: Card, key: str) -> SendOutcome:
        outcome = await super().send(to, card, key)
        if isinstance(outcome, Sent):
            self.unasked.add(outcome.ref.split()[-1])
        return outcome


@dataclass
class Behind:
    """The core as it runs behind the route."""

    store: Store
    rounds: Rounds
    engine: LocalEngine
    side: Side
    references: References
    stand_in: StandIn
    tenant: Tenant
    desk: TeamsDesk
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
        """Everyone on the roster has the app, and is found by their address."""
        emails = {user.email for user in self.tenant.users.values()}

        def read(tx: Tx) -> list[Person]:
            people = tx.tenant(self.programme.org_id).people
            programmes = tx.tenant(self.programme.org_id).programmes.all()
            return [m.person for programme in programmes for m in people.members(programme.id)]

        new = [person for person in await self.store.read(read) if person.email not in emails]
        await self.references.note_all(map(self._arrived, new))
        await self.side.accounts.look()

    def _arrived(self, person: Person) -> Noted:
        """What is known of somebody who has added the app; that they do is told elsewhere."""
        user = self.tenant.add_user(person.name, email=person.email)
        self.tenant.installed.add(user.id)
        world = self.desk.world
        reference = Reference(
            service_url=world.service_url,
            tenant=self.tenant.id,
            bot=world.bot_id,
            user=user.id,
            account=user.aad,
            conversation=world.chat(self.tenant, user).id,
            zone=user.zone,
            language=user.locale,
        )
        return Actor(PLATFORM, self.tenant.id, user.aad), reference, person.email


@asynccontextmanager
async def on_teams(
    store: Store,
    *,
    consent: Consent = Consent.GIVEN,
    name: str = "Trust",
    world: World | None = None,
    rates: bool = False,
    limits: Limits = STANDARD,
    old: bool = False,
    sends_empty: bool = False,
    catalogue: bool = False,
) -> AsyncIterator[Company]:
    """Everyone on the roster has an account in the tenant, and has added the app.

    With `rates` the stand-in keeps to Teams' limits, and so do we. With `catalogue` Graph may add
    the app for people. For `old` and `sends_empty` see TeamsUser.
    """
    clock = TestClock()

    def seconds() -> float:
        return clock.now().timestamp()

    # Requests are signed at the test's own time, and limits count real seconds.
    world = world or (World(wall=seconds) if rates else World(now=seconds, wall=seconds))
    world.rates.on = rates
    # Two companies of one test are two tenants with ids of their own.
    world._numbers = count(next(_COMPANIES) * 10_000)
    tenant = world.add_tenant(name)

    def prepare(tx: Tx) -> Programme:
        programme = founded(tx, clock.now(), consent, name)
        tx.directory.add_workspace(row_of(tx, programme, tenant), FAST)
        return programme

    programme = await store.write(prepare)
    async with AsyncExitStack() as stack:
        stand_in = await stack.enter_async_context(StandIn(world))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        ask = by_password(stand_in.login_url, tenant.id, world.app_id, world.app_secret)
        # Nobody waits before another try; windows count real seconds, which do not pass here.
        windows = SENDING if rates else ()
        tokens = Tokens(session, clock, ask)
        connector = Connector(session, tokens, chance=lambda: 0.0, sending=windows)
        references = References(store)
        teams = NotingTeams(connector, references, RATE if rates else FAST)
        outbox = Outbox(store, clock, {teams.name: teams}, Letters().compose, limits)
        engine = LocalEngine(outbox.run_lane, outbox.unfinished)
        inbox = Inbox(store, engine, clock)
        installing = None
        if catalogue:
            resource = by_password(
                stand_in.login_url, tenant.id, world.app_id, world.app_secret, stand_in.graph_url
            )
            bearer = Tokens(session, clock, resource)
            installing = Installing(
                session, lambda _: bearer, clock, stand_in.graph_url, world.catalog_app
            )
        side = Side(teams, connector, references, store, inbox.handle, clock, installing)
        keys = SigningKeys(session, clock, stand_in.metadata_url)
        audience = Audience(world.app_id, frozenset({tenant.id}))
        app = web.Application()
        app.add_routes(side.routes(Authentication(keys, audience, clock)))
        server = await stack.enter_async_context(TestServer(app))
        delivery = stand_in.delivery(str(server.make_url(MESSAGES)))
        rounds = Rounds(store, engine, clock)
        desk = TeamsDesk(
            world, tenant, delivery, _nothing, teams.unasked, old=old, sends_empty=sends_empty
        )
        behind = Behind(store, rounds, engine, side, references, stand_in, tenant, desk, programme)
        desk.drain = behind.drain
        await behind.enrol()
        try:
            yield Company(store, clock, inbox, behind, desk, programme)
        finally:
            await engine.stop(timedelta(seconds=5))
            await behind.drain()
        assert world.faults == [], world.faults


async def _nothing() -> None:
    """There is nothing to wait for yet."""


def row_of(tx: Tx, programme: Programme, tenant: Tenant) -> Workspace:
    return Workspace(
        id=tx.new_id(),
        org_id=programme.org_id,
        platform=PLATFORM,
        external_id=tenant.id,
        name=tenant.name,
    )
