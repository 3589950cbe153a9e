"""A facilitator's commands about people: totals, adding one, importing a CSV, removing."""

from __future__ import annotations

from collections import Counter

from bot.conversation.actions import Action
from bot.conversation.card import Card, Values
from bot.conversation.events import FieldErrors, Open, Replace
from bot.conversation.grammar import Parsed
from bot.conversation.roles import Role
from bot.handlers.arrivals import end_memberships, enter
from bot.handlers.context import Context, Outcome, say
from bot.handlers.unsent import not_asked
from bot.programme.people import NO_TEAM
from bot.programme.roster import (
    COLUMNS,
    REQUIRED,
    ImportPlan,
    Roster,
    RosterRow,
    RowError,
    address,
    plan_import,
    read_roster,
)
from bot.wording import people as words
from bot.wording.me import LAST_FACILITATOR
from bot.wording.sources import FROM_CHANNEL, followed


def listing(ctx: Context, parsed: Parsed) -> Outcome:
    """Totals a team: who chose what is nobody's business."""
    members = ctx.tenant.people.members(ctx.programme.id)
    participants = [m.membership for m in members if m.membership.role is Role.PARTICIPANT]
    teams = Counter(m.team or NO_TEAM for m in participants)
    others = [
        (m.membership.role, m.person.name)
        for m in members
        if m.membership.role is not Role.PARTICIPANT
    ]
    reached = ctx.tenant.people.lanes({m.person.id for m in members})
    # Whether somebody has an account is no secret, and somebody has to mend it.
    unreached = sorted({m.person.name for m in members if m.person.id not in reached})
    missed = not_asked(ctx) & reached.keys()
    unasked = sorted({m.person.name for m in members if m.person.id in missed})
    texts, looks = followed(ctx.programme, ctx.tenant.programmes.sources(ctx.programme.id))
    in_teams = _has(ctx, words.TEAMS)
    more = texts, [*([FROM_CHANNEL] if in_teams or _has(ctx, words.SLACK) else []), *looks]
    return say(words.people(ctx.programme, teams, others, unreached, in_teams, more, unasked))


def _has(ctx: Context, platform: str) -> bool:
    """Whether the organisation is on this platform."""
    here = ctx.tx.directory.workspaces(platform)
    return any(workspace.org_id == ctx.programme.org_id for workspace in here)


def add(ctx: Context, parsed: Parsed) -> Outcome:
    """Add one person, inline or by a form."""
    if not parsed.words:
        draft = ctx.draft("people-add")
        return Outcome((Open(words.add_form(draft)),))
    name, email = parsed.words
    outcome = one_row(
        {
            "name": name,
            "email": email,
            "team": parsed.clauses.get("team", ""),
            "role": parsed.clauses.get("as", ""),
            "timezone": "",
            "language": "",
        }
    )
    if isinstance(outcome, RowError):
        return say(words.cannot_add(outcome.message))
    return _added(ctx, outcome)


def add_sent(ctx: Context, values: Values) -> Outcome:
    """The form of `add` was sent."""
    cells = {column: (values.get(column) or ("",))[0] for column in COLUMNS}
    outcome = one_row(cells)
    if isinstance(outcome, RowError):
        return Outcome((FieldErrors({_field_of(outcome.message): outcome.message}),))
    ctx.drop_draft("people-add")
    return _added(ctx, outcome)


def one_row(cells: dict[str, str]) -> RosterRow | RowError:
    """One person as in a roster of one line."""
    # What was left empty is left as it is, the team included.
    said = {column: cell for column, cell in cells.items() if cell.strip() or column in REQUIRED}
    quoted = ('"' + cell.replace('"', '""') + '"' for cell in said.values())
    outcome = read_roster(",".join(said) + "\n" + ",".join(quoted))
    return outcome.rows[0] if isinstance(outcome, Roster) else outcome[0]


def _field_of(message: str) -> str:
    # The messages of a roster name their column; the form has the same names.
    low = message.lower().replace("time zone", "timezone").replace("e-mail", "email")
    return next((column for column in reversed(COLUMNS) if column in low), "name")


def _added(ctx: Context, row: RosterRow) -> Outcome:
    plan = plan_import(Roster((row,)), ctx.tenant.people.members(ctx.programme.id))
    if plan.unchanged:
        return say(words.the_same(row))
    wake = enter(ctx.tx, ctx.programme, (row,), ctx.now)
    ctx.record("people.add" if plan.added else "people.change", role=row.role.value)
    return say(words.added(row) if plan.added else words.changed(row), wake)


def import_(ctx: Context, parsed: Parsed) -> Outcome:
    """Open the form where a CSV is pasted."""
    draft = ctx.draft("people-import")
    return Outcome((Open(words.import_form(draft)),))


def import_sent(ctx: Context, values: Values) -> Outcome:
    """The CSV was pasted: show what it would do. It waits as the form's draft until then."""
    text = (values.get("csv") or ("",))[0]
    roster = read_roster(text)
    if not isinstance(roster, Roster):
        return Outcome((FieldErrors({"csv": words.row_errors(roster)}),))
    plan = plan_import(roster, ctx.tenant.people.members(ctx.programme.id))
    if not plan.added and not plan.updated:
        ctx.drop_draft("people-import")
        return say(_imported(ctx, plan))
    named = ctx.tx.new_id()
    ctx.save_draft("people-import", {"csv": (text,), "list": (named,)})
    return say(words.confirm_import(ctx.programme, plan, named))


