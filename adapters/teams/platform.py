"""Teams as a platform: messages go out through one connector."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import aiohttp

from adapters.teams.connector import Connector, Json, Told
from adapters.teams.credentials import NoToken
from adapters.teams.drawing import Drawing
from adapters.teams.inbound import Reference
from adapters.teams.outcomes import NOT_THERE, WAIT_FOR_SETTINGS, is_gone, outcome_of
from adapters.teams.reading import PLATFORM
from adapters.teams.references import References
from adapters.teams.render import render_messages
from adapters.teams.replies import Call
from bot.conversation.card import Card
from bot.conversation.events import Actor
from bot.ports import InDoubt, Later, Rate, Refused, SendOutcome, Sent, Trace

log = logging.getLogger(__name__)

# Microsoft's pages disagree on what an app may send in one tenant, 30 or 50 a second.
RATE = Rate(per_second=30, burst=30)
NO_CONNECTION = timedelta(seconds=30)


class Teams:
    """The `Platform` port. `lost` is told of people who do not have the app any more."""

    name = PLATFORM

    def __init__(self, connector: Connector, references: References, rate: Rate = RATE) -> None:
        self.rate = rate
        self._connector = connector
        self._references = references
        self._updates = Updates(connector)
        self.drawing = Drawing()
        self.lost: Callable[[Actor], Awaitable[None]] | None = None

    async def send(self, to: Actor, card: Card, key: str) -> SendOutcome:
        """Post into the personal chat. Teams keeps no key, and nobody can look for a message."""
        try:
            reference = await self.chat_of(to)
            if reference is None:
                return Refused(NOT_THERE)
            await self.drawing.prepare(card)
            id_ = await self.post(reference, render_messages(card))
        except Told as told:
            if is_gone(told) and self.lost is not None:
                await self.lost(to)
            return outcome_of(told)
        except NoToken as error:
            _log_failure(str(error))
            return Later(WAIT_FOR_SETTINGS if error.refused else NO_CONNECTION)
        except aiohttp.ClientConnectorError:
            return Later(NO_CONNECTION)  # no connection was made, so nothing was sent
        except (aiohttp.ClientError, TimeoutError) as error:
            return InDoubt(type(error).__name__)
        return Sent(f"{reference.conversation} {id_}")

    async def find(self, to: Actor, key: str) -> Sent | Trace:
        """A bot cannot read what stands in a chat."""
        return Trace.UNKNOWN

    async def chat_of(self, to: Actor) -> Reference | None:
        """The person's own chat with the bot, made where there is none; None without the app.

        Raises Told, NoToken and aiohttp's errors.
        """
        found = await self._references.find(to)
        if found is None or found.conversation:
            return found
        chat = await self._connector.create(found.service_url, found.bot, found.user, to.workspace)
        return await self._references.note(to, replace(found, conversation=chat))

    async def follow_up(self, actor: Actor, calls: Sequence[Call]) -> None:
        """Make the calls that follow an answer, in order; what fails is logged by its class."""
        for call in calls:
            try:
                await self._follow(actor, call)
            except (Told, NoToken, aiohttp.ClientError, TimeoutError) as error:
                extra = {"action": "teams_reply_failed", "error": type(error).__name__}
                log.warning("A reply did not reach Teams", extra=extra)

    async def _follow(self, actor: Actor, call: Call) -> None:
        look = self._references.find if call.conversation else self.chat_of
        reference = await look(actor)
        if reference is None:
            return
        place = replace(reference, conversation=call.conversation or reference.conversation)
        if call.activity:
            await self._updates.put(place, call.activity, call.message)
        else:
            await self.post(place, [call.message])

    async def post(self, reference: Reference, messages: Sequence[Json]) -> str:
        """Post messages one after the other; returns the id of the last. Raises as `chat_of`."""
        id_ = ""
        for message in messages:
            id_ = await self._connector.send(reference.service_url, reference.conversation, message)
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
                await self._connector.update(place.service_url, *which, newest)
        finally:
            self._busy.discard(which)
            self._waiting.pop(which, None)


def _log_failure(why: str) -> None:
    extra = {"action": "teams_no_token", "why": why}
    log.warning("Entra gives no token for the bot: look at TEAMS_APP_PASSWORD", extra=extra)
