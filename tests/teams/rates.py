"""The documented rate limits of the Bot Connector service.

Source: learn.microsoft.com, "Optimize your bot with rate limiting in Teams".
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil

# Seconds, and how many operations in them.
Windows = tuple[tuple[float, int], ...]

SEND: Windows = ((1, 7), (2, 8), (30, 60), (3600, 1800))
READ: Windows = ((1, 14), (2, 16), (30, 120), (3600, 3600))
OF_METHOD: dict[str, tuple[str, Windows]] = {
    "sendToConversation": ("send", SEND),
    "replyToActivity": ("send", SEND),
    "createConversation": ("create", SEND),
    "getConversationMember": ("members", READ),
    "getConversationPagedMembers": ("members", READ),
    "getActivityMembers": ("members", READ),
}


@dataclass
class Rates:
    """How often the app may call. A test may switch it off, or set its own limits.

    Each conversation has its windows, and the app has one for each tenant.
    """

    on: bool = True
    per_tenant: Windows = ((1, 50),)
    of_method: dict[str, tuple[str, Windows]] = field(default_factory=lambda: dict(OF_METHOD))
    _seen: defaultdict[tuple[str, str], deque[float]] = field(
        default_factory=lambda: defaultdict(deque)
    )

    def wait(self, method: str, tenant: str, conversation: str, now: float) -> int:
        """Seconds to wait before this call; 0 where it may go on, and then it counts."""
        if not self.on:
            return 0
        kind, windows = self.of_method.get(method, ("", ()))
        counted = [(("tenant", tenant), self.per_tenant)]
        if windows:
            counted.append(((kind, conversation), windows))
        wait = max((self._wait(key, limits, now) for key, limits in counted), default=0.0)
        if wait > 0:
            return max(1, ceil(wait))
        for key, _ in counted:
            self._seen[key].append(now)
        return 0

    def _wait(
        self, key: tuple[str, str], windows: Iterable[tuple[float, int]], now: float
    ) -> float:
        seen = self._seen[key]
        longest = max(span for span, _ in windows)
        while seen and seen[0] <= now - longest:
            seen.popleft()
        wait = 0.0
        for span, most in windows:
            inside = [moment for moment in seen if moment > now - span]
            if len(inside) >= most:
                wait = max(wait, inside[-most] + span - now)
        return wait
