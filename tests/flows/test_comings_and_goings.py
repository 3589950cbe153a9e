"""People who join, leave, come back or cannot be reached, and a programme that ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.events import Command, Joined, Left, Say
from bot.handlers.arrivals import enter
from bot.ports import Tx
from bot.programme.people import Consent
from bot.programme.roster import RosterRow
from bot.sentiment.blocks import Block
from storage.store import SqlStore
from tests.core.builders import blocks
from tests.flows.company import MAYA, company

STATEMENT = "I can do my job well."
FIRST = "p1@trust.example"
NEW = "p77@trust.example"


async def test_someone_who_left_the_platform_is_not_written_to(store: SqlStore) -> None:
    async with company(store) as c:
        actor = c.desk.actor(FIRST)
        await c.inbox.handle(Left(key="left", actor=actor))
        (said,) = await c.inbox.handle(Command(key="me", actor=actor, text="me"))
        assert isinstance(said, Say)
        assert "I do not know you yet" in said.card.fallback
        assert "Maya runs programmes here. Ask to be added." in said.card.fallback


async def test_someone_who_was_taken_out_gets_nothing_more(store: SqlStore) -> None:
    async with company(store) as c:
        await c.ask(STATEMENT, "for 5 working days reminders 2")
        await c.desk.command(MAYA, f"people remove {FIRST}")
        await c.desk.press(MAYA, "Take out")
        await c.wait(days=8)
        assert len(c.desk.messages(FIRST)) == 1


async def test_someone_who_comes_back_is_asked_for_consent_again(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, f"people remove {FIRST}")
        await c.desk.press(MAYA, "Take out")
        await c.wait(days=1)
        await c.desk.command(MAYA, f'people add "Person 1" {FIRST}')
        await c.wait(minutes=5)
        assert "May we ask how it is going?" in c.desk.messages(FIRST)[-1].text


@pytest.mark.parametrize("after", [0, 1])
async def test_whoever_is_taken_out_and_added_again_is_asked_anew_and_reminded_once(
    store: SqlStore, after: int
) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, f'people add "New Nurse" {NEW} team Ward')
        await c.wait(days=after)
        before = len(c.desk.messages(NEW))
        await c.desk.command(MAYA, f"people remove {NEW}")
        await c.desk.press(MAYA, "Take out")
        await c.desk.command(MAYA, f'people add "New Nurse" {NEW} team Ward')
        await c.wait(days=30)
        again, reminder = c.desk.messages(NEW)[before:]
        assert "May we ask how it is going?" in again.text
        assert "This is the only reminder" in reminder.text
        await c.desk.press(NEW, "Yes, ask me")
        assert "Thank you" in c.desk.messages(NEW)[-1].text


async def test_someone_in_no_programme_can_still_have_their_data_erased(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, f"people remove {FIRST}")
        await c.desk.press(MAYA, "Take out")
        assert "I do not know you yet" in (await c.desk.command(FIRST, "status")).text
        assert "You are in no programme" in (await c.desk.command(FIRST, "me")).text
        assert "has been erased" in (await c.desk.press(FIRST, "Erase my data")).text
        assert "I do not know you yet" in (await c.desk.command(FIRST, "me")).text


async def test_a_team_that_came_later_stays_in_its_group_for_the_season(store: SqlStore) -> None:
    """It would be told from the difference if the next round had it in the other group."""
    async with company(store) as c:
        tenant_id, programme = c.programme.org_id, replace(c.programme, expected_rate=100)

        def join(tx: Tx, team: str, *numbers: int) -> None:
            rows = [
                RosterRow(line=n, name=f"Person {n}", email=f"p{n}@trust.example", team=team)
                for n in numbers
            ]
            enter(tx, programme, rows, c.clock.now())
            people = tx.tenant(tenant_id).people
            for member in people.members(programme.id):
                people.save_membership(replace(member.membership, consent=Consent.GIVEN))

        def larger(tx: Tx) -> None:
            tx.tenant(tenant_id).programmes.save(programme)
            join(tx, "Ward", *range(20, 26))
            join(tx, "Theatre", *range(30, 37))

        async def groups(question: str) -> tuple[Block, ...]:
            heard = await c.desk.command(MAYA, f'ask "{question}" for 1 day')
            send, _ = heard.said[0].buttons.values()
            await c.desk.press_action(MAYA, send)
            await c.wait(days=1)
            rounds = await store.read(lambda tx: tx.tenant(tenant_id).pulses.rounds(programme.id))
            return rounds[0].blocks

        await store.write(larger)
        assert await groups("How was today?") == blocks("Theatre", "Ward")
        await store.write(lambda tx: join(tx, "Lab", 40))
        together = (*blocks("Theatre"), Block("Ward", ("Ward", "Lab")))
        assert await groups("How was lunch?") == together
        await store.write(lambda tx: join(tx, "Ward", 26, 27, 28))
        assert await groups("How was the rota?") == together


async def test_a_programme_that_has_not_started_asks_nothing_and_says_when_it_does(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, f'ask "{STATEMENT}"')
        await c.desk.command(MAYA, 'schedule "Weekly" weekly on tue at 10:00')
        await c.desk.command(MAYA, "programme edit")
        saved = await c.desk.submit(MAYA, starts_on="2026-12-01")
        assert "Weekly: Tue 1 Dec at 10:00" in saved.text
        asked = await c.desk.press(MAYA, "Ask now")
        assert "has not started yet" in asked.text
        heard = await c.desk.command(MAYA, "ask")
        assert heard.form is None
        assert "starts on Tue 1 Dec 2026" in heard.text
        planned = await c.desk.command(MAYA, 'schedule "Monthly" monthly on day 5 at 11:00')
        assert "Sat 5 Dec at 11:00" in planned.text
        await c.wait(days=170)
        assert all(not c.desk.messages(user) for user in (*c.people(), MAYA))
        await c.wait(days=7)
        assert all(c.desk.messages(user) for user in c.people())


async def test_after_a_change_of_zone_pulses_go_by_the_new_clocks(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, 'schedule "Weekly" weekly on tue at 10:00')
        await c.desk.command(MAYA, 'schedule "Monthly" monthly on day 20 at 11:00')
        await c.desk.command(MAYA, "pause Monthly")
        await c.desk.command(MAYA, "programme edit")
        saved = await c.desk.submit(MAYA, zone="America/New_York")
        assert "Weekly: Tue 9 Jun at 10:00" in saved.text
        assert "America/New_York" in saved.text
        await c.wait(days=1, hours=5, minutes=59)  # 09:59 in New York
        assert all(not c.desk.messages(user) for user in c.people())
        await c.wait(minutes=2)
        assert all(c.desk.messages(user) for user in c.people())
        await c.desk.command(MAYA, "programme edit")
        assert "Next rounds" not in (await c.desk.submit(MAYA, name="Better shifts")).text


async def test_a_programme_that_has_ended_asks_nothing_and_says_so_once(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, 'schedule "Weekly" weekly on tue at 10:00')
        await c.desk.command(MAYA, "programme edit")
        await c.desk.submit(MAYA, ends_on="2026-06-10")
        await c.wait(days=40)
        notices = [seen.text for seen in c.desk.messages(MAYA) if "has ended" in seen.text]
        assert len(notices) == 1
        assert "no repeating pulse yet" in (await c.desk.command(MAYA, "schedule")).text


async def test_a_facilitator_sees_who_cannot_be_reached_and_what_to_do(store: SqlStore) -> None:
    async with company(store) as c:
        assert "No messages reach" not in (await c.desk.command(MAYA, "people")).text
        await c.inbox.handle(Left(key="left", actor=c.desk.actor(FIRST)))
        heard = await c.desk.command(MAYA, "people")
        assert "No messages reach Person 1: I know no account here" in heard.text


# Slack is asked for the account again and again, so there it would come back by itself.
@pytest.mark.parametrize("platform", ["playground"], indirect=True)
async def test_whoever_could_not_be_reached_is_asked_when_they_can(store: SqlStore) -> None:
    async with company(store) as c:
        actor = c.desk.actor(NEW)
        await c.desk.command(MAYA, f'people add "New Nurse" {NEW} team Ward')
        await c.inbox.handle(Left(key="left", actor=actor))
        await c.wait(days=5)
        assert c.desk.messages(NEW) == ()
        await c.inbox.handle(Joined(key="back", actor=actor, name="Ned", email=NEW))
        await c.wait(days=2)
        (asked,) = c.desk.messages(NEW)
        assert "May we ask how it is going?" in asked.text


async def test_what_somebody_answered_does_not_count_when_they_are_taken_out(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        await c.ask(STATEMENT, "for 5 working days")
        await c.desk.press(FIRST, "Agree")

        def ballots(tx: Tx) -> int:
            tenant = tx.tenant(c.programme.org_id)
            (round_,) = tenant.pulses.rounds(c.programme.id)
            return len(tenant.answers.ballots(round_))

        assert await store.write(ballots) == 1
        await c.desk.command(MAYA, f"people remove {FIRST}")
        await c.desk.press(MAYA, "Take out")
        heard = await c.desk.press(FIRST, "Change my answers")
        assert "These questions are not for you" in heard.text
        assert await store.write(ballots) == 0


async def test_a_reminder_waits_until_somebody_is_back(store: SqlStore) -> None:
    async with company(store) as c:
        away, there = c.people()[:2]
        await c.ask(STATEMENT, "for 5 working days reminders 1")
        await c.desk.command(away, "me pause 2026-06-09 to 2026-06-13")
        await c.wait(days=5)
        assert len(c.desk.messages(away)) == 1
        assert len(c.desk.messages(there)) == 2


async def test_no_list_that_waits_names_somebody_who_was_erased(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, "people import")
        shown = await c.desk.submit(MAYA, csv=f"name,email\nPerson One,{FIRST}")
        yes = shown.said[-1].buttons["Import the list"]
        await c.desk.command(FIRST, "me erase")
        await c.desk.press(FIRST, "Erase my data")
        heard = await c.desk.press_action(MAYA, yes)
        assert "is in Better rotas" not in heard.text
        assert "I do not know you yet" in (await c.desk.command(FIRST, "me")).text


@pytest.mark.parametrize("zone", ["", "Pacific Standard Time", "../etc/passwd"])
async def test_a_time_zone_that_nobody_knows_keeps_no_question_away(
    store: SqlStore, zone: str
) -> None:
    async with company(store) as c:
        actor = c.desk.actor(FIRST)
        await c.inbox.handle(
            Joined(key="back", actor=actor, name="Ann", email=FIRST, zone=zone, language="?")
        )
        await c.ask(STATEMENT)
        assert STATEMENT in c.desk.messages(FIRST)[-1].text
