"""The first steps of whoever runs a programme on a new workspace."""

from __future__ import annotations

from bot.conversation.card import Card, Emphasis
from bot.programme.programmes import Programme
from bot.wording.phrases import plain, run, titled, with_buttons

CHECKING = plain("One moment: I am checking your code.")
WRONG_CODE = plain(
    "This code is wrong, was used before or is too old. Nothing was changed.",
    "Look at the newest line that Soundings printed. If the code is older than a day, whoever "
    "runs the server can start Soundings again: that prints a new one.",
)
NOT_CHECKED = plain(
    "I could not find out who you are, so your code was not used. It still works.",
    "Please type it again in a minute. If this goes on, the log of the server says why.",
)


def welcome(programme: Programme, organisation: str) -> Card:
    """What the first facilitator can do next."""
    return with_buttons(
        titled(
            "You run Soundings here",
            f"You are a facilitator of {programme.name} for {organisation}.",
            "Next: say what the programme is called and what it changes, then bring in people. "
            "Nobody is asked anything before you plan it, and each person is first asked whether "
            "they want to take part.",
        ),
        run("Name the programme", "programme edit", Emphasis.PRIMARY),
        run("Bring in people", "people import"),
        run("What I can do", "help"),
    )
