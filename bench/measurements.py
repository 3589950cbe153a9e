"""Every measurement by its name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from bench import clicks, digests, fanout, schedules, slack, starting, writing
from bench.common import Row, Scale


async def _teams(scale: Scale) -> list[Row]:
    # Microsoft's SDK is large, and nothing else has a use for it.
    from bench import teams

    return await teams.measure(scale)


async def _teams_fan_out(scale: Scale) -> list[Row]:
    from bench import teams_sending

    return await teams_sending.measure(scale)


MEASUREMENTS: dict[str, Callable[[Scale], Coroutine[Any, Any, list[Row]]]] = {
    "start": starting.measure,
    "schedules": schedules.measure,
    "digest": digests.measure,
    "writer": writing.measure,
    "click": clicks.measure,
    "slack": slack.measure,
    "fan-out": fanout.measure,
    "teams": _teams,
    "teams-fan-out": _teams_fan_out,
}


def measure(name: str, scale: Scale) -> list[Row]:
    """The rows of one measurement."""
    return asyncio.run(MEASUREMENTS[name](scale))
