"""One event in: load, decide, commit once, wake the lanes, give back the replies."""

from __future__ import annotations

import logging

from bot.conversation.events import (
    Claimed,
    Command,
    Event,
    Joined,
    Left,
    Met,
    Moved,
    Reply,
    Say,
    Shut,
    Submitted,
)
from bot.handlers import former
from bot.handlers.answers import Respondent
from bot.handlers.arrivals import joined, left
from bot.handlers.claims import claimed
from bot.handlers.context import Outcome, context_of
from bot.handlers.dispatch import act, is_brief, respond
from bot.handlers.movements import introduced, moved, shut
from bot.ports import Clock, Engine, Store, Tx
from bot.wording import help as words

logger = logging.getLogger(__name__)


class Inbox:
    """What a platform hands its events to. The replies are given back after the commit."""

    def __init__(self, store: Store, engine: Engine, clock: Clock) -> None:
        self._store = store
        self._engine = engine
        self._clock = clock

    async def handle(self, event: Event) -> tuple[Reply, ...]:
        """Act on one event. What it changed is durable before this returns."""
        now = self._clock.now()

        def work(tx: Tx) -> Outcome:
            match event:
                case Joined():
                    return joined(tx, event, now)
                case Left():
                    return left(tx, event)
                case Claimed():
                    return claimed(tx, event, now)
                case Moved():
                    return moved(tx, event, now)
                case Met():
                    return introduced(tx, event, now)
                case Shut():
                    return shut(tx, event, now)
            # Only what would be done twice is noted: the order of clicks on answers is not kept.
            repeats = isinstance(event, Command | Submitted)
            if repeats and not tx.directory.first_time(event.key, now):
                return Outcome()
            known = tx.directory.known(event.actor)
            if known is None:
                return former.greet(tx, event.actor)
            answered = respond(Respondent(tx, now, known), event)
            if answered is not None:
                return answered
            ctx = context_of(tx, event.actor, known, now)
            return former.act(tx, known, event) if ctx is None else act(ctx, event)

        try:
            outcome = await self._store.write(work, brief=is_brief(event))
        except Exception as error:  # noqa: BLE001 a person gets a sentence, whatever went wrong
            # Only the class: a message could quote what somebody typed.
            logger.error(
                "An event failed",
                extra={
                    "action": "event_failed",
                    "event": type(event).__name__,
                    "error": type(error).__name__,
                },
            )
            return (Say(words.FAULT),)
        for lane_id in outcome.wake:
            self._engine.wake(lane_id)
        return outcome.replies
