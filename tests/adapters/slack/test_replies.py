"""Where each reply goes, from wherever somebody acted."""

from adapters.slack.inbound import Place, origin_of, parse
from adapters.slack.replies import RESPOND, RESPONSE_SECONDS, Answer, answer
from bot.conversation.actions import Action, Verb, encode
from bot.conversation.card import Card, Form, Text, TextField
from bot.conversation.events import FieldErrors, Open, Replace, Reply, Say
from tests.adapters.slack.payloads import URL, Json, command, event, in_view, press, submission

NOW = 1_700_000_200.0
CARD = Card((Text("Noted."),))
FORM = Form(
    title="Your answer",
    action=Action(Verb.WRITE, ("r", "q")),
    fields=(TextField(id="q", label="What helps?"),),
)
STATUS = encode(Action(Verb.RUN, ("status",)))
MESSAGE = Place(response_url=URL, channel="D1", ts="1.1", since=NOW - 60)


def said(payload: Json, *replies: Reply) -> Answer:
    happened = parse(payload)
    assert happened is not None
    return answer(origin_of(payload), happened, replies, NOW)


def test_a_command_is_answered_at_once_and_to_its_author_alone() -> None:
    found = said(command("status"), Say(CARD), Say(CARD))
    assert found.ack is not None
    assert (found.ack["response_type"], found.ack["text"]) == ("ephemeral", "Noted.")
    (call,) = found.calls
    assert (call.method, call.url, call.body["response_type"]) == (RESPOND, URL, "ephemeral")


def test_a_command_opens_a_form_by_its_trigger() -> None:
    (call,) = said(command("ask"), Open(FORM)).calls
    assert (call.method, call.body["trigger_id"]) == ("views.open", "1.2.3")
    assert call.body["view"]["callback_id"] == "form"


def test_a_press_replaces_its_message_without_spending_a_rate_limit() -> None:
    found = said(press(STATUS), Replace(CARD))
    assert found.ack is None
    (call,) = found.calls
    assert (call.method, call.url, call.body["replace_original"]) == (RESPOND, URL, True)


def test_what_is_said_after_a_press_leaves_the_message_and_is_seen_by_one() -> None:
    (call,) = said(press(STATUS), Say(CARD)).calls
    assert (call.method, call.body["response_type"]) == (RESPOND, "ephemeral")
    assert "replace_original" not in call.body


def test_a_sent_form_replaces_the_message_that_it_came_from() -> None:
    state: Json = {"q": {"value": {"type": "plain_text_input", "value": "Time"}}}
    found = said(submission(FORM, state, MESSAGE), Replace(CARD))
    assert found.ack is None
    assert [(call.method, call.url) for call in found.calls] == [(RESPOND, URL)]


def test_after_half_an_hour_the_message_is_found_by_its_time() -> None:
    old = Place(response_url=URL, channel="D1", ts="1.1", since=NOW - RESPONSE_SECONDS)
    (call,) = said(submission(FORM, {}, old), Replace(CARD)).calls
    assert call.method == "chat.update"
    assert (call.body["channel"], call.body["ts"]) == ("D1", "1.1")


def test_what_cannot_be_replaced_any_more_is_shown_in_the_modal() -> None:
    gone = Place(response_url=URL, channel="D1", ts="1.1", fleeting=True, since=0)
    for place in (gone, Place()):
        found = said(submission(FORM, {}, place), Replace(CARD))
        assert found.ack is not None
        assert found.ack["response_action"] == "update"
        assert found.calls == []


def test_errors_stand_at_their_fields_and_others_at_the_first() -> None:
    errors = {"q": "Too long.", "elsewhere": "Not today."}
    found = said(submission(FORM, {}), FieldErrors(errors))
    assert found.ack == {"response_action": "errors", "errors": {"q": "Too long.\nNot today."}}


def test_a_modal_is_changed_in_place_and_a_form_lies_on_top_of_it() -> None:
    update, push = said(in_view(STATUS, "modal"), Replace(CARD), Open(FORM)).calls
    assert (update.method, update.body["view_id"]) == ("views.update", "V1")
    assert (push.method, push.body["trigger_id"]) == ("views.push", "1.2.4")


def test_a_press_on_the_home_tab_opens_a_modal() -> None:
    (call,) = said(in_view(STATUS, "home"), Say(CARD)).calls
    assert (call.method, call.body["view"]["type"]) == ("views.open", "modal")


def test_the_home_tab_is_published_when_it_is_opened() -> None:
    opened = event({"type": "app_home_opened", "user": "U1", "tab": "home"})
    (call,) = said(opened, Say(CARD)).calls
    assert (call.method, call.body["user_id"]) == ("views.publish", "U1")
    assert call.body["view"]["type"] == "home"


def test_a_form_that_nothing_can_open_has_a_button_that_can() -> None:
    typed = {"type": "message", "channel_type": "im", "user": "U1", "text": "ask", "ts": "1.1"}
    (call,) = said(event(typed), Open(FORM)).calls
    assert (call.method, call.body["channel"]) == ("chat.postMessage", "U1")
    button = call.body["blocks"][-1]["elements"][0]
    assert button["value"] == encode(Action(Verb.RUN, ("ask",)))
    (call,) = said(event({**typed, "text": "ask " + "x" * 300}), Open(FORM)).calls
    assert "slash command" in call.body["text"]


def test_a_form_that_does_not_open_is_spoken_of_where_somebody_acted() -> None:
    for payload in (command("ask"), press(STATUS)):
        (call,) = said(payload, Open(FORM)).calls
        (instead,) = call.otherwise
        assert (instead.method, instead.url) == (RESPOND, URL)
        assert instead.body["response_type"] == "ephemeral"
        assert "too busy" in instead.body["text"]
        assert "replace_original" not in instead.body
    for kind in ("modal", "home"):
        (call,) = said(in_view(STATUS, kind), Open(FORM)).calls
        (instead,) = call.otherwise
        assert (instead.method, instead.body["channel"]) == ("chat.postMessage", "U1")


def test_what_the_home_tab_would_show_for_one_look_is_never_posted() -> None:
    (call,) = said(in_view(STATUS, "home"), Say(CARD)).calls
    (instead,) = call.otherwise
    assert "Noted." not in str(instead.body)
    assert "/pulse home" in instead.body["text"]


def test_what_takes_the_place_of_one_message_is_known_by_it() -> None:
    state: Json = {"q": {"value": {"type": "plain_text_input", "value": "Time"}}}
    pressed = said(press(STATUS), Replace(CARD)).calls[0].replaces
    place = Place(response_url=f"{URL}2", channel="D1", ts="1700000000.000100", since=NOW - 60)
    old = Place(channel="D1", ts="1700000000.000100")
    for where in (place, old):
        assert said(submission(FORM, state, where), Replace(CARD)).calls[0].replaces == pressed
    assert said(press(STATUS), Say(CARD)).calls[0].replaces == ""
