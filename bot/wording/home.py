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
        run("Export results", "export"),
        run("What I can do", "help"),
    )


def last_round(round_: Round, rate: int, zone: str) -> tuple[Block, ...]:
    """The newest results, with the response where it may be stated."""
    answered = f", answered by at least {rate}%" if rate else ""
    return (
        Facts((("Last results", f"{round_.name}, {moment(round_.close_at, zone)}{answered}"),)),
    )


def desk(several: bool, paused: bool) -> tuple[Block, ...]:
    """All that a facilitator can do, what they do most first."""
    most = [
        run("Plan a pulse", "schedule new"),
        run("People", "people"),
        run("Questions", "questions"),
        run("Last results", "digest"),
        run("What I can do", "help"),
    ]
    rest = [
        run("Close a round early", "close"),
        run("Cancel a round", "cancel"),
        run("Ask again after the pause", "resume") if paused else run("Pause asking", "pause"),
        run("Change the programme", "programme edit"),
        run("New programme", "programme new"),
        run("Level", "level"),
        run("Export results", "export"),
        run("What was done", "audit"),
    ]
    if several:
        rest.insert(0, run("Another programme", "programme"))
    return Buttons(tuple(most)), Buttons(tuple(rest))
