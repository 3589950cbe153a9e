"""`me`: what a person may see and change about themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.conversation.actions import Action
from bot.conversation.card import Card, Values
from bot.conversation.events import FieldErrors, Open, Replace
from bot.conversation.grammar import Parsed
from bot.conversation.roles import Role
from bot.handlers.arrivals import open_rounds, withdraw
from bot.handlers.context import Context, Outcome, say
from bot.ports import Tenant
from bot.programme.people import Consent, Membership
from bot.programme.programmes import Programme
from bot.programme.zones import find_zone
from bot.pulse.personal import local_day
from bot.pulse.phrases import Problem, parse_time
from bot.sentiment.profile import Profile
from bot.wording import me as words
from bot.wording.participant import NOT_A_PARTICIPANT, consent_noted
from bot.wording.participant import consent as consent_card
from bot.wording.phrases import plain


def show(ctx: Context, parsed: Parsed) -> Outcome:
    """Everything that is known about the actor."""
    return say(card(ctx))


def card(ctx: Context) -> Card:
    """The card of `me`."""
    parts = [
        (programme, mine.consent if (mine := _participation(ctx, programme.id)) else None)
        for programme in ctx.tenant.people.programmes_of(ctx.person.id)
    ]
    open_now = [
        (programme, round_)
        for programme, _ in parts
        for round_ in open_rounds(ctx.tenant, programme.id, ctx.person.id)
    ]
    ids = (round_.id for _, round_ in open_now)
    answered = {id_ for id_ in ids if ctx.tenant.answers.of(id_, ctx.person.id).values}
    facilitates = any(Role.FACILITATOR in roles for roles in ctx.roles.values())
    return words.me(ctx.person, ctx.zone, parts, open_now, answered, facilitates)


def times(ctx: Context, parsed: Parsed) -> Outcome:
    """When questions suit best."""
    found = parse_time(parsed.words[0])
    if isinstance(found, Problem):
        return say(plain(found.message))
    ctx.tenant.people.save(replace(ctx.person, preferred_time=found))
    return say(words.times_saved(found, ctx.zone))


def zone(ctx: Context, parsed: Parsed) -> Outcome:
    """The clocks that the actor lives by."""
    found = find_zone(parsed.words[0])
    if found.name is None:
        return say(plain(found.message))
    ctx.tenant.people.save(replace(ctx.person, zone=found.name))
    return say(words.zone_saved(found.name))


def times_form(ctx: Context) -> Outcome:
    """Both, in a form."""
    draft = ctx.draft("times")
    return Outcome((Open(words.times_form(ctx.person, ctx.programme, draft)),))


def times_sent(ctx: Context, values: Values) -> Outcome:
    """The form was sent; an empty time is no wish."""
    typed = (values.get("time") or ("",))[0].strip()
    preferred = parse_time(typed) if typed else None
    found = find_zone((values.get("zone") or ("",))[0])
    errors: dict[str, str] = {}
    if isinstance(preferred, Problem):
        errors["time"] = preferred.message
    if found.name is None:
        errors["zone"] = found.message
    if errors or isinstance(preferred, Problem):
        return Outcome((FieldErrors(errors),))
    ctx.tenant.people.save(replace(ctx.person, preferred_time=preferred, zone=found.name))
    ctx.drop_draft("times")
    return say(words.times_saved(preferred, found.name or ctx.zone))


def away(ctx: Context, parsed: Parsed) -> Outcome:
    """Leave, from one day to another."""
    first = _date(parsed.words[0])
    last = _date(parsed.clauses["to"]) if "to" in parsed.clauses else first
    if first is None or last is None:
        wrong = parsed.words[0] if first is None else parsed.clauses["to"]
        return say(words.not_a_date(wrong))
    if last < first or last < local_day(ctx.now, ctx.zone):
        return say(words.away_over(first, last))
    ctx.tenant.people.save(replace(ctx.person, away_from=first, away_to=last))
    return say(words.away(first, last))


def back(ctx: Context, parsed: Parsed) -> Outcome:
    """The end of leave."""
    ctx.tenant.people.save(replace(ctx.person, away_from=None, away_to=None))
    return say(words.BACK)


def consent(ctx: Context, action: Action) -> Outcome:
    """Yes or no to being asked; either can be changed later."""
    programme_id, choice = action.arguments
    mine = _participation(ctx, programme_id)
    if mine is None or choice not in ("yes", "no", "ask"):
        return Outcome((Replace(NOT_A_PARTICIPANT),))
    if choice == "ask":
        # Nobody says yes to what they have not read.
        return say(first_contact(ctx.tenant, ctx.programme, reminder=False))
    if choice == "no":
        _step_back(ctx, mine)
    else:
        ctx.tenant.people.save_membership(replace(mine, consent=Consent.GIVEN))
    return Outcome((Replace(consent_noted(ctx.programme, choice == "yes")),))


def first_contact(tenant: Tenant, programme: Programme, *, reminder: bool) -> Card:
    """The question whether somebody wants to take part."""
    organisation = tenant.programmes.organisation().name
    least = Profile(programme.profile).disclosure.k
    return consent_card(programme, organisation, least, reminder)


def leave(ctx: Context, parsed: Parsed) -> Outcome:
    """Ask before the actor stops taking part, in the current programme or the one named."""
    meant = _named(ctx, parsed.words[0]) if parsed.words else ctx.programme
    if meant is None:
        return say(words.not_in(parsed.words[0]))
    if _participation(ctx, meant.id) is None:
        return say(NOT_A_PARTICIPANT)
    return say(words.confirm_leave(meant))


def left(ctx: Context, action: Action) -> Outcome:
    """It was confirmed: no more questions, and open answers are taken back."""
    mine = _participation(ctx)
    if mine is None:
        return Outcome((Replace(NOT_A_PARTICIPANT),))
    _step_back(ctx, mine)
    return Outcome((Replace(words.left(ctx.programme)),))


def erase(ctx: Context, parsed: Parsed) -> Outcome:
    """Ask before the actor is forgotten."""
    if any(ctx.facilitates_alone(programme_id, ctx.person.id) for programme_id in ctx.roles):
        return say(words.LAST_FACILITATOR)
    return say(words.confirm_erase(ctx.programme))


def erased(ctx: Context, action: Action) -> Outcome:
    """It was confirmed: the actor is forgotten."""
    if any(ctx.facilitates_alone(one, ctx.person.id) for one in sorted(ctx.roles)):
        return Outcome((Replace(words.LAST_FACILITATOR),))
    ctx.tenant.people.erase(ctx.person.id)
    return Outcome((Replace(words.ERASED),))


def _named(ctx: Context, name: str) -> Programme | None:
    mine = ctx.tenant.people.programmes_of(ctx.person.id)
    return next((p for p in mine if name.casefold() in (p.name.casefold(), p.id)), None)


def _step_back(ctx: Context, mine: Membership) -> None:
    """No more questions, and what was answered in open rounds is taken back."""
    withdraw(ctx.tenant, mine.programme_id, ctx.person.id)
    ctx.tenant.people.save_membership(replace(mine, consent=Consent.DECLINED))


def _participation(ctx: Context, programme_id: str = "") -> Membership | None:
    mine = ctx.tenant.people.member(programme_id or ctx.programme.id, ctx.person.id)
    return next((m for m in mine if m.role is Role.PARTICIPANT), None)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
