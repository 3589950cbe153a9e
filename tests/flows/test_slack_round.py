"""A whole round in Slack, over HTTP and over Socket Mode, for two organisations at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestServer
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.app import EVENTS
from adapters.slack.inbound import PLATFORM
from adapters.slack.platform import Slack
from adapters.slack.side import Side
from adapters.slack.tokens import ManyWorkspaces
from bot.engine import LocalEngine
from bot.inbox import Inbox
from bot.letters import Letters
from bot.outbox import Outbox
from bot.ports import Store, Tx
from bot.programme.people import Consent
from bot.programme.programmes import Programme, Workspace
from bot.rounds import Rounds
from bot.service.listening import make_app
from tests.flows.company import MAYA, RUTH, Company, TestClock, founded
from tests.flows.slack_company import FAST, Behind, row_of
from tests.flows.slack_desk import SlackDesk
from tests.slack.records import Workspace as SlackWorkspace
from tests.slack.server import StandIn
from tests.slack.world import World
from tests.stores import Opened

NAMES = ("Riverside Trust", "Hillside Trust")
ways = pytest.mark.parametrize("way", ["http", "socket"])


@pytest.fixture
async def store(opened: Opened) -> Store:
    """Not once for each platform: this is about one."""
    return await opened()


def _organisation(
    name: str, workspace: SlackWorkspace, clock: TestClock
) -> Callable[[Tx], Programme]:
    def work(tx: Tx) -> Programme:
        programme = founded(tx, clock.now(), Consent.GIVEN, name)
        tx.directory.add_workspace(row_of(tx, programme, workspace), FAST)
        return programme

    return work


@asynccontextmanager
async def two_companies(store: Store, way: str) -> AsyncIterator[tuple[Company, Company]]:
    """One app, installed in the workspaces of two organisations."""
    clock = TestClock()
    world = World(wall=lambda: clock.now().timestamp())
    world.rates.on = False

    def unknown(tx: Tx, external_id: str, name: str) -> Workspace:
        found = tx.directory.workspace(PLATFORM, external_id)
        assert found is not None
        return found

    async with AsyncExitStack() as stack:
        stand_in = await stack.enter_async_context(StandIn(world))
        client = AsyncWebClient(base_url=stand_in.base_url)
        tokens = ManyWorkspaces(store, client, ("unused", "unused"), clock, unknown)
        slack = await stack.enter_async_context(Slack(tokens, stand_in.base_url))
        outbox = Outbox(store, clock, {slack.name: slack}, Letters().compose)
        engine = LocalEngine(outbox.run_lane, outbox.unfinished)
        inbox = Inbox(store, engine, clock)
        side = Side(slack, tokens, store, inbox.handle, clock, stand_in.base_url)
        if way == "socket":
            await stack.enter_async_context(side.socket(world.app_token))
            await stand_in.sockets.connected()
            delivery = stand_in.delivery("socket")
        else:
            server = await stack.enter_async_context(
                TestServer(make_app(side.routes(world.signing_secret)))
            )
            delivery = stand_in.delivery("http", str(server.make_url(EVENTS)))
        rounds = Rounds(store, engine, clock)
        made = []
        for name in NAMES:
            workspace = world.add_workspace(name)
            programme = await store.write(_organisation(name, workspace, clock))
            await tokens.async_save(
                Installation(
                    team_id=workspace.team,
                    team_name=name,
                    bot_token=workspace.token,
                    bot_id=workspace.bot_id,
                    bot_user_id=workspace.bot_user,
                    user_id="UINSTALLER",
                )
            )
            behind = Behind(store, rounds, engine, side, workspace, programme)
            await behind.enrol()
            desk = SlackDesk(world, workspace, delivery, behind.drain)
            made.append(Company(store, clock, inbox, behind, desk, programme))
        try:
            yield made[0], made[1]
        finally:
            await engine.stop(timedelta(seconds=5))
            await side.conversation.drain(timedelta(seconds=5))
        assert world.faults == []


async def whole_round(c: Company, statement: str, mood: str) -> None:
    """Command, form, prompts, clicks, words in a form, close, digest."""
    await c.desk.command(MAYA, "ask")
    heard = await c.desk.submit(MAYA, text=statement, kind="agree", window="2 days")
    assert not heard.errors
    await c.desk.press(MAYA, "Ask now")
    await c.settle()
    await asyncio.gather(*(c.desk.press(user, mood) for user in c.people()))
    for user in c.people():
        assert "Thank you, noted." in c.desk.messages(user)[-1].text
        assert mood not in c.desk.messages(user)[-1].text
    await c.desk.command(MAYA, "close")
    await c.desk.press(MAYA, "Close and share")


@ways
@pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)
async def test_two_organisations_ask_at_once_through_one_app_and_nothing_crosses(
    store: Store, way: str
) -> None:
    async with two_companies(store, way) as (ours, theirs):
        await asyncio.gather(
            whole_round(ours, "Ours is a good plan.", "Agree"),
            whole_round(theirs, "Theirs is a good plan.", "Disagree"),
        )
        await ours.wait(hours=2)
        for c, own, other in ((ours, "Ours", "Theirs"), (theirs, "Theirs", "Ours")):
            for user in (*c.people(), RUTH, MAYA):
                read = "\n".join(seen.text for seen in c.desk.messages(user))
                assert f"{own} is a good plan." in read
                assert other not in read
        assert "12 of 12 answers are positive" in ours.desk.messages(RUTH)[-1].text
        assert "12 answers are positive (0%" in theirs.desk.messages(RUTH)[-1].text


@ways
@pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)
async def test_words_are_written_in_a_form_and_never_stand_in_the_chat(
    store: Store, way: str
) -> None:
    async with two_companies(store, way) as (ours, _):
        await ours.desk.command(MAYA, 'ask "What would help?" as text for 2 days')
        await ours.desk.press(MAYA, "Ask now")
        await ours.settle()
        user = ours.people()[0]
        heard = await ours.desk.press(user, "Write an answer")
        assert heard.form is not None
        await ours.desk.submit(user, **{heard.form["fields"][0]["id"]: "More sleep"})
        assert "Thank you, noted." in ours.desk.messages(user)[-1].text
        assert not any("More sleep" in seen.text for seen in ours.desk.messages(user))
        heard = await ours.desk.press(user, "Change my answers")
        assert heard.form is not None
        assert heard.form["fields"][0]["value"] == "More sleep"
