"""One organisation on a platform, with open rounds that everybody is asked in."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from bench.common import fill, opened
from bench.people import Home, rows
from bot.clock import RunningClock
from bot.ports import Tx
from bot.pulse.pulses import Invitation, Round


class Company:
    """Its people and its rounds, which are open now."""

    def __init__(self, platform: str, people: int, rounds: int) -> None:
        self.home = Home(number=1, people=people, platform=platform)
        now = RunningClock().now()
        self.rounds = [
            replace(round_, opened_at=now, close_at=now + (round_.close_at - round_.opened_at))
            for round_ in (self.home.round(number, people) for number in range(rounds))
        ]

    async def settle(self, url: str) -> None:
        """Fill a database with its people, and its open rounds."""
        fill(url, *rows([self.home]))
        async with opened(url) as store:
            for round_ in self.rounds:
                invitations = self.home.invitations(round_)
                await store.write(partial(self._open, round_, invitations))

    def _open(self, round_: Round, invitations: list[Invitation], tx: Tx) -> None:
        tx.tenant(self.home.org_id).pulses.open_round(round_, invitations)
