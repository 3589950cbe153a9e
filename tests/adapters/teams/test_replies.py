"""Where each reply goes, from wherever somebody acted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.teams.forms import Place
from adapters.teams.inbound import Surface, origin_of, parse, waiting
from adapters.teams.render import CARD as CARD_TYPE
from adapters.teams.render import card_of
from adapters.teams.replies import (
    DONE,
    GO_ON,
    SAID_ALONE,
    SAID_BELOW,
    TOLD,
    Answer,
    answer,
    nothing_to_do,
)
from bot.conversation.actions import Action, Verb, encode
from bot.conversation.card import Button, Buttons, Card, Form, Text, TextField, Tone
from bot.conversation.events import Command, FieldErrors, Gather, Open, Pressed, Replace, Reply, Say
from tests.adapters.teams.cards import card_faults, message_faults
from tests.adapters.teams.client import buttons, press
from tests.adapters.teams.payloads import (
    CHANNEL,
    CHAT,
    MESSAGE,
    Json,
    activity,
    execute,
    fallback,
    fetch,
    in_channel,
    submission,
    typed,
)
from tests.strategies import REPLIES

NOTED = Card((Text("Noted."),))
NEXT = Card((Text("Question 2 of 2", Tone.QUIET), Text("I get enough rest.", Tone.HEADING)))
FORM = Form(
    title="Your answer",
    action=Action(Verb.WRITE, ("r", "q")),
    fields=(TextField(id="q", label="What helps?"),),
)
DO = {"do": encode(Action(Verb.RUN, ("status",)))}
ROOM = in_channel("message", text="<at>Soundings</at> status", entities=[])
SURFACES = [typed("status"), ROOM, execute(DO), fallback(DO), fetch(DO), submission(FORM, q="x")]


def said(payload: Json, *replies: Reply, late: bool = False) -> Answer:
    event = parse(payload)
    assert event is not None
    return answer(origin_of(payload), event, replies, late=late)


def places(found: Answer) -> list[Place]:
    return [Place(call.conversation, call.activity) for call in found.calls]


def dialog(found: Answer) -> Json:
    assert found.body is not None
    assert found.body["task"]["type"] == "continue"
    value: Json = found.body["task"]["value"]
    assert card_faults(value["card"]["content"]) == []
    return value


def in_dialog(found: Answer) -> str:
    assert found.body is not None
    assert found.body["task"]["type"] == "message"
    return str(found.body["task"]["value"])


# --- a press that is answered in place -------------------------------------------------------


def test_a_press_shows_the_new_card_at_once_and_keeps_it_for_later() -> None:
    found = said(execute(DO), Replace(NOTED))
    assert found.body == {
        "statusCode": 200,
        "type": CARD_TYPE,
        "value": card_of(found.calls[0].message),
    }
    assert places(found) == [Place(CHAT, MESSAGE)]


def test_what_is_said_after_a_press_is_a_message_and_the_card_stays() -> None:
    found = said(execute(DO), Say(NOTED))
    assert found.body == {"statusCode": 200, "type": TOLD, "value": SAID_BELOW}
    assert places(found) == [Place(CHAT)]


def test_a_card_that_is_too_large_for_its_place_goes_on_below() -> None:
    long = Card(tuple(Text("x" * 2800) for _ in range(30)))
    found = said(execute(DO), Replace(long))
    assert places(found) == [Place(CHAT, MESSAGE), Place(CHAT), Place(CHAT)]


def test_a_press_on_a_message_that_nobody_can_name_is_answered_below_it() -> None:
    found = said(execute(DO) | {"replyToId": None}, Replace(NOTED))
    assert found.body == {"statusCode": 200, "type": TOLD, "value": SAID_BELOW}
    assert places(found) == [Place(CHAT)]


def test_an_older_client_sees_the_card_change() -> None:
    found = said(fallback(DO), Replace(NOTED))
    assert (found.body, places(found)) == (None, [Place(CHAT, MESSAGE)])


def test_a_press_that_was_answered_before_is_done() -> None:
    assert said(execute(DO)).body == {"statusCode": 200, "type": TOLD, "value": DONE}
    assert in_dialog(said(fetch(DO))) == DONE
    assert said(submission(FORM, q="x")).body is None


# --- a press that may open a form ------------------------------------------------------------


def test_a_form_opens_as_a_dialog_that_knows_its_message() -> None:
    value = dialog(said(fetch(DO), Open(FORM)))
    assert value["title"] == "Your answer"
    (submit,) = value["card"]["content"]["actions"]
    assert submit["data"]["at"] == {"conversation": CHAT, "activity": MESSAGE}


def test_where_no_form_opens_the_dialog_says_what_the_chat_does() -> None:
    found = said(fetch(DO), Say(NOTED))
    assert (in_dialog(found), places(found)) == ("Noted.", [Place(CHAT)])
    found = said(fetch(DO), Replace(NEXT))
    assert (in_dialog(found), places(found)) == (GO_ON, [Place(CHAT, MESSAGE)])


def test_an_answer_that_calls_for_more_changes_its_card_as_any_other_and_opens_a_form() -> None:
    more = said(fetch(DO), Replace(NEXT), Open(FORM))
    content = said(fetch(DO), Replace(NEXT))
    assert dialog(more)["title"] == "Your answer"
    # What stays in the chat does not tell them apart.
    assert more.calls == content.calls


@pytest.mark.parametrize("payload", [execute(DO), fallback(DO), typed("status")])
def test_where_no_dialog_can_open_the_chat_does_not_tell_that_more_was_called_for(
    payload: Json,
) -> None:
    assert said(payload, Replace(NEXT), Open(FORM)) == said(payload, Replace(NEXT))


# --- forms -----------------------------------------------------------------------------------


def test_a_sent_form_changes_the_message_that_it_came_from_and_closes() -> None:
    found = said(submission(FORM, q="Time"), Replace(NOTED))
    assert (found.body, places(found)) == (None, [Place(CHAT, MESSAGE)])


def test_a_form_from_no_message_is_answered_in_the_chat() -> None:
    found = said(submission(FORM, Place(CHAT), q="Time"), Replace(NOTED))
    assert (found.body, places(found)) == (None, [Place(CHAT)])


def test_a_sent_form_can_lead_to_another() -> None:
    found = said(submission(FORM, q="Time"), Replace(NEXT), Open(FORM))
    assert dialog(found)["title"] == "Your answer"
    assert places(found) == [Place(CHAT, MESSAGE)]


def test_a_form_with_errors_stays_open_with_what_was_typed() -> None:
    found = said(submission(FORM, q="Time and tide"), FieldErrors({"q": "Too long."}))
    card = dialog(found)["card"]["content"]
    error, field = card["body"]
    assert error["inlines"][0]["text"] == "Error: Too long."
    assert field["value"] == "Time and tide"
    assert card["actions"][0]["data"]["at"] == {"conversation": CHAT, "activity": MESSAGE}
    assert found.calls == []


# --- typed lines -----------------------------------------------------------------------------


def test_a_typed_line_is_answered_in_the_chat() -> None:
    found = said(typed("status"), Say(NOTED), Replace(NOTED))
    assert (found.body, places(found)) == (None, [Place(CHAT), Place(CHAT)])


@pytest.mark.parametrize(
    ("payload", "meant"),
    [
        (typed("ask " + "x" * 900), Command),
        (execute(DO), Pressed),
        (fallback(DO), Pressed),
    ],
)
def test_a_form_that_nothing_can_open_has_a_door(payload: Json, meant: type) -> None:
    found = said(payload, Open(FORM))
    (call,) = found.calls
    assert message_faults(call.message) == []
    (button,) = buttons(card_of(call.message))
    asked = press(button)
    again, before = parse(asked), parse(payload)
    assert isinstance(again, meant)
    assert again == before
    assert dialog(said(asked, Open(FORM)))["title"] == "Your answer"


def test_in_a_room_the_answer_goes_to_the_persons_own_chat() -> None:
    found = said(ROOM, Say(NOTED), Say(NOTED))
    assert places(found) == [Place(), Place(), Place(f"{CHANNEL};messageid=1")]
    assert found.calls[-1].message == {"type": "message", "text": SAID_ALONE}
    assert said(ROOM).calls == []


def test_a_card_in_a_room_is_not_answered_there_either() -> None:
    room = in_channel("invoke")["conversation"]
    found = said(execute(DO, conversation=room), Replace(NOTED))
    assert found.body == {"statusCode": 200, "type": TOLD, "value": SAID_ALONE}
    assert places(found) == [Place()]


# --- later -----------------------------------------------------------------------------------


def test_while_people_are_looked_for_the_chat_says_so() -> None:
    ask = Gather(card=NOTED, source="#ward-4", programme_id="p1")
    assert places(said(typed('people from "#ward-4"'), ask)) == [Place(CHAT)]


@pytest.mark.parametrize("payload", SURFACES)
def test_what_is_said_later_is_said_by_calls_alone(payload: Json) -> None:
    for reply in (Say(NOTED), Replace(NOTED), Open(FORM)):
        found = said(payload, reply, late=True)
        assert found.body is None
        assert found.calls


def test_nobody_waits_for_what_nobody_did() -> None:
    gone = activity("installationUpdate", action="remove")
    assert said(gone, Say(NOTED)) == Answer()


# --- whatever it is --------------------------------------------------------------------------


@settings(max_examples=50)  # some have pictures to draw
@given(st.sampled_from(SURFACES), st.lists(REPLIES, max_size=3), st.booleans())
def test_every_answer_is_one_that_teams_takes(
    payload: Json, replies: list[Reply], late: bool
) -> None:
    found = said(payload, *replies, late=late)
    json.dumps(found.body)
    for call in found.calls:
        assert "text" in call.message or message_faults(call.message) == []
    if found.body is not None and "value" in found.body.get("task", {}):
        value: Any = found.body["task"]["value"]
        assert isinstance(value, str) or card_faults(value["card"]["content"]) == []
    waits = payload["type"] == "invoke" and payload["name"] != "task/submit"
    assert not (waits and not late and found.body is None)


@settings(max_examples=50)
@given(st.sampled_from(SURFACES), st.lists(REPLIES, max_size=2))
def test_no_message_ever_holds_what_a_form_does(payload: Json, replies: list[Reply]) -> None:
    secret = "what only a form may hold"
    field = TextField(id="q", label="What helps?", value=secret)
    form = Form(title="Your answer", action=FORM.action, fields=(field,))
    shown = (*replies, Open(form), FieldErrors({"q": "Too long."}))
    if payload.get("name") == "task/submit":
        payload = submission(form, q=secret)
    for late in (False, True):
        found = said(payload, *shown, late=late)
        assert all(secret not in json.dumps(call.message) for call in found.calls)
        if found.body is not None and "value" in found.body:  # a card or a note in the chat
            assert secret not in json.dumps(found.body)


def test_buttons_of_a_card_never_reach_a_dialog_that_cannot_press_them() -> None:
    card = Card((Text("Noted."), Buttons((Button("Go", Action(Verb.RUN, ("status",))),))))
    assert in_dialog(said(fetch(DO), Say(card))) == f"Noted.\n\n{GO_ON}"


@pytest.mark.parametrize("surface", [Surface.CARD, Surface.OPENING])
def test_whoever_waits_is_told_that_a_button_means_nothing_any_more(surface: Surface) -> None:
    assert "not in use any more" in str(nothing_to_do(surface, is_done=False))
    assert "This is done" in str(nothing_to_do(surface, is_done=True))


@pytest.mark.parametrize("surface", [Surface.FORM, Surface.CHAT, Surface.NONE])
def test_nobody_else_hears_of_it(surface: Surface) -> None:
    assert nothing_to_do(surface, is_done=False) is None


@pytest.mark.parametrize(
    ("sent", "surface"),
    [
        ({"type": "invoke", "name": "adaptiveCard/action"}, Surface.CARD),
        ({"type": "invoke", "name": "task/fetch", "value": 3}, Surface.OPENING),
        ({"type": "invoke", "name": ["task/fetch"]}, Surface.NONE),
        ({"type": "invoke", "name": "composeExtension/query"}, Surface.NONE),
        ({"type": "message", "name": "task/fetch"}, Surface.NONE),
    ],
)
def test_where_somebody_waits_is_seen_whatever_they_sent(sent: Json, surface: Surface) -> None:
    assert waiting(sent) is surface
