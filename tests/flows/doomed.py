"""A real process that lives through one round and is killed (SIGKILL) at a chosen step.

Run as a program it is a nursery: it has imported everything, has neither a thread nor a loop, and
forks a process for each order that it reads. Starting Python anew would take longer than a life.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

from adapters.playground.exchange import Exchange
from adapters.playground.history import Message
from adapters.playground.inbound import PLATFORM
from adapters.playground.platform import Playground
from adapters.playground.render import actions
from adapters.playground.stage import Stage
from bot.conversation.actions import Action, Verb, decode, encode
from bot.conversation.events import Actor, Command
from bot.engine import LocalEngine
from bot.handlers.arrivals import FIRST_CONTACT_AFTER
from bot.letters import Letters
from bot.outbox import Outbox
from bot.ports import Store
from bot.programme.programmes import Workspace
from bot.pulse.calendars import public_holidays
from bot.rounds import Rounds
from storage.store import open_store
from storage.vault import Vault
from tests.flows.doomed_world import (
    END,
    FACILITATOR,
    FICKLE,
    LATE,
    PLAN,
    REMINDED,
    SECOND_THOUGHT,
    SECRET,
    SKIPPED,
    STAFF,
    START,
    World,
    WorldClock,
    answers_now,
    check_answers,
    home,
    opinion,
)
from tests.flows.mortal import Fate, MortalPlatform, MortalStore, WitnessedInbox

LONGEST_LIFE = 60  # seconds; then something hangs
# Where a chat, after the message that asked for consent, has the messages of the round.
PROMPT, REMINDER = 1, 2


class Life:
    """The product, put together as in `bot.service`, and the people who use it."""

    def __init__(self, world: World, fate: Fate, store: Store, workspace: Workspace) -> None:
        mortal = MortalStore(store, fate)
        self._clock = WorldClock(world)
        self._history = world.history()
        self._workspace = workspace
        playground = Playground(self._history, workspace.external_id, self._clock)
        platform = MortalPlatform(playground, fate)
        outbox = Outbox(mortal, self._clock, {platform.name: platform}, Letters().compose)
        self._engine = LocalEngine(outbox.run_lane, outbox.unfinished)
        self._rounds = Rounds(mortal, self._engine, self._clock)
        inbox = WitnessedInbox(mortal, self._engine, self._clock, world, fate)
        self._stage = Stage(mortal, inbox, self._rounds, self._engine, self._clock, workspace)
        self._exchange = Exchange(self._stage, self._history, workspace.external_id)

    async def prepare(self) -> None:
        """Everyone says yes, and a round is planned."""
        await self._stage.enrol()
        self._clock.move(START + FIRST_CONTACT_AFTER)
        await self._stage.settle()
        for user in STAFF:
            (message,) = self._history.of(user)
            await self._press(message, _meant(message)[0])
        # Until the reminders of consent have come to nothing.
        self._clock.move(START + timedelta(days=3))
        await self._stage.settle()
        actor = Actor(PLATFORM, self._workspace.external_id, FACILITATOR)
        await self._stage.handle(Command(key="plan", actor=actor, text=PLAN))

    async def live(self) -> None:
        """From wherever the world stands until long after the round."""
        await self._engine.start()
        await self._engine.idle()
        while True:
            # Two at once, as where a second process ticks too.
            await asyncio.gather(self._rounds.tick(), self._rounds.tick())
            await self._stage.settle()
            for user in STAFF:
                await self._take_part(user)
            moment = await self._stage.next_moment()
            if moment is None or moment > END:
                break
            self._clock.move(max(moment, self._clock.now() + timedelta(seconds=1)))
        await self._answer(self._history.of(LATE)[PROMPT])

    async def stop(self) -> None:
        await self._engine.stop(timedelta(seconds=5))
        self._history.close()

    async def _take_part(self, user: str) -> None:
        messages = self._history.of(user)
        place = REMINDER if user in REMINDED else PROMPT
        if user == LATE or len(messages) <= place:
            return
        await self._answer(messages[place])
        if user == FICKLE and len(messages) == REMINDER + 1:
            prompt = self._history.of(user)[PROMPT]
            question_id, value = SECOND_THOUGHT
            change = next(action for action in _meant(prompt) if action.verb is Verb.CHANGE)
            await self._submit(prompt, change, {question_id: [value]})

    async def _answer(self, message: Message) -> None:
        """Do what the card asks for, until it asks for nothing more."""
        while True:
            meant = _meant(message)
            answers = {a.arguments[2]: a for a in meant if a.verb is Verb.ANSWER}
            others = {action.verb: action for action in meant}
            if answers:
                question_id = next(iter(answers.values())).arguments[1]
                await self._press(message, answers[opinion(message.user, question_id)])
            elif write := others.get(Verb.WRITE):
                question_id = write.arguments[1]
                words = opinion(message.user, question_id)
                if words == SKIPPED:
                    await self._press(message, others[Verb.SKIP])
                else:
                    await self._submit(message, write, {question_id: [words]})
            elif start := others.get(Verb.START):
                await self._press(message, start)
            else:
                return
            replaced = self._history.get(message.number)
            assert replaced is not None
            assert replaced.changed != message.changed, "nothing came of a press"
            message = replaced

    async def _press(self, message: Message, action: Action) -> None:
        await self._carry(message, {"type": "press", "action": encode(action)})

    async def _submit(
        self, message: Message, action: Action, values: Mapping[str, list[str]]
    ) -> None:
        sent = {"type": "submit", "action": encode(action), "values": values}
        await self._carry(message, sent)

    async def _carry(self, message: Message, sent: Mapping[str, object]) -> None:
        payload = {"key": uuid4().hex, "user": message.user, **sent}
        await self._exchange.carry(payload, message.number)


def _meant(message: Message) -> tuple[Action, ...]:
    """What the buttons of a message mean, in reading order."""
    return tuple(action for action in map(decode, actions(message.card)) if action)


async def prepare(world: World) -> None:
    """Bring a new world to the day before its round."""
    async with open_store(world.url, Vault(SECRET)) as store:
        life = Life(world, Fate(world, None), store, await store.write(home))
        await life.prepare()
        await life.stop()


async def live(world: World, last: int | None) -> None:
    """Live through the round, or what is left of it, up to the step that is the last."""
    async with open_store(world.url, Vault(SECRET)) as store:
        check_answers(world.journal(), await store.read(answers_now))
        life = Life(world, Fate(world, last), store, await store.read(home))
        await life.live()
        await life.stop()


# --- The nursery -----------------------------------------------------------------------------


def main() -> None:
    """Read an order a line, write how the process that carried it out has ended."""
    public_holidays("GB", "ENG")  # the one part that is imported late
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if not child:
            os._exit(_carry_out(World(**order["world"]), order["last"]))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _carry_out(world: World, last: int | None) -> int:
    """Make a new world, or live in one that is there; the status to exit with."""
    signal.alarm(LONGEST_LIFE)
    is_new = not world.file("history.db").exists()
    try:
        asyncio.run(prepare(world) if is_new else live(world, last))
    except Exception:  # noqa: BLE001 it is for the test to read
        world.bury(traceback.format_exc())
        return 1
    return 0


if __name__ == "__main__":
    main()
