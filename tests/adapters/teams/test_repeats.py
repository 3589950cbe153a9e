"""What Teams delivers again, at once, after 15 seconds and after a minute, changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from adapters import talking
from adapters.talking import Handle
from adapters.teams.references import References
from bot.conversation.actions import Action, Verb, encode
from bot.conversation.events import Event, Reply, Say
from bot.wording.help import FAULT
from storage.database import parse_url, reading_engine
from storage.store import SqlStore
from storage.tables import metadata
from tests.flows.company import MAYA
from tests.flows.teams_scene import ADA, FIRST, STATEMENT, Scene, scene
from tests.flows.test_answers import answers_of, open_round
from tests.teams import payloads
from tests.teams.examples import card, execute, message, words
from tests.teams.payloads import Place
from tests.teams.people import TeamsUser
from tests.teams.reading import actions, inputs
from tests.teams.records import Json

pytestmark = pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)

DELAYS = (timedelta(), timedelta(seconds=15), timedelta(seconds=45))
# What is noted of the events themselves, who sends, and seals that differ each time they are made.
NOT_COMPARED = {"inbound", "lane", "answer", "reference"}


class Repeats:
    """A company on Teams, and what there is to compare before and after a repeat."""

    def __init__(self, s: Scene, url: str, another: bool) -> None:
        self.s = s
        self._url = url
        self._another = another  # another process gets the repeat

    async def change_nothing(self, *sent: Json) -> None:
        """Deliver these three times more, or the last activity."""
        await self.s.desk.drain()
        before = self._all()
        conversation, clock = self.s.behind.side.conversation, self.s.c.clock
        for delay in DELAYS:
            clock.move(clock.now() + delay)
            for activity in sent or (self.s.desk.delivery.last,):
                assert activity is not None
                if self._another:
                    conversation._taken = talking.Repeats()
                    conversation._references._known.clear()
                assert (await self.s.desk.delivery._post(activity)).status == 200
            await self.s.desk.drain()
            assert self._all() == before

    def _all(self) -> dict[str, Any]:
        chats = self.s.tenant.conversations
        found: dict[str, Any] = {
            chat.id: [str(each.body) for each in chat.messages] for chat in chats.values()
        }
        engine = reading_engine(parse_url(self._url))
        try:
            with engine.begin() as connection:
                for name, table in metadata.tables.items():
                    if name not in NOT_COMPARED:
                        found[name] = sorted(map(repr, connection.execute(select(table))))
        finally:
            engine.dispose()
        return found


@pytest.fixture(params=[False, True], ids=["to the same process", "to another one"])
async def repeats(
    store: SqlStore, url: str, request: pytest.FixtureRequest
) -> AsyncIterator[Repeats]:
    async with scene(store) as s:
        yield Repeats(s, url, request.param)


async def test_a_repeated_command_is_done_once(repeats: Repeats) -> None:
    maya = repeats.s.desk.user(MAYA)
    await maya.say('people add "New Nurse" new@trust.example team Ward')
    await repeats.change_nothing()
    assert "New Nurse is now a participant" in maya.reads()[-1]


async def test_a_repeated_press_is_one_answer_and_one_reply(repeats: Repeats) -> None:
    c = repeats.s.c
    round_ = await open_round(c)
    await repeats.s.desk.user(FIRST).press("Agree")
    await repeats.change_nothing()
    assert "Thank you, noted." in repeats.s.desk.user(FIRST).reads()[-1]
    assert list((await answers_of(c, round_, FIRST)).values.values()) == [4]


async def test_a_repeated_form_is_taken_once(repeats: Repeats) -> None:
    s = repeats.s
    await s.c.ask("What helps most?", 'as pick with "time, training, people" for 2 days')
    person = s.desk.user(FIRST)
    await person.press("Choose up to 3")
    await s.desk.drain()
    assert person.dialog is not None
    (name,) = inputs(person.dialog.card)
    await person.submit({name: ["time", "people"]})
    await repeats.change_nothing()
    assert "Thank you, noted." in person.reads()[-1]


async def test_a_repeated_installation_is_one_arrival(repeats: Repeats) -> None:
    s = repeats.s
    ada = s.newcomer(ADA, "Ada Obi")
    await s.add(ADA, "Ada Obi")
    await ada.install()
    await repeats.change_nothing(*ada.happenings.sent)
    assert len(ada.reads()) == 1


async def test_a_repeated_removal_is_one(repeats: Repeats) -> None:
    person = repeats.s.desk.user(FIRST)
    await person.uninstall()
    await repeats.change_nothing()
    assert "No messages reach Person 1" in await repeats.s.said("people")


async def test_a_removal_that_is_told_again_after_the_return_is_old_news(store: SqlStore) -> None:
    async with scene(store) as s:
        person = s.desk.user(FIRST)
        await person.uninstall()
        removal = person.happenings.sent[-1]
        await person.install()
        await s.happened()
        await s.desk.delivery._post(removal)
        await s.happened()
        assert "No messages reach" not in await s.said("people")


async def test_a_repeated_membership_is_told_once(repeats: Repeats) -> None:
    s = repeats.s
    team = s.team("Ward", MAYA, FIRST)
    await s.happenings.install_in_team(team, s.account(MAYA))
    await s.happened()
    await s.bring_in('people from "#Ward"')
    cat = s.newcomer(ADA, "Ada Obi").user
    await s.happenings.come(team, cat)
    await s.happenings.go(team, s.account(FIRST))
    await s.happened()
    await repeats.change_nothing(*s.happenings.sent)
    assert sum("Ada Obi joined" in text for text in s.desk.user(MAYA).reads()) == 1
    assert sum("Person 1 left" in text for text in s.desk.user(MAYA).reads()) == 1


async def test_a_wrong_code_that_is_delivered_again_is_answered_once(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.desk.user(MAYA).say("claim ABCD-EFGH-JKLM")
        for _ in range(2):
            await s.desk.delivery.replay()
        await s.desk.drain()
        assert sum("This code is wrong" in text for text in s.desk.user(MAYA).reads()) == 1


# --- presses at odd moments ------------------------------------------------------------------


async def test_a_late_repeat_does_not_undo_what_was_said_since(store: SqlStore) -> None:
    async with scene(store) as s:
        round_ = await open_round(s.c)
        person = s.desk.user(FIRST)
        await person.press("Agree")
        press = s.desk.delivery.last
        assert press is not None
        await s.desk.press(FIRST, "Change my answers")
        await s.desk.submit(FIRST, **{round_.questionnaire.questions[0].id: "2"})
        await s.desk.delivery._post(press)
        assert list((await answers_of(s.c, round_, FIRST)).values.values()) == [2]


@pytest.mark.parametrize("others", ["Agree", "Disagree"])
async def test_two_presses_at_once_are_one_answer(store: SqlStore, others: str) -> None:
    async with scene(store) as s:
        round_ = await open_round(s.c)
        person = s.desk.user(FIRST)
        await asyncio.gather(person.press("Agree"), person.press(others))
        await s.desk.drain()
        (answer,) = (await answers_of(s.c, round_, FIRST)).values.values()
        assert answer in ({4} if others == "Agree" else {4, 2})
        assert "Thank you, noted." in s.desk.messages(FIRST)[-1].text


async def test_a_press_on_an_old_card_counts_as_long_as_the_round_is_open(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        round_ = await open_round(s.c)
        person = s.desk.user(FIRST)
        old = next(pair for pair in person.presses() if pair[1]["title"] == "Disagree")
        await person.press("Agree")
        await s.desk.drain()
        await person.act(*old)
        await s.desk.drain()
        assert list((await answers_of(s.c, round_, FIRST)).values.values()) == [2]
        await s.c.wait(days=2)
        await person.act(*old)
        await s.desk.drain()
        (shown,) = [text for text in person.reads() if "This round has closed" in text]
        assert STATEMENT not in shown


async def _forged(s: Scene, person: TeamsUser, do: str) -> str:
    """Press what nobody was sent, and return all that the person reads then."""
    shown = card(words("Old"), {"type": "ActionSet", "actions": [execute("Old", {"do": do})]})
    old = s.world.post(person.chat, message(shown))
    await person.act(old, actions(shown)[0])
    await s.desk.drain()
    return "\n".join([*person.reads(), *person.notes])


async def test_somebody_who_was_not_asked_cannot_answer(store: SqlStore) -> None:
    async with scene(store) as s:
        round_ = await open_round(s.c)
        question = round_.questionnaire.questions[0].id
        do = encode(Action(Verb.ANSWER, (round_.id, question, "4")))
        assert "not for you" in await _forged(s, s.desk.user(MAYA), do)
        ada = s.newcomer(ADA, "Ada Obi")
        await ada.install()
        assert "I do not know you yet" in await _forged(s, ada, do)


@pytest.mark.parametrize("value", ["6", "0", "-1", "agree", "4,5", ""])
async def test_a_forged_value_is_no_answer(store: SqlStore, value: str) -> None:
    async with scene(store) as s:
        round_ = await open_round(s.c)
        question = round_.questionnaire.questions[0].id
        do = encode(Action(Verb.ANSWER, (round_.id, question, "4")))
        await _forged(s, s.desk.user(FIRST), do.removesuffix("4") + value)
        s.world.faults.clear()  # what means nothing is answered with nothing
        assert (await answers_of(s.c, round_, FIRST)).values == {}


async def test_a_press_in_the_name_of_another_tenant_is_not_believed(store: SqlStore) -> None:
    async with scene(store) as s:
        await open_round(s.c)
        person = s.desk.user(FIRST)
        shown, action = next(pair for pair in person.presses() if pair[1]["title"] == "Agree")
        place = Place(s.world, s.tenant, person.chat, person.user)
        sent = payloads.executed(place, shown, action, action["data"])
        sent["channelData"]["tenant"]["id"] = "99999999-0000-4000-8000-000000000000"
        with pytest.raises(Exception, match="401"):
            await s.desk.delivery.send(sent)
        assert await References(s.c.store).find(s.desk.actor(FIRST)) is not None


async def test_what_is_delivered_twice_at_once_is_answered_once(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.desk.command(MAYA, f'ask "{STATEMENT}"')
        await s.desk.drain()
        maya = s.desk.user(MAYA)
        (pressed, button), *_ = (
            found for found in maya.presses() if found[1]["title"] == "Ask now"
        )
        place = Place(s.world, s.tenant, maya.chat, maya.user)
        sent = payloads.executed(place, pressed, button, button["data"])
        answers = await asyncio.gather(*(s.desk.delivery._post(sent) for _ in range(3)))
        await s.desk.drain()
        cards = [
            each.body for each in answers if each.body and isinstance(each.body["value"], dict)
        ]
        assert len(cards) == 1
        assert "is on its way" in maya.words(maya.chat.messages[-1])


async def test_a_double_click_leaves_the_news_of_the_first_one(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.desk.command(MAYA, f'ask "{STATEMENT}"')
        await s.desk.drain()
        maya = s.desk.user(MAYA)
        found = next(each for each in maya.presses() if each[1]["title"] == "Ask now")
        await maya.act(*found)
        await maya.act(*found)
        await s.desk.drain()
        said = maya.words(maya.chat.message(found[0].id) or found[0])
        assert "is on its way" in said
        assert "decided before" not in said


class Gate:
    """In the place of the core: nothing is done before it opens; told so, it fails at first."""

    def __init__(self, handle: Handle, *, fails: bool) -> None:
        self._handle = handle
        self.opens = asyncio.Event()
        self.came = asyncio.Event()
        self._fails = fails

    async def __call__(self, event: Event) -> tuple[Reply, ...]:
        self.came.set()
        await self.opens.wait()
        fails, self._fails = self._fails, False
        return (Say(FAULT),) if fails else await self._handle(event)


@pytest.mark.parametrize("by", ["a repeated delivery", "a double click"])
@pytest.mark.parametrize("fails", [False, True])
async def test_nothing_that_repeats_is_acknowledged_before_the_first_is_durable(
    store: SqlStore, by: str, fails: bool
) -> None:
    async with scene(store) as s:
        round_ = await open_round(s.c)
        ada = s.desk.user(FIRST)
        pressed, button = next(each for each in ada.presses() if each[1]["title"] == "Agree")
        place = Place(s.world, s.tenant, ada.chat, ada.user)
        sent = payloads.executed(place, pressed, button, button["data"])
        again = sent if by == "a repeated delivery" else {**sent, "id": "f:another"}
        conversation = s.behind.side.conversation
        gate = conversation._handle = Gate(conversation._handle, fails=fails)
        first = asyncio.create_task(s.desk.delivery._post(sent))
        await gate.came.wait()
        second = asyncio.create_task(s.desk.delivery._post(again))
        done, _ = await asyncio.wait({first, second}, timeout=0.3)
        assert not done
        gate.opens.set()
        await asyncio.gather(first, second)
        await s.desk.drain()
        assert list((await answers_of(s.c, round_, FIRST)).values.values()) == [4]
