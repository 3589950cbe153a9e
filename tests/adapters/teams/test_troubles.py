"""Teams is busy, broken or lets us in no more: nothing is lost or doubled, and someone is told."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import timedelta

import aiohttp
import pytest

from adapters.teams.connector import Connector
from adapters.teams.platform import Teams
from adapters.teams.replies import Call
from bot.conversation.card import Card, Text
from bot.lane import Limits
from bot.ports import InDoubt, Later, Sent
from storage.database import parse_url, reading_engine
from storage.store import SqlStore
from storage.tables import delivery
from tests.flows.company import MAYA
from tests.flows.teams_scene import FIRST, STATEMENT, Scene, scene
from tests.teams.troubles import Trouble, always, busy, drop, first, hang, status

pytestmark = pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)

SEND, UPDATE = "sendToConversation", "updateActivity"
ROUND = "for 2 days reminders 0"
HASTY = Limits(send=3.0)


def prompts(s: Scene) -> list[int]:
    """How many of them stands in each chat, also where we do not know of it."""
    return [sum(STATEMENT in text for text in s.desk.user(user).reads()) for user in s.c.people()]


def tried(s: Scene) -> int:
    return len(s.world.calls_of(SEND))


# --- busy ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [30, None], ids=["says when", "says nothing"])
@pytest.mark.parametrize("times", [1, 5])
async def test_a_lane_that_is_too_fast_pauses_and_goes_on(
    store: SqlStore, seconds: int | None, times: int
) -> None:
    async with scene(store) as s:
        s.trouble(SEND, first(times, busy(seconds)))
        await s.c.ask(STATEMENT, ROUND)
        assert "still to be sent" in await s.said("status")
        before = tried(s)
        await s.live(timedelta(seconds=29))
        assert tried(s) == before, "it was said how long to wait"
        await s.live(timedelta(minutes=3))
        assert prompts(s) == [1] * 12
        assert "12 sent" in await s.said("status")


async def test_a_long_wait_is_told_to_the_facilitator(store: SqlStore) -> None:
    async with scene(store) as s:
        s.trouble(SEND, first(12, busy(1200)))
        await s.c.ask(STATEMENT, ROUND)
        said = await s.said("status")
        assert "12 still to be sent" in said
        assert "Messages wait until Mon 8 Jun at 09:20" in said
        await s.live(timedelta(minutes=21))
        assert prompts(s) == [1] * 12


async def test_a_reply_waits_until_teams_is_less_busy(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.c.ask(STATEMENT, ROUND)
        s.world.troubles[UPDATE] = first(2, busy(0))
        s.world.troubles[SEND] = first(2, busy(0))
        for user in s.c.people():
            await s.desk.press(user, "Agree")
        assert "12 sent" in await s.said("status")
        for user in s.c.people():
            assert "Thank you, noted." in s.desk.messages(user)[-1].text


async def test_no_answer_is_lost_when_its_reply_is(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.c.ask(STATEMENT, ROUND)
        s.world.troubles[UPDATE] = always(busy(600))
        for user in s.c.people():
            person = s.desk.user(user)
            await person.press("Agree")
            # The answer to the press shows it, though the chat does not.
            assert "Thank you, noted." in person.reads()[-1]
        s.world.troubles.clear()
        await s.desk.drain()
        s.world.faults.clear()
        await s.c.wait(days=2)
        assert "Results:" in s.desk.messages(FIRST)[-1].text
        assert "12 of 12 answers are positive" in s.desk.messages(FIRST)[-1].text


# --- broken ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "times"), [(412, 2), (503, 2), (502, 1), (504, 1)])
async def test_what_microsoft_asks_to_repeat_is_repeated(
    store: SqlStore, number: int, times: int
) -> None:
    async with scene(store) as s:
        s.trouble(SEND, first(times, status(number)))
        await s.c.ask(STATEMENT, ROUND)
        assert prompts(s) == [1] * 12
        assert "12 sent" in await s.said("status")


async def test_while_teams_is_down_messages_wait(store: SqlStore) -> None:
    async with scene(store) as s:
        s.trouble(SEND, always(status(503)))
        await s.c.ask(STATEMENT, ROUND)
        await s.live(timedelta(minutes=5))
        assert "12 still to be sent" in await s.said("status")
        s.world.troubles.clear()
        await s.live(timedelta(minutes=6), turns=6)
        assert prompts(s) == [1] * 12


@pytest.mark.parametrize("number", [502, 504])
async def test_a_message_stands_there_at_worst_twice_when_teams_denies_what_it_does(
    store: SqlStore, number: int
) -> None:
    async with scene(store) as s:
        s.trouble(SEND, always(status(number, after=True)))
        await s.c.ask(STATEMENT, ROUND)
        await s.live(timedelta(minutes=6), turns=6)
        s.world.troubles.clear()
        await s.live(timedelta(minutes=5))
        assert prompts(s) == [2] * 12
        assert "12 could not be reached" in await s.said("status")


BROKEN = {
    "500": status(500),
    "500 after it was done": status(500, after=True),
    "cut off": drop(),
    "cut off after it was done": drop(after=True),
    "no answer": hang(),
    "no answer after it was done": hang(after=True),
}


@pytest.mark.parametrize("trouble", BROKEN.values(), ids=BROKEN)
async def test_a_message_in_doubt_is_never_sent_again_and_that_is_said(
    store: SqlStore, url: str, trouble: Trouble
) -> None:
    async with scene(store, limits=HASTY) as s:
        s.trouble(SEND, first(3, trouble))
        await s.c.ask(STATEMENT, ROUND)
        await s.live(timedelta(minutes=2))
        assert sum(prompts(s)) == (12 if trouble.after else 9)
        assert max(prompts(s)) == 1
        assert "9 sent, 3 could not be reached" in await s.said("status")
        engine = reading_engine(parse_url(url))
        with engine.begin() as connection:
            found = connection.execute(delivery.select().where(delivery.c.state == "failed"))
            assert {row.reason for row in found} == {"perhaps not received"}
        engine.dispose()


LONG = Card(tuple(Text(f"{number} {'word ' * 200}") for number in range(100)))


@pytest.mark.parametrize(
    "trouble", [busy(60), status(403), status(404), status(503), status(504), drop()]
)
async def test_a_long_message_of_which_the_beginning_stands_there_does_not_begin_again(
    store: SqlStore, trouble: Trouble
) -> None:
    async with scene(store) as s:
        teams, to = s.behind.side.conversation._teams, s.desk.actor(FIRST)
        before = len(s.desk.user(FIRST).reads())
        assert isinstance(await teams.send(to, LONG, "whole"), Sent)
        parts = len(s.desk.user(FIRST).reads()) - before
        assert parts > 1
        number = tried(s) + 1
        s.world.troubles[SEND] = lambda call: trouble if call.number > number else None
        assert isinstance(await teams.send(to, LONG, "in part"), InDoubt)
        assert len(s.desk.user(FIRST).reads()) == before + parts + 1


async def test_the_end_of_a_long_message_is_repeated_alone(store: SqlStore) -> None:
    async with scene(store) as s:
        teams, to = s.behind.side.conversation._teams, s.desk.actor(FIRST)
        before = len(s.desk.user(FIRST).reads())
        assert isinstance(await teams.send(to, LONG, "whole"), Sent)
        parts = len(s.desk.user(FIRST).reads()) - before
        number = tried(s) + 2
        s.world.troubles[SEND] = lambda call: (
            status(504, after=True) if call.number == number else None
        )
        assert isinstance(await teams.send(to, LONG, "with one part twice"), Sent)
        assert len(s.desk.user(FIRST).reads()) == before + 2 * parts + 1


async def test_the_end_of_a_long_message_waits_until_teams_is_less_busy(store: SqlStore) -> None:
    async with scene(store) as s:
        number = tried(s) + 2
        s.world.troubles[SEND] = lambda call: busy(0) if call.number == number else None
        teams = s.behind.side.conversation._teams
        assert isinstance(await teams.send(s.desk.actor(FIRST), LONG, "whole"), Sent)


# --- let in no more --------------------------------------------------------------------------


async def test_messages_wait_while_the_secret_is_not_taken(store: SqlStore) -> None:
    async with scene(store) as s:
        world = s.world
        await s.desk.command(MAYA, f'ask "{STATEMENT}" {ROUND}')
        kept, world.app_secret = world.app_secret, "another"
        world.tokens.clear()
        await s.desk.user(MAYA).press("Ask now")
        await s.happened()
        await s.live(timedelta(minutes=9))
        asked = len(world.calls_of("token"))
        assert asked < 40
        world.app_secret = kept
        said = await s.said("status")
        assert "12 still to be sent" in said
        assert "Messages wait until Mon 8 Jun at 09:10" in said
        await s.live(timedelta(minutes=2))
        assert prompts(s) == [1] * 12
        world.faults.clear()  # the reply to "Ask now" could not be written


async def test_a_token_that_ends_early_is_renewed_once(store: SqlStore) -> None:
    async with scene(store) as s:
        before = len(s.world.calls_of("token"))
        s.world.tokens.clear()
        await s.c.ask(STATEMENT, ROUND)
        assert prompts(s) == [1] * 12
        assert len(s.world.calls_of("token")) == before + 1


class Slow:
    """A bearer that nobody answers in time."""

    async def token(self) -> str:
        raise TimeoutError

    def forget(self, token: str) -> None:
        """There is none."""


async def test_a_message_for_which_there_was_no_token_in_time_is_no_doubt(
    store: SqlStore,
) -> None:
    """Nothing was written yet, so it is simply tried again."""
    async with scene(store) as s, aiohttp.ClientSession() as session:
        teams = Teams(Connector(session, Slow()), s.behind.references)
        sent = await teams.send(s.desk.actor(FIRST), Card((Text("Hello"),)), "key")
        assert isinstance(sent, Later)


async def test_a_round_loses_nobody_while_entra_is_in_trouble(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.desk.command(MAYA, f'ask "{STATEMENT}" {ROUND}')
        s.world.tokens.clear()
        before = len(s.world.calls_of("token"))
        s.world.troubles["token"] = always(drop())
        await s.desk.user(MAYA).press("Ask now")
        await s.happened()
        assert len(s.world.calls_of("token")) == before + 1
        s.world.troubles.clear()
        await s.live(timedelta(minutes=2))
        assert prompts(s) == [1] * 12
        assert "12 sent" in await s.said("status")
        s.world.faults.clear()  # the reply to "Ask now" could not be written


# --- what stands in the chat in the end ------------------------------------------------------


# Which calls fail, and how many there are then.
FAILING = {
    "all arrive": ((), 2),
    "one fails": ((1,), 3),
    "the first is lost": ((1, 2, 3), 4),
    "the last fails": ((2, 3), 4),
}


@pytest.mark.parametrize(("failing", "calls"), FAILING.values(), ids=FAILING)
async def test_the_newest_card_stands_at_the_end_when_answers_come_fast(
    store: SqlStore, failing: Collection[int], calls: int
) -> None:
    async with scene(store) as s:
        teams, to = s.behind.side.conversation._teams, s.desk.actor(FIRST)
        sent = await teams.send(to, Card((Text("0"),)), "key")
        assert isinstance(sent, Sent)
        chat, activity = sent.ref.split()
        before = len(s.world.calls_of(UPDATE))
        s.world.troubles[UPDATE] = lambda call: (
            status(500) if call.number - before in failing else None
        )
        cards = [{"type": "message", "text": str(number)} for number in range(1, 5)]
        await asyncio.gather(*(teams.follow_up(to, [Call(card, chat, activity)]) for card in cards))
        assert s.desk.user(FIRST).reads()[-1] == "4"
        # Those between the first and the last are left out.
        assert len(s.world.calls_of(UPDATE)) == before + calls
