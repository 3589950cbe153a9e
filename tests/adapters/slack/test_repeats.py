"""What Slack delivers again, at once, after a minute and after five, changes nothing.

Over HTTP a header says so; over Socket Mode an envelope that was not acknowledged comes again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from adapters import talking
from storage.database import parse_url, reading_engine
from storage.store import SqlStore
from storage.tables import metadata
from tests.flows.company import MAYA, Company
from tests.flows.slack_company import Behind, on_slack
from tests.flows.slack_desk import SlackDesk
from tests.flows.test_answers import FIRST, STATEMENT, answers_of, open_round
from tests.slack.delivery import HttpDelivery
from tests.slack.people import SlackUser
from tests.slack.reading import words
from tests.slack.troubles import always, drop

pytestmark = pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)

DELAYS = (timedelta(), timedelta(minutes=1), timedelta(minutes=4))
# What is noted of the events themselves, who sends, and a seal that differs each time it is made.
NOT_COMPARED = {"inbound", "lane", "answer"}


WAYS = {
    "over HTTP": ("http", False),
    "over HTTP, by another process": ("http", True),
    "over Socket Mode": ("socket", False),
}


@pytest.fixture(params=list(WAYS.values()), ids=list(WAYS))
async def repeats(
    store: SqlStore, url: str, request: pytest.FixtureRequest
) -> AsyncIterator[Repeats]:
    way, restarted = request.param
    async with on_slack(store, way=way) as c:
        yield Repeats(c, url, restarted)


class Repeats:
    """A company on Slack, and what there is to compare before and after a repeat."""

    def __init__(self, c: Company, url: str, restarted: bool) -> None:
        assert isinstance(c.desk, SlackDesk)
        assert isinstance(c.stage, Behind)
        self.company = c
        self.desk = c.desk
        self._behind = c.stage
        self._url = url
        self._restarted = restarted

    def person(self, user: str) -> SlackUser:
        return self.desk.user(user)

    async def change_nothing(self) -> None:
        """Deliver the last payload three times more."""
        await self.desk.drain()
        before = self._all()
        for number, delay in enumerate(DELAYS, start=1):
            self.company.clock.move(self.company.clock.now() + delay)
            if self._restarted:
                self._behind.side.conversation._taken = talking.Repeats()
            await self.desk.delivery.replay(number)
            await self.desk.drain()
            assert self._all() == before

    def _all(self) -> dict[str, Any]:
        workspace = self.desk.workspace
        found: dict[str, Any] = {
            channel.id: [words(message) for message in channel.messages]
            for channel in workspace.channels.values()
        }
        found["homes"] = {user: words(view) for user, view in workspace.homes.items()}
        found["alone"] = [words(message) for message in workspace.ephemerals]
        engine = reading_engine(parse_url(self._url))
        try:
            with engine.begin() as connection:
                for name, table in metadata.tables.items():
                    if name not in NOT_COMPARED:
                        rows = connection.execute(select(table))
                        found[name] = sorted(map(repr, rows))
        finally:
            engine.dispose()
        return found


async def test_a_repeated_command_is_done_once(repeats: Repeats) -> None:
    maya = repeats.person(MAYA)
    await maya.slash("/pulse", 'people add "New Nurse" new@trust.example team Ward')
    assert "New Nurse is now a participant" in maya.reads()[-1]
    await repeats.change_nothing()


async def test_a_repeated_press_is_one_answer_and_one_reply(repeats: Repeats) -> None:
    c = repeats.company
    round_ = await open_round(c)
    await repeats.person(FIRST).press("Agree")
    await repeats.change_nothing()
    assert "Thank you, noted." in repeats.person(FIRST).reads()[-1]
    assert list((await answers_of(c, round_, FIRST)).values.values()) == [4]


async def test_a_repeated_form_is_taken_once(repeats: Repeats) -> None:
    c = repeats.company
    await c.ask("What helps most?", 'as pick with "time, training, people" for 2 days')
    person = repeats.person(FIRST)
    await person.press("Choose up to 3")
    await repeats.desk.drain()
    assert person.view is not None
    (name,) = [block["block_id"] for block in person.view.body["blocks"] if "element" in block]
    assert await person.submit({name: ["time", "people"]}) == {}
    await repeats.change_nothing()
    assert "Thank you, noted." in person.reads()[-1]


async def test_a_repeated_arrival_is_one_arrival(repeats: Repeats) -> None:
    await repeats.person(MAYA).slash("/pulse", 'people add "New Nurse" new@trust.example team Ward')
    person = repeats.person("new@trust.example")
    await person.happenings.team_join(person.user)
    await repeats.change_nothing()
    await repeats.company.wait(minutes=5)
    (asked,) = person.reads()
    assert "May we ask how it is going?" in asked


async def test_a_home_tab_that_is_told_of_again_is_published_once(repeats: Repeats) -> None:
    maya = repeats.person(MAYA)
    await maya.open_home()
    await maya.sees("No round is open now")
    await repeats.change_nothing()
    assert len(repeats.desk.world.calls_of("views.publish")) == 1


async def test_a_late_repeat_does_not_undo_what_was_said_since(store: SqlStore) -> None:
    async with on_slack(store) as c:
        round_ = await open_round(c)
        assert isinstance(c.desk, SlackDesk)
        delivery = c.desk.delivery
        assert isinstance(delivery, HttpDelivery)
        await c.desk.press(FIRST, "Agree")
        press = delivery._last
        await c.desk.press(FIRST, "Change my answers")
        await c.desk.submit(FIRST, **{round_.questionnaire.questions[0].id: "2"})
        delivery._last = press
        await delivery.replay(2)
        assert list((await answers_of(c, round_, FIRST)).values.values()) == [2]


async def test_one_button_of_one_message_pressed_twice_at_once_is_one_answer(
    store: SqlStore,
) -> None:
    async with on_slack(store) as c:
        round_ = await open_round(c)
        assert isinstance(c.desk, SlackDesk)
        person = c.desk.user(FIRST)
        await asyncio.gather(person.press("Agree"), person.press("Agree"))
        await c.desk.drain()
        assert list((await answers_of(c, round_, FIRST)).values.values()) == [4]
        (prompt,) = person.reads()
        assert "Thank you, noted." in prompt


async def test_an_answer_is_kept_although_its_reply_never_arrives(store: SqlStore) -> None:
    async with on_slack(store) as c:
        round_ = await open_round(c)
        assert isinstance(c.desk, SlackDesk)
        c.desk.world.troubles["response_url"] = always(drop())
        person = c.desk.user(FIRST)
        await person.press("Agree")
        await c.desk.drain()
        assert STATEMENT in person.reads()[-1]
        assert list((await answers_of(c, round_, FIRST)).values.values()) == [4]
        c.desk.world.troubles.clear()
        await person.press("Agree")
        await person.sees("Thank you, noted.")


async def test_a_wrong_code_that_is_delivered_again_is_answered_once(store: SqlStore) -> None:
    async with on_slack(store) as c:
        assert isinstance(c.desk, SlackDesk)
        maya = c.desk.user(MAYA)
        await maya.slash("/pulse", "claim ABCD-EFGH-JKLM")
        await c.desk.delivery.replay()
        await c.desk.drain()
        assert sum("This code is wrong" in text for text in maya.reads()) == 1
