"""Double clicks: the second press comes before Teams has shown what came of the first one."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

from adapters.teams.forms import Place
from bot.conversation.actions import Action

APART = timedelta(seconds=1.5)
MOST = 10_000  # messages of which the last press is remembered


class DoubleClicks:
    """A second half would replace what came of the first by the news that it was done before."""

    def __init__(self) -> None:
        self._last: OrderedDict[Place, tuple[Action, datetime]] = OrderedDict()

    def note(self, message: Place, action: Action, now: datetime) -> None:
        """This was pressed, and it is done."""
        self._last[message] = action, now
        self._last.move_to_end(message)
        if len(self._last) > MOST:
            self._last.popitem(last=False)

    def is_second(self, message: Place, action: Action, now: datetime) -> bool:
        """Whether the same button of the same message was the last one, a moment ago."""
        before = self._last.get(message)
        return before is not None and before[0] == action and now - before[1] < APART
