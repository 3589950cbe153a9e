"""The core as the playground sees it, and the one way in that the page and colleagues share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adapters.playground.history import History
from adapters.playground.inbound import parse
from adapters.playground.render import render_card
from bot.conversation.events import Event, Gather, Gathered, Meet, Replace, Reply, Shown
from bot.conversation.gathering import NotGathered
from bot.conversation.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class CastMember:
    """Someone who can be played. `team` is empty for whoever is in none, `zone` where unknown."""

    user: str
    name: str
    roles: frozenset[Role]
    team: str
    zone: str = ""


class MovableClock(Protocol):
    """A running clock that can jump forward."""

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        ...

    def move(self, to: datetime) -> None:
        """Jump to a later moment; the clock runs on from there."""
        ...


class Core(Protocol):
    """What the composition root hands over."""

    @property
    def clock(self) -> MovableClock: ...

    async def handle(self, event: Event) -> tuple[Reply, ...]:
        """Let the core decide on one event; what has to last has been kept on return."""
        ...

    async def cast(self) -> tuple[CastMember, ...]:
        """Everyone who can be played."""
        ...

    async def settle(self) -> None:
        """Do all that is due at `clock.now()`, sending included."""
        ...

    async def next_moment(self) -> datetime | None:
        """When something is due next; None where nothing is planned."""
        ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """Carries payloads to the core, and replaced cards into the history."""

    core: Core
    history: History
    workspace: str

    async def carry(
        self, payload: Mapping[str, object], message: int | None
    ) -> tuple[Shown, ...] | None:
        """The core's replies to a payload about a message; None where it means nothing."""
        event = parse(payload, self.workspace)
        if event is None:
            return None
        replies = await self._shown(event)
        for reply in replies:
            if isinstance(reply, Replace) and message is not None:
                self.history.replace(message, render_card(reply.card))
        return replies

    async def _shown(self, event: Event) -> tuple[Shown, ...]:
        """The replies to an event. There are no channels here, and so says whoever asks for one."""
        shown: list[Shown] = []
        for reply in await self.core.handle(event):
            match reply:
                case Gather():
                    found = NotGathered.NONE_HERE
                    answer = Gathered(key=event.key, actor=event.actor, ask=reply, found=found)
                    shown += await self._shown(answer)
                case Meet():
                    continue
                case _:
                    shown.append(reply)
        return tuple(shown)
