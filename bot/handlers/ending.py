"""A facilitator ends an open round: closing it early, or calling it off."""

from __future__ import annotations

from datetime import datetime

from bot.conversation.actions import Action
from bot.conversation.card import Card
from bot.conversation.events import Replace
from bot.conversation.grammar import Parsed
from bot.handlers.context import Context, Outcome, say
from bot.handlers.opening import cancel_now, close_now, results_at
from bot.pulse.pulses import Round, RoundState
from bot.wording import asking
from bot.wording import scheduling as words


def close(ctx: Context, parsed: Parsed) -> Outcome:
    """Ask before a round ends early."""
    found = _open_round(ctx, parsed, "Close")
    if not isinstance(found, Round):
        return say(found)
    return say(words.confirm_close(found, _held_until(ctx), ctx.zone))


def cancel(ctx: Context, parsed: Parsed) -> Outcome:
    """Ask before a round is called off."""
    found = _open_round(ctx, parsed, "Cancel")
    return say(found if not isinstance(found, Round) else words.confirm_cancel(found))


def closed(ctx: Context, action: Action) -> Outcome:
    """It was confirmed: no more answers, and results."""
    round_ = ctx.tenant.pulses.hold_round(action.arguments[0])
    if round_ is None or round_.state is not RoundState.OPEN:
        return Outcome((Replace(asking.ALREADY),))
    wake = close_now(ctx.tx, round_, ctx.now)
    ctx.record("round.close", pulse=round_.name)
    return Outcome((Replace(words.round_closed(round_, _held_until(ctx), ctx.zone)),), wake)


def _held_until(ctx: Context) -> datetime | None:
    """Until when quiet hours hold back the results of a round that closes now."""
    at = results_at(ctx.programme, ctx.now)
    return at if at > ctx.now else None


def cancelled(ctx: Context, action: Action) -> Outcome:
    """It was confirmed: no results, and the answers are gone."""
    round_ = ctx.tenant.pulses.hold_round(action.arguments[0])
    if round_ is None or round_.state is not RoundState.OPEN:
        return Outcome((Replace(asking.ALREADY),))
    cancel_now(ctx.tx, round_)
    ctx.record("round.cancel", pulse=round_.name)
    return Outcome((Replace(words.round_cancelled(round_)),))


def _open_round(ctx: Context, parsed: Parsed, what: str) -> Round | Card:
    """The round of this name, or of this id (which is what a button says)."""
    rounds = ctx.tenant.pulses.rounds(ctx.programme.id)
    live = [r for r in rounds if r.state is RoundState.OPEN]
    if not live:
        return asking.NO_OPEN_ROUND
    found = live
    if parsed.words:
        wanted = _plain(parsed.words[0])
        found = [r for r in live if wanted in (_plain(r.name), r.id)]
    if len(found) == 1:
        return found[0]
    if not found:
        return words.no_such_round(parsed.words[0], live, what)
    return words.which_round(found, what)


def _plain(name: str) -> str:
    """A statement names its round without the full stop that people type."""
    return name.casefold().rstrip(".")
