"""Every measurement by its name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from bench import clicks, digests, fanout, schedules, slack, starting, teams, teams_sending, writing
from bench.common import Row, Scale

MEASUREMENTS: dict[str, Callable[[Scale], Coroutine[Any, Any, list[Row]]]] = {
    "start": starting.measure,
    "schedules": schedules.measure,
    "digest": digests.measure,
    "writer": writing.measure,
    "click": clicks.measure,
    "slack": slack.measure,
    "fan-out": fanout.measure,
    "teams": teams.measure,
    "teams-fan-out": teams_sending.measure,
}


def measure(name: str, scale: Scale) -> list[Row]:
    """The rows of one measurement."""
    return asyncio.run(MEASUREMENTS[name](scale))
