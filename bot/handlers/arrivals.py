"""How people come into a programme, are asked for consent, and become reachable or not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.conversation.events import Claimed, Joined, Left
from bot.conversation.roles import Role
from bot.handlers.context import Outcome, delivery
from bot.ports import Delivery, DeliveryState, Kind, People, Tenant, Tx
from bot.programme.people import Consent, Membership, Person
from bot.programme.programmes import Programme
from bot.programme.roster import RosterRow, known_language
from bot.programme.zones import known_zone
from bot.pulse.personal import local_day, rules_for
from bot.pulse.pulses import Round, RoundState
from bot.pulse.windows import contact_at

# Whoever was added by mistake can still be taken out before they hear of it.
FIRST_CONTACT_AFTER = timedelta(minutes=5)
# Long enough for a shift pattern to pass; the one reminder is the last word on it.
CONSENT_REMINDER_AFTER = timedelta(days=3)


def enter(tx: Tx, programme: Programme, rows: Iterable[RosterRow], now: datetime) -> frozenset[str]:
    """Bring people of a roster into the programme; ask the new participants for consent.

    Returns the lanes that have new messages.
    """
    people = tx.tenant(programme.org_id).people
    rows = tuple(rows)
    # Held in one order, so that two imports wait for each other instead of blocking each other.
    known = {email: hold_by_email(people, email) for email in sorted({row.email for row in rows})}
    # "ward 4" is the Ward 4 that is there already.
    teams = {m.membership.team.casefold(): m.membership.team for m in people.members(programme.id)}
    entered = []
    for row in rows:
        if row.team is not None:
            row = replace(row, team=teams.setdefault(row.team.casefold(), row.team))
        person = _person(row, known[row.email], programme, tx.new_id())
        known[row.email] = person
        people.save(person)
        earlier = [m for m in people.member(programme.id, person.id) if m.role is row.role]
        people.save_membership(
            replace(earlier[0], team=earlier[0].team if row.team is None else row.team)
            if earlier
            else Membership(
                org_id=programme.org_id,
                programme_id=programme.id,
                person_id=person.id,
                role=row.role,
                team=row.team or "",
                joined_on=local_day(now, programme.zone),
            )
        )
        entered.append(person.id)
    return ask_consent(tx, programme, entered, now)


def hold_by_email(people: People, email: str) -> Person | None:
    """The person of this address, for a change of them."""
    known = people.by_email(email)
    return None if known is None else people.hold(known.id)


def _person(row: RosterRow, known: Person | None, programme: Programme, new_id: str) -> Person:
    if known is None:
        return Person(
            id=new_id,
            org_id=programme.org_id,
            name=row.name,
            email=row.email,
            zone=row.zone,
            language=row.language,
        )
    return replace(
        known,
        name=row.name,
        zone=row.zone or known.zone,
        language=row.language or known.language,
    )


def ask_consent(
    tx: Tx, programme: Programme, person_ids: Iterable[str], now: datetime
) -> frozenset[str]:
    """Queue the first contact, and its one reminder, for new participants in reach."""
    tenant = tx.tenant(programme.org_id)
    lanes = tenant.people.lanes(person_ids)
    queued: list[Delivery] = []
    for person_id, lane_id in lanes.items():
        for membership in tenant.people.member(programme.id, person_id):
            if membership.role is not Role.PARTICIPANT:
                continue
            if membership.consent is not Consent.UNASKED:
                continue
            person = tenant.people.get(person_id)
            if person is None:
                continue
            tenant.people.save_membership(replace(membership, consent=Consent.ASKED))
            rules = rules_for(person, programme)
            first = contact_at(rules, now + FIRST_CONTACT_AFTER)
            queued += [
                delivery(
                    tx,
                    programme,
                    person_id=person_id,
                    lane_id=lane_id,
                    kind=Kind.CONSENT,
                    key=_consent_key(name, membership),
                    due_at=due_at,
                    reminder="yes" if name == "consent-reminder" else "",
                )
                for name, due_at in (
                    ("consent", first),
                    ("consent-reminder", contact_at(rules, first + CONSENT_REMINDER_AFTER)),
                )
            ]
    return tenant.post.queue(queued)


def _ask_anew(tx: Tx, programme: Programme, person_id: str) -> None:
    """Whoever could not be reached when they were to be asked has not been asked yet.

    The failure is forgotten whether they have chosen since or not: facilitators see it.
    """
    tenant = tx.tenant(programme.org_id)
    for membership in tenant.people.member(programme.id, person_id):
        if membership.role is not Role.PARTICIPANT:
            continue
        first = tenant.post.get(_consent_key("consent", membership))
        if first is None or first.state is not DeliveryState.FAILED:
            continue
        tenant.post.forget(programme.id, person_id, Kind.CONSENT)
        if membership.consent is Consent.ASKED:
            tenant.people.save_membership(replace(membership, consent=Consent.UNASKED))


def _consent_key(name: str, membership: Membership) -> str:
    # Forgotten when they leave: whoever comes back is asked again.
    return f"{name}:{membership.programme_id}:{membership.person_id}:{membership.joined_on}"


def met(
    tx: Tx, programme: Programme, workspace_id: str, users: Mapping[str, str], now: datetime
) -> frozenset[str]:
    """The platform vouches for these accounts, by address: now their people can be reached."""
    people = tx.tenant(programme.org_id).people
    found = ((people.by_email(email), user) for email, user in sorted(users.items()))
    persons = {person.id: user for person, user in found if person is not None}
    for person_id, user in persons.items():
        people.reach(person_id, workspace_id, user)
        _ask_anew(tx, programme, person_id)
    return ask_consent(tx, programme, persons, now)


def end_memberships(
    tx: Tx,
    programme: Programme,
    person_id: str,
    now: datetime,
    roles: Collection[Role] = tuple(Role),
) -> None:
    """End these roles of a person in the programme, today."""
    tenant = tx.tenant(programme.org_id)
    tenant.people.hold(person_id)
    today = local_day(now, programme.zone)
    for membership in tenant.people.member(programme.id, person_id):
        if membership.role in roles:
            tenant.people.save_membership(replace(membership, left_on=today))
            if membership.role is Role.PARTICIPANT:
                tenant.post.forget(programme.id, person_id, Kind.CONSENT)
                withdraw(tenant, programme.id, person_id)


def withdraw(tenant: Tenant, programme_id: str, person_id: str) -> None:
    """Take a person and their answers out of the programme's open rounds."""
    for round_ in open_rounds(tenant, programme_id, person_id):
        tenant.answers.withdraw(round_.id, person_id)


