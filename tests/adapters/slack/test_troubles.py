"""Slack is busy, broken or has thrown us out: nothing is lost or doubled, and someone is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.conversation.events import Event, Left, Reply
from bot.lane import Limits
from bot.ports import Tx
from storage.database import parse_url, reading_engine
from storage.store import SqlStore
from storage.tables import delivery
from tests.flows.company import MAYA, Company
from tests.flows.slack_company import Behind, on_slack
from tests.flows.slack_desk import SlackDesk
from tests.flows.test_answers import FIRST, STATEMENT
from tests.slack.troubles import Decide, Trouble, always, busy, drop, first, hang, refuse, status

pytestmark = pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)

POST, HISTORY = "chat.postMessage", "conversations.history"
HASTY = Limits(send=3.0)


def desk_of(c: Company) -> SlackDesk:
    assert isinstance(c.desk, SlackDesk)
    return c.desk


def everyone_has_one(c: Company) -> bool:
    """Whether each person has the one prompt, and nothing else."""
    seen = [[STATEMENT in one.text for one in c.desk.messages(user)] for user in c.people()]
    return all(prompts == [True] for prompts in seen)


async def live(c: Company, span: timedelta, *, turns: int = 4) -> None:
    """Let time pass, with a tick now and then: a lane that waits is due, and yet does nothing."""
    for _ in range(turns):
        c.clock.move(c.clock.now() + span / turns)
        await c.settle()


async def status_of(c: Company) -> str:
    return (await c.desk.command(MAYA, "status")).text


def to(user: str, trouble: Trouble) -> Decide:
    """Trouble with one person's messages only."""
    return lambda call: trouble if call.arguments["channel"] == user else None


# --- busy ------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [busy(30), refuse("ratelimited")], ids=["429", "200"])
@pytest.mark.parametrize("times", [1, 5])
async def test_a_lane_that_is_too_fast_pauses_and_goes_on(
    store: SqlStore, trouble: Trouble, times: int
) -> None:
    async with on_slack(store) as c:
        desk_of(c).world.troubles[POST] = first(times, trouble)
        await c.ask(STATEMENT, "for 2 days reminders 0")
        assert "still to be sent" in await status_of(c)
        tried = len(desk_of(c).world.calls_of(POST))
        await live(c, timedelta(seconds=29))
        assert len(desk_of(c).world.calls_of(POST)) == tried, "Slack said how long to wait"
        await live(c, timedelta(minutes=3))
        assert everyone_has_one(c)
        assert "12 sent" in await status_of(c)


async def test_a_reply_that_slack_is_too_busy_for_loses_no_answer(store: SqlStore) -> None:
    async with on_slack(store) as c:
        await c.ask(STATEMENT, "for 2 days reminders 0")
        desk_of(c).world.troubles["response_url"] = always(busy(600))
        for user in c.people():
            await c.desk.press(user, "Agree")
        desk_of(c).world.troubles.clear()
        await c.wait(days=2)
        assert "Results:" in c.desk.messages(FIRST)[-1].text


# --- broken ----------------------------------------------------------------------------------

BROKEN = {
    "500": status(500),
    "503 after it was done": status(503, after=True),
    "a fault that Slack admits": refuse("internal_error"),
    "cut off": drop(),
    "cut off after it was done": drop(after=True),
    "no answer": hang(),
    "no answer after it was done": hang(after=True),
}


@pytest.mark.parametrize("trouble", BROKEN.values(), ids=BROKEN)
async def test_a_message_in_doubt_is_looked_for_and_never_doubled(
    store: SqlStore, trouble: Trouble
) -> None:
    async with on_slack(store, limits=HASTY) as c:
        world = desk_of(c).world
        world.troubles[POST] = first(3, trouble)
        # Not even looking works at first.
        world.troubles[HISTORY] = first(1, busy(20))
        await c.ask(STATEMENT, "for 2 days reminders 0")
        await live(c, timedelta(minutes=2))
        assert everyone_has_one(c)
        assert "12 sent" in await status_of(c)
        assert len(world.calls_of(HISTORY)) >= 4


async def test_while_slack_is_down_the_facilitator_sees_how_many_wait(store: SqlStore) -> None:
    async with on_slack(store) as c:
        world = desk_of(c).world
        world.troubles["*"] = always(status(503))
        await c.ask(STATEMENT, "for 2 days reminders 0")
        await live(c, timedelta(minutes=5))
        assert "12 still to be sent" in await status_of(c)
        world.troubles.clear()
        await live(c, timedelta(minutes=6), turns=6)
        assert everyone_has_one(c)


