"""People come into a channel or group that programmes follow, or go out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.conversation.events import Actor, Meet, Met, Moved, Shut
from bot.conversation.roles import Role
from bot.handlers.arrivals import enter, met
from bot.handlers.context import Outcome
from bot.handlers.opening import facilitators, notice_key, notify_facilitators
from bot.handlers.people import gone_draft
from bot.handlers.sources import plan_for
from bot.ports import Tenant, Tx
from bot.programme.programmes import Programme, Workspace
from bot.programme.sources import Source, fitting
from bot.pulse.personal import local_day

MOST_NAMED = 3  # of whom a facilitator hears one by one: who went at once, or came on one day


def moved(tx: Tx, event: Moved, now: datetime) -> Outcome:
    """Facilitators hear who went; whoever came is looked up first."""
    workspace = tx.directory.workspace(event.actor.platform, event.actor.workspace)
    followed = _followed(tx, workspace, event.source, now)
    if workspace is None or not followed:
        return Outcome()
    people = tx.tenant(workspace.org_id).people
    wake = frozenset[str]()
    new: set[str] = set()
    for programme, source in followed:
        participants = {
            member.person.id
            for member in people.members(programme.id)
            if member.membership.role is Role.PARTICIPANT
        }
        known = {user: _person(tx, event.actor, user) for user in (*event.came, *event.went)}
        gone = [who for user in event.went if (who := known[user]) in participants and who]
        wake |= _tell_of_those_who_went(tx, programme, source, gone, event.key, now)
        new |= {user for user in event.came if known[user] not in participants}
    users = tuple(user for user in event.came if user in new)
    return Outcome((Meet(event.source, users),) if users else (), wake)


def introduced(tx: Tx, event: Met, now: datetime) -> Outcome:
    """They come into every programme that follows the channel, and are asked for consent."""
    workspace = tx.directory.workspace(event.actor.platform, event.actor.workspace)
    wake = frozenset[str]()
    for programme, source in _followed(tx, workspace, event.source, now):
        people = tx.tenant(programme.org_id).people
        fit = fitting(event.people, Role.PARTICIPANT, source.team)
        plan = plan_for(people, programme, fit.rows, team=source.team, moves=False).plan
        wake |= enter(tx, programme, (*plan.added, *plan.updated), now)
        wake |= met(tx, programme, source.workspace_id, fit.users, now)
        persons = (people.by_email(row.email) for row in plan.added)
        came = [person.id for person in persons if person is not None]
        wake |= _tell_of_those_who_came(tx, programme, source, came, now)
    return Outcome((), wake)


def shut(tx: Tx, event: Shut, now: datetime) -> Outcome:
    """Facilitators hear that nobody is noticed there any more; everyone who is in stays in."""
    workspace = tx.directory.workspace(event.actor.platform, event.actor.workspace)
    wake = frozenset[str]()
    for programme, source in _followed(tx, workspace, event.source, now):
        wake |= _tell(tx, programme, source, event.key, "shut", {}, now)
    return Outcome((), wake)


def facts_of(
    tenant: Tenant, programme: Programme, told: str, about: Mapping[str, str]
) -> Mapping[str, str] | None:
    """What a notice says to one person, with the names of today; None where it no longer holds."""
    sources = tenant.programmes.sources(programme.id)
    source = next((one for one in sources if one.id == about["source"]), None)
    if source is None:
        return None
    facts = {**about, "source": source.name, "source_id": source.id}
    if "person" in about:
        persons: Sequence[str] = (about["person"],)
    elif "list" in about:
        kept = tenant.notes.draft(told, _gone(programme, about["list"])) or {}
        persons = kept.get("people", ())
    else:
        return facts
    members = {
        member.person.id: member.person.name
        for member in tenant.people.members(programme.id)
        if member.membership.role is Role.PARTICIPANT
    }
    names = [members[person] for person in persons if person in members]
    return {**facts, "names": "\n".join(names)} if names else None


def _followed(
    tx: Tx, workspace: Workspace | None, external_id: str, now: datetime
) -> list[tuple[Programme, Source]]:
    """The programmes that follow this channel and are not over."""
    if workspace is None:
        return []
    programmes = tx.tenant(workspace.org_id).programmes
    found = [
        (programmes.get(source.programme_id), source)
        for source in programmes.sources_at(workspace.id, external_id)
    ]
    return [
        (programme, source)
        for programme, source in found
        if programme is not None and local_day(now, programme.zone) <= programme.ends_on
    ]


def _person(tx: Tx, actor: Actor, user: str) -> str | None:
    known = tx.directory.known(replace(actor, user=user))
    return known.person_id if known else None


def _tell_of_those_who_went(
    tx: Tx, programme: Programme, source: Source, persons: Sequence[str], why: str, now: datetime
) -> frozenset[str]:
    """A notice about each of them, or about all in one where they are many."""
    if len(persons) > MOST_NAMED:
        notes = tx.tenant(programme.org_id).notes
        for who in facilitators(tx, programme):
            notes.save_draft(who, _gone(programme, why), {"people": tuple(persons)}, now)
        return _tell(tx, programme, source, why, "went", {"list": why}, now)
    return frozenset(
        lane
        for person in persons
        for lane in _tell(tx, programme, source, f"{why}:{person}", "went", {"person": person}, now)
    )


def _gone(programme: Programme, named: str) -> str:
    return f"{gone_draft(named)}:{programme.id}"


def _tell_of_those_who_came(
    tx: Tx, programme: Programme, source: Source, persons: Sequence[str], now: datetime
) -> frozenset[str]:
    """A notice about each of the first on a day, and one that there are more."""
    post = tx.tenant(programme.org_id).post
    wake = frozenset[str]()
    day = local_day(now, programme.zone)
    for person in persons:
        for number in range(MOST_NAMED + 1):
            about = {"person": person} if number < MOST_NAMED else {"more": "yes"}
            nth = f"{day}:{number}"
            keys = (
                notice_key("came", programme, f"{source.id}:{nth}", who)
                for who in facilitators(tx, programme)
            )
            if any(post.get(key) for key in keys):
                continue
            wake |= _tell(tx, programme, source, nth, "came", about, now)
            break
    return wake


def _tell(
    tx: Tx,
    programme: Programme,
    source: Source,
    why: str,
    notice: str,
    about: Mapping[str, str],
    now: datetime,
) -> frozenset[str]:
    """The same notice for every facilitator."""
    why = f"{source.id}:{why}"
    return notify_facilitators(tx, programme, notice, now, why, source=source.id, **about)
