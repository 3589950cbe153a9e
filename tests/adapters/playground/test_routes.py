"""The page's requests: what they do, and what they refuse with a sentence."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from adapters.playground.colleagues import Colleagues
from adapters.playground.history import History
from adapters.playground.platform import (
    MAX_BODY,
    STATIC,
    NotLoopback,
    Playground,
    make_app,
    serve,
)
from adapters.playground.render import render_card, render_form
from bot.conversation.actions import Action, Verb, encode
from bot.conversation.card import Card, Text
from bot.conversation.events import Actor, Closed, Command, Pressed, Submitted
from tests.adapters.playground.small_core import (
    QUESTIONS,
    SmallClock,
    SmallCore,
    prompt,
    setup_form,
)

ADA = "p0-0"
FIELDS = {"question": ["How was it?"], "to": ["all"], "days": []}
FORM = encode(setup_form().action)


@dataclass(frozen=True, slots=True)
class Desk:
    client: TestClient[Any, Any]
    playground: Playground
    core: SmallCore

    async def post(self, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        response = await self.client.post(path, json=body)
        return response.status, await response.json()

    async def asked(self, user: str = ADA, key: str = "k") -> int:
        """Send a question; returns the number of its message."""
        await self.playground.send(Actor("playground", "demo", user), prompt(0), key)
        return self.playground.history.of(user)[-1].number


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    clock = SmallClock()
    playground = Playground(History(":memory:"), "demo", clock)
    core = SmallCore(playground, clock)
    app = make_app(playground, core, Colleagues(1))
    async with TestClient(TestServer(app)) as client:
        yield Desk(client, playground, core)


async def read_events(response: ClientResponse, count: int) -> list[tuple[str, int, Any]]:
    """(event, id, data) of the next events that are not about the clock."""
    found: list[tuple[str, int, Any]] = []
    while len(found) < count:
        lines: dict[str, str] = {}
        while (line := (await response.content.readline()).decode().rstrip("\n")) != "":
            name, _, value = line.partition(": ")
            lines[name] = value
        if lines.get("event") in ("message", "replaced"):
            found.append((lines["event"], int(lines["id"]), json.loads(lines["data"])))
    return found


# --- what requests do ------------------------------------------------------------------------


async def test_a_command_reaches_the_core_as_the_person_who_typed_it(desk: Desk) -> None:
    status, answer = await desk.post("/command", user="fran", text="/pulse help")
    assert status == 200
    assert [reply["type"] for reply in answer["replies"]] == ["say"]
    (event,) = desk.core.events
    assert isinstance(event, Command)
    assert (event.actor, event.text) == (Actor("playground", "demo", "fran"), "help")


async def test_a_reply_for_one_person_is_not_kept(desk: Desk) -> None:
    await desk.post("/command", user="fran", text="help")
    assert desk.playground.history.of("fran") == ()


async def test_a_button_can_be_pressed_by_number_or_by_its_action(desk: Desk) -> None:
    number = await desk.asked()
    action = Action(Verb.ANSWER, ("r1", QUESTIONS[0][0], "4"))
    await desk.post("/press", user=ADA, message=number, button=3)
    await desk.post("/press", user=ADA, message=number, button=encode(action))
    pressed = [event.action for event in desk.core.events if isinstance(event, Pressed)]
    assert pressed == [action, action]


async def test_an_answer_replaces_the_card_where_it_stands(desk: Desk) -> None:
    number = await desk.asked()
    _, answer = await desk.post("/press", user=ADA, message=number, button=0)
    assert answer["replies"] == [{"type": "replace", "card": render_card(prompt(1))}]
    (message,) = desk.playground.history.of(ADA)
    assert (message.number, message.card) == (number, render_card(prompt(1)))


async def test_a_form_opens_complains_and_is_sent(desk: Desk) -> None:
    _, opened = await desk.post("/command", user="fran", text="ask")
    assert opened["replies"] == [{"type": "open", "form": render_form(setup_form())}]
    _, refused = await desk.post(
        "/submit", user="fran", action=FORM, values=FIELDS | {"question": [" "]}
    )
    assert refused["replies"][0]["type"] == "errors"
    assert list(refused["replies"][0]["errors"]) == ["question"]
    _, kept = await desk.post("/submit", user="fran", action=FORM, values=FIELDS)
    assert kept["replies"][0]["type"] == "say"
    event = desk.core.events[-1]
    assert isinstance(event, Submitted)
    assert event.values == {name: tuple(texts) for name, texts in FIELDS.items()}


async def test_a_closed_form_hands_over_what_stood_in_it(desk: Desk) -> None:
    status, answer = await desk.post("/close", user="fran", action=FORM, values=FIELDS)
    assert (status, answer) == (200, {"replies": []})
    assert isinstance(desk.core.events[-1], Closed)


async def test_a_repeated_request_keeps_its_key(desk: Desk) -> None:
    for key in ("one", "one", "two"):
        await desk.post("/command", user="fran", text="help", key=key)
    keys = [event.key for event in desk.core.events]
    assert keys[0] == keys[1] != keys[2]


async def test_two_people_may_use_the_same_key(desk: Desk) -> None:
    for user in ("fran", "lee"):
        await desk.post("/command", user=user, text="help", key="one")
    assert len({event.key for event in desk.core.events}) == 2


async def test_the_cast_has_names_roles_and_teams(desk: Desk) -> None:
    cast = await (await desk.client.get("/cast")).json()
    assert len(cast["people"]) == 62
    assert cast["people"][0] == {
        "user": ADA,
        "name": "Amara Ahmed",
        "roles": ["participant"],
        "team": "Maple ward",
        "zone": "",
    }
    assert cast["clock"] == {"now": "2026-03-02T09:00:00+00:00", "moving": False}


async def test_markup_in_a_message_travels_as_plain_text(desk: Desk) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    to = Actor("playground", "demo", ADA)
    await desk.playground.send(to, Card((Text(nasty),)), "k")
    response = await desk.client.get("/messages", params={"user": ADA})
    (message,) = (await response.json())["messages"]
    assert response.content_type == "application/json"
    assert message["card"]["blocks"][0]["text"] == nasty


def test_the_page_never_reads_text_as_markup() -> None:
    sources = "".join(path.read_text() for path in STATIC.glob("*.js"))
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function"
    assert re.findall(forbidden, sources) == []


def test_the_page_asks_nothing_of_other_machines() -> None:
    sources = "".join(path.read_text() for path in STATIC.iterdir())
    assert set(re.findall(r"https?://[^\"'\s)]+", sources)) == {"http://www.w3.org/2000/svg"}


# --- the clock -------------------------------------------------------------------------------


async def test_one_day_moves_the_clock_by_24_hours(desk: Desk) -> None:
    status, answer = await desk.post("/clock", step="day", users=[ADA, "fran", "lee"])
    assert status == 200
    assert answer == {"clock": {"now": "2026-03-03T09:00:00+00:00", "moving": False}, "said": ""}
    assert [message.key for message in desk.playground.history.of(ADA)] == [f"prompt:r0:{ADA}"]


async def test_the_next_event_is_the_next_message_on_screen(desk: Desk) -> None:
    _, answer = await desk.post("/clock", step="next", users=["lee"])
    assert answer["clock"]["now"] == "2026-03-07T10:00:00+00:00"


async def test_it_says_so_when_nothing_is_planned(desk: Desk) -> None:
    for _ in range(4):
        _, answer = await desk.post("/clock", step="next", users=["lee"])
        assert answer["said"] == ""
    _, answer = await desk.post("/clock", step="next", users=["lee"])
    assert answer["said"] == "Nothing is planned for these people in the next 35 days."


async def test_the_clock_is_moved_once_at_a_time(desk: Desk) -> None:
    moves = [desk.post("/clock", step="day", users=[ADA]) for _ in range(3)]
    statuses = sorted(status for status, _ in await asyncio.gather(*moves))
    assert statuses == [200, 409, 409]
    assert desk.core.clock.now().isoformat() == "2026-03-03T09:00:00+00:00"


# --- the stream ------------------------------------------------------------------------------


async def test_a_stream_carries_new_and_replaced_messages(desk: Desk) -> None:
    async with desk.client.get("/stream", params={"user": ADA}) as response:
        number = await desk.asked()
        ((name, first, message),) = await read_events(response, 1)
        assert (name, message["id"], message["user"]) == ("message", number, ADA)
        await desk.post("/press", user=ADA, message=number, button=0)
        ((name, second, message),) = await read_events(response, 1)
        assert (name, message["card"]) == ("replaced", render_card(prompt(1)))
        assert second > first


async def test_a_stream_is_about_the_people_who_were_asked_for(desk: Desk) -> None:
    people = [("user", ADA), ("user", "lee")]
    async with desk.client.get("/stream", params=people) as response:
        await desk.asked("p0-1")
        await desk.asked("lee")
        ((_, _, message),) = await read_events(response, 1)
        assert message["user"] == "lee"


async def test_a_page_that_comes_back_has_missed_nothing(desk: Desk) -> None:
    async with desk.client.get("/stream", params={"user": ADA}) as response:
        number = await desk.asked()
        ((_, seen, _),) = await read_events(response, 1)
    await desk.post("/press", user=ADA, message=number, button=0)
    await desk.asked(key="k2")
    again = desk.client.get(
        "/stream", params={"user": ADA, "since": "0"}, headers={"Last-Event-ID": str(seen)}
    )
    async with again as response:
        events = await read_events(response, 2)
    assert [name for name, _, _ in events] == ["replaced", "message"]


async def test_a_page_that_read_the_messages_follows_on_from_there(desk: Desk) -> None:
    await desk.asked()
    read = await (await desk.client.get("/messages", params={"user": ADA})).json()
    await desk.asked(key="k2")
    query = {"user": ADA, "since": str(read["last"])}
    async with desk.client.get("/stream", params=query) as response:
        ((_, number, _),) = await read_events(response, 1)
    assert number == read["last"] + 1


# --- refusals --------------------------------------------------------------------------------

GOOD = {"user": "fran", "text": "help", "action": FORM, "values": {}, "button": FORM}


@pytest.mark.parametrize(
    ("path", "wrong", "named"),
    [
        ("/command", {"user": None}, "user"),
        ("/command", {"user": 7}, "user"),
        ("/command", {"text": None}, "text"),
        ("/command", {"text": "x" * 4001}, "text"),
        ("/command", {"text": "nul \0"}, "text"),
        ("/command", {"key": ""}, "key"),
        ("/press", {"button": None}, "action"),
        ("/press", {"button": True}, "action"),
        ("/press", {"button": "answer:only-one"}, "action"),
        ("/press", {"button": 0}, "button"),
        ("/press", {"button": -1}, "button"),
        ("/press", {"message": "1"}, "message"),
        ("/press", {"message": 2**70}, "message"),
        ("/submit", {"values": None}, "values"),
        ("/submit", {"values": {"question": "text"}}, "values"),
        ("/submit", {"values": {"question": [1]}}, "values"),
        ("/close", {"action": 5}, "action"),
        ("/clock", {"step": "back", "users": [ADA]}, "step"),
        ("/clock", {"step": "day", "users": []}, "users"),
        ("/clock", {"step": "day", "users": "ada"}, "users"),
    ],
)
async def test_bad_input_is_refused_with_a_sentence_that_names_it(
    desk: Desk, path: str, wrong: dict[str, Any], named: str
) -> None:
    status, answer = await desk.post(path, **{**GOOD, **wrong})
    assert status == 400
    assert answer["error"].startswith(f"{named}:")
    assert answer["error"].endswith(".")
    assert desk.core.events == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"7", b"{", b"\xff", b"[" * 100_000, b'{"user": "\\ud800"}', b"null"]
)
async def test_a_broken_body_is_refused_with_a_sentence(desk: Desk, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    for path in ("/command", "/press", "/submit", "/close", "/clock"):
        response = await desk.client.post(path, data=body, headers=headers)
        assert response.status == 400
        assert (await response.json())["error"] == "The body has to be a JSON object."


async def test_nobody_can_act_as_a_person_who_is_not_here(desk: Desk) -> None:
    for path in ("/command", "/press", "/submit", "/close"):
        assert (await desk.post(path, **{**GOOD, "user": "mallory"}))[0] == 404
    assert (await desk.post("/clock", step="day", users=["mallory"]))[0] == 404
    for path in ("/messages", "/stream"):
        assert (await desk.client.get(path, params={"user": "mallory"})).status == 404


async def test_nobody_can_press_on_a_message_of_somebody_else(desk: Desk) -> None:
    number = await desk.asked()
    status, answer = await desk.post("/press", user="lee", message=number, button=0)
    assert status == 404
    assert answer["error"] == "message: this person has no such message."


@pytest.mark.parametrize("since", ["x", "-1", "1" * 30, "²"])
async def test_a_stream_needs_a_number_to_start_from(desk: Desk, since: str) -> None:
    response = await desk.client.get("/stream", params={"user": ADA, "since": since})
    assert response.status == 400


async def test_a_body_that_is_too_long_is_refused(desk: Desk) -> None:
    body = io.BytesIO(json.dumps({**GOOD, "text": "x" * MAX_BODY}).encode())
    response = await desk.client.post(
        "/command", data=body, headers={"Content-Type": "application/json"}
    )
    assert response.status == 413
    assert (await response.json())["error"].startswith("The body is too long")


async def test_a_form_of_another_site_cannot_post(desk: Desk) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        response = await desk.client.post(
            "/command", data=json.dumps(GOOD), headers={"Content-Type": kind}
        )
        assert response.status == 415
    assert desk.core.events == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "[::1"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:1"},
        {"Origin": "null"},
    ],
)
async def test_another_site_is_turned_away(desk: Desk, headers: dict[str, str]) -> None:
    for path in ("/", "/cast", "/static/playground.js"):
        assert (await desk.client.get(path, headers=headers)).status == 403
    assert (await desk.client.post("/command", json=GOOD, headers=headers)).status == 403
    assert desk.core.events == []


async def test_the_page_itself_is_let_in(desk: Desk) -> None:
    for name in ("127.0.0.1", "localhost"):
        host = f"{name}:{desk.client.port}"
        headers = {"Host": host, "Origin": f"http://{host}"}
        assert (await desk.client.get("/", headers=headers)).status == 200


async def test_every_answer_forbids_foreign_content(desk: Desk) -> None:
    for path in ("/", "/cast", "/static/playground.css", "/nowhere"):
        response = await desk.client.get(path)
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_failure_of_the_core_is_said_in_a_sentence(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    status, answer = await desk.post("/command", user="fran", text="fail")
    assert status == 500
    assert answer["error"] == "Something went wrong, and this may not be kept. Try again."
    (record,) = caplog.records
    assert record.__dict__["action"] == "playground_request_failed"


@pytest.mark.parametrize("host", ["::", "192.168.1.2", "example.org", "", "0"])
async def test_it_does_not_listen_beyond_this_machine(desk: Desk, host: str) -> None:
    app = make_app(desk.playground, desk.core, Colleagues(1))
    with pytest.raises(NotLoopback, match="cannot listen on"):
        await serve(app, host, 0)


async def test_it_listens_on_this_machine(desk: Desk) -> None:
    runner = await serve(make_app(desk.playground, desk.core, Colleagues(1)), "127.0.0.1", 0)
    try:
        assert runner.addresses[0][0] == "127.0.0.1"
    finally:
        await runner.cleanup()
