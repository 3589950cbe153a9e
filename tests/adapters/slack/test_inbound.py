"""Payloads of Slack as events, and the person whom Slack vouches for."""

import pytest

from adapters.slack.inbound import Place, Surface, metadata, origin_of, parse, someone
from adapters.slack.limits import MAX_METADATA
from bot.conversation.actions import Action, Verb, encode
from bot.conversation.card import ChoiceField, Form, TextField
from bot.conversation.events import (
    Actor,
    Closed,
    Command,
    Joined,
    Left,
    Moved,
    Pressed,
    Submitted,
)
from bot.conversation.gathering import Unfit
from tests.adapters.slack.payloads import (
    URL,
    WHO,
    Json,
    command,
    event,
    in_view,
    press,
    submission,
)

ADA = Actor("slack", "T1", "U1")
STATUS = Action(Verb.RUN, ("status",))
FORM = Form(
    title="Add a person",
    action=Action(Verb.FORM, ("people-add", "p1")),
    fields=(
        TextField(id="name", label="Name"),
        ChoiceField(id="role", label="Role", options=(("lead", "Lead"),), required=False),
    ),
)


def test_a_slash_command_is_what_was_typed() -> None:
    assert parse(command("status")) == Command(key="slack:T1:1.2.3", actor=ADA, text="status")


def test_a_slash_command_needs_no_place_to_answer_later() -> None:
    bare = {name: value for name, value in command("status").items() if name != "response_url"}
    assert isinstance(parse(bare), Command)
    assert origin_of(bare).place.response_url == ""


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("ask &quot;R&amp;D&quot;", "ask &quot;R&D&quot;"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("people remove <mailto:sam@x.org|sam@x.org>", "people remove sam@x.org"),
        ("see <https://x.org|x.org> now", "see x.org now"),
        ("see <https://x.org>", "see https://x.org"),
        ("to <#C1|ward-4> and <@U2|sam>", "to #ward-4 and sam"),
        ("people from <#C1|> stop", "people from #C1 stop"),
        ("from <!subteam^S1|@nurses> and <!subteam^S2>", "from @nurses and @S2"),
        ("3 < 4", "3 < 4"),
        ("  status  ", "status"),
    ],
)
def test_a_command_is_read_as_it_was_typed(sent: str, typed: str) -> None:
    found = parse(command(sent))
    assert isinstance(found, Command)
    assert found.text == typed


def test_a_typed_line_keeps_the_ids_of_the_channels_and_groups_in_it() -> None:
    typed = "from <#C1|Ward-4> or <!subteam^S1|@nurses> or <#C2> not <@U2|sam>"
    mentions = {"#ward-4": "C1", "@nurses": "S1", "#c2": "C2"}
    assert origin_of(command(typed)).mentions == mentions
    message = {"type": "message", "channel_type": "im", "user": "U1", "text": typed, "ts": "1.1"}
    assert origin_of(event(message)).mentions == mentions


def test_a_press_means_the_value_of_its_button() -> None:
    found = parse(press(encode(STATUS)))
    assert found == Pressed(key="slack:U1:1.2.4", actor=ADA, action=STATUS)


def test_where_a_press_was_made_decides_where_the_answer_goes() -> None:
    value = encode(STATUS)
    origin = origin_of(press(value))
    assert (origin.surface, origin.trigger_id) == (Surface.MESSAGE, "1.2.4")
    assert origin.place == Place(
        response_url=URL, channel="D1", ts="1700000000.000100", since=1700000100.5
    )
    assert origin_of(press(value, fleeting=True)).place.fleeting
    assert origin_of(in_view(value, "home")).surface is Surface.HOME
    assert origin_of(in_view(value, "modal")).surface is Surface.DIALOG


@pytest.mark.parametrize(
    ("kind", "made"), [("view_submission", Submitted), ("view_closed", Closed)]
)
def test_a_form_brings_its_meaning_its_values_and_its_message(kind: str, made: type) -> None:
    state: Json = {
        "name": {"value": {"type": "plain_text_input", "value": None}},
        "role": {"value": {"type": "radio_buttons", "selected_option": {"value": "~"}}},
    }
    place = Place(response_url=URL, channel="D1", ts="1.1", since=5.0)
    payload = submission(FORM, state, place, kind)
    found = parse(payload)
    assert isinstance(found, made)
    assert isinstance(found, Submitted | Closed)
    assert (found.actor, found.action) == (ADA, FORM.action)
    assert found.values == {"name": ("",), "role": ()}
    origin = origin_of(payload)
    assert (origin.surface, origin.place) == (Surface.FORM, place)
    assert origin.fields == ("name", "role")


def test_an_app_for_a_whole_enterprise_has_the_enterprise_as_its_workspace() -> None:
    grid = {"enterprise_id": "E1", "is_enterprise_install": "true"}
    found = parse(command("status", **grid))
    assert found is not None
    assert found.actor == Actor("slack", "E1", "U1")
    pressed = press(encode(STATUS), team=None, enterprise={"id": "E1"}, is_enterprise_install=True)
    found = parse(pressed)
    assert found is not None
    assert found.actor == Actor("slack", "E1", "U1")
    install = [{"enterprise_id": "E1", "team_id": "T1", "is_enterprise_install": True}]
    opened = {"type": "app_home_opened", "user": "U1", "tab": "home"}
    found = parse(event(opened, authorizations=install))
    assert found is not None
    assert found.actor == Actor("slack", "E1", "U1")


