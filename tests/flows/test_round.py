"""A whole round, from the command to the same digest for everyone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.handlers.opening import close_now
from bot.ports import Tx
from bot.programme.people import Consent
from bot.pulse.pulses import Round
from storage.store import SqlStore
from tests.flows.company import MAYA, RUTH, company

STATEMENT = "I can do my job well."
NEW = "p77@trust.example"
NIGHT = datetime(2026, 6, 9, 1, 30, tzinfo=UTC)  # 02:30 in London


async def test_a_round_goes_from_the_command_to_one_digest_for_all(store: SqlStore) -> None:
    async with company(store) as c:
        await c.ask(STATEMENT, "for 2 days")
        for number, user in enumerate(c.people()):
            await c.desk.press(user, "Agree" if number < 8 else "Disagree")
            assert c.desk.messages(user)[-1].text.startswith("Thank you, noted.")
        assert c.desk.messages(RUTH) == ()
        await c.wait(days=2)

        digest = c.desk.messages(RUTH)[-1].text
        assert STATEMENT in digest
        assert "8 of 12 answers are positive (67%)" in digest
        assert "Asked: 12 people" in digest
        assert {c.desk.messages(user)[-1].text for user in (*c.people(), MAYA)} == {digest}


async def test_a_question_has_one_due_moment_from_its_draft_and_opens_only_when_confirmed(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        drafted = c.clock.now()
        await c.desk.command(MAYA, f'ask "{STATEMENT}" for 2 days')
        await c.wait(hours=1)
        assert c.desk.messages(c.people()[0]) == ()
        confirmed = c.clock.now()
        await c.desk.press(MAYA, "Ask now")
        programme = c.programme

        def look(tx: Tx) -> tuple[Round, ...]:
            return tx.tenant(programme.org_id).pulses.rounds(programme.id)

        (round_,) = await store.read(look)
        assert (round_.due_at, round_.opened_at) == (drafted, confirmed)
        assert round_.close_at == confirmed + timedelta(days=2)


async def test_below_seven_answers_nothing_else_is_said(store: SqlStore) -> None:
    async with company(store) as c:
        await c.ask(STATEMENT, "for 2 days")
        for user in c.people()[:6]:
            await c.desk.press(user, "Strongly agree")
        await c.wait(days=2)
        digest = c.desk.messages(RUTH)[-1].text
        assert "Not enough answers" in digest
        assert "positive" not in digest


async def test_a_scheduled_round_opens_once_however_often_the_clock_ticks(store: SqlStore) -> None:
    async with company(store) as c:
        heard = await c.desk.command(
            MAYA, 'schedule "Weekly" weekly on tue at 10:00 asking 1 with csps.workload'
        )
        assert "Tue 9 Jun at 10:00; Tue 16 Jun at 10:00; Tue 23 Jun at 10:00" in heard.text
        await c.wait(days=1, hours=2)
        for _ in range(3):
            await c.settle()
        assert [len(c.desk.messages(user)) for user in c.people()] == [1] * 12


async def test_the_same_question_is_not_asked_again_within_four_weeks(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(
            MAYA, 'schedule "Weekly" weekly on tue at 10:00 for 2 days asking 1 with csps.workload'
        )
        await c.wait(days=9)
        assert len(c.desk.messages(MAYA)) == 2, "one digest, one notice"
        assert "All its questions were asked in the last 4 weeks" in c.desk.messages(MAYA)[-1].text
        heard = await c.desk.command(MAYA, "ask csps.workload")
        assert "It can be asked again from Tue 7 Jul" in heard.text


async def test_everyone_gets_the_same_reminder_whether_they_answered_or_not(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        await c.ask(STATEMENT, "for 5 working days reminders 1")
        first, second = c.people()[:2]
        await c.desk.press(first, "Agree")
        await c.wait(days=4)
        reminders = {c.desk.messages(user)[-1].text for user in (first, second)}
        assert len(reminders) == 1
        assert "Everyone who was asked gets this message" in reminders.pop()
        await c.desk.press(first, "Open the questions")
        assert c.desk.messages(first)[-1].text.startswith("Thank you, noted.")
        await c.desk.press(second, "Open the questions")
        assert STATEMENT in c.desk.messages(second)[-1].text


async def test_closing_early_shares_the_result_at_once(store: SqlStore) -> None:
    async with company(store) as c:
        await c.ask(STATEMENT, "for 2 days")
        for user in c.people():
            await c.desk.press(user, "Agree")
        asked = await c.desk.command(MAYA, "close")
        assert "cannot be taken back" in asked.text
        assert c.desk.messages(RUTH) == ()
        await c.desk.press(MAYA, "Close and share")
        await c.settle()
        assert "positive" in c.desk.messages(RUTH)[-1].text
        await c.desk.press(MAYA, "Close and share")
        assert len(c.desk.messages(RUTH)) == 1


async def test_a_cancelled_round_has_no_result_and_answers_are_not_taken(store: SqlStore) -> None:
    async with company(store) as c:
        await c.ask(STATEMENT, "for 2 days")
        await c.desk.press(c.people()[0], "Agree")
        await c.desk.command(MAYA, "cancel")
        await c.desk.press(MAYA, "Cancel the round")
        heard = await c.desk.press(c.people()[1], "Agree")
        assert "called off" in heard.text
        await c.wait(days=3)
        assert c.desk.messages(RUTH) == ()


async def test_nobody_is_asked_before_they_said_yes(store: SqlStore) -> None:
    async with company(store, consent=Consent.UNASKED) as c:
        await c.wait(minutes=5)
        for user in c.people()[:6]:
            await c.desk.press(user, "Yes, ask me")
        for user in c.people()[6:9]:
            await c.desk.press(user, "No, thank you")
        heard = await c.desk.command(MAYA, f'ask "{STATEMENT}"')
        assert "Fewer than 7 of these people have said yes" in heard.text
        await c.desk.press(c.people()[9], "Yes, ask me")
        await c.desk.command(MAYA, f'ask "{STATEMENT}"')
        await c.desk.press(MAYA, "Ask now")
        await c.settle()
        asked = [user for user in c.people() if STATEMENT in c.desk.messages(user)[-1].text]
        assert asked == [*c.people()[:6], c.people()[9]]


async def test_no_answer_to_the_first_contact_means_one_reminder_and_then_silence(
    store: SqlStore,
) -> None:
    async with company(store, consent=Consent.UNASKED) as c:
        await c.wait(minutes=5)
        await c.desk.press(c.people()[0], "No, thank you")
        await c.wait(days=30)
        assert len(c.desk.messages(c.people()[0])) == 1
        first, reminder = c.desk.messages(c.people()[1])
        assert "Nobody sees your own answers" in first.text
        assert "This is the only reminder" in reminder.text


async def test_nothing_is_sent_in_the_quiet_hours(store: SqlStore) -> None:
    async with company(store) as c:
        await c.wait(hours=12)  # 21:00 in London
        await c.ask(STATEMENT, "for 2 days")
        await c.wait(hours=10, minutes=59)
        assert all(not c.desk.messages(user) for user in c.people())
        await c.wait(minutes=2)
        assert all(len(c.desk.messages(user)) == 1 for user in c.people())


async def test_what_is_found_late_at_night_waits_for_the_morning(store: SqlStore) -> None:
    async with company(store) as c:
        first = c.people()[0]
        await c.desk.command(first, "me times 15:00")
        await c.ask(STATEMENT, "for 3 days reminders 0")
        c.clock.move(NIGHT)  # nothing ran since
        await c.settle()
        assert not c.desk.messages(first)
        await c.wait(hours=5, minutes=29)
        assert not c.desk.messages(first)
        await c.wait(minutes=2)
        assert len(c.desk.messages(first)) == 1


async def test_what_is_found_too_late_for_any_waking_hour_is_not_sent(store: SqlStore) -> None:
    async with company(store) as c:
        first = c.people()[0]
        await c.desk.command(first, "me times 15:00")
        await c.ask(STATEMENT, "for 20 hours reminders 0")  # until 05:00
        c.clock.move(NIGHT)
        await c.settle()
        await c.wait(hours=2)
        assert not c.desk.messages(first)
        pending = await store.read(lambda tx: tx.agenda.next_moment())
        assert pending is not None
        assert pending > c.clock.now(), "only the close is left"


async def test_clocks_that_a_person_changed_hold_back_what_was_planned_before(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        first = c.people()[0]
        await c.desk.command(first, "me times 15:00")
        await c.ask(STATEMENT, "for 3 days reminders 0")
        await c.desk.command(first, "me zone Asia/Tokyo")
        await c.wait(hours=6)  # 23:00 in Tokyo
        assert not c.desk.messages(first)
        await c.wait(hours=10)
        assert len(c.desk.messages(first)) == 1


async def test_a_facilitator_is_not_woken_by_a_notice(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, 'schedule "Weekly" weekly on mon at 10:00')
        c.clock.move(NIGHT)
        await c.settle()
        assert not c.desk.messages(MAYA)
        await c.wait(hours=6)
        assert "could not open in time" in c.desk.messages(MAYA)[-1].text


async def test_results_of_a_night_come_to_everyone_at_the_same_moment_of_the_morning(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        abroad = c.people()[0]
        await c.desk.command(abroad, "me zone Europe/Helsinki")
        await c.ask(STATEMENT, "for 14 hours reminders 0")  # until 23:00
        for user in c.people():
            await c.desk.press(user, "Agree")
        await c.wait(hours=15)
        before = [len(c.desk.messages(user)) for user in (*c.people(), RUTH, MAYA)]
        assert "no results yet" in (await c.desk.command(RUTH, "digest")).text
        assert "no results yet" in (await c.desk.command(RUTH, "export")).text
        await c.wait(hours=7, minutes=59)  # 07:59, and 09:59 in Helsinki
        assert [len(c.desk.messages(user)) for user in (*c.people(), RUTH, MAYA)] == before
        await c.wait(minutes=1)
        for user in (*c.people(), RUTH, MAYA):
            assert c.desk.messages(user)[-1].text.startswith("Results")
        assert STATEMENT in (await c.desk.command(RUTH, "digest")).text
        assert (await c.desk.command(RUTH, "export")).form is not None


async def test_whoever_closes_a_round_at_night_reads_when_the_results_come(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        await c.ask(STATEMENT, "for 2 days")
        c.clock.move(NIGHT)
        asked = await c.desk.command(MAYA, "close")
        assert "after quiet hours, on Tue 9 Jun at 08:00" in asked.text
        closed = await c.desk.press(MAYA, "Close and share")
        assert "after quiet hours, on Tue 9 Jun at 08:00" in closed.text


async def test_results_that_are_found_late_at_night_wait_for_the_morning(store: SqlStore) -> None:
    async with company(store) as c:
        await c.ask(STATEMENT, "for 9 hours reminders 0")  # until 18:00
        c.clock.move(c.clock.now() + timedelta(hours=9))
        round_ = (await store.read(lambda tx: tx.agenda.rounds_to_close(c.clock.now(), 1)))[0]
        await store.write(lambda tx: close_now(tx, round_, c.clock.now()))
        c.clock.move(NIGHT)  # the process died before it could send
        await c.settle()
        assert not c.desk.messages(RUTH)
        await c.wait(hours=6, minutes=30)
        assert c.desk.messages(RUTH)[-1].text.startswith("Results")


async def test_the_first_contact_and_its_reminder_wait_for_a_working_day(store: SqlStore) -> None:
    async with company(store) as c:
        c.clock.move(datetime(2026, 6, 13, 1, 30, tzinfo=UTC))  # a Saturday night
        await c.desk.command(MAYA, f'people add "New Nurse" {NEW} team Ward')
        await c.wait(days=2, hours=5)
        assert not c.desk.messages(NEW)
        await c.wait(minutes=30)  # Monday, 08:00
        assert len(c.desk.messages(NEW)) == 1
        await c.wait(days=2, hours=23)
        assert len(c.desk.messages(NEW)) == 1
        await c.wait(hours=1)
        assert "This is the only reminder" in c.desk.messages(NEW)[-1].text


async def test_a_round_missed_for_too_long_is_skipped_and_the_facilitator_told(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, 'schedule "Weekly" weekly on tue at 10:00')
        c.clock.move(c.clock.now() + timedelta(days=2))  # nothing ran on Tuesday
        await c.settle()
        assert "could not open in time, the last on Tue 9 Jun at 10:00" in (
            c.desk.messages(MAYA)[-1].text
        )
        assert all(not c.desk.messages(user) for user in c.people())


async def test_a_paused_programme_opens_nothing_and_resumes_with_the_next_date(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, 'schedule "Weekly" weekly on tue at 10:00 for 2 days')
        await c.desk.command(MAYA, "pause")
        await c.wait(days=9)
        assert all(not c.desk.messages(user) for user in c.people())
        await c.desk.command(MAYA, "resume")
        await c.settle()
        assert all(not c.desk.messages(user) for user in c.people())
        await c.wait(days=7)
        assert all(c.desk.messages(user) for user in c.people())


async def test_small_groups_are_never_asked_or_shown_apart(store: SqlStore) -> None:
    async with company(store) as c:
        heard = await c.desk.command(MAYA, f'ask "{STATEMENT}" to Ward')
        assert "Fewer than 7 of these people have said yes" in heard.text
        await c.ask(STATEMENT, "for 2 days")
        for user in c.people():
            await c.desk.press(user, "Agree")
        await c.wait(days=2)
        digest = c.desk.messages(RUTH)[-1].text
        assert "Everyone: 9 to 12 of 12 answers" in digest
        assert "Ward" not in digest
