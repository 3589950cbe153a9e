"""What Slack does not take is seen by a facilitator, and nothing more than that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.store import SqlStore
from tests.adapters.slack.test_troubles import GONE, POST, desk_of, live, status_of, to
from tests.flows.company import MAYA, START, Company
from tests.flows.slack_company import on_slack
from tests.flows.test_answers import FIRST, STATEMENT
from tests.slack.troubles import always, refuse

pytestmark = pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)

SILENT = {key: GONE[key] for key in ("messages_tab_disabled", "restricted_action")}
ZOE = "zoe@trust.example"


# --- what waits ---


@pytest.mark.parametrize("error", ["token_revoked", "missing_scope"])
async def test_results_that_wait_are_seen_in_the_status(store: SqlStore, error: str) -> None:
    async with on_slack(store) as c:
        world = desk_of(c).world
        await c.ask(STATEMENT, "for 2 days reminders 0")
        assert "Messages wait" not in await status_of(c)
        world.troubles[POST] = always(refuse(error))
        await c.wait(days=2)
        said = await status_of(c)
        assert "No round is open now." in said
        assert "I can do my job well: closed, results: 14 still to be sent" in said
        assert "Messages wait until Wed 10 Jun at 09:1" in said
        world.troubles.clear()
        await live(c, timedelta(minutes=11))
        said = await status_of(c)
        assert "Messages wait" not in said
        assert "results" not in said


async def test_a_question_of_consent_that_waits_is_seen_in_the_status(store: SqlStore) -> None:
    async with on_slack(store) as c:
        desk_of(c).world.troubles[POST] = always(refuse("token_revoked"))
        await c.desk.command(MAYA, 'people add "Zoe" zoe@trust.example')
        assert "Messages wait" not in await status_of(c), "it is not due yet"
        await c.wait(minutes=6)
        said = await status_of(c)
        assert "Asking people to take part: 1 still to be sent" in said
        assert "Messages wait until Mon 8 Jun at 09:15" in said
        desk_of(c).world.troubles.clear()
        await live(c, timedelta(minutes=11))
        assert [STATEMENT in one.text for one in c.desk.messages("zoe@trust.example")] == [False]
        said = await status_of(c)
        assert "Messages wait" not in said
        assert "take part" not in said


async def test_reminders_that_wait_are_seen_in_the_status(store: SqlStore) -> None:
    async with on_slack(store) as c:
        await c.ask(STATEMENT, "for 4 days reminders 1")
        desk_of(c).world.troubles[POST] = always(refuse("token_revoked"))
        while "Messages wait until" not in await status_of(c):
            assert c.clock.now() < START + timedelta(days=4), "it was never said"
            await live(c, timedelta(hours=1), turns=1)
        assert "12 sent" in await status_of(c)


# --- what could not be sent ---


async def add_zoe(c: Company, error: str) -> None:
    """Somebody new, whom the first question cannot reach."""
    desk_of(c).world.troubles[POST] = always(refuse(error))
    await c.desk.command(MAYA, f'people add "Zoe" {ZOE}')
    await c.wait(minutes=6)


@pytest.mark.parametrize("error", SILENT)
async def test_who_could_not_be_asked_to_take_part_is_seen_and_named(
    store: SqlStore, error: str
) -> None:
    async with on_slack(store) as c:
        await add_zoe(c, error)
        said = await status_of(c)
        assert "Asking people to take part: 1 could not be reached" in said
        assert (
            f"1 person could not be asked whether they want to take part ({SILENT[error]})" in said
        )
        assert "Messages wait" not in said
        people = (await c.desk.command(MAYA, "people")).text
        assert "I could not ask Zoe whether they want to take part." in people
        assert "No messages reach" not in people
        await c.wait(days=15)
        assert "could not" not in await status_of(c), "it is not said for ever"


@pytest.mark.parametrize("choice", ["Yes, ask me", "No, thank you", ""])
async def test_who_could_not_be_asked_is_shown_alike_whatever_they_choose(
    store: SqlStore, choice: str
) -> None:
    async with on_slack(store) as c:
        await add_zoe(c, "messages_tab_disabled")
        before = [(await c.desk.command(MAYA, line)).text for line in ("status", "people")]
        if choice:
            await c.desk.command(ZOE, "me")
            await c.desk.press(ZOE, "Choose now")
            await c.desk.press(ZOE, choice)
        for days in (0, 4):
            # The reminder fails, or is not sent any more.
            await c.wait(days=days)
            after = [(await c.desk.command(MAYA, line)).text for line in ("status", "people")]
            assert after == before
        # It is mended, and the account is met again: no one is left over.
        desk_of(c).world.troubles.clear()
        person = desk_of(c).user(ZOE)
        await person.happenings.user_change(person.user)
        await c.wait(minutes=6)
        for line in ("status", "people"):
            assert "could not" not in (await c.desk.command(MAYA, line)).text


async def test_results_that_could_not_be_given_are_seen_with_the_reason(store: SqlStore) -> None:
    async with on_slack(store) as c:
        await c.ask(STATEMENT, "for 2 days reminders 0")
        desk_of(c).world.troubles[POST] = to(
            desk_of(c).user(FIRST).user.id, refuse("restricted_action")
        )
        await c.wait(days=2)
        said = await status_of(c)
        assert "I can do my job well: closed, results: 1 could not be reached" in said
        assert (
            '1 person could not be given the results of "I can do my job well" '
            "(Slack said: restricted_action)." in said
        )
        assert "Person 1" not in said
