"""What the clock drives is driven, also by a process that was held up."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest

from bot.service import running as service
from bot.service import ticking
from bot.settings import read_settings


class Counted:
    """Counts how often something was done."""

    def __init__(self) -> None:
        self.ticks = 0
        self.tidied = 0

    async def tick(self) -> bool:
        self.ticks += 1
        return False

    async def tidy(self) -> None:
        self.tidied += 1


async def test_ticks_that_were_held_up_are_made_up_for_once() -> None:
    settings = read_settings({"SOUNDINGS_TICK_SECONDS": "2"})
    rounds = Counted()
    async with ticking(settings, rounds):
        # Two ticks fall due, the second one 1.2 seconds ago: later than APScheduler's own grace.
        time.sleep(5.2)  # noqa: ASYNC251 it is what holds up the loop
        await asyncio.sleep(0.2)
        assert rounds.ticks == 1


async def test_tidying_comes_soon_after_a_start_and_then_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "TIDY_FIRST", timedelta(seconds=0.1))
    monkeypatch.setattr(service, "TIDY_EVERY", timedelta(seconds=1))
    rounds = Counted()
    async with ticking(read_settings({}), rounds):
        assert rounds.tidied == 0
        await asyncio.sleep(1.8)
    assert rounds.tidied >= 2
