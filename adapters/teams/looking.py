"""Looks round in teams that the app was added to, one look at a time in each."""

from __future__ import annotations

import logging

from adapters.teams.accounts import Accounts
from adapters.teams.inbound import Reference
from adapters.teams.platform import FAULTS
from adapters.teams.rosters import Rosters
from bot.conversation.events import Actor

log = logging.getLogger(__name__)


class LooksRound:
    """Teams tells of an app's arrival twice, and again whenever it likes."""

    def __init__(self, rosters: Rosters, accounts: Accounts) -> None:
        self._rosters = rosters
        self._accounts = accounts
        self._told_again: dict[Actor, bool] = {}  # of teams that are being looked at

    async def look(self, actor: Actor, team: Reference) -> None:
        """Everyone in a team can be reached through it. Whoever joins meanwhile is told of."""
        if actor in self._told_again:
            self._told_again[actor] = True
            return
        self._told_again[actor] = False
        try:
            await self._rosters.note_team(actor.workspace, team)
            while self._told_again[actor]:
                # It may have another name since then.
                self._told_again[actor] = False
                await self._rosters.named(actor.workspace, team)
        except FAULTS as error:
            extra = {"action": "teams_roster_failed", "error": type(error).__name__}
            log.warning("Teams did not say who is in a team", extra=extra)
            return
        finally:
            del self._told_again[actor]
        self._accounts.poke()
