"""A facilitator brings in the people of a channel or group, and has the programme follow it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.conversation.actions import Action
from bot.conversation.card import Card, Values
from bot.conversation.events import FieldErrors, Gather, Gathered, Open, Replace
from bot.conversation.gathering import Gathering, NotGathered
from bot.conversation.grammar import Parsed
from bot.conversation.roles import Role
from bot.handlers.arrivals import enter, met
from bot.handlers.context import Context, Outcome, say
from bot.handlers.people import keep_absent, one_row
from bot.ports import People
from bot.programme.programmes import Programme
from bot.programme.roster import RosterRow, RowError
from bot.programme.sources import (
    Fitting,
    Source,
    SourcePlan,
    fitting,
    plan_source,
    source_name,
    team_of,
)
from bot.wording import people as people_words
from bot.wording import sources as words

DRAFT = "people-from"
FORM = "source"


def from_(ctx: Context, parsed: Parsed) -> Outcome:
    """Find out who is in a channel or group, or stop following it."""
    if not parsed.words:
        return Outcome((Open(words.source_form(ctx.draft(FORM))),))
    name = source_name(parsed.words[0])
    followed = [one for one in _followed(ctx) if one.name.casefold() == name.casefold()]
    if len(parsed.words) > 1:
        if not followed:
            return say(words.not_followed(name, ctx.programme))
        return say(words.confirm_unfollow(ctx.programme, followed[0]))
    row = _entry(ctx, parsed.clauses.get("team", ""), parsed.clauses.get("as", ""))
    if isinstance(row, RowError):
        return say(words.cannot_gather(row.message))
    return _find(ctx, name, row)


def from_sent(ctx: Context, values: Values) -> Outcome:
    """The form of `from` was sent."""
    typed, team, role = ((values.get(name) or ("",))[0] for name in ("source", "team", "role"))
    row = _entry(ctx, team, role)
    if isinstance(row, RowError):
        at = "team" if "team" in row.message.lower() else "role"
        return Outcome((FieldErrors({at: row.message}),))
    if not source_name(typed)[1:]:
        return Outcome((FieldErrors({"source": words.NO_SOURCE}),))
    ctx.drop_draft(FORM)
    return _find(ctx, source_name(typed), row)


def _entry(ctx: Context, team: str, role: str) -> RosterRow | RowError:
    """What everyone who is brought in will have, as in a line of a roster."""
    mine = {"name": ctx.person.name, "email": ctx.person.email}
    return one_row({**mine, "team": team, "role": role})


def _find(ctx: Context, name: str, row: RosterRow) -> Outcome:
    here = [
        one
        for one in _followed(ctx)
        if one.name.casefold() == name.casefold() and one.workspace_id == ctx.known.workspace_id
    ]
    return _gather(ctx, name, here[0].external_id if here else "", row.team, row.role)


def again(ctx: Context, action: Action) -> Outcome:
    """Look once more who is in a channel that the programme follows."""
    source = _source(ctx, action.arguments[1])
    if source is None:
        return Outcome((Replace(words.GONE),))
    if source.workspace_id != ctx.known.workspace_id:
        return say(words.not_gathered(source.name, NotGathered.UNKNOWN))
    return _gather(ctx, source.name, source.external_id, None, Role.PARTICIPANT)


def _gather(ctx: Context, name: str, external_id: str, team: str | None, role: Role) -> Outcome:
    ask = Gather(
        card=words.looking(name),
        source=name,
        external_id=external_id,
        programme_id=ctx.programme.id,
        team=team,
        role=role,
    )
    return Outcome((ask,))


def gathered(ctx: Context, event: Gathered) -> Outcome:
    """The platform looked: show what bringing them in would do. It waits as a draft until then."""
    ask, found = event.ask, event.found
    if isinstance(found, NotGathered):
        return say(words.not_gathered(ask.source, found))
    look = _look(ctx, found, ask.team, ask.role)
    if not look.fitting.rows:
        return say(words.nobody_fits(found.name, look.fitting.left_out))
    planned = _plan(ctx, look)
    followed = _at(ctx, look.external_id) is not None
    if not planned.plan.added and not planned.plan.updated and (followed or not look.follows):
        ctx.drop_draft(DRAFT)
        _rename(ctx, look)
        return say(_brought_in(ctx, look, planned))
    named = ctx.tx.new_id()
    ctx.save_draft(DRAFT, {"list": (named,), **_written(look)})
    card = words.confirm(
        ctx.programme,
        look.name,
        planned,
        team=look.team,
        moves=look.moves,
        role=look.role,
        left_out=look.fitting.left_out,
        hears=found.hears,
        named=named,
    )
    return say(card)


def decided(ctx: Context, action: Action) -> Outcome:
    """The people who were shown are brought in, all of them, or none."""
    _, named, choice = action.arguments
    kept = ctx.draft(DRAFT)
    if kept.get("list") != (named,) or choice not in ("yes", "no"):
        return Outcome((Replace(words.OTHER_LOOK),))
    if not ctx.drop_draft(DRAFT):
        return Outcome((Replace(words.OTHER_LOOK),))
    if choice == "no":
        return Outcome((Replace(people_words.NOT_IMPORTED),))
    look = _read(kept)
    planned = _plan(ctx, look)
    plan = planned.plan
    wake = enter(ctx.tx, ctx.programme, (*plan.added, *plan.updated), ctx.now)
    wake |= met(ctx.tx, ctx.programme, ctx.known.workspace_id, look.fitting.users, ctx.now)
    if look.follows:
        _follow(ctx, look)
    ctx.record(
        "people.from",
        source=look.name,
        added=f"{len(plan.added)} added",
        changed=f"{len(plan.updated)} changed",
    )
    return Outcome((Replace(_brought_in(ctx, look, planned)),), wake)


def _brought_in(ctx: Context, look: _Look, planned: SourcePlan) -> Card:
    named = keep_absent(ctx, planned.plan)
    return words.brought_in(ctx.programme, look.name, look.team, planned.plan, named)


def unfollowed(ctx: Context, action: Action) -> Outcome:
    """It was confirmed that the programme no longer follows a channel."""
    source = _source(ctx, action.arguments[1])
    if source is None:
        return Outcome((Replace(words.GONE),))
    ctx.tenant.programmes.drop_source(source.id)
    ctx.record("people.unfollow", source=source.name)
    return Outcome((Replace(words.unfollowed(ctx.programme, source)),))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """A channel as it was seen, and what was asked for."""

    external_id: str
    name: str
    team: str
    moves: bool
    role: Role
    fitting: Fitting

    @property
    def follows(self) -> bool:
        """Nobody becomes a facilitator or lead by joining a channel."""
        return self.role is Role.PARTICIPANT


def _look(ctx: Context, found: Gathering, team: str | None, role: Role) -> _Look:
    followed = _at(ctx, found.external_id)
    if role is not Role.PARTICIPANT:
        named = ""
    elif team is not None:
        named = team
    elif followed is not None:
        named = followed.team
    else:
        members = ctx.tenant.people.members(ctx.programme.id)
        named = team_of(found.name, {m.membership.team for m in members if m.membership.team})
    return _Look(
        external_id=found.external_id,
        name=found.name,
        team=named,
        moves=team is not None,
        role=role,
        fitting=fitting(found.people, role, named),
    )


def _plan(ctx: Context, look: _Look) -> SourcePlan:
    rows = look.fitting.rows
    return plan_for(ctx.tenant.people, ctx.programme, rows, team=look.team, moves=look.moves)


def plan_for(
    people: People, programme: Programme, rows: Sequence[RosterRow], *, team: str, moves: bool
) -> SourcePlan:
    """What bringing these people into the programme would do; see `plan_source`."""
    found = {row.email: people.by_email(row.email) for row in rows}
    known = {email: person for email, person in found.items() if person is not None}
    return plan_source(rows, known, people.members(programme.id), team=team, moves=moves)


def _follow(ctx: Context, look: _Look) -> None:
    ctx.hold_programme()  # so that two facilitators do not both follow it
    before = _at(ctx, look.external_id)
    ctx.tenant.programmes.save_source(
        Source(
            id=before.id if before else ctx.tx.new_id(),
            org_id=ctx.known.org_id,
            programme_id=ctx.programme.id,
            workspace_id=ctx.known.workspace_id,
            external_id=look.external_id,
            name=look.name,
            team=look.team,
        )
    )


def _rename(ctx: Context, look: _Look) -> None:
    """What is followed under an old name gets its new one."""
    ctx.hold_programme()
    before = _at(ctx, look.external_id)
    if before is not None and before.name != look.name:
        ctx.tenant.programmes.save_source(replace(before, name=look.name))


def _followed(ctx: Context) -> tuple[Source, ...]:
    return ctx.tenant.programmes.sources(ctx.programme.id)


def _source(ctx: Context, source_id: str) -> Source | None:
    return next((one for one in _followed(ctx) if one.id == source_id), None)


def _at(ctx: Context, external_id: str) -> Source | None:
    here = ctx.tenant.programmes.sources_at(ctx.known.workspace_id, external_id)
    return next((one for one in here if one.programme_id == ctx.programme.id), None)


def _written(look: _Look) -> Values:
    rows = look.fitting.rows
    return {
        "source": (look.external_id, look.name),
        "team": (look.team,),
        "moves": ("yes",) if look.moves else (),
        "role": (look.role.value,),
        "names": tuple(row.name for row in rows),
        "emails": tuple(row.email for row in rows),
        "zones": tuple(row.zone or "" for row in rows),
        "languages": tuple(row.language or "" for row in rows),
        "users": tuple(look.fitting.users[row.email] for row in rows),
    }


def _read(kept: Values) -> _Look:
    role, team = Role(kept["role"][0]), kept["team"][0]
    columns = (kept[name] for name in ("names", "emails", "zones", "languages"))
    rows = tuple(
        RosterRow(
            line=line,
            name=name,
            email=email,
            team=team if role is Role.PARTICIPANT else None,
            role=role,
            zone=zone or None,
            language=language or None,
        )
        for line, (name, email, zone, language) in enumerate(zip(*columns, strict=True), 1)
    )
    return _Look(
        external_id=kept["source"][0],
        name=kept["source"][1],
        team=team,
        moves=bool(kept["moves"]),
        role=role,
        fitting=Fitting(rows, dict(zip(kept["emails"], kept["users"], strict=True)), ()),
    )
