"""The one place that reads the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class RunningClock:
    """Real time, plus what the playground has jumped ahead."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        return datetime.now(UTC) + self._ahead

    def move(self, to: datetime) -> None:
        """Jump to another moment; the clock runs on from there."""
        self._ahead = to - datetime.now(UTC)
