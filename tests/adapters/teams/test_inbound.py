"""Activities of Teams as events, and the person whom its service vouches for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.teams.contacts import Reference, arrival_of, reference_of
from adapters.teams.forms import Place
from adapters.teams.inbound import Origin, Surface, origin_of, parse
from bot.conversation.actions import Action, Verb, encode
from bot.conversation.card import ChoiceField, Form, TextField
from bot.conversation.events import Actor, Command, Left, Moved, Pressed, Shut, Submitted
from tests.adapters.teams.payloads import (
    ADA,
    ADA_ID,
    BOT,
    CHANNEL,
    CHAT,
    MESSAGE,
    SAM_ID,
    TEAM,
    TENANT,
    Json,
    activity,
    execute,
    fallback,
    fetch,
    in_channel,
    invoke,
    mention,
    submission,
    typed,
)
from tests.strategies import JSON

ACTOR = Actor("teams", TENANT, ADA_ID)
STATUS = Action(Verb.RUN, ("status",))
DO = {"do": encode(STATUS)}
SAM: Json = {"id": "29:sam", "aadObjectId": SAM_ID}
FORM = Form(
    title="Add a person",
    action=Action(Verb.FORM, ("people-add", "p1")),
    fields=(
        TextField(id="name", label="Name"),
        ChoiceField(id="role", label="Role", options=(("lead", "Lead"),), required=False),
    ),
)
KEY = f"teams:{CHAT}:f:1"
OF = {"tenantId": TENANT}
IN_TEAM = f"teams:{TEAM}:f:1"
UNLIMITED = {
    "id": "name",
    "label": "Name",
    "hint": "",
    "required": True,
    "multiline": False,
    "max_length": float("inf"),
}
REFERENCE = Reference(
    service_url="https://smba.example/uk/",
    tenant=TENANT,
    bot="28:bot",
    user="29:ada",
    account=ACTOR.user,
    conversation=CHAT,
    zone="Europe/London",
    language="en-GB",
)


# --- typed lines -----------------------------------------------------------------------------


def test_what_is_typed_to_the_bot_is_a_command() -> None:
    assert parse(typed("status")) == Command(key=KEY, actor=ACTOR, text="status")
    assert origin_of(typed("status")) == Origin(surface=Surface.CHAT, place=Place(CHAT))


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        ("ask &quot;R&amp;D&quot;", 'ask "R&D"'),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("3 < 4", "3 < 4"),
        ("people&nbsp;add", "people\u00a0add"),
        (" status\r\n", "status"),
        ("&lt;at&gt;Soundings&lt;/at&gt; help", "<at>Soundings</at> help"),
    ],
)
def test_a_command_is_read_as_it_was_typed(sent: str, line: str) -> None:
    found = parse(activity("message", text=sent))
    assert isinstance(found, Command)
    assert found.text == line


@pytest.mark.parametrize(
    "text",
    [
        "<at>Soundings</at> people from here",
        "<at>Soundings</at>&nbsp;people from here\n",
        "people from here <at>Soundings</at>",
    ],
)
def test_in_a_channel_the_name_of_the_bot_is_no_part_of_the_command(text: str) -> None:
    payload = in_channel("message", text=text, entities=[mention("Soundings", "28:bot")])
    found = parse(payload)
    assert isinstance(found, Command)
    assert found.text == "people from here"
    assert origin_of(payload) == Origin(
        surface=Surface.ROOM,
        room=f"{CHANNEL};messageid=1",
        team=TEAM,
        team_name="Riverside",
        channel=CHANNEL,
        channel_name="Ward 4",
    )


def test_the_bot_is_known_by_its_place_where_nothing_says_who_was_named() -> None:
    found = parse(in_channel("message", text="<at>Soundings</at> ask <at>Ada</at>", entities=[]))
    assert isinstance(found, Command)
    assert found.text == "ask Ada"


def test_others_are_named_by_what_people_see_of_them_and_keep_their_ids() -> None:
    text = "<at>Soundings</at> people from <at>Night &amp; Day</at>"
    entities = [mention("Soundings", "28:bot"), mention("Night &amp; Day", "tag:1"), 3, {}]
    payload = in_channel("message", text=text, entities=entities)
    found = parse(payload)
    assert isinstance(found, Command)
    assert found.text == "people from Night & Day"
    assert origin_of(payload).mentions == {"night & day": "tag:1"}


# --- presses and forms -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "surface"),
    [
        (execute(DO), Surface.CARD),
        (fallback(DO), Surface.BUTTON),
        (fetch(DO), Surface.OPENING),
    ],
)
def test_a_press_means_what_the_button_carries(payload: Json, surface: Surface) -> None:
    assert parse(payload) == Pressed(key=KEY, actor=ACTOR, action=STATUS)
    assert origin_of(payload) == Origin(surface=surface, place=Place(CHAT, MESSAGE))


def test_a_press_on_a_door_is_the_line_that_was_typed() -> None:
    payload = fetch({"run": "ask"})
    assert parse(payload) == Command(key=KEY, actor=ACTOR, text="ask")
    assert origin_of(payload).surface is Surface.OPENING


def test_a_form_brings_its_meaning_its_values_and_its_message() -> None:
    payload = submission(FORM, name="Sam", role="lead")
    assert parse(payload) == Submitted(
        key=KEY,
        actor=ACTOR,
        action=FORM.action,
        values={"name": ("Sam",), "role": ("lead",)},
    )
    origin = origin_of(payload)
    assert (origin.surface, origin.form) == (Surface.FORM, FORM)
    assert origin.place == Place(CHAT, MESSAGE)


def test_a_form_that_names_the_message_of_another_chat_is_not_believed() -> None:
    payload = submission(FORM, Place("a:1somebody-else", "1700"))
    assert origin_of(payload).place == Place(CHAT)


@pytest.mark.parametrize(
    "value",
    [
        {"form": {}},
        {"form": {"title": "x", "submit": "x", "intro": "", "fields": [{"id": 3}]}},
        {"form": {"title": "x", "submit": "x", "intro": "", "fields": [UNLIMITED]}},
        {"f.name": 3},
        {"do": "leave"},
        {"form": None},
    ],
)
def test_what_no_form_of_ours_sends_means_nothing(value: Json) -> None:
    payload = submission(FORM)
    payload["value"]["data"] |= value
    assert parse(payload) is None


# --- who and where ---------------------------------------------------------------------------


def test_who_acts_is_what_the_directory_calls_them_else_what_the_bot_does() -> None:
    guest = parse(typed("help", **{"from": {"id": "29:guest"}}))
    assert guest is not None
    assert guest.actor == Actor("teams", TENANT, "29:guest")


def test_the_tenant_stands_in_one_of_two_places() -> None:
    payload = typed("help", conversation={"id": CHAT})
    found = parse(payload)
    assert found is not None
    assert found.actor == ACTOR
    assert parse({**payload, "channelData": {}}) is None


@pytest.mark.parametrize(
    ("conversation", "surface"),
    [
        ({"id": CHAT}, Surface.CHAT),
        ({"id": "19:a_b@unq.gbl.spaces"}, Surface.ROOM),
        ({"id": "19:x@thread.tacv2;messageid=1"}, Surface.ROOM),
        ({"id": "19:x@thread.v2"}, Surface.ROOM),
        ({"id": "x", "isGroup": True}, Surface.ROOM),
        ({"id": "x", "conversationType": "groupChat"}, Surface.ROOM),
    ],
)
def test_a_personal_chat_is_known_though_not_every_activity_says_so(
    conversation: Json, surface: Surface
) -> None:
    assert origin_of(typed("help", conversation=conversation)).surface is surface


@pytest.mark.parametrize(
    "sender", [BOT, {**ADA, "role": "bot"}, {"id": "28:other", "role": "skill"}]
)
def test_what_a_program_says_means_nothing(sender: Json) -> None:
    assert parse(typed("help", **{"from": sender})) is None


def test_somebody_can_be_reached_by_what_their_activity_says() -> None:
    assert reference_of(typed("help")) == REFERENCE
    room = reference_of(in_channel("message", text="help"))
    assert room is not None
    assert (room.user, room.conversation) == ("29:ada", "")
    assert reference_of(typed("help", serviceUrl=None)) is None


def test_a_reference_is_kept_as_text() -> None:
    assert Reference.from_json(REFERENCE.to_json()) == REFERENCE
    for other in ("", "[]", "3", "{}", '{"user": 3}', REFERENCE.to_json().replace("bot", "but")):
        assert Reference.from_json(other) is None


def clocks(payload: Json) -> tuple[str, str]:
    found = reference_of(payload)
    assert found is not None
    return found.zone, found.language


def test_the_client_tells_its_clocks_and_its_language() -> None:
    assert clocks(typed("help")) == ("Europe/London", "en-GB")
    bare = typed("help", entities=[], locale=None, localTimezone="Europe/Paris")
    assert clocks(bare) == ("Europe/Paris", "")
    assert clocks(typed("help", entities=3, locale=None, localTimezone=None)) == ("", "")


def test_a_slash_command_is_answered_where_nobody_else_hears_of_it() -> None:
    seen = typed("status", conversation={"id": CHANNEL, "conversationType": "channel", **OF})
    unseen = {**seen, "recipient": {"id": BOT["id"], "isTargeted": True}}
    assert origin_of(seen).room == CHANNEL
    assert (origin_of(unseen).surface, origin_of(unseen).room) == (Surface.ROOM, "")


# --- coming and going ------------------------------------------------------------------------


def installed(action: str, **more: Any) -> Json:
    return activity("installationUpdate", action=action, **more)


def members(kind: str, *who: Any, team: str = TEAM, event: str = "", **more: Any) -> Json:
    about: Json = {"tenant": {"id": TENANT}, "eventType": event}
    if team:
        about["team"] = {"id": team}
        more["conversation"] = {"id": team, "conversationType": "channel", "tenantId": TENANT}
    return activity("conversationUpdate", **{kind: list(who)}, **{"channelData": about, **more})


@pytest.mark.parametrize(
    "payload",
    [
        installed("add"),
        installed("add-upgrade"),
        members("membersAdded", BOT, team=""),
    ],
)
def test_whoever_adds_the_bot_has_arrived(payload: Json) -> None:
    found = arrival_of(payload)
    assert found is not None
    assert (found.actor, found.reference) == (ACTOR, REFERENCE)
    assert not found.is_team
    assert parse(payload) is None  # only their profile tells their address


@pytest.mark.parametrize(
    "payload",
    [
        installed("remove"),
        typed("help"),
        members("membersAdded", ADA, team=""),
        members("membersAdded", ADA),
        installed("add", **{"from": BOT}),
        installed("add", serviceUrl=""),
        installed("add", **{"from": {"id": "29:ada", "aadObjectId": 3}}),
    ],
)
def test_nothing_else_is_an_arrival(payload: Json) -> None:
    assert arrival_of(payload) is None


def test_a_team_that_the_bot_is_added_to_is_reached_under_its_own_name() -> None:
    found = arrival_of(members("membersAdded", BOT))
    assert found is not None
    assert found.is_team
    assert found.actor == Actor("teams", TENANT, TEAM)
    assert (found.reference.conversation, found.reference.user) == (TEAM, "")


@pytest.mark.parametrize("payload", [installed("remove"), members("membersRemoved", BOT, team="")])
def test_whoever_removes_the_bot_can_no_longer_be_reached(payload: Json) -> None:
    assert parse(payload) == Left(key=KEY, actor=ACTOR)
    assert origin_of(payload).surface is Surface.NONE


def test_an_update_of_the_app_is_not_the_end_of_it() -> None:
    assert parse(installed("remove-upgrade")) is None


def test_people_who_come_into_a_team_or_go_have_moved() -> None:
    came = members("membersAdded", SAM, BOT, ADA, event="teamMemberAdded")
    sam = Actor("teams", TENANT, SAM_ID)
    assert parse(came) == Moved(key=IN_TEAM, actor=sam, source=TEAM, came=(SAM_ID, ADA_ID))
    went = members("membersRemoved", {"id": "29:guest"}, event="teamMemberRemoved")
    guest = Actor("teams", TENANT, "29:guest")
    assert parse(went) == Moved(key=IN_TEAM, actor=guest, source=TEAM, went=("29:guest",))
    assert origin_of(went).surface is Surface.NONE
    assert parse(members("membersAdded", BOT, event="teamMemberAdded")) is None


@pytest.mark.parametrize(
    "payload",
    [
        members("membersRemoved", event="teamDeleted"),
        members("membersRemoved", event="teamHardDeleted"),
        members("membersRemoved", event="teamArchived"),
        members("membersRemoved", BOT, event="teamMemberRemoved"),
        in_channel("installationUpdate", action="remove"),
    ],
)
def test_a_team_that_is_gone_or_without_the_bot_is_shut(payload: Json) -> None:
    found = parse(payload)
    assert isinstance(found, Shut)
    assert (found.actor, found.source) == (Actor("teams", TENANT, ""), TEAM)


@pytest.mark.parametrize(
    "payload",
    [
        execute({"do": "not an action"}),
        execute({}),
        execute(DO, id=None),
        fetch({"run": 3}),
        invoke("signin/verifyState", {}),
        invoke("composeExtension/query", {"data": DO}),
        activity("messageReaction", reactionsAdded=[{"type": "like"}]),
        activity("message", attachments=[]),
        activity("message", value={"do": 3}),
        members("membersAdded", ADA, event="channelCreated"),
        members("membersRemoved", ADA, team=""),
        members("membersAdded", 3, event="teamMemberAdded"),
        activity("conversationUpdate", membersAdded=3),
        typed("help", conversation={"id": 3, "tenantId": TENANT}),
    ],
)
def test_what_is_nothing_of_ours_means_nothing(payload: Json) -> None:
    assert parse(payload) is None


WHOLE = [typed("help"), execute(DO), fetch(DO), fallback(DO), submission(FORM), installed("add")]


@given(st.sampled_from(WHOLE), st.data())
def test_a_damaged_activity_breaks_nothing(payload: Json, data: st.DataObject) -> None:
    damaged = dict(payload)
    for name in data.draw(st.sets(st.sampled_from(sorted(payload)), min_size=1, max_size=3)):
        inner = payload[name]
        if isinstance(inner, dict) and inner and data.draw(st.booleans()):
            damaged[name] = {**inner, data.draw(st.sampled_from(sorted(inner))): data.draw(JSON)}
        else:
            damaged[name] = data.draw(JSON)
    reference_of(damaged)
    arrival_of(damaged)
    if parse(damaged) is not None:
        origin_of(damaged)


@given(JSON)
def test_no_json_breaks_anything(payload: object) -> None:
    assert parse(payload) is None
    assert reference_of(payload) is None
    assert arrival_of(payload) is None
