"""What an answer of the Bot Connector service means for a message on its way."""

from __future__ import annotations

from datetime import timedelta

from adapters.teams.connector import AGAIN, Told
from adapters.teams.pacing import WAIT_UNSTATED, waiting_time
from bot.ports import InDoubt, Later, Refused, SendOutcome

WAIT_FOR_SETTINGS = timedelta(minutes=10)  # our own token is not taken

NOT_THERE = "they have not added the app in Teams, or have blocked it"
# The chat is not there for us any more, until the app is added again.
GONE = frozenset({403, 404})
# The app as a whole may not write: an administrator has blocked it, or its token is wrong.
_FOR_NOBODY = frozenset({"Unauthorized", "BotDisabledByAdmin", "AppNotInstalledInTenant"})


def outcome_of(told: Told) -> SendOutcome:
    """The outcome of a call that did not succeed."""
    if told.status == 429:
        return Later(waiting_time(told.headers))
    if told.status in AGAIN:
        return Later(WAIT_UNSTATED)
    if told.status >= 500:
        return InDoubt(f"status {told.status}")
    if told.status == 401 or told.code in _FOR_NOBODY:
        return Later(WAIT_FOR_SETTINGS)
    if told.status in GONE:
        return Refused(NOT_THERE)
    return Refused(f"Teams said: {told.code or told.status}")


def is_gone(told: Told) -> bool:
    """Whether this person cannot be written to until they add the app again."""
    return told.status in GONE and told.code not in _FOR_NOBODY
