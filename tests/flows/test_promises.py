"""What a card promises is what happens."""

from __future__ import annotations

import pytest

from storage.store import SqlStore
from tests.flows.company import MAYA, RUTH, company

FIRST = "p1@trust.example"
STATEMENT = "I can do my job well."


@pytest.mark.parametrize(
    ("rest", "says", "come"),
    [
        ("for 2 days reminders 1", "Reminders: 1, the same words to everyone", 1),
        ("for 2 days reminders 0", "Reminders: None", 0),
        (
            "for 2 days reminders 2",
            "Reminders: 1, the same words to everyone. The time is too short for 2",
            1,
        ),
        ("for 12 hours reminders 1", "Reminders: 1, the same words to everyone", 1),
    ],
)
async def test_as_many_reminders_come_as_the_confirmation_says(
    store: SqlStore, rest: str, says: str, come: int
) -> None:
    async with company(store) as c:
        heard = await c.desk.command(MAYA, f'ask "{STATEMENT}" {rest}')
        assert says in heard.text.splitlines()
        await c.desk.press(MAYA, "Ask now")
        await c.wait(days=3)
        texts = [seen.text for seen in c.desk.messages(FIRST)]
        assert sum("Everyone who was asked gets this message" in text for text in texts) == come


async def test_a_reminder_that_has_no_time_is_not_promised(store: SqlStore) -> None:
    async with company(store) as c:
        # In the evening: the first moment outside the quiet hours is the question's own.
        await c.wait(hours=11)
        heard = await c.desk.command(MAYA, f'ask "{STATEMENT}" for 15 hours reminders 1')
        assert "Reminders: None: the time is too short for one" in heard.text
        await c.desk.press(MAYA, "Ask now")
        await c.wait(days=2)
        texts = [seen.text for seen in c.desk.messages(FIRST)]
        assert not any("Everyone who was asked gets this message" in text for text in texts)


async def test_a_rhythm_says_how_many_reminders_its_rounds_have(store: SqlStore) -> None:
    async with company(store) as c:
        line = 'schedule "Evening" weekly on tue at 19:00 for 15 hours reminders 1'
        heard = await c.desk.command(MAYA, line)
        assert "Reminders: None: the time is too short for one" in heard.text


async def test_a_reminder_for_some_is_not_promised_to_all(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(FIRST, "me times 16:00")
        heard = await c.desk.command(MAYA, f'ask "{STATEMENT}" for 12 hours reminders 1')
        assert "Reminders: Up to 1, the same words to everyone." in heard.text


# --- what people read about themselves -------------------------------------------------------


async def test_answers_can_be_changed_only_where_there_are_some(store: SqlStore) -> None:
    async with company(store) as c:
        await c.ask(STATEMENT)
        (seen,) = (await c.desk.command(FIRST, "me")).said
        assert "Answer: I can do my job well" in seen.buttons
        await c.desk.press(FIRST, "Answer: I can do my job well")
        form = await c.desk.submit(FIRST)
        assert form.errors == {}
        await c.desk.press(FIRST, "Agree")
        (seen,) = (await c.desk.command(FIRST, "me")).said
        assert "Change my answers: I can do my job well" in seen.buttons


@pytest.mark.parametrize(
    ("user", "reads", "does_not_read"),
    [
        (FIRST, "While a round is open your answers are kept, sealed.", "/pulse audit"),
        (RUTH, "your name and address", "your answers are kept"),
        (MAYA, "type /pulse audit", "your answers are kept"),
    ],
)
async def test_each_role_reads_what_is_kept_about_it(
    store: SqlStore, user: str, reads: str, does_not_read: str
) -> None:
    async with company(store) as c:
        text = (await c.desk.command(user, "me")).text
        assert reads in text
        assert does_not_read not in text
        assert user in text.splitlines(), "the address has a line of its own"


# --- the level -------------------------------------------------------------------------------


async def test_the_level_says_what_it_means_and_offers_the_others(store: SqlStore) -> None:
    async with company(store) as c:
        (seen,) = (await c.desk.command(MAYA, "level")).said
        assert "Better rotas is silver." in seen.text
        assert "For now it changes nothing else" in seen.text
        assert list(seen.buttons) == ["Make it gold", "Make it bronze"]
        heard = await c.desk.press(MAYA, "Make it gold")
        assert "Better rotas is now gold." in heard.text


async def test_the_level_that_a_programme_has_is_not_noted_again(store: SqlStore) -> None:
    async with company(store) as c:
        heard = await c.desk.command(MAYA, "level silver")
        assert "Better rotas is silver already. Nothing was changed." in heard.text
        assert "changed the level" not in (await c.desk.command(MAYA, "audit")).text


# --- asking later ----------------------------------------------------------------------------


async def test_a_button_for_later_names_no_day_that_may_be_wrong(store: SqlStore) -> None:
    async with company(store) as c:
        await c.ask(STATEMENT, "for 8 days reminders 0")
        # Friday, shortly before the quiet hours.
        await c.wait(days=4, hours=9)
        seen = c.desk.messages(FIRST)[-1]
        assert not {"Later today", "Tomorrow"} & seen.buttons.keys()
        heard = await c.desk.press(FIRST, "Next working day")
        assert "I will ask you again on Mon 15 Jun" in heard.text
