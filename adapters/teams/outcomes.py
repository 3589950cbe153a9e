"""What an answer of the Bot Connector service means for a message on its way.

Source: learn.microsoft.com, "Status codes from bot conversational APIs".
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from datetime import timedelta

from adapters.teams.connector import AGAIN, PERHAPS
from adapters.teams.pacing import WAIT_UNSTATED, waiting_time
from adapters.teams.told import Told
from bot.conversation.events import Actor
from bot.ports import InDoubt, Later, Refused, SendOutcome

WAIT_FOR_SETTINGS = timedelta(minutes=10)  # our own token is not taken
WAIT_UNEXPLAINED = timedelta(minutes=3)
CHANCES = 3  # for somebody who is refused without a reason while others are written to
MOST = 10_000  # people of whom that is remembered

NOT_THERE = "they have not added the app in Teams, or have blocked it"
# The codes that say it of this person. A status alone says nothing of anybody: gateways answer
# 403 and 404 too, and Teams now and then does not find a chat that is there.
_GONE = frozenset(
    {
        "MessageWritesBlocked",
        "ConversationBlockedByUser",
        "BotNotInConversationRoster",
        "ForbiddenOperationException",  # the app is not there for them, so no chat can be made
    }
)
# The app as a whole may not write: an administrator has blocked it, or its token is wrong.
_FOR_NOBODY = frozenset({"Unauthorized", "BotDisabledByAdmin", "AppNotInstalledInTenant"})


def outcome_of(told: Told) -> SendOutcome:
    """The outcome of a call that did not succeed."""
    if told.status == 429:
        return Later(waiting_time(told.headers))
    if told.status in AGAIN - PERHAPS:
        return Later(WAIT_UNSTATED)
    if told.status >= 500:
        return InDoubt(f"status {told.status}")
    if told.status == 401 or told.code in _FOR_NOBODY:
        return Later(WAIT_FOR_SETTINGS)
    if is_gone(told):
        return Refused(NOT_THERE)
    if is_unexplained(told):
        return Later(WAIT_UNEXPLAINED)
    return Refused(f"Teams said: {told.code or told.status}")


def is_gone(told: Told) -> bool:
    """Whether this person cannot be written to until they add the app again."""
    return told.code in _GONE


def is_unexplained(told: Told) -> bool:
    """Refused, and nothing says that it is for good, or of whom."""
    explained = told.code in _GONE or told.code in _FOR_NOBODY
    return told.status in (403, 404) and not explained


def is_without_chat(told: Told) -> bool:
    """The chat is not there under its id, which may have changed."""
    return told.status == 404 and told.code == "ConversationNotFound"


class Chances:
    """Tells who is refused again and again from a service that refuses all of a tenant.

    The lane waits for whoever is refused. For an account that was deleted, it must not for ever.
    """

    def __init__(self) -> None:
        self._sent: Counter[str] = Counter()  # by tenant
        self._used: OrderedDict[Actor, tuple[int, int]] = OrderedDict()  # how many, at what `_sent`

    def sent(self, to: Actor) -> None:
        """They were written to."""
        self._sent[to.workspace] += 1
        self._used.pop(to, None)

    def is_last(self, to: Actor) -> bool:
        """They were refused; whether that was often enough, with others written to meanwhile."""
        used, when = self._used.get(to, (0, -1))
        sent = self._sent[to.workspace]
        self._used[to] = (used + 1 if sent > when else used), sent
        if len(self._used) > MOST:
            self._used.popitem(last=False)
        return self._used[to][0] >= CHANCES
