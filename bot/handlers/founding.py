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

    An organisation or person of that name or address is used again. Raises AlreadyThere.
    """
    known = next((o for o in tx.directory.organisations() if o.name == organisation), None)
    home = known or Organisation(id=tx.new_id(), name=organisation)
    if known is None:
        tx.directory.add_organisation(home)
    tenant = tx.tenant(home.id)
    if any(p.name.casefold() == programme.casefold() for p in tenant.programmes.all()):
        raise AlreadyThere(f'{organisation} already has a programme "{programme}".')
    today = local_day(now, zone)
    founded = Programme(
        id=tx.new_id(),
        org_id=home.id,
        name=programme,
        change=change,
        level=Level.SILVER,
        starts_on=today,
        ends_on=today + ONE_YEAR,
        zone=zone,
        expected_rate=expected_rate,
    )
    tenant.programmes.save(founded)
    name, email = facilitator
    person = tenant.people.by_email(email.lower())
    if person is None:
        person = Person(id=tx.new_id(), org_id=home.id, name=name, email=email.lower())
        tenant.people.save(person)
    tenant.people.save_membership(
        Membership(
            org_id=home.id,
            programme_id=founded.id,
            person_id=person.id,
            role=Role.FACILITATOR,
            joined_on=today,
        )
    )
    return founded
