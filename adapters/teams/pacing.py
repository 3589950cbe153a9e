"""How fast one conversation may be written to: sliding windows, as pure arithmetic on seconds.

Source: learn.microsoft.com, "Optimize your bot with rate limiting in Teams".
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Mapping
from datetime import timedelta

Windows = tuple[tuple[float, int], ...]  # (seconds, how many in them)


MARGIN = 1.15


def _with_room(*windows: tuple[float, int]) -> Windows:
    """On the way messages come closer together: the first of a window may take longest."""
    return tuple((seconds * MARGIN, most) for seconds, most in windows)


SENDING = _with_room((1, 7), (2, 8), (30, 60), (3600, 1800))  # also creating and changing
READING = _with_room((1, 14), (2, 16), (30, 120), (3600, 3600))  # the members of a conversation
# A tenant has a limit for all of it too: beside messages, for which there is a setting, there is
# room for so much. An administrator may add the app for thousands of people at once.
ALL_CREATING = _with_room((1, 10))
ALL_READING = _with_room((1, 7))
MOST = 10_000  # conversations that are remembered

WAIT_UNSTATED = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)


def waiting_time(headers: Mapping[str, str]) -> timedelta:
    """`Retry-After`, in seconds."""
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    seconds = timedelta(seconds=int(text)) if text.isascii() and text.isdecimal() else WAIT_UNSTATED
    return min(seconds, LONGEST_WAIT)


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
