"""How fast one conversation may be written to: sliding windows, as pure arithmetic on seconds.

Source: learn.microsoft.com, "Optimize your bot with rate limiting in Teams".
"""

from __future__ import annotations

from collections import OrderedDict, deque

Windows = tuple[tuple[float, int], ...]  # (seconds, how many in them)

SENDING: Windows = ((1, 7), (2, 8), (30, 60), (3600, 1800))  # also creating and changing
READING: Windows = ((1, 14), (2, 16), (30, 120), (3600, 3600))  # the members of a conversation
MOST = 10_000  # conversations that are remembered


class Pace:
    """Of each conversation, when something was or will be done in it."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._longest = max((most for _, most in windows), default=0)
        self._done: OrderedDict[str, deque[float]] = OrderedDict()

    def reserve(self, conversation: str, now: float) -> float:
        """The earliest moment from `now` on at which one more may be done; it is taken."""
        done = self._done.setdefault(conversation, deque(maxlen=self._longest))
        self._done.move_to_end(conversation)
        start = now
        for seconds, most in self._windows:
            if len(done) >= most:
                start = max(start, done[-most] + seconds)
        done.append(start)
        if len(self._done) > MOST:
            self._done.popitem(last=False)
        return start
