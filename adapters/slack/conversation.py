"""Payloads in, answers out: the one way that HTTP and Socket Mode share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from adapters.slack.inbound import origin_of, parse
from adapters.slack.platform import Slack
from adapters.slack.render import Json
from adapters.slack.replies import Call, answer
from bot.conversation.events import Actor, Event, Reply
from bot.ports import Clock

Handle = Callable[[Event], Awaitable[tuple[Reply, ...]]]
# Told of every event that was handled, to do what may follow from it.
After = Callable[[Event, Mapping[str, Any]], None]


class Conversation:
    """What an event changed is durable before it is answered; calls to Slack come after that."""

    def __init__(self, slack: Slack, handle: Handle, clock: Clock, after: After) -> None:
        self._slack = slack
        self._handle = handle
        self._clock = clock
        self._after = after
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, payload: Mapping[str, Any]) -> Json | None:
        """The body of the answer to this payload; None for an empty one."""
        event = parse(payload)
        if event is None:
            return None
        replies = await self._handle(event)
        said = answer(origin_of(payload), event, replies, self._clock.now().timestamp())
        if said.calls:
            self.later(event.actor, said.calls)
        self._after(event, payload)
        return said.ack

    def later(self, actor: Actor, calls: list[Call]) -> None:
        """Make these calls once the answer is on its way."""
        self.spawn(self._slack.follow_up(actor.workspace, calls))

    def spawn(self, work: Awaitable[None]) -> None:
        """Run something that nobody waits for, until `drain`."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self, grace: timedelta) -> None:
        """Finish what is being said, at most for `grace`."""
        if tasks := tuple(self._tasks):
            _, late = await asyncio.wait(tasks, timeout=grace.total_seconds())
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
