"""`home`: what is going on and what is one's own, in one place."""

from __future__ import annotations

from bot.conversation.card import Card, Divider
from bot.conversation.grammar import Parsed
from bot.conversation.roles import Role
from bot.handlers import me
from bot.handlers.context import Context, Outcome, say
from bot.handlers.results import A_MOMENT, status_card
from bot.wording import home as words


def show(ctx: Context, parsed: Parsed) -> Outcome:
    """For a facilitator the chosen programme first; for everyone what is theirs."""
    mine = me.card(ctx)
    if not ctx.has(Role.FACILITATOR):
        return say(Card((*words.heading(ctx.programme).blocks, *mine.blocks)))
    newest = ctx.tenant.releases.before(ctx.programme.id, ctx.now + A_MOMENT, 1)
    round_ = ctx.tenant.pulses.round(newest[0].round_id) if newest else None
    last = words.last_round(round_, newest[0].response_rate, ctx.zone) if round_ else ()
    desk = words.desk(len(ctx.roles) > 1, ctx.programme.paused)
    return say(Card((*status_card(ctx).blocks, *last, *desk, Divider(), *mine.blocks)))
