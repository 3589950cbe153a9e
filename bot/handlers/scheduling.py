"""A facilitator's rhythms: planning, listing, stopping, pausing and resuming pulses."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.actions import Action
from bot.conversation.card import Values
from bot.conversation.events import FieldErrors, Open, Replace
from bot.conversation.grammar import Parsed
from bot.handlers import pulses
from bot.handlers.context import Context, Outcome, say
from bot.handlers.opening import questions_of
from bot.pulse.dates import next_round, next_rounds
from bot.pulse.opening import on_the_list, reminders_for
from bot.pulse.planning import PulsePlan, read_plan
from bot.pulse.pulses import PulseState
from bot.wording import asking
from bot.wording import scheduling as words


def schedules(ctx: Context, parsed: Parsed) -> Outcome:
    """What repeats, with the next dates."""
    pulses = [p for p in ctx.tenant.pulses.all(ctx.programme.id) if p.cadence is not None]
    live = [p for p in pulses if p.state is not PulseState.ENDED]
    return say(words.schedules(ctx.programme, live, ctx.zone))


def schedule_new(ctx: Context, parsed: Parsed) -> Outcome:
    """Open the form for a new rhythm."""
    draft = ctx.draft("schedule")
    own = tuple(questions_of(ctx.tenant, ctx.programme.id).values())
    organisation = ctx.tenant.programmes.organisation().name
    form = words.schedule_form(pulses.teams(ctx), own, draft, organisation, ctx.programme.change)
    return Outcome((Open(form),))


def schedule(ctx: Context, parsed: Parsed) -> Outcome:
    """A rhythm, typed on one line."""
    clauses = parsed.clauses
    plan = _prepare_schedule(
        ctx,
        name=parsed.words[0],
        every=clauses["every"],
        window=clauses.get("for", ""),
        size=clauses.get("asking", ""),
        questions=pulses.split(clauses.get("with", "")),
        teams=pulses.split(clauses.get("to", "")),
        reminders=clauses.get("reminders", ""),
    )
    if isinstance(plan, dict):
        return say(asking.not_understood(plan))
    return _scheduled(ctx, plan)


def schedule_sent(ctx: Context, values: Values) -> Outcome:
    """The form of `schedule new` was sent."""
    plan = _prepare_schedule(
        ctx,
        name=pulses.one(values, "name"),
        every=pulses.one(values, "every"),
        window=pulses.one(values, "window"),
        size=pulses.one(values, "size"),
        questions=values.get("questions", ()),
        teams=values.get("teams", ()),
        reminders=pulses.one(values, "reminders"),
    )
    if isinstance(plan, dict):
        return Outcome((FieldErrors(plan),))
    ctx.drop_draft("schedule")
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
        teams_there=pulses.teams(ctx),
    )
    if isinstance(plan, dict):
        return plan
    if pulses.named(ctx, plan.name):
        return {"name": words.name_taken(plan.name)}
    problem = pulses.audience(ctx, plan)
    return {"teams": problem} if problem else plan


def _scheduled(ctx: Context, plan: PulsePlan) -> Outcome:
    pulse = pulses.keep(ctx, plan, PulseState.ACTIVE)
    ctx.record("schedule", pulse=pulse.name)
    dates = next_rounds(pulse, ctx.programme, ctx.now)
    members = ctx.tenant.people.members(ctx.programme.id)
    people = len(on_the_list(members, plan.teams))
    reminded = reminders_for(pulse, ctx.programme, members, pulse.next_at or ctx.now)
    return say(words.scheduled(pulse, dates, ctx.programme.zone, people, reminded))


def schedule_stop(ctx: Context, parsed: Parsed) -> Outcome:
    """Ask before a rhythm ends for good."""
    pulse = pulses.named(ctx, parsed.words[0])
    if pulse is None:
        return say(words.no_pulse(parsed.words[0], pulses.live(ctx)))
    return say(words.confirm_stop(pulse))


def stopped(ctx: Context, action: Action) -> Outcome:
    """It was confirmed: no more rounds. One that is open runs to its end."""
    pulse = ctx.tenant.pulses.hold(action.arguments[0])
    if pulse is None or pulse.state is PulseState.ENDED:
        return Outcome((Replace(asking.ALREADY),))
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
    named = pulses.held(ctx, parsed.words[0]) if parsed.words else None
    if parsed.words and named is None:
        return say(words.no_pulse(parsed.words[0], pulses.live(ctx)))
    name = named.name if named else ctx.programme.name
    resting = named.state is PulseState.PAUSED if named else ctx.programme.paused
    if not paused and not resting:
        return say(words.not_paused(name, () if named else pulses.live(ctx)))
    if named:
        chosen = [named]
        state = PulseState.PAUSED if paused else PulseState.ACTIVE
        ctx.tenant.pulses.save(replace(named, state=state))
    else:
        ctx.tenant.programmes.save(replace(ctx.hold_programme(), paused=paused))
        chosen = list(pulses.live(ctx))
    if not paused:
        for pulse in chosen:
            fresh = pulses.held(ctx, pulse.id)
            if fresh is not None:
                next_at = next_round(fresh, ctx.programme, ctx.now)
                ctx.tenant.pulses.save(replace(fresh, next_at=next_at))
    ctx.record("pause" if paused else "resume", name=name)
    return say(words.paused(name, named) if paused else words.resumed(name))
