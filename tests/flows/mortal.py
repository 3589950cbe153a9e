"""The ports of a process that can be killed, and the one who kills it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from itertools import count
from typing import TypeVar

from bot.conversation.actions import Action, Verb
from bot.conversation.card import Card
from bot.conversation.events import Actor, Event, Pressed, Replace, Reply, Say, Submitted
from bot.inbox import Inbox
from bot.ports import Clock, Engine, Platform, SendOutcome, Sent, Store, Trace, Tx
from bot.pulse.answering import Refusal
from bot.wording import help as help_words
from bot.wording import participant as words
from tests.flows.doomed_world import SKIPPED, Line, World

T = TypeVar("T")

NOT_KEPT = (
    help_words.FAULT,
    help_words.STRANGER,
    help_words.OLD_BUTTON,
    *map(words.refused, Refusal),
)


class Fate:
    """Counts the steps of a process and kills it at the last one: a number, or a step's name.

    A step is a place where what outlives the process has just changed, or is just about to: in
    between nothing is different for whoever comes next.
    """

    def __init__(self, world: World, last: int | str | None) -> None:
        self._world = world
        self._last = last
        self._steps = count(1)

    def step(self, name: str) -> None:
        number = next(self._steps)
        if self._last in (number, name):
            self._world.bury(f"killed at step {number}, {name}")
            os.kill(os.getpid(), signal.SIGKILL)


class MortalStore:
    """A store in a process that can die at the end of each transaction and after each commit."""

    def __init__(self, store: Store, fate: Fate) -> None:
        self._store = store
        self._fate = fate

    async def write(self, work: Callable[[Tx], T], *, brief: bool = False) -> T:
        def mortal(tx: Tx) -> T:
            result = work(tx)
            self._fate.step("within a transaction")
            return result

        result = await self._store.write(mortal, brief=brief)
        self._fate.step("after a commit")
        return result

    async def read(self, work: Callable[[Tx], T]) -> T:
        return await self._store.read(work)


class MortalPlatform:
    """A platform in a process that can die after each call."""

    def __init__(self, platform: Platform, fate: Fate) -> None:
        self.name = platform.name
        self.rate = platform.rate
        self._platform = platform
        self._fate = fate

    async def send(self, to: Actor, card: Card, key: str) -> SendOutcome:
        outcome = await self._platform.send(to, card, key)
        self._fate.step("after a message")
        return outcome

    async def find(self, to: Actor, key: str) -> Sent | Trace:
        trace = await self._platform.find(to, key)
        self._fate.step("after the platform was asked")
        return trace


class WitnessedInbox(Inbox):
    """Notes each answer that comes in, and once more when the core has acknowledged it."""

    def __init__(
        self, store: Store, engine: Engine, clock: Clock, world: World, fate: Fate
    ) -> None:
        super().__init__(store, engine, clock)
        self._world = world
        self._fate = fate

    async def handle(self, event: Event) -> tuple[Reply, ...]:
        self._note(event, acknowledged=False)
        replies = await super().handle(event)
        if any(_acknowledges(reply) for reply in replies):
            self._note(event, acknowledged=True)
        self._fate.step("after a reply")
        return replies

    def _note(self, event: Event, *, acknowledged: bool) -> None:
        for question_id, value in _answers(event):
            self._world.note(Line(event.actor.user, question_id, value, acknowledged))


def _answers(event: Event) -> Iterator[tuple[str, str]]:
    match event:
        case Pressed(action=Action(verb=Verb.ANSWER, arguments=(_, question_id, value))):
            yield question_id, value
        case Pressed(action=Action(verb=Verb.SKIP, arguments=(_, question_id))):
            yield question_id, SKIPPED
        case Submitted(action=Action(verb=Verb.WRITE | Verb.CHANGE), values=values):
            for question_id, chosen in values.items():
                yield question_id, ",".join(chosen)


def _acknowledges(reply: Reply) -> bool:
    return isinstance(reply, Say | Replace) and reply.card not in NOT_KEPT
