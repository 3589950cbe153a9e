"""A facilitator's commands about programmes: list, choose, start, change, level."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace

from bot.conversation.actions import Action
from bot.conversation.card import Card, Values
from bot.conversation.events import FieldErrors, Open, Replace
from bot.conversation.grammar import Parsed
from bot.conversation.roles import Role
from bot.handlers import pulses
from bot.handlers.context import Context, Outcome, say
from bot.programme.editing import ProgrammeDraft, read_programme, typed_fields
from bot.programme.people import Membership
from bot.programme.programmes import Level, Programme
from bot.pulse.calendars import UnknownHolidays, public_holidays
from bot.pulse.dates import replanned
from bot.pulse.personal import local_day
from bot.pulse.pulses import Pulse, PulseState
from bot.sentiment.profile import Profile, is_stricter
from bot.wording import programmes as words


def listing(ctx: Context, parsed: Parsed) -> Outcome:
    """All programmes that the actor is in."""
    mine = [(programme, ctx.roles[programme.id]) for programme in _mine(ctx)]
    return say(words.programmes(mine, ctx.programme))


def use(ctx: Context, parsed: Parsed) -> Outcome:
    """Choose which programme the next commands are about."""
    wanted = parsed.words[0].casefold()
    found = next((p for p in _mine(ctx) if wanted in (p.name.casefold(), p.id)), None)
    if found is None:
        return say(words.no_such(parsed.words[0], _mine(ctx)))
    ctx.tenant.people.save(replace(ctx.person, programme_id=found.id))
    return say(words.chosen(found))


def new(ctx: Context, parsed: Parsed) -> Outcome:
    """Open the form for a new programme."""
    draft = ctx.draft("programme-new")
    today = local_day(ctx.now, ctx.zone)
    blank = replace(
        ctx.programme,
        name="",
        change="",
        starts_on=today,
        ends_on=today.replace(year=today.year + 1, day=min(today.day, 28)),
    )
    return Outcome(
        (Open(words.form("programme-new", "New programme", typed_fields(blank), draft)),)
    )


def new_sent(ctx: Context, values: Values) -> Outcome:
    """The form of `new` was sent; the actor becomes its first facilitator."""
    draft = _read(ctx, values, None)
    if not isinstance(draft, ProgrammeDraft):
        return Outcome((FieldErrors(draft),))
    programme = Programme(id=ctx.tx.new_id(), org_id=ctx.known.org_id, **asdict(draft))
    ctx.tenant.programmes.save(programme)
    ctx.tenant.people.save_membership(
        Membership(
            org_id=ctx.known.org_id,
            programme_id=programme.id,
            person_id=ctx.person.id,
            role=Role.FACILITATOR,
            joined_on=local_day(ctx.now, programme.zone),
        )
    )
    ctx.tenant.people.save(replace(ctx.person, programme_id=programme.id))
    ctx.drop_draft("programme-new")
    ctx.record("programme.new", name=programme.name)
    return say(words.started(programme))


def edit(ctx: Context, parsed: Parsed) -> Outcome:
    """Open the form for the current programme."""
    draft = ctx.draft("programme-edit")
    form = words.form("programme-edit", "Change programme", typed_fields(ctx.programme), draft)
    return Outcome((Open(form),))


def edit_sent(ctx: Context, values: Values) -> Outcome:
    """The form of `edit` was sent."""
    programme = ctx.hold_programme()
    draft = _read(ctx, values, programme)
    if not isinstance(draft, ProgrammeDraft):
        return Outcome((FieldErrors(draft),))
    if draft.profile != programme.profile and ctx.tenant.pulses.rounds(programme.id):
        named = ctx.tx.new_id()
        shown = _fingerprint(programme)
        ctx.save_draft("programme-edit", {**values, "kept": (named,), "shown": (shown,)})
        return say(words.confirm_stricter(programme, Profile(draft.profile), named))
    return say(_save(ctx, programme, draft))


def made_stricter(ctx: Context, action: Action) -> Outcome:
    """It was confirmed that the protection becomes stricter for good."""
    programme = ctx.hold_programme()
    kept = ctx.draft("programme-edit")
    # Whatever was changed since the form was sent must not be taken back by it.
    same = kept.get("shown") == (_fingerprint(programme),)
    named = kept.get("kept") == (action.arguments[1],)
    draft = _read(ctx, kept, programme) if same and named else None
    if not isinstance(draft, ProgrammeDraft):
        return Outcome((Replace(words.OTHER_FORM),))
    return Outcome((Replace(_save(ctx, programme, draft)),))


def _fingerprint(programme: Programme) -> str:
    return hashlib.sha256(repr(programme).encode()).hexdigest()


def _save(ctx: Context, programme: Programme, draft: ProgrammeDraft) -> Card:
    changed = replace(programme, **asdict(draft))
    ctx.tenant.programmes.save(changed)
    moved = _move_dates(ctx, programme, changed)
    ctx.drop_draft("programme-edit")
    ctx.record("programme.edit")
    return words.saved(changed, () if changed.paused else moved)


def _move_dates(ctx: Context, before: Programme, changed: Programme) -> list[Pulse]:
    """Give pulses their next date by the new clocks; returns those that now have another."""
    moved = []
    for each in pulses.live(ctx):
        pulse = pulses.held(ctx, each.id)
        if pulse is None:  # stopped meanwhile
            continue
        again = replanned(pulse, before, changed, ctx.now)
        if again != pulse:
            ctx.tenant.pulses.save(again)
            moved.append(again)
    return [pulse for pulse in moved if pulse.state is PulseState.ACTIVE]


def level(ctx: Context, parsed: Parsed) -> Outcome:
    """See what the organisation bought, or change it."""
    if not parsed.words:
        return say(words.level(ctx.programme))
    chosen = Level(parsed.words[0])
    if chosen is ctx.programme.level:
        return say(words.same_level(ctx.programme))
    ctx.tenant.programmes.save(replace(ctx.hold_programme(), level=chosen))
    ctx.record("programme.level", level=chosen.value)
    return say(words.levelled(ctx.programme, chosen))


def _mine(ctx: Context) -> tuple[Programme, ...]:
    return ctx.tenant.people.programmes_of(ctx.person.id)


def _read(ctx: Context, values: Values, now: Programme | None) -> ProgrammeDraft | dict[str, str]:
    draft = read_programme({name: " ".join(value) for name, value in values.items()})
    if not isinstance(draft, ProgrammeDraft):
        return draft
    errors: dict[str, str] = {}
    taken = {
        p.name.casefold() for p in ctx.tenant.programmes.all() if now is None or p.id != now.id
    }
    if draft.name.casefold() in taken:
        errors["name"] = f'There is already a programme "{draft.name}". Choose another name.'
    try:
        public_holidays(draft.country, draft.subdivision)
    except UnknownHolidays as unknown:
        errors["country"] = str(unknown)
    if draft.profile not in {profile.value for profile in Profile}:
        errors["profile"] = "Choose one of the three."
    elif now is not None and draft.profile != now.profile:
        asked = bool(ctx.tenant.pulses.rounds(now.id))
        if asked and not is_stricter(Profile(draft.profile), Profile(now.profile)):
            errors["profile"] = words.ONLY_STRICTER
    return errors or draft