def open_rounds(tenant: Tenant, programme_id: str, person_id: str) -> tuple[Round, ...]:
    """The open rounds of the programme in which the person was asked."""
    pulses = tenant.pulses
    return tuple(
        round_
        for round_ in pulses.rounds(programme_id)
        if round_.state is RoundState.OPEN and pulses.invitation(round_.id, person_id)
    )


def joined(tx: Tx, event: Joined, now: datetime) -> Outcome:
    """Someone can be reached now. People who are on no roster stay strangers."""
    actor = event.actor
    workspace = tx.directory.workspace(actor.platform, actor.workspace)
    if workspace is None:
        return Outcome()
    people = tx.tenant(workspace.org_id).people
    person = hold_by_email(people, event.email.lower())
    if person is None:
        return Outcome()
    people.save(with_profile(person, event))
    people.reach(person.id, workspace.id, actor.user)
    wake = frozenset[str]()
    for programme in people.programmes_of(person.id):
        _ask_anew(tx, programme, person.id)
        wake |= ask_consent(tx, programme, [person.id], now)
    return Outcome((), wake)


def with_profile(person: Person, told: Joined | Claimed) -> Person:
    """What a profile says fills in what is not known, as far as it means something to us."""
    return replace(
        person,
        zone=person.zone or known_zone(told.zone),
        language=person.language or known_language(told.language),
    )


def left(tx: Tx, event: Left) -> Outcome:
    """Someone cannot be reached any more; what they are in a programme stays."""
    workspace = tx.directory.workspace(event.actor.platform, event.actor.workspace)
    if workspace is not None:
        tx.tenant(workspace.org_id).people.unreach(workspace.id, event.actor.user)
    return Outcome()
