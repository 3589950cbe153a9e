"""Every way in which an answer can arrive: each has its right outcome and a kind sentence."""

from __future__ import annotations

import asyncio

import pytest

from bot.conversation.actions import Action, Verb, encode
from bot.ports import Answered, Tx
from bot.pulse.pulses import Round
from storage.store import SqlStore
from tests.flows.company import MAYA, RUTH, Company, company

STATEMENT = "I can do my job well."
FIRST = "p1@trust.example"


async def open_round(c: Company) -> Round:
    await c.ask(STATEMENT, "for 2 days reminders 0")

    def newest(tx: Tx) -> Round:
        return tx.tenant(c.programme.org_id).pulses.rounds(c.programme.id)[0]

    return await c.store.read(newest)


async def answers_of(c: Company, round_: Round, email: str) -> Answered:
    def read(tx: Tx) -> Answered:
        tenant = tx.tenant(c.programme.org_id)
        person = tenant.people.by_email(email)
        assert person is not None
        return tenant.answers.of(round_.id, person.id)

    return await c.store.read(read)


def tap(round_: Round, value: str) -> str:
    return encode(Action(Verb.ANSWER, (round_.id, round_.questionnaire.questions[0].id, value)))


async def test_a_double_click_is_one_answer(store: SqlStore) -> None:
    async with company(store) as c:
        round_ = await open_round(c)
        first = await c.desk.press_action(FIRST, tap(round_, "4"))
        second = await c.desk.press_action(FIRST, tap(round_, "4"))
        assert first.text == second.text
        assert list((await answers_of(c, round_, FIRST)).values.values()) == [4]


async def test_two_clicks_at_once_leave_one_of_the_two_answers(store: SqlStore) -> None:
    async with company(store) as c:
        round_ = await open_round(c)
        await asyncio.gather(
            *(c.desk.press_action(FIRST, tap(round_, value)) for value in ("2", "5"))
        )
        (kept,) = (await answers_of(c, round_, FIRST)).values.values()
        assert kept in (2, 5)


async def test_many_people_at_once_each_have_their_answer_kept(store: SqlStore) -> None:
    async with company(store) as c:
        round_ = await open_round(c)
        taps = [(user, str(n % 5 + 1)) for n, user in enumerate(c.people())]
        await asyncio.gather(*(c.desk.press_action(u, tap(round_, v)) for u, v in taps))
        for user, value in taps:
            kept = (await answers_of(c, round_, user)).values.values()
            assert list(kept) == [int(value)]


async def test_a_click_after_the_close_changes_nothing(store: SqlStore) -> None:
    async with company(store) as c:
        round_ = await open_round(c)
        c.clock.move(round_.close_at)  # the tick has not come yet
        heard = await c.desk.press_action(FIRST, tap(round_, "4"))
        assert "This round has closed, so nothing was changed." in heard.text
        await c.settle()
        heard = await c.desk.press_action(FIRST, tap(round_, "4"))
        assert "This round has closed" in heard.text
        assert "Not enough answers" in c.desk.messages(RUTH)[-1].text


@pytest.mark.parametrize("who", [RUTH, MAYA])
async def test_someone_who_was_not_asked_cannot_answer(store: SqlStore, who: str) -> None:
    async with company(store) as c:
        round_ = await open_round(c)
        heard = await c.desk.press_action(who, tap(round_, "4"))
        assert "These questions are not for you" in heard.text
        assert (await answers_of(c, round_, who)).values == {}


async def test_a_stranger_cannot_answer(store: SqlStore) -> None:
    async with company(store) as c:
        round_ = await open_round(c)
        heard = await c.desk.press_action("nobody@elsewhere.example", tap(round_, "4"))
        assert "I do not know you yet" in heard.text


@pytest.mark.parametrize("value", ["0", "6", "99", "-1", "4,5", "", "four", "4 "])
async def test_a_forged_value_is_not_kept(store: SqlStore, value: str) -> None:
    async with company(store) as c:
        round_ = await open_round(c)
        heard = await c.desk.press_action(FIRST, tap(round_, value))
        assert "nothing was changed" in heard.text
        assert (await answers_of(c, round_, FIRST)).values == {}


async def test_a_forged_round_or_question_is_not_kept(store: SqlStore) -> None:
    async with company(store) as c:
        round_ = await open_round(c)
        question = round_.questionnaire.questions[0].id
        for round_id, question_id in (("nothing", question), (round_.id, "csps.proud")):
            action = encode(Action(Verb.ANSWER, (round_id, question_id, "4")))
            heard = await c.desk.press_action(FIRST, action)
            assert "nothing was changed" in heard.text
        assert (await answers_of(c, round_, FIRST)).values == {}


