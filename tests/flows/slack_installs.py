"""Slack's side for many workspaces, each of which installs the app through Slack's own page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from aiohttp.test_utils import TestServer

from adapters.slack.app import EVENTS, INSTALL, REDIRECT
from adapters.slack.installing import Installing
from adapters.slack.platform import Slack
from adapters.slack.side import Side
from bot.engine import LocalEngine
from bot.inbox import Inbox
from bot.letters import Letters
from bot.outbox import Outbox
from bot.ports import Store
from bot.rounds import Rounds
from bot.service.listening import make_app
from tests.flows.company import TestClock
from tests.slack.delivery import Delivery
from tests.slack.people import SlackUser
from tests.slack.records import User, Workspace
from tests.slack.server import StandIn
from tests.slack.world import World, wall_clock


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser shows, and where it is sent; `cookie` is what it keeps."""

    status: int
    text: str
    location: str = ""
    cookie: str = ""


@dataclass
class Installs:
    """The running side, and what an installer's browser does."""

    world: World
    clock: TestClock
    stand_in: StandIn
    tokens: Installing
    slack: Slack
    side: Side
    engine: LocalEngine
    rounds: Rounds
    address: str
    delivery: Delivery

    async def get(self, place: str, cookie: str = "") -> Page:
        headers = {"Cookie": cookie} if cookie else {}
        session = self.stand_in.session
        async with session.get(place, headers=headers, allow_redirects=False) as page:
            kept = page.headers.get("Set-Cookie", "").split(";")[0]
            location = page.headers.get("Location", "")
            return Page(page.status, await page.text(), location, kept)

    async def begin(self) -> tuple[str, str]:
        """Go to the page that starts it; the state and the cookie that it gives."""
        page = await self.get(self.address + INSTALL)
        assert page.status == 302
        assert page.location.startswith(self.stand_in.authorize_url)
        return parse_qs(urlsplit(page.location).query)["state"][0], page.cookie

    async def come_back(self, code: str, state: str, cookie: str) -> Page:
        return await self.get(f"{self.address}{REDIRECT}?code={code}&state={state}", cookie)

    async def install(self, workspace: Workspace, user: User) -> Page:
        state, cookie = await self.begin()
        return await self.come_back(self.world.issue_code(workspace, user.id), state, cookie)

    def person(self, workspace: Workspace, user: User) -> SlackUser:
        return SlackUser(self.world, workspace, user, self.delivery)

    async def live(self, span: timedelta) -> None:
        """Let time pass, and do what is due then."""
        self.clock.move(self.clock.now() + span)
        await self.side.accounts.look()
        await self.side.accounts.idle()
        await self.rounds.tick()
        await self.engine.idle()

    async def hears(self, person: SlackUser) -> str:
        """Live until somebody has a message, and longer than a lane waits for an installation."""
        for _ in range(30):
            if person.reads():
                return person.reads()[-1]
            due = await self.tokens._store.read(lambda tx: tx.agenda.next_moment())
            soon = timedelta(minutes=11)
            await self.live(max(due - self.clock.now(), soon) if due else soon)
        raise AssertionError("nothing was heard")


@asynccontextmanager
async def installs(store: Store, *, rotation: bool = False) -> AsyncIterator[Installs]:
    # The SDK reckons the end of a new token by the real clock.
    clock = TestClock(datetime.fromtimestamp(wall_clock(), UTC))
    world = World(
        now=lambda: clock.now().timestamp(),
        wall=lambda: clock.now().timestamp(),
        rotation=rotation,
    )
    world.rates.on = False
    async with AsyncExitStack() as stack:
        stand_in = await stack.enter_async_context(StandIn(world))
        url = stand_in.base_url
        tokens = Installing(store, clock, world.client_id, world.client_secret, url)
        slack = await stack.enter_async_context(Slack(tokens, url))
        outbox = Outbox(store, clock, {slack.name: slack}, Letters().compose)
        engine = LocalEngine(outbox.run_lane, outbox.unfinished)
        inbox = Inbox(store, engine, clock)
        side = Side(slack, tokens, store, inbox.handle, clock, url, tokens.flow)
        tokens.accounts = side.accounts
        server = await stack.enter_async_context(
            TestServer(make_app(side.routes(world.signing_secret)))
        )
        address = str(server.make_url("/")).rstrip("/")
        delivery = stand_in.delivery("http", address + EVENTS)
        rounds = Rounds(store, engine, clock)
        try:
            yield Installs(
                world, clock, stand_in, tokens, slack, side, engine, rounds, address, delivery
            )
        finally:
            await engine.stop(timedelta(seconds=5))
            await side.conversation.drain(timedelta(seconds=5))
            await tokens.drain(timedelta(seconds=5))
        assert world.faults == []
