"""What every platform needs to talk with the core: repeats, strangers, work that goes on later."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Hashable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from bot.conversation.actions import ARGUMENTS
from bot.conversation.events import Claimed, Command, Event, Joined, Pressed, Reply, Say, Submitted
from bot.conversation.tokens import Fault, tokens_of, visible
from bot.ports import Tx
from bot.programme.programmes import Workspace
from bot.wording.help import NOT_KNOWN

log = logging.getLogger(__name__)

Handle = Callable[[Event], Awaitable[tuple[Reply, ...]]]
MOST_REPEATS = 10_000  # events of which it is remembered that they were taken
LOOK_ROUND = 600.0  # seconds between looks for accounts that nothing called for
AFTER_FAULT = 30.0  # seconds
WARN_AGAIN = timedelta(minutes=1)
REST = 10  # after a look, so many times as long as it took to go through everyone
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


class Seldom:
    """Says of a warning whether it is due: at most once a minute for each thing it is about."""

    def __init__(self) -> None:
        self._said: dict[str, datetime] = {}

    def is_due(self, now: datetime, about: str = "") -> bool:
        if about in self._said and now < self._said[about] + WARN_AGAIN:
            return False
        self._said[about] = now
        return True


class Underway:
    """What is being done just now: whoever comes with the same waits until that has ended."""

    def __init__(self) -> None:
        self._ends: dict[Hashable, asyncio.Event] = {}

    @asynccontextmanager
    async def alone(self, mark: Hashable) -> AsyncIterator[None]:
        """Do this while nobody else does the same."""
        while (end := self._ends.get(mark)) is not None:
            await end.wait()
        self._ends[mark] = end = asyncio.Event()
        try:
            yield
        finally:
            del self._ends[mark]
            end.set()


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


class Seeking:
    """Looks for people's accounts whenever there may be someone new. `look` begins one look."""

    def __init__(self, look: Callable[[], Awaitable[None]], fault: Callable[[Exception], None]):
        self._look = look
        self._fault = fault
        self._poked = asyncio.Event()

    def poke(self) -> None:
        """Somebody may have come onto a roster."""
        self._poked.set()

    async def run(self) -> None:
        """Until cancelled."""
        seconds = asyncio.get_running_loop().time
        while True:
            self._poked.clear()
            pause, began = LOOK_ROUND, seconds()
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001  the next look may succeed
                self._fault(error)
                pause = AFTER_FAULT
            await asyncio.sleep(REST * (seconds() - began))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._poked.wait(), pause)


def without_account(tx: Tx, platform: str) -> list[tuple[Workspace, list[str]]]:
    """The addresses of whoever is in a programme and cannot be reached, by workspace."""
    found = []
    for workspace in tx.directory.workspaces(platform):
        tenant = tx.tenant(workspace.org_id)
        members = {
            member.person.id: member.person.email
            for programme in tenant.programmes.all()
            for member in tenant.people.members(programme.id)
        }
        reached = tenant.people.lanes(members)
        missing = sorted(email for who, email in members.items() if who not in reached)
        if missing:
            found.append((workspace, missing))
    return found


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
    """The code of `claim CODE`, typed like any command; empty for everything else."""
    # Looked for before the line is taken apart, which the core does once more.
    if not isinstance(event, Command) or CLAIM not in visible(event.text).lower():
        return ""
    tokens = tokens_of(event.text)
    if isinstance(tokens, Fault) or not tokens or tokens[0].key != CLAIM:
        return ""
    return "".join(token.text for token in tokens[1:])


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
