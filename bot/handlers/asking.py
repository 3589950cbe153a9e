"""A facilitator's commands that ask: a question now, a rhythm, and the end of either."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.conversation.actions import Action
from bot.conversation.card import Card, Values
from bot.conversation.events import FieldErrors, Open, Replace
from bot.conversation.grammar import Parsed
from bot.handlers.context import Context, Outcome, say
from bot.handlers.opening import (
    cancel_now,
    close_now,
    open_now,
    questions_of,
    season_of,
)
from bot.pulse.bank import find_question
from bot.pulse.bespoke import make_own_question
from bot.pulse.opening import NotOpened, participants
from bot.pulse.personal import calendar_of, local_day
from bot.pulse.planning import PulsePlan, audience_problem, last_asked, read_plan
from bot.pulse.pulses import Pulse, PulseState, Round, RoundState
from bot.pulse.questionnaire import rotate
from bot.pulse.questions import Question
from bot.pulse.schedule import anchor_for, next_fire, upcoming
from bot.pulse.windows import close_at
from bot.sentiment.profile import Profile
from bot.wording import asking as words

ASK_WINDOW = "2 days"


def ask(ctx: Context, parsed: Parsed) -> Outcome:
    """Ask one question now: inline, or by a form."""
    if not parsed.words:
        draft = ctx.tenant.notes.draft(ctx.person.id, "ask") or {}
        return Outcome((Open(words.ask_form(_teams(ctx), draft)),))
    clauses = parsed.clauses
    prepared = _prepare_ask(
        ctx,
        text=parsed.words[0],
        kind=clauses.get("as", ""),
        options=clauses.get("with", "").split(","),
        window=clauses.get("for", ""),
        teams=_split(clauses.get("to", "")),
        reminders=clauses.get("reminders", ""),
    )
    if isinstance(prepared, dict):
        return say(words.not_understood(prepared))
    return _confirm(ctx, prepared)


def ask_sent(ctx: Context, values: Values) -> Outcome:
    """The form of `ask` was sent."""
    prepared = _prepare_ask(
        ctx,
        text=_one(values, "text"),
        kind=_one(values, "kind"),
        options=_one(values, "options").splitlines(),
        window=_one(values, "window"),
        teams=values.get("teams", ()),
        reminders=_one(values, "reminders"),
    )
    if isinstance(prepared, dict):
        return Outcome((FieldErrors(prepared),))
    ctx.tenant.notes.drop_draft(ctx.person.id, "ask")
    return _confirm(ctx, prepared)


def _prepare_ask(
    ctx: Context,
    *,
    text: str,
    kind: str,
    options: list[str],
    window: str,
    teams: tuple[str, ...],
    reminders: str,
) -> PulsePlan | dict[str, str]:
    own = questions_of(ctx.tenant, ctx.programme.id)
    question = own.get(text) or find_question(text)
    if question is None:
        made = make_own_question(kind=kind or _usual_kind(text), text=text, options=options)
        if not isinstance(made, Question):
            return {problem.field: problem.message for problem in made}
        question = made
    plan = read_plan(
        name=words.one_off_name(local_day(ctx.now, ctx.programme.zone)),
        every=None,
        window=window or ASK_WINDOW,
        size="1",
        questions=(question.id,),
        teams=teams,
        reminders=reminders,
        own={**own, question.id: question},
        teams_there=_teams(ctx),
    )
    if isinstance(plan, dict):
        return plan
    problem = _audience(ctx, plan)
    if problem:
        return {"teams": problem}
    asked = last_asked(ctx.tenant.pulses.rounds(ctx.programme.id), ctx.programme.zone)
    today = local_day(ctx.now, ctx.programme.zone)
    resting = rotate([question], asked, today, 1).resting
    if resting:
        return {"text": words.still_resting(resting[0][1])}
    ctx.tenant.programmes.save_question(ctx.programme.id, question)
    return plan


def _usual_kind(text: str) -> str:
    """A statement is agreed with; a question is answered from 0 to 10."""
    return "0-10" if text.rstrip().endswith("?") else "agree"


def _confirm(ctx: Context, plan: PulsePlan) -> Outcome:
    pulse = _keep(ctx, plan, PulseState.DRAFT)
    programme = ctx.programme
    blocks, _ = season_of(ctx.tenant, programme, ctx.now)
    people = participants(ctx.tenant.people.members(programme.id), plan.teams)
    shown = [b for b in blocks if any(m.membership.team in b.teams for m in people)]
    own = questions_of(ctx.tenant, programme.id)
    texts = [q.text for q in (own.get(i) or find_question(i) for i in plan.questions) if q]
    card = words.confirm_ask(
        pulse,
        texts,
        len(people),
        close_at(ctx.now, plan.window, calendar_of(programme)),
        shown,
        Profile(programme.profile).disclosure.k,
        ctx.zone,
    )
    return say(card)


def send(ctx: Context, action: Action) -> Outcome:
    """It was confirmed: the round opens now. A second press finds it open."""
    pulse = _own_pulse(ctx, action.arguments[0])
    if pulse is None or pulse.state is not PulseState.DRAFT:
        return Outcome((Replace(words.ALREADY),))
    result = open_now(ctx.tx, pulse, ctx.now, ctx.now)
    if isinstance(result, NotOpened):
        return Outcome((Replace(words.not_opened(pulse.name, result)),))
    ctx.tenant.pulses.save(replace(pulse, state=PulseState.ENDED))
    ctx.record("ask", pulse=pulse.name)
    return Outcome((Replace(words.asked(pulse)),), result)


def discard(ctx: Context, action: Action) -> Outcome:
    """The question was not asked after all."""
    pulse = _own_pulse(ctx, action.arguments[0])
    if pulse is None or pulse.state is not PulseState.DRAFT:
        return Outcome((Replace(words.ALREADY),))
    ctx.tenant.pulses.save(replace(pulse, state=PulseState.ENDED))
    return Outcome((Replace(words.DISCARDED),))


# --- schedules -------------------------------------------------------------------------------


def schedules(ctx: Context, parsed: Parsed) -> Outcome:
    """What repeats, with the next dates."""
    pulses = [p for p in ctx.tenant.pulses.all(ctx.programme.id) if p.cadence is not None]
    live = [p for p in pulses if p.state is not PulseState.ENDED]
    return say(words.schedules(ctx.programme, live, ctx.zone))


def schedule_new(ctx: Context, parsed: Parsed) -> Outcome:
    """Open the form for a new rhythm."""
    draft = ctx.tenant.notes.draft(ctx.person.id, "schedule") or {}
    own = tuple(questions_of(ctx.tenant, ctx.programme.id).values())
    return Outcome((Open(words.schedule_form(_teams(ctx), own, draft)),))


def schedule(ctx: Context, parsed: Parsed) -> Outcome:
    """A rhythm, typed on one line."""
    clauses = parsed.clauses
    plan = _prepare_schedule(
        ctx,
        name=parsed.words[0],
        every=clauses["every"],
        window=clauses.get("for", ""),
        size=clauses.get("asking", ""),
        questions=_split(clauses.get("with", "")),
        teams=_split(clauses.get("to", "")),
        reminders=clauses.get("reminders", ""),
    )
    if isinstance(plan, dict):
        return say(words.not_understood(plan))
    return _scheduled(ctx, plan)


def schedule_sent(ctx: Context, values: Values) -> Outcome:
    """The form of `schedule new` was sent."""
    plan = _prepare_schedule(
        ctx,
        name=_one(values, "name"),
        every=_one(values, "every"),
        window=_one(values, "window"),
        size=_one(values, "size"),
        questions=values.get("questions", ()),
        teams=values.get("teams", ()),
        reminders=_one(values, "reminders"),
    )
    if isinstance(plan, dict):
        return Outcome((FieldErrors(plan),))
    ctx.tenant.notes.drop_draft(ctx.person.id, "schedule")
    return _scheduled(ctx, plan)


def _prepare_schedule(
    ctx: Context,
    *,
    name: str,
    every: str,
    window: str,
    size: str,
    questions: tuple[str, ...],
    teams: tuple[str, ...],
    reminders: str,
) -> PulsePlan | dict[str, str]:
    plan = read_plan(
        name=name,
        every=every,
        window=window,
        size=size,
        questions=questions,
        teams=teams,
        reminders=reminders,
        own=questions_of(ctx.tenant, ctx.programme.id),
        teams_there=_teams(ctx),
    )
    if isinstance(plan, dict):
        return plan
    if _named(ctx, plan.name):
        return {"name": words.name_taken(plan.name)}
    problem = _audience(ctx, plan)
    return {"teams": problem} if problem else plan


def _scheduled(ctx: Context, plan: PulsePlan) -> Outcome:
    pulse = _keep(ctx, plan, PulseState.ACTIVE)
    ctx.record("schedule", pulse=pulse.name)
    zone = ctx.programme.zone
    dates = (
        upcoming(pulse.cadence, zone, ctx.now, pulse.anchor) if pulse.cadence is not None else ()
    )
    people = len(participants(ctx.tenant.people.members(ctx.programme.id), plan.teams))
    return say(words.scheduled(pulse, dates, zone, people))


def schedule_stop(ctx: Context, parsed: Parsed) -> Outcome:
    """Ask before a rhythm ends for good."""
    pulse = _named(ctx, parsed.words[0])
    if pulse is None:
        return say(words.no_pulse(parsed.words[0], _live(ctx)))
    return say(words.confirm_stop(pulse))


def stopped(ctx: Context, action: Action) -> Outcome:
    """It was confirmed: no more rounds. One that is open runs to its end."""
    pulse = _own_pulse(ctx, action.arguments[0])
    if pulse is None or pulse.state is PulseState.ENDED:
        return Outcome((Replace(words.ALREADY),))
    ctx.tenant.pulses.save(replace(pulse, state=PulseState.ENDED, next_at=None))
    ctx.record("schedule.stop", pulse=pulse.name)
    return Outcome((Replace(words.stopped(pulse)),))


def pause(ctx: Context, parsed: Parsed) -> Outcome:
    """No new rounds, of one pulse or of all."""
    return _pause(ctx, parsed, paused=True)


def resume(ctx: Context, parsed: Parsed) -> Outcome:
    """New rounds again, from the next date on: what fell into the pause is not asked late."""
    return _pause(ctx, parsed, paused=False)


def _pause(ctx: Context, parsed: Parsed, *, paused: bool) -> Outcome:
    if parsed.words:
        named = _named(ctx, parsed.words[0])
        if named is None:
            return say(words.no_pulse(parsed.words[0], _live(ctx)))
        chosen = [named]
        state = PulseState.PAUSED if paused else PulseState.ACTIVE
        ctx.tenant.pulses.save(replace(named, state=state))
    else:
        chosen = list(_live(ctx))
        ctx.tenant.programmes.save(replace(ctx.programme, paused=paused))
    if not paused:
        for pulse in chosen:
            fresh = ctx.tenant.pulses.get(pulse.id)
            if fresh is not None and fresh.cadence is not None:
                ctx.tenant.pulses.save(replace(fresh, next_at=_next(ctx, fresh)))
    name = parsed.words[0] if parsed.words else ctx.programme.name
    ctx.record("pause" if paused else "resume", name=name)
    return say(words.paused(name) if paused else words.resumed(name))


# --- the open round --------------------------------------------------------------------------


def close(ctx: Context, parsed: Parsed) -> Outcome:
    """Ask before a round ends early."""
    found = _open_round(ctx, parsed)
    return say(found if not isinstance(found, Round) else words.confirm_close(found, ctx.zone))


def cancel(ctx: Context, parsed: Parsed) -> Outcome:
    """Ask before a round is called off."""
    found = _open_round(ctx, parsed)
    return say(found if not isinstance(found, Round) else words.confirm_cancel(found))


def closed(ctx: Context, action: Action) -> Outcome:
    """It was confirmed: results now."""
    round_ = ctx.tenant.pulses.round(action.arguments[0])
    if round_ is None or round_.state is not RoundState.OPEN or not _is_mine(ctx, round_):
        return Outcome((Replace(words.ALREADY),))
    wake = close_now(ctx.tx, round_, ctx.now)
    ctx.record("round.close", pulse=round_.name)
    return Outcome((Replace(words.round_closed(round_)),), wake)


def cancelled(ctx: Context, action: Action) -> Outcome:
    """It was confirmed: no results, and the answers are gone."""
    round_ = ctx.tenant.pulses.round(action.arguments[0])
    if round_ is None or round_.state is not RoundState.OPEN or not _is_mine(ctx, round_):
        return Outcome((Replace(words.ALREADY),))
    cancel_now(ctx.tx, round_)
    ctx.record("round.cancel", pulse=round_.name)
    return Outcome((Replace(words.round_cancelled(round_)),))


# --- shared ----------------------------------------------------------------------------------


def _open_round(ctx: Context, parsed: Parsed) -> Round | Card:
    rounds = ctx.tenant.pulses.rounds(ctx.programme.id)
    live = [r for r in rounds if r.state is RoundState.OPEN]
    if parsed.words:
        wanted = parsed.words[0].casefold()
        live = [r for r in live if r.name.casefold() == wanted]
    if len(live) == 1:
        return live[0]
    return words.which_round(live) if live else words.NO_OPEN_ROUND


def _is_mine(ctx: Context, round_: Round) -> bool:
    return round_.programme_id == ctx.programme.id


def _own_pulse(ctx: Context, pulse_id: str) -> Pulse | None:
    pulse = ctx.tenant.pulses.get(pulse_id)
    return pulse if pulse is not None and pulse.programme_id == ctx.programme.id else None


def _live(ctx: Context) -> tuple[Pulse, ...]:
    pulses = ctx.tenant.pulses.all(ctx.programme.id)
    return tuple(
        p for p in pulses if p.state in (PulseState.ACTIVE, PulseState.PAUSED) and p.cadence
    )


def _named(ctx: Context, name: str) -> Pulse | None:
    return next((p for p in _live(ctx) if p.name.casefold() == name.casefold()), None)


def _teams(ctx: Context) -> tuple[str, ...]:
    members = participants(ctx.tenant.people.members(ctx.programme.id))
    return tuple(sorted({m.membership.team for m in members if m.membership.team}))


def _audience(ctx: Context, plan: PulsePlan) -> str | None:
    members = ctx.tenant.people.members(ctx.programme.id)
    blocks, _ = season_of(ctx.tenant, ctx.programme, ctx.now)
    disclosure = Profile(ctx.programme.profile).disclosure
    return audience_problem(members, blocks, plan.teams, disclosure)


def _keep(ctx: Context, plan: PulsePlan, state: PulseState) -> Pulse:
    zone = ctx.programme.zone
    pulse = Pulse(
        id=ctx.tx.new_id(),
        org_id=ctx.known.org_id,
        programme_id=ctx.programme.id,
        name=plan.name,
        questions=plan.questions,
        size=plan.size,
        teams=plan.teams,
        cadence=plan.cadence,
        anchor=anchor_for(plan.cadence, zone, ctx.now)
        if plan.cadence
        else local_day(ctx.now, zone),
        window=plan.window,
        reminders=plan.reminders,
        state=state,
        next_at=None,
    )
    pulse = replace(pulse, next_at=_next(ctx, pulse))
    ctx.tenant.pulses.save(pulse)
    return pulse


def _next(ctx: Context, pulse: Pulse) -> datetime | None:
    if pulse.cadence is None:
        return None
    return next_fire(pulse.cadence, ctx.programme.zone, ctx.now, pulse.anchor)


def _one(values: Values, name: str) -> str:
    return (values.get(name) or ("",))[0]


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