async def test_an_answer_can_be_changed_until_the_close_in_a_form_only(store: SqlStore) -> None:
    async with company(store) as c:
        round_ = await open_round(c)
        await c.desk.press(FIRST, "Disagree")
        assert all("isagree" not in seen.text for seen in c.desk.messages(FIRST))
        heard = await c.desk.press(FIRST, "Change my answers")
        assert heard.form is not None
        (field,) = heard.form["fields"]
        assert field["value"] == ["2"]
        assert not heard.form["keeps_draft"], "a draft would be an answer outside the seal"
        await c.desk.submit(FIRST, **{field["id"]: "5"})
        assert list((await answers_of(c, round_, FIRST)).values.values()) == [5]


async def test_an_answer_can_be_taken_back(store: SqlStore) -> None:
    async with company(store) as c:
        round_ = await open_round(c)
        await c.desk.press(FIRST, "Agree")
        heard = await c.desk.press(FIRST, "Change my answers")
        assert heard.form is not None
        await c.desk.submit(FIRST, **{heard.form["fields"][0]["id"]: ()})
        assert (await answers_of(c, round_, FIRST)).values == {}


async def test_a_forged_value_in_the_form_keeps_the_form_open(store: SqlStore) -> None:
    async with company(store) as c:
        round_ = await open_round(c)
        await c.desk.press(FIRST, "Agree")
        heard = await c.desk.press(FIRST, "Change my answers")
        assert heard.form is not None
        name = heard.form["fields"][0]["id"]
        heard = await c.desk.submit(FIRST, **{name: "9"})
        assert heard.errors.keys() == {name}
        assert list((await answers_of(c, round_, FIRST)).values.values()) == [4]


