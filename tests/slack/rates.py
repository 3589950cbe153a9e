"""The documented rate limits of the Web API."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from math import ceil

MINUTE = 60.0
TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
METHOD_TIERS = {
    "api.test": 4,
    "auth.revoke": 3,
    "bots.info": 3,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.list": 2,
    "conversations.members": 4,
    "conversations.open": 3,
    "files.completeUploadExternal": 4,
    "files.getUploadURLExternal": 4,
    "files.info": 4,
    "oauth.v2.access": 4,
    "team.info": 3,
    "usergroups.list": 2,
    "usergroups.users.list": 2,
    "users.info": 4,
    "users.list": 2,
    "users.lookupByEmail": 3,
    "users.profile.get": 4,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}


@dataclass
class Rates:
    """How often a method may be called. A test may switch it off, or set its own limits.

    `per_minute` overrides the tier of a method. Messages have two limits of their own: one for
    each channel, with short bursts, and one for the whole workspace.
    """

    on: bool = True
    # Tier 1 says one or more; a socket must be able to come back at once.
    per_minute: dict[str, int] = field(default_factory=lambda: {"apps.connections.open": 20})
    channel_per_second: float = 1.0
    channel_burst: int = 5
    workspace_per_minute: int = 300
    _seen: defaultdict[tuple[str, str], deque[float]] = field(
        default_factory=lambda: defaultdict(deque)
    )
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wait(self, method: str, team: str, channel: str, now: float) -> int:
        """Seconds to wait before this call; 0 where it may go on, and then it counts."""
        if not self.on:
            return 0
        if method == "chat.postMessage":
            limit = self.per_minute.get(method, self.workspace_per_minute)
        else:
            tier = METHOD_TIERS.get(method)
            limit = self.per_minute.get(method, TIERS[tier] if tier else 0)
        seen = self._seen[method, team]
        while seen and seen[0] <= now - MINUTE:
            seen.popleft()
        if limit and len(seen) >= limit:
            return max(1, ceil(seen[0] + MINUTE - now))
        if method == "chat.postMessage":
            tokens, at = self._buckets.get(channel, (float(self.channel_burst), now))
            tokens = min(self.channel_burst, tokens + (now - at) * self.channel_per_second)
            if tokens < 1:
                self._buckets[channel] = tokens, now
                return max(1, ceil((1 - tokens) / self.channel_per_second))
            self._buckets[channel] = tokens - 1, now
        seen.append(now)
        return 0
