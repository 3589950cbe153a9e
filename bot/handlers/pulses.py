"""What the commands about pulses share: reading, finding and keeping one."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.card import Values
from bot.handlers.context import Context
from bot.handlers.opening import season_of
from bot.pulse.dates import first_anchor, next_round
from bot.pulse.opening import on_the_list
from bot.pulse.personal import local_day
from bot.pulse.planning import PulsePlan, audience_problem
from bot.pulse.pulses import Pulse, PulseState
from bot.sentiment.profile import Profile


def live(ctx: Context) -> tuple[Pulse, ...]:
    pulses = ctx.tenant.pulses.all(ctx.programme.id)
    return tuple(
        p for p in pulses if p.state in (PulseState.ACTIVE, PulseState.PAUSED) and p.cadence
    )


def named(ctx: Context, name: str) -> Pulse | None:
    """The repeating pulse of this name, or of this id (which is what a button says)."""
    return next((p for p in live(ctx) if name.casefold() in (p.name.casefold(), p.id)), None)


def held(ctx: Context, name: str) -> Pulse | None:
    """As `named`, for a change; None too where it has just been stopped."""
    found = named(ctx, name)
    fresh = None if found is None else ctx.tenant.pulses.hold(found.id)
    return None if fresh is None or fresh.state is PulseState.ENDED else fresh


def teams(ctx: Context) -> tuple[str, ...]:
    members = on_the_list(ctx.tenant.people.members(ctx.programme.id))
    return tuple(sorted({m.membership.team for m in members if m.membership.team}))


def audience(ctx: Context, plan: PulsePlan) -> str | None:
    members = ctx.tenant.people.members(ctx.programme.id)
    blocks = season_of(ctx.tenant, ctx.programme, ctx.now).blocks
    disclosure = Profile(ctx.programme.profile).disclosure
    return audience_problem(members, blocks, plan.teams, disclosure)


def keep(ctx: Context, plan: PulsePlan, state: PulseState) -> Pulse:
    pulse = Pulse(
        id=ctx.tx.new_id(),
        org_id=ctx.known.org_id,
        programme_id=ctx.programme.id,
        name=plan.name,
        questions=plan.questions,
        size=plan.size,
        teams=plan.teams,
        cadence=plan.cadence,
        anchor=first_anchor(plan.cadence, ctx.programme, ctx.now)
        if plan.cadence
        else local_day(ctx.now, ctx.programme.zone),
        window=plan.window,
        reminders=plan.reminders,
        state=state,
        next_at=None,
    )
    # What is asked once is due from when it was thought of.
    pulse = replace(pulse, next_at=next_round(pulse, ctx.programme, ctx.now) or ctx.now)
    ctx.tenant.pulses.save(pulse)
    return pulse


def one(values: Values, name: str) -> str:
    return (values.get(name) or ("",))[0]


def split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
