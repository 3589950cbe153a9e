"""What follows an answer arrives though Slack is busy or broken, and never twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.slack.replies import Call
from bot.conversation.actions import Action, Verb, encode
from storage.store import SqlStore
from tests.adapters.slack.test_troubles import POST, desk_of
from tests.flows.company import MAYA, Company
from tests.flows.slack_company import Behind, on_slack
from tests.flows.test_answers import FIRST, STATEMENT
from tests.slack.people import SlackUser, until
from tests.slack.troubles import Decide, Trouble, always, busy, drop, first, refuse, status

pytestmark = pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)

OPEN, PUBLISH, UPDATE, URL = "views.open", "views.publish", "views.update", "response_url"
BUSY = "Slack was too busy just now"


def maya(c: Company) -> SlackUser:
    return desk_of(c).user(MAYA)


async def says_status(c: Company) -> list[str]:
    """Maya types `status` to the bot; what the bot said to her since."""
    before = len(maya(c).im.messages)
    await maya(c).say("status")
    await desk_of(c).drain()
    return maya(c).reads()[before + 1 :]


# --- busy ------------------------------------------------------------------------------------


async def test_a_reply_waits_as_long_as_slack_asks(store: SqlStore) -> None:
    async with on_slack(store) as c:
        desk_of(c).world.troubles[POST] = first(1, busy(1))
        assert len(await says_status(c)) == 1
        one, two = desk_of(c).world.calls_of(POST)[-2:]
        assert two.at - one.at >= 1


@pytest.mark.parametrize("trouble", [busy(0), status(503), drop()], ids=["429", "503", "cut"])
async def test_the_home_tab_is_there_though_slack_had_trouble(
    store: SqlStore, trouble: Trouble
) -> None:
    async with on_slack(store) as c:
        desk_of(c).world.troubles[PUBLISH] = first(2, trouble)
        await maya(c).open_home()
        await until(lambda: maya(c).home)


@pytest.mark.parametrize("trouble", [busy(0), status(503), drop()], ids=["429", "503", "cut"])
async def test_a_press_shows_what_came_of_it_though_slack_had_trouble(
    store: SqlStore, trouble: Trouble
) -> None:
    async with on_slack(store) as c:
        await c.ask(STATEMENT, "for 2 days reminders 0")
        desk_of(c).world.troubles[URL] = first(2, trouble)
        await c.desk.press(FIRST, "Agree")
        assert "Thank you, noted." in c.desk.messages(FIRST)[-1].text


@pytest.mark.parametrize("trouble", [busy(0), status(503), drop()], ids=["429", "503", "cut"])
async def test_a_form_opens_though_slack_had_trouble_once(
    store: SqlStore, trouble: Trouble
) -> None:
    async with on_slack(store) as c:
        desk_of(c).world.troubles[OPEN] = first(1, trouble)
        heard = await c.desk.command(MAYA, "schedule new")
        assert heard.form is not None
        assert heard.said == ()


async def test_a_dialog_changes_though_slack_was_busy(store: SqlStore) -> None:
    async with on_slack(store) as c:
        assert isinstance(c.stage, Behind)
        workspace = desk_of(c).workspace
        view = desk_of(c).world.show(workspace, maya(c).user.id, {"type": "modal", "blocks": []})
        body = {
            "type": "modal",
            "title": {"type": "plain_text", "text": "Soundings"},
            "blocks": [{"type": "section", "text": {"type": "plain_text", "text": "Noted."}}],
        }
        desk_of(c).world.troubles[UPDATE] = first(1, busy(0))
        call = Call(UPDATE, {"view_id": view.id, "view": body}, replaces=view.id)
        await c.stage.side.conversation._slack.follow_up(workspace.team, [call])
        assert "Noted." in str(view.body)


async def test_a_reply_that_waits_when_the_process_is_stopped_is_said_in_the_log(
    store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    async with on_slack(store) as c:
        assert isinstance(c.stage, Behind)
        before = len(desk_of(c).world.calls_of(POST))
        desk_of(c).world.troubles[POST] = always(busy(60))
        await maya(c).say("status")
        await until(lambda: len(desk_of(c).world.calls_of(POST)) > before)
        await c.stage.side.conversation.drain(timedelta())
        (record,) = caplog.records
        assert vars(record)["action"] == "slack_call_failed"
        assert vars(record)["error"] == "the process was stopped"


# --- never twice -----------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [status(503, after=True), drop(after=True)], ids=["503", "cut"])
async def test_a_reply_that_may_have_arrived_is_not_sent_again(
    store: SqlStore, trouble: Trouble
) -> None:
    async with on_slack(store) as c:
        desk_of(c).world.troubles[POST] = first(1, trouble)
        assert len(await says_status(c)) == 1


@pytest.mark.parametrize("trouble", [status(503, after=True), drop(after=True)], ids=["503", "cut"])
async def test_what_only_one_person_sees_is_not_said_twice(
    store: SqlStore, trouble: Trouble
) -> None:
    async with on_slack(store) as c:
        await c.desk.command(MAYA, "status")
        desk_of(c).world.troubles[URL] = first(1, trouble)
        heard = await c.desk.press_action(MAYA, encode(Action(Verb.RUN, ("people",))))
        assert len(heard.said) == 1


@pytest.mark.parametrize("trouble", [status(503, after=True), drop(after=True)], ids=["503", "cut"])
async def test_a_form_that_opened_in_spite_of_all_is_not_said_to_be_missing(
    store: SqlStore, caplog: pytest.LogCaptureFixture, trouble: Trouble
) -> None:
    async with on_slack(store) as c:
        desk_of(c).world.troubles[OPEN] = first(1, trouble)
        heard = await c.desk.command(MAYA, "schedule new")
        assert heard.form is not None
        assert heard.said == ()
        assert len(maya(c).views) == 1
        assert caplog.records == []


async def test_an_older_card_that_had_to_wait_does_not_take_the_place_of_a_newer_one(
    store: SqlStore,
) -> None:
    async with on_slack(store) as c:
        await c.ask(STATEMENT, "for 2 days reminders 0")
        world, person = desk_of(c).world, desk_of(c).user(FIRST)
        before = len(world.calls_of(URL))
        world.troubles[URL] = first(1, busy(1))
        await person.press("Agree")
        await until(lambda: len(world.calls_of(URL)) > before)
        # The message still stands there as it was, so it can be pressed again.
        await person.press("Disagree")
        newest = await person.sees("Your new answer took the place")
        await desk_of(c).drain()
        assert person.reads()[-1] == newest
        assert len(world.calls_of(URL)) == before + 2


# --- forms that did not open -----------------------------------------------------------------

MISSED = {
    "busy for too long": always(busy(5)),
    "busy again and again": always(busy(1)),
    "too late": always(refuse("expired_trigger_id")),
    "broken": always(status(503)),
    "cut off": always(drop()),
}


@pytest.mark.parametrize("trouble", MISSED.values(), ids=MISSED)
async def test_whoever_typed_reads_that_the_form_did_not_open(
    store: SqlStore, trouble: Decide
) -> None:
    async with on_slack(store) as c:
        desk_of(c).world.troubles[OPEN] = trouble
        heard = await c.desk.command(MAYA, "schedule new")
        assert heard.form is None
        (said,) = heard.said
        assert BUSY in said.text
        assert maya(c).im.messages == [], "it is for one person alone"


async def test_whoever_pressed_reads_that_the_form_did_not_open_and_can_press_again(
    store: SqlStore,
) -> None:
    async with on_slack(store) as c:
        await c.ask("What helps most?", 'as pick with "time, training, people, tools" for 2 days')
        desk_of(c).world.troubles[OPEN] = first(1, busy(5))
        heard = await c.desk.press(FIRST, "Choose up to 3")
        assert heard.form is None
        (said,) = heard.said
        assert BUSY in said.text
        assert (await c.desk.press(FIRST, "Choose up to 3")).form is not None


async def test_whoever_pressed_on_the_home_tab_reads_it_in_the_direct_chat(
    store: SqlStore,
) -> None:
    async with on_slack(store) as c:
        await maya(c).open_home()
        await until(lambda: maya(c).home)
        desk_of(c).world.troubles[OPEN] = always(busy(5))
        label = maya(c).labels("home")[0]
        await maya(c).press(label, where="home")
        await desk_of(c).drain()
        assert BUSY in maya(c).reads()[-1]
        assert maya(c).view is None


async def test_a_form_that_slack_refuses_is_not_blamed_on_a_busy_slack(store: SqlStore) -> None:
    async with on_slack(store) as c:
        desk_of(c).world.troubles[OPEN] = always(refuse("invalid_arguments"))
        heard = await c.desk.command(MAYA, "schedule new")
        assert (heard.form, heard.said) == (None, ())
        assert len(desk_of(c).world.calls_of(OPEN)) == 1
