"""What stands on the Home tab beside the cards of `status` and `me`."""

from __future__ import annotations

from bot.conversation.card import Block, Buttons, Card, Facts
from bot.programme.programmes import Programme
from bot.pulse.pulses import Round
from bot.wording.phrases import moment, plain, run, with_buttons


def heading(programme: Programme) -> Card:
    """For someone who takes part, or gets results."""
    return with_buttons(
        plain(f"Soundings asks how {programme.change} is going. You see the same results as all."),
        run("Last results", "digest"),
        run("What I can do", "help"),
    )


def last_round(round_: Round, rate: int, zone: str) -> tuple[Block, ...]:
    """The newest results, with the response where it may be stated."""
    answered = f", answered by at least {rate}%" if rate else ""
    return (
        Facts((("Last results", f"{round_.name}, {moment(round_.close_at, zone)}{answered}"),)),
    )


def desk(several: bool) -> Buttons:
    """What a facilitator does most."""
    buttons = [
        run("Plan a pulse", "schedule new"),
        run("People", "people"),
        run("Last results", "digest"),
        run("What I can do", "help"),
    ]
    if several:
        buttons.insert(0, run("Another programme", "programme"))
    return Buttons(tuple(buttons))
