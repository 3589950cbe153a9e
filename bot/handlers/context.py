"""Who acts, in which programme, and what they may do: the one place that checks it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.conversation.card import Card, Values
from bot.conversation.events import Actor, Reply, Say
from bot.conversation.roles import Role
from bot.ports import Delivery, Entry, Kind, Known, Tenant, Tx
from bot.programme.people import Person
from bot.programme.programmes import Programme


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to say to the actor, and which lanes have new messages to send."""

    replies: tuple[Reply, ...] = ()
    wake: frozenset[str] = field(default_factory=frozenset)


def say(card: Card, wake: Iterable[str] = ()) -> Outcome:
    """Answer the actor alone."""
    return Outcome((Say(card),), frozenset(wake))


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One actor in their organisation, at one moment.

    `roles` holds what the person is in each of their programmes; `programme` is the one that
    their commands are about.
    """

    tx: Tx
    now: datetime
    actor: Actor
    known: Known
    person: Person
    roles: dict[str, frozenset[Role]]
    programme: Programme

    @property
    def tenant(self) -> Tenant:
        """The actor's organisation; nothing of another can be reached through it."""
        return self.tx.tenant(self.known.org_id)

    @property
    def zone(self) -> str:
        """The clocks that the actor lives by."""
        return self.person.zone or self.programme.zone

    def has(self, role: Role, programme_id: str | None = None) -> bool:
        """Whether the actor has this role in the programme (default: the current one)."""
        return role in self.roles.get(programme_id or self.programme.id, frozenset())

    def facilitates_alone(self, programme_id: str, person_id: str) -> bool:
        """A programme without any facilitator could not be run, or stopped, by anyone.

        The programme is held: two facilitators who go at once would else both be let go.
        """
        self.tenant.programmes.hold(programme_id)
        roles = {m.role for m in self.tenant.people.member(programme_id, person_id)}
        if Role.FACILITATOR not in roles:
            return False
        members = self.tenant.people.members(programme_id, Role.FACILITATOR)
        return {member.person.id for member in members} == {person_id}

    def about(self, programme_id: str) -> Context | None:
        """The actor in another of their programmes; None for one that they are not in."""
        programme = self.tenant.programmes.get(programme_id) if programme_id in self.roles else None
        return None if programme is None else replace(self, programme=programme)

    def hold_programme(self) -> Programme:
        """The programme as it is now, for a change."""
        held = self.tenant.programmes.hold(self.programme.id)
        if held is None:
            raise LookupError("no such programme")
        return held

    def draft(self, form: str) -> Values:
        """What stood in this programme's form when the actor closed it."""
        return self.tenant.notes.draft(self.person.id, self._draft_name(form)) or {}

    def save_draft(self, form: str, values: Values) -> None:
        self.tenant.notes.save_draft(self.person.id, self._draft_name(form), values, self.now)

    def drop_draft(self, form: str) -> bool:
        return self.tenant.notes.drop_draft(self.person.id, self._draft_name(form))

    def _draft_name(self, form: str) -> str:
        return f"{form}:{self.programme.id}"

    def record(self, what: str, **about: str) -> None:
        """Note in the audit log what a facilitator did."""
        self.tenant.notes.record(
            Entry(
                at=self.now,
                programme_id=self.programme.id,
                person_id=self.person.id,
                what=what,
                about=about,
            )
        )


def context_of(tx: Tx, actor: Actor, known: Known, now: datetime) -> Context | None:
    """The context of an actor, who is held; None for someone in no programme any more."""
    people = tx.tenant(known.org_id).people
    person = people.hold(known.person_id)
    programmes = people.programmes_of(known.person_id)
    if person is None or not programmes:
        return None
    roles = {
        programme.id: frozenset(m.role for m in people.member(programme.id, person.id))
        for programme in programmes
    }
    return Context(
        tx=tx,
        now=now,
        actor=actor,
        known=known,
        person=person,
        roles=roles,
        programme=_current(person, programmes, roles),
    )


def _current(
    person: Person, programmes: tuple[Programme, ...], roles: dict[str, frozenset[Role]]
) -> Programme:
    chosen = [p for p in programmes if p.id == person.programme_id]
    run = [p for p in programmes if Role.FACILITATOR in roles[p.id]]
    return (chosen or run or list(programmes))[0]


def delivery(
    ctx_tx: Tx,
    programme: Programme,
    *,
    person_id: str,
    lane_id: str,
    kind: Kind,
    key: str,
    due_at: datetime,
    round_id: str = "",
    **about: str,
) -> Delivery:
    """A message of this programme to one person."""
    return Delivery(
        id=ctx_tx.new_id(),
        org_id=programme.org_id,
        lane_id=lane_id,
        person_id=person_id,
        programme_id=programme.id,
        round_id=round_id,
        kind=kind,
        key=key,
        about=about,
        due_at=due_at,
    )


def prompt_key(round_id: str, person_id: str) -> str:
    """Why a prompt is sent: a snooze moves the very same message."""
    return f"prompt:{round_id}:{person_id}"
