"""The core on this stage: everyone on the roster has an account, and time can be moved."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from adapters.playground.exchange import CastMember, MovableClock
from adapters.playground.inbound import PLATFORM
from bot.conversation.actions import Action, Verb
from bot.conversation.events import Actor, Command, Event, Joined, Pressed, Reply, Submitted
from bot.conversation.roles import Role
from bot.engine import LocalEngine
from bot.inbox import Inbox
from bot.ports import Store, Tx
from bot.programme.people import Member
from bot.programme.programmes import Workspace
from bot.rounds import Rounds

# Sending can make more work (a notice, say), but never without end.
_MOST_TURNS = 20


class Stage:
    """What the playground's page asks of the core."""

    def __init__(
        self,
        store: Store,
        inbox: Inbox,
        rounds: Rounds,
        engine: LocalEngine,
        clock: MovableClock,
        workspace: Workspace,
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._rounds = rounds
        self._engine = engine
        self._clock = clock
        self._workspace = workspace

    @property
    def clock(self) -> MovableClock:
        return self._clock

    async def handle(self, event: Event) -> tuple[Reply, ...]:
        """Let the core act; then whoever it brought onto the roster gets an account."""
        replies = await self._inbox.handle(event)
        match event:
            case Command() | Submitted() | Pressed(action=Action(verb=Verb.IMPORT)):
                await self.enrol()
            case _:
                pass
        return replies

    async def cast(self) -> tuple[CastMember, ...]:
        """Everyone on the roster, participants first, as they stand in their teams."""
        people: dict[str, CastMember] = {}
        for zone, member in await self._store.read(self._members):
            email, role = member.person.email, member.membership.role
            known = people.get(email)
            people[email] = CastMember(
                user=email,
                name=member.person.name,
                roles=frozenset({role}) | (known.roles if known else frozenset()),
                team=member.membership.team or (known.team if known else ""),
                zone=member.person.zone or zone,
            )
        return tuple(
            sorted(people.values(), key=lambda m: (Role.PARTICIPANT not in m.roles, m.team, m.name))
        )

    async def settle(self) -> None:
        """Do all that is due now, sending included."""
        for _ in range(_MOST_TURNS):
            busy = await self._rounds.tick()
            await self._engine.idle()
            if not busy:
                return

    async def next_moment(self) -> datetime | None:
        """When something is due next."""
        return await self._store.read(lambda tx: tx.agenda.next_moment())

    async def enrol(self) -> None:
        """An account for everyone on the roster who has none."""
        for member in await self._store.read(self._without_account):
            await self._inbox.handle(
                Joined(
                    key=uuid4().hex,
                    actor=Actor(PLATFORM, self._workspace.external_id, member.person.email),
                    name=member.person.name,
                    email=member.person.email,
                )
            )

    def _members(self, tx: Tx) -> tuple[tuple[str, Member], ...]:
        """Everyone on a roster, each with the zone of the programme."""
        tenant = tx.tenant(self._workspace.org_id)
        return tuple(
            (programme.zone, member)
            for programme in tenant.programmes.all()
            for member in tenant.people.members(programme.id)
        )

    def _without_account(self, tx: Tx) -> tuple[Member, ...]:
        members = {member.person.id: member for _, member in self._members(tx)}
        reached = tx.tenant(self._workspace.org_id).people.lanes(members)
        return tuple(member for who, member in members.items() if who not in reached)
