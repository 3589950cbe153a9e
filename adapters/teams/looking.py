"""Who is in the teams that the app was added to: one look at a time in each, and who moves."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.talking import Handle
from adapters.teams.accounts import Accounts
from adapters.teams.contacts import Reference
from adapters.teams.platform import FAULTS
from adapters.teams.references import References
from adapters.teams.rosters import Rosters
from bot.conversation.events import Actor, Meet, Met, Moved, Reply

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Look:
    told_again: bool = False


class LooksRound:
    """Teams tells of an app's arrival twice, and again whenever it likes."""

    def __init__(
        self, rosters: Rosters, references: References, accounts: Accounts, handle: Handle
    ) -> None:
        self._rosters = rosters
        self._references = references
        self._accounts = accounts
        self._handle = handle
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
            _log_failure("teams_roster_failed", "Teams did not say who is in a team", error)
            return
        finally:
            if self._looks.get(actor) is mine:
                del self._looks[actor]
        self._accounts.poke()

    async def come(self, event: Moved, replies: Sequence[Reply]) -> None:
        """Ask Teams who came into a team: they can be reached, and a programme may follow it."""
        try:
            people = await self._rosters.meet(event.actor.workspace, event.source, event.came)
        except FAULTS as error:
            _log_failure("teams_profile_failed", "Teams did not say who somebody is", error)
            return
        self._accounts.poke()
        for reply in replies:
            if isinstance(reply, Meet):
                wanted = tuple(one for one in people if one.user in reply.users)
                met = Met(key=event.key, actor=event.actor, source=reply.source, people=wanted)
                await self._handle(met)

    async def leave(self, actor: Actor, users: Sequence[str]) -> None:
        """These left a team. Whoever was reached only through it cannot be reached any more."""
        async with self._turns[actor]:
            await self._accounts.lost(await self._references.leave(actor, users))

    async def end(self, actor: Actor) -> None:
        """The app is not in a team any more."""
        self._looks.pop(actor, None)  # whoever tells of it from now on, tells of its return
        async with self._turns[actor]:
            await self._accounts.lost(await self._references.end(actor))


def _log_failure(action: str, text: str, error: Exception) -> None:
    log.warning(text, extra={"action": action, "error": type(error).__name__})
