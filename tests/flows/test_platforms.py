"""Several chat platforms in one process: they share the core, the listener and the end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.clock import RunningClock
from bot.conversation.events import Actor, Command, Say
from bot.ports import Rate
from bot.service import Refused, open_database
from bot.service.inviting import Connected, claim_code
from bot.service.listening import HEALTH, MAX_BODY
from bot.service.on_platforms import together
from bot.service.parts import Handle
from bot.settings import read_settings
from storage.store import SqlStore
from tests.flows.loopback_platform import FAST, LoopbackPlatform

ROOT = Path(__file__).parents[2]
SETTINGS = read_settings({"PORT": "0", "SOUNDINGS_TICK_SECONDS": "60"})


@dataclass
class Corner:
    """A platform whose people ask over HTTP, unless it is `silent`. It writes down what happens."""

    title: str
    happened: list[str] = field(default_factory=list)
    silent: bool = False
    address: str | None = None

    def __post_init__(self) -> None:
        self.platform = LoopbackPlatform(name=self.title.lower())

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[Corner]:
        yield self
        self.happened.append(f"{self.title} is left")

    def attach(self, handle: Handle) -> Corner:
        self._handle = handle
        return self

    def routes(self) -> list[web.RouteDef]:
        return [] if self.silent else [web.post(f"/{self.platform.name}", self._ask)]

    async def _ask(self, request: web.Request) -> web.Response:
        actor = Actor(self.platform.name, "here", "ada")
        (reply,) = await self._handle(
            Command(key=actor.platform, actor=actor, text=await request.text())
        )
        assert isinstance(reply, Say)
        return web.Response(text=reply.card.fallback)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.happened.append(f"{self.title} runs")
        yield
        reached = "nobody" if self.address is None else await _asked(self.address + HEALTH)
        self.happened.append(f"{self.title} has said all, and {reached} answers")

    def announce(self, address: str) -> Sequence[str]:
        self.address = address or None
        return [f"{self.title} at {address or 'no address'}"]

    async def invite(self) -> Sequence[str]:
        return [f"{self.title} invites"]


async def _asked(url: str, body: bytes | None = None) -> str:
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.request("GET" if body is None else "POST", url, data=body) as answer,
        ):
            return await answer.text()
    except aiohttp.ClientConnectorError:
        return "nobody"


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[SqlStore]:
    url = f"sqlite:///{tmp_path / 'soundings.db'}"
    async with open_database(read_settings({"DATABASE_URL": url})) as store:
        yield store


@asynccontextmanager
async def serving(
    store: SqlStore, corners: Sequence[Corner], said: list[str], role: str = "all"
) -> AsyncIterator[None]:
    parts = [corner.entered() for corner in corners]
    async with together(SETTINGS, store, RunningClock(), parts, role, said.append):
        yield


@pytest.mark.parametrize("role", ["all", "web"])
async def test_two_platforms_share_one_listener_and_one_core(kept: SqlStore, role: str) -> None:
    slack, teams = corners = [Corner("Slack"), Corner("Teams")]
    said: list[str] = []
    async with serving(kept, corners, said, role):
        assert slack.address == teams.address
        assert slack.address is not None
        for name in ("slack", "teams"):
            assert "I do not know you yet" in await _asked(f"{slack.address}/{name}", b"status")
        assert await _asked(slack.address + HEALTH) == "ok"
        giant = await _asked(f"{slack.address}/teams", b"x" * (MAX_BODY + 1))
        assert "exceeded" in giant
    assert said == [
        f"Slack at {slack.address}",
        f"Teams at {slack.address}",
        "Slack invites",
        "Teams invites",
    ]


async def test_at_the_end_nothing_comes_in_before_all_is_said_and_sent(kept: SqlStore) -> None:
    happened: list[str] = []
    async with serving(kept, [Corner("Slack", happened), Corner("Teams", happened)], []):
        assert happened == ["Slack runs", "Teams runs"]
        happened.clear()
    assert happened == [
        "Teams has said all, and nobody answers",
        "Slack has said all, and nobody answers",
        "Teams is left",
        "Slack is left",
    ]


async def test_nothing_listens_where_no_platform_asks_over_http(kept: SqlStore) -> None:
    said: list[str] = []
    async with serving(kept, [Corner("Slack", silent=True)], said):
        assert said == ["Slack at no address", "Slack invites"]


async def test_a_worker_sends_to_all_and_takes_in_nothing(kept: SqlStore) -> None:
    said: list[str] = []
    happened: list[str] = []
    corners = [Corner("Slack", happened), Corner("Teams", happened)]
    async with serving(kept, corners, said, "worker"):
        assert said == ["Keeping time and sending to Slack and Teams (Ctrl+C stops it)"]
        assert happened == []


async def test_workspaces_of_two_platforms_can_be_in_one_organisation(kept: SqlStore) -> None:
    clock, rate = RunningClock(), Rate(1, 1)
    slack, teams, other = (
        Connected("slack", "T1", "Riverside", FAST),
        Connected("teams", "t2", "Riverside Trust", rate),
        Connected("teams", "t3", "Hillside", rate),
    )
    assert await claim_code(kept, clock, slack, None) is not None
    assert await claim_code(kept, clock, teams, "riverside") is not None
    workspaces = await kept.read(
        lambda tx: [tx.directory.workspace(*of) for of in (("slack", "T1"), ("teams", "t2"))]
    )
    assert len({found.org_id for found in workspaces if found is not None}) == 1
    with pytest.raises(Refused, match='no organisation "Rivreside"'):
        await claim_code(kept, clock, other, "Rivreside")
    assert await claim_code(kept, clock, other, None) is not None
    with pytest.raises(Refused, match="Hillside is in the organisation Hillside already"):
        await claim_code(kept, clock, other, "Riverside")


LOOK = """
import sys
from bot import cli
from bot.service.on_platforms import switched_on
from bot.settings import read_settings
settings = read_settings(dict(pair.split("=", 1) for pair in sys.argv[1:]))
switched_on(settings, None, None, None, print)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
SDKS = {"slack_bolt", "slack_sdk", "botbuilder", "botframework", "jwt", "msal", "requests"}
SLACK = ("SLACK_BOT_TOKEN=xoxb-1", "SLACK_APP_TOKEN=xapp-1")


@pytest.mark.parametrize(
    ("environment", "needed"),
    [((), set()), (SLACK, {"slack_bolt", "slack_sdk"})],
    ids=["none", "slack"],
)
def test_a_platform_that_is_not_switched_on_is_not_loaded(
    environment: tuple[str, ...], needed: set[str]
) -> None:
    asked = [sys.executable, "-c", LOOK, *environment]
    said = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert SDKS & set(said.split()) == needed