def test_a_team_of_an_enterprise_is_its_own_workspace_where_it_installed_the_app_itself() -> None:
    found = parse(command("status", enterprise_id="E1", is_enterprise_install="false"))
    assert found is not None
    assert found.actor == ADA


def test_opening_the_home_tab_asks_for_home() -> None:
    opened = event({"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home"})
    assert parse(opened) == Command(key="slack:Ev1", actor=ADA, text="home")
    assert origin_of(opened).surface is Surface.HOME
    assert parse(event({"type": "app_home_opened", "user": "U1", "tab": "messages"})) is None


def test_what_is_typed_to_the_bot_is_a_command_and_what_it_says_itself_is_not() -> None:
    typed = {"type": "message", "channel_type": "im", "user": "U1", "text": "status", "ts": "1.1"}
    assert parse(event(typed)) == Command(key="slack:Ev1", actor=ADA, text="status")
    assert parse(event({**typed, "bot_id": "B1"})) is None
    assert parse(event({**typed, "subtype": "message_changed"})) is None
    assert parse(event({**typed, "channel_type": "channel"})) is None


def test_a_new_colleague_can_be_reached_and_one_who_left_cannot() -> None:
    user: Json = {
        "id": "U2",
        "tz": "Europe/London",
        "profile": {"email": "sam@x.org", "real_name": "Sam Lee"},
    }
    sam = Actor("slack", "T1", "U2")
    assert parse(event({"type": "team_join", "user": user})) == Joined(
        key="slack:Ev1", actor=sam, name="Sam Lee", email="sam@x.org", zone="Europe/London"
    )
    gone = event({"type": "user_change", "user": {**user, "deleted": True}})
    assert parse(gone) == Left(key="slack:Ev1", actor=sam)
    assert parse(event({"type": "team_join", "user": {**user, "is_bot": True}})) is None
    assert parse(event({"type": "team_join", "user": {"id": "U3", "profile": {}}})) is None


def test_people_who_join_and_leave_a_channel_have_moved() -> None:
    inner = {"user": "U1", "channel": "C1", "channel_type": "C", "team": "T1"}
    joined = event({"type": "member_joined_channel", **inner})
    assert parse(joined) == Moved(key="slack:Ev1", actor=ADA, source="C1", came=("U1",))
    assert origin_of(joined).surface is Surface.NONE
    left = event({"type": "member_left_channel", **inner})
    assert parse(left) == Moved(key="slack:Ev1", actor=ADA, source="C1", went=("U1",))


def test_a_group_that_changes_says_who_came_and_who_went() -> None:
    changed = event(
        {
            "type": "subteam_members_changed",
            "subteam_id": "S1",
            "team_id": "T1",
            "added_users": ["U1", "U2"],
            "removed_users": ["U3"],
        }
    )
    assert parse(changed) == Moved(
        key="slack:Ev1", actor=ADA, source="S1", came=("U1", "U2"), went=("U3",)
    )
    assert origin_of(changed).user == ""


@pytest.mark.parametrize(
    ("workspace", "about", "unfit"),
    [
        ("T1", {}, None),
        ("T1", {"team_id": "T1"}, None),
        ("T1", {"team_id": "T2"}, Unfit.STRANGER),
        ("T1", {"is_stranger": True}, Unfit.STRANGER),
        ("T1", {"team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}}, None),
        ("E1", {"team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}}, None),
        ("E1", {"team_id": "T2", "enterprise_user": {"enterprise_id": "E2"}}, Unfit.STRANGER),
        ("E1", {"team_id": "T2"}, Unfit.STRANGER),
        ("T1", {"is_bot": True}, Unfit.PROGRAM),
        ("T1", {"id": "USLACKBOT"}, Unfit.PROGRAM),
        ("T1", {"deleted": True}, Unfit.SWITCHED_OFF),
    ],
)
def test_programs_and_people_of_elsewhere_do_not_belong_to_a_channel(
    workspace: str, about: Json, unfit: Unfit | None
) -> None:
    user = {"id": "U2", "profile": {"email": "sam@x.org", "real_name": "Sam Lee"}, **about}
    assert someone(workspace, user).unfit is unfit


@pytest.mark.parametrize(
    "payload",
    [
        press("not an action"),
        press(encode(STATUS), actions=[]),
        press(encode(STATUS), team={"id": ""}, user={"id": "U1"}),
        {**WHO, "type": "shortcut", "callback_id": "x"},
        {**WHO, "type": "block_suggestion"},
        event({"type": "reaction_added", "user": "U1"}),
        event({"type": "member_joined_channel", "user": {"id": "U1"}, "channel": "C1"}),
        event({"type": "subteam_members_changed", "subteam_id": None, "added_users": ["U1"]}),
        {"type": "url_verification", "challenge": "x"},
        {"ssl_check": "1"},
        submission(FORM, {"name": {"other": {"type": "plain_text_input", "value": "x"}}}),
        submission(FORM, {"name": {"value": {"type": "datepicker"}}}),
    ],
)
def test_what_no_button_or_form_of_ours_sends_means_nothing(payload: Json) -> None:
    assert parse(payload) is None


def test_a_modal_never_carries_more_than_slack_takes() -> None:
    long = Place(response_url="https://hooks.slack.com/" + "x" * 4000, channel="D1", ts="1.1")
    text = metadata(STATUS, long)
    assert len(text) <= MAX_METADATA
    view = {**submission(FORM, {})["view"], "private_metadata": text}
    place = origin_of({**WHO, "type": "view_submission", "view": view}).place
    assert place == Place(channel="D1", ts="1.1")
