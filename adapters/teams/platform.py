"""Teams as a platform: messages go out through one connector."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import aiohttp

from adapters.teams.connector import Connector, Json
from adapters.teams.contacts import Reference
from adapters.teams.credentials import NoToken
from adapters.teams.drawing import Drawing
from adapters.teams.outcomes import (
    NOT_THERE,
    WAIT_FOR_SETTINGS,
    Chances,
    is_gone,
    is_unexplained,
    is_without_chat,
    outcome_of,
)
from adapters.teams.reading import PLATFORM
from adapters.teams.references import References
from adapters.teams.render import render_messages
from adapters.teams.replies import Call
from adapters.teams.told import Told
from bot.conversation.card import Card
from bot.conversation.events import Actor
from bot.ports import InDoubt, Later, Rate, Refused, SendOutcome, Sent, Trace

log = logging.getLogger(__name__)

MAKING = 8.0  # seconds for a token and a chat where there is none, of the ten of a lane


def rate_of(per_second: int) -> Rate:
    """So many in any second: what may go out at once goes out in addition to that."""
    return Rate(per_second=per_second, burst=max(1, per_second // 10))


# Microsoft's pages disagree on what an app may do in one tenant, 30 or 50 calls a second.
RATE = rate_of(30)
NO_CONNECTION = timedelta(seconds=30)
FAULTS = (Told, NoToken, aiohttp.ClientError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Begun:
    """The beginning of a message stands in a chat, under this id."""

    place: Reference
    id: str


class Teams:
    """The `Platform` port. `lost` is told of people who do not have the app any more."""

    name = PLATFORM

    def __init__(self, connector: Connector, references: References, rate: Rate = RATE) -> None:
        self.rate = rate
        self._connector = connector
        self._references = references
        self._updates = Updates(connector)
        self._chances = Chances()
        self.drawing = Drawing()
        self.lost: Callable[[Actor], Awaitable[None]] | None = None

    async def send(self, to: Actor, card: Card, key: str) -> SendOutcome:
        """Post into the personal chat. Teams keeps no key, and nobody can look for a message."""
        await self.drawing.prepare(card)
        first, *more = render_messages(card)
        begun = await self._begin(to, first, asyncio.get_running_loop().time() + MAKING)
        if not isinstance(begun, Begun):
            return begun
        self._chances.sent(to)
        place, id_ = begun.place, begun.id
        try:
            id_ = await self.post(place, more) or id_
        except FAULTS as error:
            return InDoubt(f"in part: {error}")  # sent again, its beginning would stand there twice
        return Sent(f"{place.conversation} {id_}")

    async def _begin(
        self, to: Actor, first: Json, until: float, missed: str = ""
    ) -> Begun | SendOutcome:
        """Post the first part. A chat that is not there any more is made anew, once."""
        try:
            async with asyncio.timeout_at(until):
                await self._connector.ready()
                place = await self.chat_of(to, missed)
        except FAULTS as error:
            outcome = await self._failed(to, error)
            # Nothing was written yet, so there is nothing to doubt.
            return Later(NO_CONNECTION) if isinstance(outcome, InDoubt) else outcome
        if place is None:
            return Refused(NOT_THERE)
        try:
            return Begun(place, await self.post(place, [first], patient=False))
        except FAULTS as error:
            if isinstance(error, Told) and is_without_chat(error) and place.user and not missed:
                return await self._begin(to, first, until, place.conversation)
            return await self._failed(to, error)

    async def _failed(self, to: Actor, error: Exception) -> SendOutcome:
        match error:
            case Told():
                if is_gone(error) and self.lost is not None:
                    await self.lost(to)
                if is_unexplained(error) and self._chances.is_last(to):
                    return Refused(f"Teams said: {error.code or error.status}")
                return outcome_of(error)
            case NoToken():
                _log_failure(str(error))
                return Later(WAIT_FOR_SETTINGS if error.refused else NO_CONNECTION)
            case aiohttp.ClientConnectorError():
                return Later(NO_CONNECTION)  # no connection was made, so nothing was sent
            case _:
                return InDoubt(type(error).__name__)

    async def find(self, to: Actor, key: str) -> Sent | Trace:
        """A bot cannot read what stands in a chat."""
        return Trace.UNKNOWN

    async def chat_of(self, to: Actor, missed: str = "") -> Reference | None:
        """The person's own chat with the bot, made where there is none; None without the app.

        `missed` is a chat that is not there. Raises Told, NoToken and aiohttp's errors.
        """
        found = await self._references.find(to)
        if found is None or (found.conversation and found.conversation != missed):
            return found
        chat = await self._connector.create(found.service_url, found.bot, found.user, to.workspace)
        return await self._references.note(to, replace(found, conversation=chat))

    async def follow_up(self, actor: Actor, calls: Sequence[Call]) -> None:
        """Make the calls that follow an answer, in order; what fails is logged by its class."""
        done = True
        for call in calls:
            message = call.message if done else call.otherwise or call.message
            try:
                done &= await self._follow(actor, replace(call, message=message))
            except FAULTS as error:
                done = False
                extra = {"action": "teams_reply_failed", "error": type(error).__name__}
                log.warning("A reply did not reach Teams", extra=extra)

    async def _follow(self, actor: Actor, call: Call) -> bool:
        """Whether there was a chat for it. Raises as `chat_of`."""
        look = self._references.find if call.conversation else self.chat_of
        reference = await look(actor)
        if reference is None:
            return False
        place = replace(reference, conversation=call.conversation or reference.conversation)
        if call.activity:
            await self._updates.put(place, call.activity, call.message)
        else:
            await self.post(place, [call.message])
        return True

    async def post(
        self, place: Reference, messages: Sequence[Json], *, patient: bool = True
    ) -> str:
        """Post messages one after the other; returns the id of the last. Raises as `chat_of`."""
        id_ = ""
        for message in messages:
            id_ = await self._connector.send(
                place.service_url, place.conversation, message, patient=patient
            )
        return id_


class Updates:
    """Puts messages in the place of others, one at a time for each; of several only the newest."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._waiting: dict[tuple[str, str], Json] = {}
        self._busy: set[tuple[str, str]] = set()

    async def put(self, place: Reference, activity: str, message: Json) -> None:
        """Returns at once where somebody is at it: they go on with this one. Raises as `post`."""
        which = place.conversation, activity
        self._waiting[which] = message
        if which in self._busy:
            return
        self._busy.add(which)
        try:
            while (newest := self._waiting.pop(which, None)) is not None:
                try:
                    await self._connector.update(place.service_url, *which, newest)
                except FAULTS:
                    if which not in self._waiting:  # else a newer one takes its place anyway
                        raise
        finally:
            self._busy.discard(which)
            self._waiting.pop(which, None)


def _log_failure(why: str) -> None:
    extra = {"action": "teams_no_token", "why": why}
    log.warning(
        "Entra gives no token for the bot: look at TEAMS_APP_ID and what TEAMS_AUTH needs",
        extra=extra,
    )
