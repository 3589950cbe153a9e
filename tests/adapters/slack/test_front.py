"""Whatever comes to the address for Slack: only what is signed is read, and nothing breaks it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from urllib.parse import urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.service.listening import MAX_BODY
from storage.store import open_store
from storage.vault import Vault
from tests.flows.slack_company import on_slack
from tests.flows.slack_desk import SlackDesk
from tests.slack.delivery import FORM, Ack, HttpDelivery, NotAcked, signature
from tests.slack.records import Json
from tests.stores import SECRET
from tests.strategies import JSON

JSON_TYPE = "application/json"
TYPES = st.sampled_from(
    [
        JSON_TYPE,
        FORM,
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/json; charset=nonsense",
        "nonsense",
        "",
    ]
)
# The names by which Slack's payloads are told apart and looked into.
NAMES = st.sampled_from(
    "type team team_id user user_id enterprise enterprise_id is_enterprise_install event event_id "
    "authorizations actions view container channel state values private_metadata callback_id "
    "trigger_id response_url command text id value blocks challenge ssl_check api_app_id token "
    "function_data bot_access_token".split()
)
KINDS = st.sampled_from(
    "block_actions view_submission view_closed event_callback url_verification app_rate_limited "
    "block_suggestion shortcut message_action interactive_message dialog_submission "
    "app_home_opened message team_join user_change app_uninstalled tokens_revoked home im".split()
)
SHAPES = st.recursive(
    KINDS | st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)
PAYLOADS = st.dictionaries(NAMES, SHAPES, max_size=8).flatmap(
    lambda some: KINDS.map(lambda kind: {**some, "type": kind})
)


class Door:
    """The running routes, and a loop in which to knock."""

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self.delivery = self._runner.run(self._open(url))

    async def _open(self, url: str) -> HttpDelivery:
        store = await self._stack.enter_async_context(open_store(url, Vault(SECRET)))
        company = await self._stack.enter_async_context(on_slack(store))
        assert isinstance(company.desk, SlackDesk)
        assert isinstance(company.desk.delivery, HttpDelivery)
        self.desk = company.desk
        return company.desk.delivery

    def close(self) -> None:
        self._runner.run(self._stack.aclose())
        self._runner.close()

    def knock(self, body: bytes, content: str, more: dict[str, str] | None = None) -> int:
        """Send signed bytes; returns the status."""
        return self.ask(body, content, more)[0]

    def ask(
        self, body: bytes, content: str, more: dict[str, str] | None = None
    ) -> tuple[int, Ack | None]:
        async def send() -> tuple[int, Ack | None]:
            try:
                ack = await self.delivery.post_raw(body, content, more)
            except NotAcked as failure:
                return failure.status, None
            return ack.status, ack

        return self._runner.run(send())


@pytest.fixture(scope="module")
def door(sqlite_template: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    path = tmp_path_factory.mktemp("door") / "soundings.db"
    path.write_bytes(sqlite_template.read_bytes())  # type: ignore[attr-defined]
    door = Door(f"sqlite:///{path}")
    yield door
    door.close()


def is_calm(status: int) -> bool:
    """Whether it was understood or refused, and nothing broke."""
    return 200 <= status < 500


@given(body=st.binary(max_size=300), content=TYPES)
@settings(max_examples=100)
def test_no_bytes_break_it(door: Door, body: bytes, content: str) -> None:
    assert is_calm(door.knock(body, content))


@given(payload=JSON | PAYLOADS | SHAPES)
@settings(max_examples=100)
def test_no_json_breaks_it(door: Door, payload: object) -> None:
    assert is_calm(door.knock(json.dumps(payload).encode(), JSON_TYPE))


@given(payload=PAYLOADS)
@example({"type": "interactive_message", "callback_id": []})
@settings(max_examples=100)
def test_no_interaction_breaks_it(door: Door, payload: Json) -> None:
    assert is_calm(door.knock(urlencode({"payload": json.dumps(payload)}).encode(), FORM))


@given(form=st.dictionaries(NAMES, st.text(max_size=8), max_size=12))
@settings(max_examples=100)
def test_no_form_breaks_it(door: Door, form: dict[str, str]) -> None:
    body = urlencode({"command": "/pulse", **form}, errors="surrogatepass").encode()
    assert is_calm(door.knock(body, FORM))


@pytest.mark.parametrize("size", [MAX_BODY // 2, MAX_BODY + 1])
@pytest.mark.parametrize("content", [JSON_TYPE, FORM])
def test_no_giant_breaks_it(door: Door, size: int, content: str) -> None:
    status = door.knock(b"[" * size, content)
    assert status in (400, 413)
    assert (status == 413) == (size > MAX_BODY)


def test_deep_json_does_not_break_it(door: Door) -> None:
    deep = b'{"type":' + b'{"event":' * 20_000 + b"1" + b"}" * 20_001
    assert door.knock(deep, JSON_TYPE) == 400


@given(body=st.binary(max_size=50), signed=st.text(st.characters(codec="latin-1"), max_size=80))
@settings(max_examples=50)
def test_what_is_not_signed_is_not_read(door: Door, body: bytes, signed: str) -> None:
    plain = "".join(letter for letter in signed if letter.isprintable())
    assert door.knock(body, JSON_TYPE, {"X-Slack-Signature": plain}) == 401


@pytest.mark.parametrize("late", [-301, 301, 10**9])
def test_what_is_signed_for_another_time_is_not_read(door: Door, late: int) -> None:
    world = door.desk.world
    body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
    for offset, status in ((late, 401), (0, 200)):
        stamp = str(int(world.wall()) + offset)
        headers = {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature(world.signing_secret, stamp, body),
        }
        assert door.knock(body, JSON_TYPE, headers) == status


def test_the_address_is_verified(door: Door) -> None:
    asked = json.dumps({"type": "url_verification", "challenge": "abc", "token": "x"})
    _, ack = door.ask(asked.encode(), JSON_TYPE)
    assert ack is not None
    assert ack.body == {"challenge": "abc"}


def test_the_certificate_is_checked(door: Door) -> None:
    assert door.knock(b"ssl_check=1&token=x", FORM) == 200
