"""How a workspace gets its first facilitator: by a code of the operator, or by installing."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.conversation.events import Claimed
from bot.conversation.roles import Role
from bot.handlers.arrivals import hold_by_email, with_profile
from bot.handlers.context import Outcome, say
from bot.handlers.founding import first_programme, known_organisation, put_in_charge
from bot.ports import Rate, Tx
from bot.programme.people import Person
from bot.programme.programmes import Organisation, Programme, Workspace
from bot.programme.zones import known_zone
from bot.wording import welcome as words

USUAL_ZONE = "Europe/London"
CODE_LIVES = timedelta(hours=24)


def connected(
    tx: Tx, platform: str, external_id: str, name: str, rate: Rate, organisation: str | None
) -> Workspace:
    """The workspace, made known with its organisation when it is met for the first time.

    `organisation` names one that the operator chose: it is used again if it is there. Without it
    the organisation is a new one, because a workspace of the same name may be somebody else's.
    """
    known = tx.directory.workspace(platform, external_id)
    if known is not None:
        return known
    chosen = known_organisation(tx, organisation) if organisation else None
    home = chosen or Organisation(id=tx.new_id(), name=organisation or _free_name(tx, name))
    if chosen is None:
        tx.directory.add_organisation(home)
    workspace = Workspace(
        id=tx.new_id(), org_id=home.id, platform=platform, external_id=external_id, name=name
    )
    tx.directory.add_workspace(workspace, rate)
    return workspace


def new_code(tx: Tx, workspace: Workspace, now: datetime) -> str | None:
    """A fresh code for a workspace whose organisation nobody runs yet; None where somebody does.

    It is twelve letters and digits that are hard to mistake for one another.
    """
    if any(_facilitators(tx, programme) for programme in _programmes(tx, workspace)):
        return None
    letters = "".join(letter for letter in tx.new_id().upper() if letter in _CLEAR)
    while len(letters) < _CODE_LENGTH:
        letters += "".join(letter for letter in tx.new_id().upper() if letter in _CLEAR)
    code = "-".join(letters[start : start + 4] for start in range(0, _CODE_LENGTH, 4))
    tx.directory.add_claim(workspace, code, now + CODE_LIVES)
    return code


def claimed(tx: Tx, event: Claimed, now: datetime) -> Outcome:
    """Someone typed a code: it makes them a facilitator, once."""
    actor = event.actor
    workspace = tx.directory.workspace(actor.platform, actor.workspace)
    code = _as_printed(event.code)
    if workspace is None or not tx.directory.claim(workspace.id, code, now):
        return say(words.WRONG_CODE)
    programme = take_charge(tx, workspace, event, now)
    organisation = tx.tenant(workspace.org_id).programmes.organisation().name
    return say(words.welcome(programme, organisation))


def installed(tx: Tx, who: Claimed, now: datetime) -> bool:
    """Whoever installed the app leads, if nobody does yet; returns whether they do now."""
    workspace = tx.directory.workspace(who.actor.platform, who.actor.workspace)
    if workspace is None:
        return False
    if any(_facilitators(tx, programme) for programme in _programmes(tx, workspace)):
        return False
    take_charge(tx, workspace, who, now)
    return True


def take_charge(tx: Tx, workspace: Workspace, who: Claimed, now: datetime) -> Programme:
    """Make them a facilitator of what nobody runs, or of a first programme."""
    tenant = tx.tenant(workspace.org_id)
    email = who.email.lower()
    person = hold_by_email(tenant.people, email) or Person(
        id=tx.new_id(), org_id=workspace.org_id, name=who.name, email=email
    )
    person = with_profile(person, who)
    tenant.people.save(person)
    tenant.people.reach(person.id, workspace.id, who.actor.user)
    everything = _programmes(tx, workspace)
    alone = [programme for programme in everything if not _facilitators(tx, programme)]
    if not everything:
        home = tenant.programmes.organisation()
        alone = [first_programme(tx, home, home.name, "the change", _zone(who), now)]
    chosen = alone or [everything[-1]]
    for programme in chosen:
        put_in_charge(tx, programme, person, now)
    return chosen[0]


_CLEAR = frozenset("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
_CODE_LENGTH = 12


def _as_printed(code: str) -> str:
    """With its hyphens, however it was typed."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _programmes(tx: Tx, workspace: Workspace) -> tuple[Programme, ...]:
    return tx.tenant(workspace.org_id).programmes.all()


def _facilitators(tx: Tx, programme: Programme) -> int:
    return len(tx.tenant(programme.org_id).people.members(programme.id, Role.FACILITATOR))


def _zone(who: Claimed) -> str:
    return known_zone(who.zone) or USUAL_ZONE


def _free_name(tx: Tx, name: str) -> str:
    taken = {organisation.name.casefold() for organisation in tx.directory.organisations()}
    number, free = 2, name
    while free.casefold() in taken:
        number, free = number + 1, f"{name} ({number})"
    return free