# --- thrown out ------------------------------------------------------------------------------


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive"])
async def test_messages_wait_for_the_app_to_be_let_in_again(store: SqlStore, error: str) -> None:
    async with on_slack(store) as c:
        world = desk_of(c).world
        world.troubles[POST] = always(refuse(error))
        await c.ask(STATEMENT, "for 2 days reminders 0")
        await live(c, timedelta(minutes=25), turns=2)
        said = await status_of(c)
        assert "12 still to be sent" in said
        assert "Messages wait until Mon 8 Jun at " in said
        assert len(world.calls_of(POST)) <= 3 * 12
        world.troubles.clear()
        await live(c, timedelta(minutes=11))
        assert everyone_has_one(c)
        assert "Messages wait" not in await status_of(c)


@pytest.mark.parametrize("goodbye", ["app_uninstalled", "tokens_revoked"])
async def test_nothing_is_sent_after_a_goodbye(store: SqlStore, goodbye: str) -> None:
    async with on_slack(store) as c:
        await c.desk.command(MAYA, 'schedule "Check" weekly on mon at 10:00 with csps.balance')
        await getattr(desk_of(c).user(MAYA).happenings, goodbye)()
        before = len(desk_of(c).world.calls)
        await live(c, timedelta(hours=3))
        assert desk_of(c).world.calls[before:] == []


# --- people who are gone ---------------------------------------------------------------------

GONE = {
    "channel_not_found": "this account cannot be found in Slack",
    "user_not_found": "this account cannot be found in Slack",
    "user_disabled": "this Slack account was deactivated",
    "is_archived": "the channel was archived",
    "messages_tab_disabled": "the app's messages are switched off in Slack",
    "restricted_action": "Slack said: restricted_action",
}


@pytest.mark.parametrize("error", GONE)
async def test_who_cannot_be_reached_is_seen_and_holds_up_nobody(
    store: SqlStore, url: str, error: str
) -> None:
    async with on_slack(store) as c:
        desk = desk_of(c)
        desk.world.troubles[POST] = to(desk.user(FIRST).user.id, refuse(error))
        await c.ask(STATEMENT, "for 2 days reminders 0")
        assert [len(c.desk.messages(user)) for user in c.people()] == [0] + [1] * 11
        assert "11 sent, 1 could not be reached" in await status_of(c)
        engine = reading_engine(parse_url(url))
        with engine.begin() as connection:
            found = connection.execute(delivery.select().where(delivery.c.state == "failed"))
            assert [row.reason for row in found] == [GONE[error]]
        engine.dispose()


async def test_a_deactivated_account_is_named_to_the_facilitator(store: SqlStore) -> None:
    async with on_slack(store) as c:
        person = desk_of(c).user(FIRST)
        person.user.deleted = True
        await person.happenings.user_change(person.user)
        await c.ask(STATEMENT, "for 2 days reminders 0")
        assert c.desk.messages(FIRST) == ()
        assert "Person 1" in (await c.desk.command(MAYA, "people")).text
        person.user.deleted = False
        await person.happenings.user_change(person.user)
        assert "Person 1" not in (await c.desk.command(MAYA, "people")).text


async def test_an_account_that_was_deactivated_unheard_is_named_too(store: SqlStore) -> None:
    async with on_slack(store) as c:
        person = desk_of(c).user(FIRST)
        person.user.deleted = True
        await c.ask(STATEMENT, "for 2 days reminders 0")
        assert "1 could not be reached" in await status_of(c)
        assert "Person 1" in (await c.desk.command(MAYA, "people")).text


# --- found at the same moment ----------------------------------------------------------------


@pytest.mark.parametrize("typed_before", [False, True])
async def test_whoever_is_found_while_they_are_greeted_is_answered_after_all(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch, typed_before: bool
) -> None:
    async with on_slack(store) as c:
        if typed_before:
            await c.desk.command(FIRST, "help")
        actor = desk_of(c).actor(FIRST)
        await c.inbox.handle(Left(key="left", actor=actor))

        def find(tx: Tx) -> None:
            people = tx.tenant(c.programme.org_id).people
            person = people.by_email(FIRST)
            assert person is not None
            workspace = tx.directory.workspace(actor.platform, actor.workspace)
            assert workspace is not None
            people.reach(person.id, workspace.id, actor.user)

        async def meanwhile(event: Event) -> tuple[Reply, ...]:
            replies = await c.inbox.handle(event)
            await store.write(find)
            return replies

        assert isinstance(c.stage, Behind)
        monkeypatch.setattr(c.stage.side.conversation, "_handle", meanwhile)
        await c.desk.command(FIRST, "me")
        await c.settle()
        await desk_of(c).user(FIRST).sees("My pulses")


async def test_a_stranger_is_looked_up_even_while_slack_is_busy(store: SqlStore) -> None:
    async with on_slack(store) as c:
        await c.inbox.handle(Left(key="left", actor=desk_of(c).actor(FIRST)))
        desk_of(c).world.troubles["users.info"] = first(1, busy(1))
        await c.desk.command(FIRST, "me")
        await desk_of(c).user(FIRST).sees("My pulses")
