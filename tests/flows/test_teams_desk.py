"""The desk for Teams sees what a person sees, and tells answers from what came unasked."""

from collections.abc import AsyncIterator

import pytest

from tests.flows.teams_desk import TeamsDesk
from tests.teams.examples import ASK, message
from tests.teams.stage import Stage, staged

DANA = "dana.moss@riverside-trust.example"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


async def nothing_more() -> None:
    """The small bot has said everything when it answers."""


def desk_of(stage: Stage, unasked: set[str]) -> TeamsDesk:
    return TeamsDesk(stage.world, stage.tenant, stage.dana.delivery, nothing_more, unasked)


async def test_answers_are_heard_and_only_what_came_unasked_is_a_message(stage: Stage) -> None:
    unasked: set[str] = set()
    desk = desk_of(stage, unasked)
    heard = await desk.command(DANA, "ask")
    assert heard.text == "Ready?"
    assert heard.said[0].buttons == {"Yes": "y", "Write": "form"}
    assert desk.messages(DANA) == ()
    _, sent = await stage.bot.send(stage.dana.chat.id, message(ASK))
    unasked.add(sent["id"])
    (seen,) = desk.messages(DANA)
    assert seen.text == "Ready?"


async def test_a_dialog_is_read_and_sent_as_a_form(stage: Stage) -> None:
    desk = desk_of(stage, set())
    await desk.command(DANA, "ask")
    form = (await desk.press(DANA, "Write")).form
    assert form is not None
    assert form["title"] == "A form"
    words, teams = form["fields"]
    assert (words["id"], words["label"], words["value"]) == ("words", "Your words", "")
    assert (teams["type"], teams["value"]) == ("choice", [])
    assert (await desk.submit(DANA)).errors == {"words": "Say something."}
    heard = await desk.submit(DANA, words="wrong", teams=("w4", "w5"))
    assert heard.errors == {"words": "There is more to say."}
    await desk.submit(DANA, words="right", teams=("w9",))
    assert stage.bot.heard[-1]["value"]["data"]["f.teams"] == "w9"


async def test_a_form_that_is_closed_tells_nobody(stage: Stage) -> None:
    desk = desk_of(stage, set())
    await desk.command(DANA, "ask")
    await desk.press(DANA, "Write")
    heard = len(stage.bot.heard)
    assert (await desk.close_form(DANA, words="half")).form is None
    assert len(stage.bot.heard) == heard


async def test_a_card_that_was_answered_but_not_changed_in_the_chat_is_a_fault(
    stage: Stage,
) -> None:
    desk = desk_of(stage, set())
    await desk.command(DANA, "ask")
    await desk.press(DANA, "Yes")
    assert stage.world.faults == ["a card was answered with another one than the chat has"]


async def test_a_button_that_was_never_sent_can_be_pressed(stage: Stage) -> None:
    desk = desk_of(stage, set())
    await desk.command(DANA, "hello")
    await desk.press_action(DANA, "anything")
    assert stage.bot.heard[-1]["value"]["action"]["data"] == {"do": "anything"}
    assert len(stage.dana.messages()) == 2
