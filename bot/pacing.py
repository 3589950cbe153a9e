"""How fast a lane may send: a token bucket as pure arithmetic on monotonic seconds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.ports import Rate

# Additive increase, multiplicative decrease: it settles at a fair share of a limit that others
# use too (Chiu and Jain 1989, "Analysis of the increase and decrease algorithms").
SLOWER = 0.8
RECOVERY = 1200.0  # seconds from nothing to the full rate, so 4 minutes after one decrease
SLOWEST = 0.1  # of the full rate

LONGEST_RETRY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A token bucket, kept as the moment at which it will be full again.

    This is the generic cell rate algorithm (ITU-T I.371): `full_at` is its theoretical arrival
    time. `limit` is what the platform allows, `per_second` the rate now, as of `seen`.
    """

    limit: Rate
    per_second: float
    full_at: float
    seen: float

    def start(self, now: float) -> float:
        """The earliest moment at which one more message may be sent."""
        return max(now, self.full_at - (self.limit.burst - 1) / self.per_second)

    def within(self, now: float, seconds: float) -> int:
        """How many messages may start in the next `seconds`."""
        ahead = now + seconds - max(now, self.full_at)
        return max(0, math.floor(ahead * self.per_second + self.limit.burst + 1e-9))

    def reserve(self, now: float) -> tuple[float, Bucket]:
        """When the next message starts, and the bucket after that."""
        bucket = self._recovered(now)
        full_at = max(now, bucket.full_at) + 1 / bucket.per_second
        return bucket.start(now), replace(bucket, full_at=full_at)

    def slowed(self, now: float) -> Bucket:
        """The bucket after the platform said that this was too fast."""
        slower = self._recovered(now).per_second * SLOWER
        lowest = self.limit.per_second * SLOWEST
        return replace(self, per_second=max(lowest, slower), seen=now)

    def _recovered(self, now: float) -> Bucket:
        most = self.limit.per_second
        grown = self.per_second + most * (now - self.seen) / RECOVERY
        return replace(self, per_second=min(most, grown), seen=now)


def filled(limit: Rate, kept: Rate, now: float) -> Bucket:
    """A full bucket that starts at the rate which an earlier sender of the lane kept."""
    rate = min(limit.per_second, kept.per_second)
    return Bucket(limit=limit, per_second=rate, full_at=now, seen=now)


def retry_after(attempt: int) -> timedelta:
    """How long to wait with a message that failed `attempt` times: 0, 15, 45, 105 s ... 1 h."""
    doublings = min(max(attempt - 1, 0), 10)  # ten are far beyond the longest wait
    return min(timedelta(seconds=15 * (2**doublings - 1)), LONGEST_RETRY)
