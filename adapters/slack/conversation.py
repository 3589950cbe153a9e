"""Payloads in, answers out: the one way that HTTP and Socket Mode share."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from adapters.slack.accounts import Accounts
from adapters.slack.channels import Channels
from adapters.slack.inbound import Origin, Surface, origin_of
from adapters.slack.outcomes import reason_of
from adapters.slack.platform import Slack
from adapters.slack.render import Json
from adapters.slack.replies import RESPONSE_SECONDS, Call, answer
from adapters.talking import (
    Handle,
    LateWork,
    Repeats,
    Seldom,
    claim_of,
    code_of,
    is_greeting,
    may_add_people,
)
from bot.conversation.card import Card
from bot.conversation.events import (
    Actor,
    Command,
    Event,
    Gather,
    Gathered,
    Meet,
    Met,
    Reply,
    Say,
)
from bot.ports import Clock, Store
from bot.wording.help import FAULT
from bot.wording.welcome import CHECKING, NOT_CHECKED

log = logging.getLogger(__name__)

MOST_MET = 4096  # people whom we need not look up again
_FAILED = Say(FAULT)
RESPONSE_TIME = timedelta(seconds=RESPONSE_SECONDS)


class NotTaken(Exception):
    """Something went wrong with an event that nobody waits for: it is to be sent again."""


class Conversation:
    """What an event changed is durable before it is answered; calls to Slack come after that.

    Slack repeats what it believes was not heard, up to some minutes later.
    """

    def __init__(
        self,
        slack: Slack,
        accounts: Accounts,
        channels: Channels,
        store: Store,
        handle: Handle,
        clock: Clock,
    ) -> None:
        self._slack = slack
        self._accounts = accounts
        self._channels = channels
        self._store = store
        self._handle = handle
        self._clock = clock
        self._late = LateWork("slack_reply_failed")
        self._taken = Repeats()
        self._met: set[Actor] = set()  # known when they last typed something
        self._held_back = Seldom()

    async def take(self, payload: Mapping[str, Any], event: Event | None) -> Json | None:
        """The body of the answer to this payload; None for an empty one.

        `event` is what `parse` made of it. Raises NotTaken.
        """
        if event is None or event.key in self._taken:
            return None
        origin = origin_of(payload)
        claim = code_of(event)
        replies = (Say(CHECKING),) if claim else await self._handle(event)
        if _FAILED not in replies:
            self._taken.add(event.key)
        elif origin.surface is Surface.NONE:
            raise NotTaken
        ack: Json | None = None
        if origin.surface is Surface.MESSAGE:
            # What is shown takes a call of its own, so the acknowledgement need not wait for it.
            self._late.start(self._show(event, origin, replies))
        else:
            said = answer(origin, event, replies, self._clock.now().timestamp())
            ack = said.ack
            if said.calls or any(isinstance(reply, Gather | Meet) for reply in replies):
                self._late.start(self._go_on(event, origin, replies, said.calls))
        if isinstance(event, Command):
            was_greeted = is_greeting(replies)
            if claim or was_greeted or event.actor not in self._met:
                self._late.start(self._meet(event, origin, claim, was_greeted))
                return ack
        if may_add_people(event):
            self._accounts.poke()
        return ack

    def has_met(self, event: Event | None) -> bool:
        """Whether this is of somebody who was known when they last typed a command."""
        return event is not None and event.actor in self._met

    def held_back(self, workspace: str) -> None:
        """Slack sends no events of this workspace for a minute. Said at most once a minute."""
        if self._held_back.is_due(self._clock.now(), workspace):
            log.warning(
                "Slack holds back the events of a workspace for a minute, because there were too "
                "many: buttons, forms and commands still work, but what people type to the bot, "
                "the Home tab and who joins or leaves may be missed, and /pulse people has a "
                "button to look into a channel again.",
                extra={"action": "slack_events_held_back", "workspace": workspace},
            )

    async def drain(self, grace: timedelta) -> None:
        """Finish what is being said, at most for `grace`."""
        await self._late.drain(grace)

    async def _meet(self, event: Command, origin: Origin, claim: str, was_greeted: bool) -> None:
        """Ask Slack who typed a command, where we do not know them or they claim to run this."""
        known = await self._store.read(lambda tx: tx.directory.known(event.actor))
        if known is not None and was_greeted:
            # They were found while they were told that they are not known.
            await self._answer_now(event, origin)
            return
        if known is not None and not claim:
            if len(self._met) >= MOST_MET:
                self._met.clear()
            self._met.add(event.actor)
            self._accounts.poke()
            return
        try:
            profile = await self._accounts.profile(event.actor)
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            extra = {"action": "slack_profile_failed", "error": reason_of(error)}
            log.warning("Slack did not say who somebody is", extra=extra)
            if claim:
                await self._say_late(event, origin, (Say(NOT_CHECKED),))
            return
        if profile is None:
            return
        if claim:
            replies = await self._handle(claim_of(claim, profile))
        else:
            await self._handle(profile)
            if await self._store.read(lambda tx: tx.directory.known(event.actor)) is None:
                return
            await self._answer_now(event, origin)
            return
        await self._say_late(event, origin, replies)

    async def _answer_now(self, event: Command, origin: Origin) -> None:
        """They are on a roster after all, so now the command can be answered."""
        replies = await self._handle(replace(event, key=f"{event.key}:known"))
        await self._say_late(event, origin, replies)

    async def _go_on(
        self, event: Event, origin: Origin, replies: Sequence[Reply], calls: list[Call]
    ) -> None:
        """The calls that follow an answer, and then what the core wants to know from Slack."""
        await self._slack.follow_up(event.actor.workspace, calls)
        for reply in replies:
            if isinstance(reply, Gather):
                await self._gather(event, origin, reply)
            elif isinstance(reply, Meet):
                await self._introduce(event, reply)

    async def _gather(self, event: Event, origin: Origin, ask: Gather) -> None:
        """Look who is in a channel; what comes of it is said where the person still sees it."""
        started = self._clock.now()

        async def say(*replies: Reply) -> None:
            where = _later(origin, self._clock.now() - started)
            await self._say_late(event, where, replies)

        async def meanwhile(card: Card) -> None:
            await say(Say(card))

        found = await self._channels.gather(event.actor.workspace, ask, origin, meanwhile)
        gathered = Gathered(key=event.key, actor=event.actor, ask=ask, found=found)
        await say(*await self._handle(gathered))

    async def _introduce(self, event: Event, meet: Meet) -> None:
        """Ask Slack who came into a channel that a programme follows."""
        try:
            people = await self._channels.meet(event.actor.workspace, meet.users)
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            extra = {"action": "slack_profile_failed", "error": reason_of(error)}
            log.warning("Slack did not say who joined a channel", extra=extra)
            return
        met = Met(key=event.key, actor=event.actor, source=meet.source, people=people)
        await self._handle(met)

    async def _show(self, event: Event, origin: Origin, replies: Sequence[Reply]) -> None:
        """Say it after the acknowledgement."""
        now = self._clock.now().timestamp()
        calls = answer(origin, event, replies, now, late=True).calls
        await self._go_on(event, origin, replies, calls)

    async def _say_late(self, event: Event, origin: Origin, replies: Sequence[Reply]) -> None:
        """The same, once we know somebody whom we may not have known."""
        await self._show(event, origin, replies)
        self._accounts.poke()


def _later(origin: Origin, waited: timedelta) -> Origin:
    """Where to say what took some time: a modal may be closed, a response_url may have ended."""
    lasting = origin.surface in (Surface.COMMAND, Surface.MESSAGE) and waited < RESPONSE_TIME
    return origin if lasting else replace(origin, surface=Surface.CHAT)
