"""What every platform needs to talk with the core: repeats, strangers, work that goes on later."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any

from bot.conversation.actions import ARGUMENTS
from bot.conversation.events import Claimed, Command, Event, Joined, Pressed, Reply, Say, Submitted
from bot.wording.help import NOT_KNOWN

log = logging.getLogger(__name__)

Handle = Callable[[Event], Awaitable[tuple[Reply, ...]]]
MOST_REPEATS = 10_000  # events of which it is remembered that they were taken
CLAIM = "claim"
PEOPLE = "people"  # what a command that adds some has in it


class Repeats:
    """Remembers which events were taken. A platform repeats what it believes was not heard.

    Here and not in the database, where the order of clicks on answers would be kept.
    """

    def __init__(self) -> None:
        self._keys: OrderedDict[str, None] = OrderedDict()  # oldest first

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def add(self, key: str) -> None:
        self._keys[key] = None
        if len(self._keys) > MOST_REPEATS:
            self._keys.popitem(last=False)  # a plain dict would look for it ever longer


class LateWork:
    """What goes on after an acknowledgement. A failure is logged by its class alone."""

    def __init__(self, action: str) -> None:
        self._action = action
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def drain(self, grace: timedelta) -> None:
        """Finish what is being done, at most for `grace`."""
        while tasks := tuple(self._tasks):
            _, late = await asyncio.wait(tasks, timeout=grace.total_seconds())
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            # Only the class: a message could quote what was to be said.
            extra = {"action": self._action, "error": type(error).__name__}
            log.error("What was to be said after an acknowledgement failed", extra=extra)


def may_add_people(event: Event) -> bool:
    """Whether there may be someone new on a roster: to look goes through all of them.

    Answers are by far the most that comes in, and add nobody.
    """
    match event:
        case Pressed(action=action) | Submitted(action=action):
            return "round" not in ARGUMENTS[action.verb]
        case Command(text=text):
            return PEOPLE in text.lower()
        case _:
            return False


def is_greeting(replies: Sequence[Reply]) -> bool:
    """Whether a stranger was told that they are not known."""
    return any(isinstance(reply, Say) and NOT_KNOWN in reply.card.fallback for reply in replies)


def code_of(event: Event) -> str:
    """The code of `claim CODE`; empty for everything else."""
    words = event.text.split() if isinstance(event, Command) else []
    return "".join(words[1:]) if words and words[0].lower() == CLAIM else ""


def claim_of(code: str, profile: Joined) -> Claimed:
    """The claim of somebody whose profile the platform told."""
    return Claimed(
        key=profile.key,
        actor=profile.actor,
        code=code,
        name=profile.name,
        email=profile.email,
        zone=profile.zone,
        language=profile.language,
    )
