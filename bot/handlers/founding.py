"""A first programme: what an operator sets up before anybody can type a command."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.conversation.roles import Role
from bot.ports import Tx
from bot.programme.people import Membership, Person
from bot.programme.programmes import Level, Organisation, Programme
from bot.pulse.personal import local_day

ONE_YEAR = timedelta(days=365)


class AlreadyThere(Exception):
    """There is a programme of this name in the organisation."""


def known_organisation(tx: Tx, name: str) -> Organisation | None:
    """The organisation of this name, whatever the case of its letters."""
    wanted = name.casefold()
    return next((o for o in tx.directory.organisations() if o.name.casefold() == wanted), None)


def found(
    tx: Tx,
    *,
    organisation: str,
    programme: str,
    change: str,
    zone: str,
    facilitator: tuple[str, str],
    now: datetime,
    expected_rate: int = 50,
) -> Programme:
    """A programme of a year with its first facilitator (name, e-mail).

    An organisation or person of that name or address is used again, whatever the case of its
    letters. Raises AlreadyThere.
    """
    known = known_organisation(tx, organisation)
    home = known or Organisation(id=tx.new_id(), name=organisation)
    if known is None:
        tx.directory.add_organisation(home)
    if any(p.name.casefold() == programme.casefold() for p in tx.tenant(home.id).programmes.all()):
        raise AlreadyThere(f'{home.name} already has a programme "{programme}".')
    founded = first_programme(tx, home, programme, change, zone, now, expected_rate)
    name, email = facilitator
    people = tx.tenant(home.id).people
    person = people.by_email(email.lower())
    if person is None:
        person = Person(id=tx.new_id(), org_id=home.id, name=name, email=email.lower())
        people.save(person)
    put_in_charge(tx, founded, person, now)
    return founded


def first_programme(
    tx: Tx,
    home: Organisation,
    name: str,
    change: str,
    zone: str,
    now: datetime,
    expected_rate: int = 50,
) -> Programme:
    """A programme of a year, at the middle level, that nobody is in yet."""
    today = local_day(now, zone)
    founded = Programme(
        id=tx.new_id(),
        org_id=home.id,
        name=name,
        change=change,
        level=Level.SILVER,
        starts_on=today,
        ends_on=today + ONE_YEAR,
        zone=zone,
        expected_rate=expected_rate,
    )
    tx.tenant(home.id).programmes.save(founded)
    return founded


def put_in_charge(tx: Tx, programme: Programme, person: Person, now: datetime) -> None:
    """Make the person a facilitator of the programme, unless they are one."""
    people = tx.tenant(programme.org_id).people
    if any(m.role is Role.FACILITATOR for m in people.member(programme.id, person.id)):
        return
    people.save_membership(
        Membership(
            org_id=programme.org_id,
            programme_id=programme.id,
            person_id=person.id,
            role=Role.FACILITATOR,
            joined_on=local_day(now, programme.zone),
        )
    )
