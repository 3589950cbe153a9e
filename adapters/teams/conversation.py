"""Activities in, answers out. What an event changed is durable before it is answered."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from adapters.talking import (
    Handle,
    LateWork,
    Repeats,
    Underway,
    claim_of,
    code_of,
    is_greeting,
    may_add_people,
)
from adapters.teams.accounts import Accounts, new_key
from adapters.teams.app import NotTaken
from adapters.teams.connector import Json
from adapters.teams.contacts import Arrival, arrival_of, reference_of
from adapters.teams.doubles import DoubleClicks
from adapters.teams.inbound import Origin, Surface, origin_of, parse, waiting
from adapters.teams.looking import LooksRound
from adapters.teams.platform import FAULTS, Teams
from adapters.teams.references import References
from adapters.teams.replies import Call, answer, nothing_to_do
from adapters.teams.rosters import Rosters
from bot.conversation.actions import Verb
from bot.conversation.events import (
    Actor,
    Command,
    Event,
    Gather,
    Gathered,
    Left,
    Moved,
    Pressed,
    Replace,
    Reply,
    Say,
    Shut,
)
from bot.ports import Clock
from bot.wording.help import FAULT
from bot.wording.welcome import CHECKING

log = logging.getLogger(__name__)

_FAILED = Say(FAULT)
HOME = "home"  # the command that shows somebody what they can do


class Conversation:
    """Takes what Teams sends, and says what the core says. Teams repeats what it believes lost."""

    def __init__(
        self,
        teams: Teams,
        references: References,
        rosters: Rosters,
        accounts: Accounts,
        handle: Handle,
        clock: Clock,
    ) -> None:
        self._teams = teams
        self._references = references
        self._rosters = rosters
        self._accounts = accounts
        self._looks = LooksRound(rosters, references, accounts, handle)
        self._handle = handle
        self._clock = clock
        self._taken = Repeats()
        self._underway = Underway()
        self._doubles = DoubleClicks()
        self._welcoming: set[Actor] = set()
        self._late = LateWork("teams_reply_failed")

    async def take(self, payload: Mapping[str, Any]) -> Json | None:
        """The body of the answer to an invoke; None for an empty one. Raises NotTaken."""
        arrival = arrival_of(payload)
        if arrival is not None:
            await self._arrived(arrival)
            return None
        event = parse(payload)
        if event is None:
            return nothing_to_do(waiting(payload), is_done=False)
        origin = origin_of(payload)
        claim = code_of(event)
        # Whatever repeats this meanwhile waits: it must not be acknowledged before this is durable.
        async with self._underway.alone(_mark(event, origin)):
            if event.key in self._taken or self._is_double(event, origin):
                return nothing_to_do(waiting(payload), is_done=True)
            replies = await self._heard(event, origin, payload, claim)
            if _FAILED not in replies:
                self._taken.add(event.key)
                self._note_press(event, origin)
            elif origin.surface is Surface.NONE:
                raise NotTaken
        if isinstance(event, Left):
            await self._accounts.gone(event.actor)
        await self._draw(replies)
        said = answer(origin, event, replies)
        if said.calls or any(isinstance(reply, Gather) for reply in replies) or _erases(event):
            self._late.start(self._go_on(event, origin, replies, said.calls))
        self._follow_moves(event, replies)
        if isinstance(event, Command | Pressed) and (claim or is_greeting(replies)):
            self._late.start(self._meet(event, origin, claim))
        elif may_add_people(event):
            self._accounts.poke()
        return said.body

    def _is_double(self, event: Event, origin: Origin) -> bool:
        if not isinstance(event, Pressed) or not _replaces(origin):
            return False
        return self._doubles.is_second(origin.place, event.action, self._clock.now())

    def _note_press(self, event: Event, origin: Origin) -> None:
        if isinstance(event, Pressed) and _replaces(origin):
            self._doubles.note(origin.place, event.action, self._clock.now())

    async def _heard(
        self, event: Event, origin: Origin, payload: Mapping[str, Any], claim: str
    ) -> Sequence[Reply]:
        told = reference_of(payload)
        # Who is said to have moved somebody else is not the one who came or went.
        if told is not None and origin.surface is not Surface.NONE:
            await self._references.heard(event.actor, told)
        return (Say(CHECKING),) if claim else await self._handle(event)

    def _follow_moves(self, event: Event, replies: Sequence[Reply]) -> None:
        if isinstance(event, Moved | Shut):
            team = replace(event.actor, user=event.source)
            if isinstance(event, Shut):
                self._late.start(self._looks.end(team))
                return
            if event.went:
                self._late.start(self._looks.leave(team, event.went))
            if event.came:
                self._late.start(self._looks.come(event, replies))

    async def drain(self, grace: timedelta) -> None:
        """Finish what is being said, at most for `grace`."""
        await self._late.drain(grace)

    async def _draw(self, replies: Sequence[Reply]) -> None:
        for reply in replies:
            if isinstance(reply, Say | Replace):
                await self._teams.drawing.prepare(reply.card)

    # --- what is said after an answer ----------------------------------------------------------

    async def _go_on(
        self, event: Event, origin: Origin, replies: Sequence[Reply], calls: Sequence[Call]
    ) -> None:
        """The calls that follow an answer, and then what the core wants to know from Teams."""
        await self._teams.follow_up(event.actor, calls)
        if _erases(event):
            self._references.recall(event.actor)
        for reply in replies:
            if isinstance(reply, Gather):
                await self._gather(event, origin, reply)

    async def _say(self, event: Event, origin: Origin, replies: Sequence[Reply]) -> None:
        """Say it in the person's own chat, after the request was answered."""
        pressed = isinstance(event, Pressed) and not origin.room
        here = replace(origin, surface=Surface.BUTTON if pressed else Surface.CHAT)
        await self._draw(replies)
        calls = answer(here, event, replies, late=True).calls
        await self._go_on(event, here, replies, calls)

    async def _gather(self, event: Event, origin: Origin, ask: Gather) -> None:
        """Look who is in a team, and say what came of it."""
        found = await self._rosters.gather(event.actor, ask, origin)
        gathered = Gathered(key=event.key, actor=event.actor, ask=ask, found=found)
        await self._say(event, origin, await self._handle(gathered))

    # --- who somebody is -----------------------------------------------------------------------

    async def _meet(self, event: Command | Pressed, origin: Origin, claim: str) -> None:
        """Ask Teams who this is, where we do not know them or they claim to run this."""
        try:
            reference = await self._teams.chat_of(event.actor)
        except FAULTS as error:
            _log_failure("teams_profile_failed", error)
            return
        if reference is None:
            return
        room = origin.room or reference.conversation
        profile = await self._accounts.introduced(event.actor, reference, room)
        if profile is None:
            return
        if claim:
            await self._say(event, origin, await self._handle(claim_of(claim, profile)))
            self._accounts.poke()
        elif await self._accounts.is_known(event.actor):
            # They are on a roster after all, so now it can be answered.
            again = replace(event, key=f"{event.key}:known")
            await self._say(event, origin, await self._handle(again))

    async def _arrived(self, arrival: Arrival) -> None:
        """The app was added, for a person or to a team. Teams tells of it again and again."""
        await self._references.stored(arrival.actor)  # another process may have let it go
        told = arrival.reference
        reference = await self._references.note(arrival.actor, told, told.name)
        if arrival.is_team:
            self._late.start(self._looks.look(arrival.actor, reference))
        elif not reference.welcomed and arrival.actor not in self._welcoming:
            self._welcoming.add(arrival.actor)
            self._late.start(self._welcome(arrival.actor))

    async def _welcome(self, actor: Actor) -> None:
        """Whoever is on a roster hears what they can do here; everyone else is left in peace."""
        try:
            reference = await self._references.find(actor)
            if reference is None or reference.welcomed:
                return
            profile = await self._accounts.introduced(actor, reference, reference.conversation)
            known = await self._accounts.is_known(actor)
            if known or profile is not None:  # else Teams was in trouble, and will tell again
                await self._references.note(actor, replace(reference, welcomed="yes"))
            if known:
                event = Command(key=new_key(), actor=actor, text=HOME)
                await self._say(event, Origin(surface=Surface.CHAT), await self._handle(event))
        finally:
            self._welcoming.discard(actor)


def _replaces(origin: Origin) -> bool:
    """Whether a press is answered by another card in the place of its own."""
    return origin.surface in (Surface.CARD, Surface.BUTTON) and bool(origin.place.activity)


def _mark(event: Event, origin: Origin) -> Hashable:
    """The same for whatever repeats this: a delivery, or the second half of a double click."""
    if isinstance(event, Pressed) and _replaces(origin):
        return origin.place, event.action
    return event.key


def _erases(event: Event) -> bool:
    return isinstance(event, Pressed) and event.action.verb is Verb.ERASE


def _log_failure(action: str, error: Exception) -> None:
    extra = {"action": action, "error": type(error).__name__}
    log.warning("Teams did not say who somebody is", extra=extra)