def import_decided(ctx: Context, action: Action) -> Outcome:
    """The list that was shown is taken, all of it, or dropped."""
    _, named, choice = action.arguments
    kept = ctx.draft("people-import")
    roster = read_roster(kept["csv"][0]) if kept.get("list") == (named,) else None
    if not isinstance(roster, Roster) or choice not in ("yes", "no"):
        return Outcome((Replace(words.OTHER_LIST),))
    if not ctx.drop_draft("people-import"):
        # It was forgotten a moment ago, together with somebody who is on it.
        return Outcome((Replace(words.OTHER_LIST),))
    if choice == "no":
        return Outcome((Replace(words.NOT_IMPORTED),))
    plan, wake = import_roster(ctx, roster)
    return Outcome((Replace(_imported(ctx, plan)),), wake)


def _imported(ctx: Context, plan: ImportPlan) -> Card:
    return words.imported(ctx.programme, plan, keep_absent(ctx, plan))


def keep_absent(ctx: Context, plan: ImportPlan) -> str:
    """Keep who is absent until it is confirmed that they have left; returns the list's name.

    It has a name so that the button of an older one takes nobody else out.
    """
    named = ctx.tx.new_id()
    absent = tuple(member.person.id for member in plan.absent)
    ctx.save_draft("absent", {"list": (named,), "people": absent})
    return named


def import_roster(ctx: Context, roster: Roster) -> tuple[ImportPlan, frozenset[str]]:
    """Add and update; those who are absent from the file are kept until it is confirmed."""
    plan = plan_import(roster, ctx.tenant.people.members(ctx.programme.id))
    wake = enter(ctx.tx, ctx.programme, (*plan.added, *plan.updated), ctx.now)
    ctx.record(
        "people.import", added=f"{len(plan.added)} added", changed=f"{len(plan.updated)} changed"
    )
    return plan, wake


def gone_draft(named: str) -> str:
    """Where a list is kept of people who went together."""
    return f"gone-{named}"


def remove_absent(ctx: Context, action: Action) -> Outcome:
    """It was confirmed that those who are not in this list have left."""
    _, named = action.arguments
    # Of an import there is one newest list; those who left a channel have a list of their own.
    form = "absent" if ctx.draft("absent").get("list") == (named,) else gone_draft(named)
    listed = ctx.draft(form).get("people", ())
    for person_id in listed:
        end_memberships(ctx.tx, ctx.programme, person_id, ctx.now, (Role.PARTICIPANT,))
    if listed:
        ctx.drop_draft(form)
        ctx.record("people.remove", people=str(len(listed)))
    return Outcome((Replace(words.removed(len(listed))),))


def remove(ctx: Context, parsed: Parsed) -> Outcome:
    """Ask who is to be taken out, or whether this one is."""
    if not parsed.words:
        return Outcome((Open(words.remove_form(ctx.draft("people-remove"))),))
    return _remove(ctx, parsed.words[0])


def remove_sent(ctx: Context, values: Values) -> Outcome:
    """The form of `remove` was sent."""
    ctx.drop_draft("people-remove")
    return _remove(ctx, (values.get("email") or ("",))[0])


def _remove(ctx: Context, email: str) -> Outcome:
    person = ctx.tenant.people.by_email(address(email))
    if person is None or not ctx.tenant.people.member(ctx.programme.id, person.id):
        return say(words.nobody(email, ctx.programme))
    if ctx.facilitates_alone(ctx.programme.id, person.id):
        return say(LAST_FACILITATOR)
    return say(words.confirm_remove(ctx.programme, person))


def removed(ctx: Context, action: Action) -> Outcome:
    """It was confirmed that this person is to be taken out."""
    _, person_id = action.arguments
    ctx.tenant.people.hold(person_id)
    if not ctx.tenant.people.member(ctx.programme.id, person_id):
        return Outcome((Replace(words.removed(0)),))
    if ctx.facilitates_alone(ctx.programme.id, person_id):
        return Outcome((Replace(LAST_FACILITATOR),))
    end_memberships(ctx.tx, ctx.programme, person_id, ctx.now)
    ctx.record("people.remove", people="1")
    return Outcome((Replace(words.removed(1)),))


def taken_out(ctx: Context, action: Action) -> Outcome:
    """Somebody who came or went with a channel is no participant any more; other roles stay."""
    _, person_id = action.arguments
    roles = ctx.tenant.people.member(ctx.programme.id, person_id)
    if not any(membership.role is Role.PARTICIPANT for membership in roles):
        return Outcome((Replace(words.removed(0)),))
    end_memberships(ctx.tx, ctx.programme, person_id, ctx.now, (Role.PARTICIPANT,))
    ctx.record("people.remove", people="1")
    return Outcome((Replace(words.removed(1)),))
