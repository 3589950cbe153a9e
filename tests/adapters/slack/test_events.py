"""Events that nobody waits for: what becomes of them when something goes wrong."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.accounts import Accounts
from adapters.slack.app import EVENTS, Front, make_bolt
from adapters.slack.channels import Channels
from adapters.slack.conversation import Conversation
from adapters.slack.platform import Slack
from adapters.talking import Handle
from bot.conversation.events import Event, Meet, Reply, Say
from bot.service.listening import make_app
from bot.wording.help import FAULT
from storage.store import SqlStore
from tests.flows.company import MAYA, TestClock
from tests.flows.slack_company import on_slack
from tests.flows.slack_desk import SlackDesk

pytestmark = pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)

JOIN = {"type": "member_joined_channel", "user": "U9", "channel": "C1", "team": "T1"}


class NoTokens:
    """The app is installed nowhere."""

    async def token(self, workspace: str) -> str | None:
        return None

    async def gone(self, workspace: str) -> None: ...


class App:
    """Bolt and the conversation as they are put together, with a core of the test's own."""

    def __init__(self, store: SqlStore, handle: Handle) -> None:
        self.gone: list[str] = []
        clock, tokens = TestClock(), NoTokens()
        slack = Slack(tokens, "https://slack.com/api/")
        accounts = Accounts(slack, tokens, store, handle, clock)
        channels = Channels(slack, tokens)
        self.conversation = Conversation(slack, accounts, channels, store, handle, clock)
        self.bolt: AsyncApp = make_bolt(
            self.conversation, AsyncWebClient(), self._authorize, self._gone
        )

    async def hears(self, event: dict[str, Any], *, whole: bool = False) -> int:
        """The status that Slack gets for an event of team T1 in the enterprise E1."""
        grant = {"enterprise_id": "E1", "team_id": "T1", "is_enterprise_install": whole}
        body = {
            "type": "event_callback",
            "event_id": "Ev1",
            "team_id": "T1",
            "enterprise_id": "E1",
            "event": event,
            "authorizations": [grant],
        }
        asked = AsyncBoltRequest(body=body, mode="socket_mode")
        status: int = (await self.bolt.async_dispatch(asked)).status
        return status

    async def _authorize(self, enterprise: str | None, team: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise, team_id=team, bot_token="xoxb-1")

    async def _gone(self, workspace: str) -> None:
        self.gone.append(workspace)


@pytest.mark.parametrize(("whole", "left"), [(False, ["T1"]), (True, ["E1"])])
async def test_a_team_that_removes_the_app_leaves_it_in_the_rest_of_the_enterprise(
    store: SqlStore, whole: bool, left: list[str]
) -> None:
    async def handle(_: Event) -> tuple[Reply, ...]:
        return ()

    app = App(store, handle)
    assert await app.hears({"type": "app_uninstalled"}, whole=whole) == 200
    assert app.gone == left


async def test_an_event_that_failed_is_sent_again_and_then_taken(store: SqlStore) -> None:
    handled: list[Event] = []

    async def handle(event: Event) -> tuple[Reply, ...]:
        handled.append(event)
        return (Say(FAULT),) if len(handled) == 1 else ()

    app = App(store, handle)
    assert await app.hears(JOIN) == 503
    assert await app.hears(JOIN) == 200
    assert await app.hears(JOIN) == 200
    assert len(handled) == 2


async def test_what_goes_wrong_after_an_acknowledgement_is_logged_without_a_value(
    store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    async def handle(event: Event) -> tuple[Reply, ...]:
        if event.key == "slack:Ev1":
            return (Meet("C1", ("U9",)),)
        raise KeyError("what somebody said")

    app = App(store, handle)
    app.conversation._channels = Broken()  # type: ignore[assignment]
    caplog.set_level(logging.ERROR)
    assert await app.hears(JOIN) == 200
    await app.conversation.drain(timedelta(seconds=5))
    (record,) = caplog.records
    assert vars(record)["action"] == "slack_reply_failed"
    assert "somebody" not in caplog.text


async def test_unsigned_requests_are_logged_once_a_minute(
    store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    async def handle(_: Event) -> tuple[Reply, ...]:
        return ()

    app = App(store, handle)
    clock = TestClock()
    front = Front(app.conversation, app.bolt, "secret", clock)
    async with TestServer(make_app(front.routes())) as server, ClientSession() as session:
        for _ in range(3):
            async with session.post(server.make_url(EVENTS), data=b"what somebody said") as said:
                assert said.status == 401
        assert [vars(record).get("action") for record in caplog.records] == ["slack_unsigned"]
        assert "somebody" not in caplog.text
        clock.move(clock.now() + timedelta(minutes=1))
        async with session.post(server.make_url(EVENTS)) as said:
            assert said.status == 401
    assert len(caplog.records) == 2


@pytest.mark.parametrize("way", ["http", "socket"])
async def test_events_that_slack_holds_back_are_logged_once_a_minute(
    store: SqlStore, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    async with on_slack(store, way=way) as c:
        assert isinstance(c.desk, SlackDesk)
        happenings, team = c.desk.user(MAYA).happenings, c.desk.workspace.team
        for _ in range(3):
            await happenings.app_rate_limited()
        (record,) = caplog.records
        assert vars(record)["action"] == "slack_events_held_back"
        assert vars(record)["workspace"] == team
        assert "/pulse people" in record.getMessage()
        c.clock.move(c.clock.now() + timedelta(minutes=1))
        await happenings.app_rate_limited()
        assert len(caplog.records) == 2


class Broken:
    """Channels that nobody expected."""

    async def meet(self, workspace: str, users: object) -> object:
        raise KeyError("what somebody said")