async def test_a_skipped_question_leads_to_the_next_one(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(
            MAYA,
            'schedule "Two" weekly on mon at 10:00 asking 2 with csps.workload, csps.balance',
        )
        await c.wait(hours=2)
        assert "question 1 of 2" in c.desk.messages(FIRST)[-1].text
        await c.desk.press(FIRST, "Skip this question")
        assert "question 2 of 2" in c.desk.messages(FIRST)[-1].text
        await c.desk.press(FIRST, "Skip this question")
        assert "Thank you, noted." in c.desk.messages(FIRST)[-1].text


async def test_a_snoozed_question_comes_back_later(store: SqlStore) -> None:
    async with company(store) as c:
        await open_round(c)
        await c.desk.press(FIRST, "Later")
        assert "I will ask you again on Mon 8 Jun at 12:00" in c.desk.messages(FIRST)[-1].text
        await c.wait(hours=3)
        assert STATEMENT in c.desk.messages(FIRST)[-1].text
        await c.desk.press(FIRST, "Next working day")
        assert "I will ask you again on Tue 9 Jun at 09:30" in c.desk.messages(FIRST)[-1].text
        await c.wait(days=1)
        assert STATEMENT in c.desk.messages(FIRST)[-1].text
        assert len(c.desk.messages(FIRST)) == 3
        heard = await c.desk.press(FIRST, "Next working day")
        assert "cannot wait that long" in heard.text


async def test_words_and_picks_are_answered_in_a_form_that_keeps_no_draft(store: SqlStore) -> None:
    async with company(store) as c:
        await c.ask("What helps most?", 'as pick with "time, training, people, tools" for 2 days')
        heard = await c.desk.press(FIRST, "Choose up to 3")
        assert heard.form is not None
        assert heard.form["fields"][0]["most"] == 3
        name = heard.form["fields"][0]["id"]
        refused = await c.desk.submit(FIRST, **{name: ("0", "1", "2", "3")})
        assert refused.errors == {name: "Choose 1 to 3 of them."}
        await c.desk.submit(FIRST, **{name: ("0", "2")})
        assert "Thank you, noted." in c.desk.messages(FIRST)[-1].text


async def test_who_leaves_takes_their_open_answers_along(store: SqlStore) -> None:
    async with company(store) as c:
        round_ = await open_round(c)
        await c.desk.press(FIRST, "Agree")
        await c.desk.command(FIRST, "me leave")
        await c.desk.press(FIRST, "Stop asking me")
        assert (await answers_of(c, round_, FIRST)).values == {}
        await c.wait(days=2)
        assert "Results:" in c.desk.messages(RUTH)[-1].text
        assert "Results:" not in c.desk.messages(FIRST)[-1].text


async def test_who_is_erased_is_a_stranger_afterwards(store: SqlStore) -> None:
    async with company(store) as c:
        await open_round(c)
        await c.desk.press(FIRST, "Agree")
        await c.desk.command(FIRST, "me erase")
        heard = await c.desk.press(FIRST, "Erase my data")
        assert "Your data has been erased" in heard.text
        heard = await c.desk.command(FIRST, "me")
        assert "I do not know you yet" in heard.text


async def test_the_only_facilitator_cannot_leave_a_programme_without_one(store: SqlStore) -> None:
    async with company(store) as c:
        heard = await c.desk.command(MAYA, "me erase")
        assert "You are the only facilitator" in heard.text


# --- older cards: a message that was snoozed, or a reminder, leaves two of the same -----------

PULSE = "csps.workload, csps.balance, first.one-thing"
VERBS = (Verb.ANSWER, Verb.SKIP, Verb.SNOOZE, Verb.START, Verb.CHANGE, Verb.WRITE)


async def open_three(c: Company) -> Round:
    """Two questions of one tap, then one to write."""
    await c.desk.command(
        MAYA, f'schedule "Three" weekly on mon at 10:00 asking 3 with {PULSE} reminders 0'
    )
    await c.wait(hours=2)

    def newest(tx: Tx) -> Round:
        return tx.tenant(c.programme.org_id).pulses.rounds(c.programme.id)[0]

    return await c.store.read(newest)


def button(round_: Round, verb: Verb, number: int = 0, last: str = "") -> str:
    """A button as it stood on the card of the question of this number."""
    of_question = (round_.id, round_.questionnaire.questions[number].id)
    arguments = {
        Verb.ANSWER: (*of_question, last),
        Verb.SKIP: of_question,
        Verb.WRITE: of_question,
        Verb.SNOOZE: (round_.id, last),
    }
    return encode(Action(verb, arguments.get(verb, (round_.id,))))


async def test_another_answer_on_an_older_card_takes_the_place_of_the_first(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        round_ = await open_three(c)
        await c.desk.press_action(FIRST, button(round_, Verb.ANSWER, last="2"))
        again = await c.desk.press_action(FIRST, button(round_, Verb.ANSWER, last="2"))
        assert "took the place" not in again.text
        other = await c.desk.press_action(FIRST, button(round_, Verb.ANSWER, last="4"))
        assert "Your new answer took the place of the one before." in other.text
        assert "question 2 of 3" in other.text
        assert "gree" not in other.text, "a chat can be exported"
        assert list((await answers_of(c, round_, FIRST)).values.values()) == [4]


async def test_skipping_on_an_older_card_takes_the_answer_back_and_says_so(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        round_ = await open_three(c)
        await c.desk.press_action(FIRST, button(round_, Verb.ANSWER, last="2"))
        heard = await c.desk.press_action(FIRST, button(round_, Verb.SKIP))
        assert "Your earlier answer to that question was taken back." in heard.text
        assert (await answers_of(c, round_, FIRST)).values == {}


@pytest.mark.parametrize("choice", ["later", "tomorrow"])
async def test_a_snooze_on_an_older_card_waits_only_for_what_is_left(
    store: SqlStore, choice: str
) -> None:
    async with company(store) as c:
        round_ = await open_three(c)
        await c.desk.press_action(FIRST, button(round_, Verb.ANSWER, last="2"))
        heard = await c.desk.press_action(FIRST, button(round_, Verb.SNOOZE, last=choice))
        assert "I will ask you again" in heard.text
        await c.wait(days=1)
        assert "question 2 of 3" in c.desk.messages(FIRST)[-1].text
        for number in (1, 2):
            await c.desk.press_action(FIRST, button(round_, Verb.SKIP, number))
        messages = len(c.desk.messages(FIRST))
        heard = await c.desk.press_action(FIRST, button(round_, Verb.SNOOZE, last=choice))
        assert heard.text.startswith("Thank you, noted.")
        assert "nothing left to answer, so there is nothing to put off" in heard.text
        await c.wait(days=2)
        assert len(c.desk.messages(FIRST)) == messages


async def test_the_button_of_a_reminder_leads_to_where_the_person_is(store: SqlStore) -> None:
    async with company(store) as c:
        round_ = await open_three(c)
        for number, expected in enumerate(("question 2 of 3", "question 3 of 3", "Thank you")):
            await c.desk.press_action(FIRST, button(round_, Verb.SKIP, number))
            heard = await c.desk.press_action(FIRST, button(round_, Verb.START))
            assert expected in heard.text


async def test_older_buttons_to_change_and_to_write_open_what_was_answered(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        round_ = await open_three(c)
        name = round_.questionnaire.questions[2].id
        for words in ("More sleep", "More light"):
            await c.desk.press_action(FIRST, button(round_, Verb.WRITE, 2))
            await c.desk.submit(FIRST, **{name: words})
        heard = await c.desk.press_action(FIRST, button(round_, Verb.WRITE, 2))
        assert heard.form is not None
        assert heard.form["fields"][0]["value"] == "More light"
        heard = await c.desk.press_action(FIRST, button(round_, Verb.CHANGE))
        assert heard.form is not None
        assert heard.form["fields"][2]["value"] == "More light"


@pytest.mark.parametrize("verb", VERBS)
async def test_no_button_of_a_round_that_has_closed_does_anything(
    store: SqlStore, verb: Verb
) -> None:
    async with company(store) as c:
        round_ = await open_three(c)
        await c.desk.command(MAYA, "close")
        await c.desk.press(MAYA, "Close and share")
        last = "later" if verb is Verb.SNOOZE else "4"
        heard = await c.desk.press_action(FIRST, button(round_, verb, last=last))
        assert "This round has closed, so nothing was changed." in heard.text
        assert heard.form is None
