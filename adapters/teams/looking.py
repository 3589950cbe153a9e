"""Looks round in teams that the app was added to, one look at a time in each."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.teams.accounts import Accounts
from adapters.teams.contacts import Reference
from adapters.teams.platform import FAULTS
from adapters.teams.references import References
from adapters.teams.rosters import Rosters
from bot.conversation.events import Actor

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Look:
    told_again: bool = False


class LooksRound:
    """Teams tells of an app's arrival twice, and again whenever it likes."""

    def __init__(self, rosters: Rosters, references: References, accounts: Accounts) -> None:
        self._rosters = rosters
        self._references = references
        self._accounts = accounts
        self._looks: dict[Actor, _Look] = {}
        self._turns: defaultdict[Actor, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def look(self, actor: Actor, team: Reference) -> None:
        """Everyone in a team can be reached through it. Whoever joins meanwhile is told of."""
        if actor in self._looks:
            self._looks[actor].told_again = True
            return
        mine = self._looks[actor] = _Look()
        try:
            async with self._turns[actor]:
                await self._rosters.note_team(actor.workspace, team)
                while mine.told_again:
                    # It may have another name since then.
                    mine.told_again = False
                    await self._rosters.named(actor.workspace, team)
        except FAULTS as error:
            extra = {"action": "teams_roster_failed", "error": type(error).__name__}
            log.warning("Teams did not say who is in a team", extra=extra)
            return
        finally:
            if self._looks.get(actor) is mine:
                del self._looks[actor]
        self._accounts.poke()

    async def leave(self, actor: Actor, users: Sequence[str]) -> None:
        """These left a team. Whoever was reached only through it cannot be reached any more."""
        async with self._turns[actor]:
            await self._accounts.lost(await self._references.leave(actor, users))

    async def end(self, actor: Actor) -> None:
        """The app is not in a team any more."""
        self._looks.pop(actor, None)  # whoever tells of it from now on, tells of its return
        async with self._turns[actor]:
            await self._accounts.lost(await self._references.end(actor))
