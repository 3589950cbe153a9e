"""The real process with Slack switched on, at a stand-in for Slack's servers."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.slack.app import EVENTS, INSTALL, REDIRECT
from bot.settings import NAMES
from tests.slack.delivery import Delivery
from tests.slack.people import SlackUser, until
from tests.slack.records import Workspace
from tests.slack.server import StandIn
from tests.slack.troubles import Trouble, always, busy, page, refuse, status
from tests.slack.world import World

ROOT = Path(__file__).parents[2]
HEADER = "name,email,team,role,timezone,language\n"


class Process:
    """The bot as an operator starts it; `said` is what it printed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said: list[str] = []

    async def says(self, pattern: str) -> str:
        """Waits for a line; returns what the group in the pattern matched."""
        assert self._process.stdout is not None
        async with asyncio.timeout(30):
            while True:
                found = re.search(pattern, "\n".join(self.said))
                if found:
                    return found[1]
                line = await self._process.stdout.readline()
                assert line, "\n".join(self.said)
                self.said.append(line.decode().strip())


async def _start(
    folder: Path, environment: Mapping[str, str], *more: str
) -> asyncio.subprocess.Process:
    clean = {name: value for name, value in os.environ.items() if name not in NAMES}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        *more,
        cwd=folder,
        env={
            **clean,
            "PYTHONPATH": str(ROOT),
            "PORT": "0",
            "DATABASE_URL": f"sqlite:///{folder / 'soundings.db'}",
            "SOUNDINGS_TICK_SECONDS": "1",
            **environment,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def ended(folder: Path, environment: Mapping[str, str], *more: str) -> tuple[int, str]:
    """The code of a start that is refused, and all that it said."""
    process = await _start(folder, environment, *more)
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@asynccontextmanager
async def started(
    folder: Path, environment: Mapping[str, str], *more: str
) -> AsyncIterator[Process]:
    process = await _start(folder, environment, *more)
    try:
        yield Process(process)
    finally:
        process.terminate()
        await process.communicate()
        assert process.returncode == 0


@pytest.fixture
async def slack() -> AsyncIterator[StandIn]:
    async with StandIn(World()) as stand_in:
        yield stand_in
        assert stand_in.world.faults == []


def settings(slack: StandIn, workspace: Workspace, way: str) -> dict[str, str]:
    reached = (
        {"SLACK_APP_TOKEN": slack.world.app_token}
        if way == "socket"
        else {"SLACK_SIGNING_SECRET": slack.world.signing_secret}
    )
    return {"SLACK_API_URL": slack.base_url, "SLACK_BOT_TOKEN": workspace.token, **reached}


async def delivery_of(slack: StandIn, process: Process, way: str) -> Delivery:
    if way == "socket":
        await process.says(r"(Connected) to Slack")
        return slack.delivery("socket")
    place = await process.says(rf"Listening for Slack at (http://\S+{EVENTS})")
    return slack.delivery("http", place)


@pytest.mark.parametrize("way", ["http", "socket"])
async def test_a_code_makes_a_facilitator_who_brings_in_people_and_asks(
    slack: StandIn, tmp_path: Path, way: str
) -> None:
    workspace = slack.world.add_workspace("Riverside Trust")
    slack.world.rates.on = False
    async with started(tmp_path, settings(slack, workspace, way)) as process:
        delivery = await delivery_of(slack, process, way)
        maya = SlackUser(
            slack.world, workspace, workspace.add_user("Maya Brandt", email="maya@s.org"), delivery
        )
        code = await process.says(r"/pulse claim ([A-Z0-9-]+)")
        await maya.slash("/pulse", "status")
        assert "I do not know you yet" in maya.reads()[-1]
        assert "Nobody runs Soundings here yet" in maya.reads()[-1]
        await maya.slash("/pulse", "claim WRONG-CODE-AGAIN")
        await maya.sees("This code is wrong")
        await maya.slash("/pulse", f"claim {code.lower().replace('-', ' ')}")
        await maya.sees("You run Soundings here")
        await maya.slash("/pulse", f"claim {code}")
        await until(lambda: sum("This code is wrong" in text for text in maya.reads()) == 2)

        await maya.press("Bring in people")
        await until(lambda: maya.view is not None)
        rows = "\n".join(f"Nurse {n},n{n}@s.org,Ward 4,,," for n in range(1, 13))
        assert await maya.submit({"csv": HEADER + rows}) == {}
        await maya.sees("12 added, 0 changed, 0 the same")
        await maya.press("Import the list")
        await maya.sees("people imported")


async def test_the_home_tab_opens_for_whoever_is_known(slack: StandIn, tmp_path: Path) -> None:
    workspace = slack.world.add_workspace("Riverside Trust")
    async with started(tmp_path, settings(slack, workspace, "http")) as process:
        delivery = await delivery_of(slack, process, "http")
        user = workspace.add_user("Maya Brandt", email="maya@s.org")
        maya = SlackUser(slack.world, workspace, user, delivery)
        code = await process.says(r"/pulse claim ([A-Z0-9-]+)")
        await maya.slash("/pulse", f"claim {code}")
        await maya.sees("You run Soundings here")
        await maya.open_home()
        await until(lambda: maya.home is not None)
        await maya.sees("No round is open now")
        await maya.press("People", where="home")
        await maya.sees("Nobody is here yet")


async def test_an_organisation_that_is_there_already_needs_no_code(
    slack: StandIn, tmp_path: Path
) -> None:
    workspace = slack.world.add_workspace("Riverside Slack")
    environment = settings(slack, workspace, "http")
    made = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "programme", "new", "Winter plan"),
        *("--organisation", "Riverside Trust", "--facilitator", "Sam Lee <sam@s.org>"),
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": f"sqlite:///{tmp_path / 'soundings.db'}",
        },
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await made.wait() == 0
    user = workspace.add_user("Sam Lee", email="sam@s.org")
    async with started(tmp_path, environment, "--organisation", "riverside trust") as process:
        delivery = await delivery_of(slack, process, "http")
        sam = SlackUser(slack.world, workspace, user, delivery)
        await sam.slash("/pulse", "status")
        await sam.sees("Winter plan")
        assert not any("claim" in line for line in process.said)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "SLACK_BOT_TOKEN: invalid_auth"),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, "SLACK_APP_TOKEN: "),
        ({"SLACK_API_URL": "http://127.0.0.1:9/api/"}, "api/: it takes no connection."),
    ],
)
async def test_a_start_that_slack_refuses_says_which_setting_to_mend(
    slack: StandIn, tmp_path: Path, change: dict[str, str], named: str
) -> None:
    workspace = slack.world.add_workspace()
    environment = {**settings(slack, workspace, "http"), **change}
    code, said = await ended(tmp_path, environment)
    assert code == 1
    assert named in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("method", "trouble", "named"),
    [
        ("auth.test", status(500), "Slack cannot answer just now (status 500). Start again"),
        ("auth.test", busy(), "Slack cannot answer just now (ratelimited). Start again"),
        ("auth.test", refuse("internal_error"), "just now (internal_error). Start again"),
        (
            "auth.test",
            status(404),
            "answers as Slack does (status 404). Check SLACK_API_URL",
        ),
        ("auth.test", page(), "answers as Slack does (status 200). Check SLACK_API_URL"),
        ("auth.test", page(503), "Slack cannot answer just now (status 503). Start again"),
        ("apps.connections.open", status(502), "Slack cannot answer just now (status 502)"),
        ("apps.connections.open", refuse("internal_error"), "(internal_error). Start again"),
    ],
)
async def test_a_start_says_whether_slack_or_its_address_is_to_blame(
    slack: StandIn, tmp_path: Path, method: str, trouble: Trouble, named: str
) -> None:
    workspace = slack.world.add_workspace()
    slack.world.troubles[method] = always(trouble)
    code, said = await ended(tmp_path, settings(slack, workspace, "socket"))
    assert code == 1
    assert named in said
    assert "Traceback" not in said


async def test_who_cannot_be_asked_for_is_told_that_the_code_still_works(
    slack: StandIn, tmp_path: Path
) -> None:
    workspace = slack.world.add_workspace()
    user = workspace.add_user("Maya Brandt", email="maya@s.org")
    async with started(tmp_path, settings(slack, workspace, "http")) as process:
        delivery = await delivery_of(slack, process, "http")
        maya = SlackUser(slack.world, workspace, user, delivery)
        code = await process.says(r"/pulse claim ([A-Z0-9-]+)")
        slack.world.troubles["users.info"] = always(refuse("missing_scope"))
        await maya.slash("/pulse", f"claim {code}")
        await maya.sees("your code was not used. It still works")
        await process.says(r"(action=slack_profile_failed error=missing_scope)")
        del slack.world.troubles["users.info"]
        await maya.slash("/pulse", f"claim {code}")
        await maya.sees("You run Soundings here")


async def test_an_organisation_that_is_not_there_is_named_with_those_that_are(
    slack: StandIn, tmp_path: Path
) -> None:
    workspace = slack.world.add_workspace("Riverside")
    async with started(tmp_path, settings(slack, workspace, "http")) as process:
        await process.says(r"/pulse claim ([A-Z0-9-]+)")
    wrong = "--organisation", "Rivreside"
    code, said = await ended(tmp_path, settings(slack, workspace, "http"), *wrong)
    assert code == 1
    assert 'no organisation "Rivreside". There is: Riverside. ' in said
    right = "--organisation", "riverside"
    async with started(tmp_path, settings(slack, workspace, "http"), *right) as process:
        await process.says(r"/pulse claim ([A-Z0-9-]+)")


async def test_two_workspaces_install_the_app_and_are_kept_apart(
    slack: StandIn, tmp_path: Path
) -> None:
    world = slack.world
    environment = {
        "SLACK_API_URL": slack.base_url,
        "SLACK_CLIENT_ID": world.client_id,
        "SLACK_CLIENT_SECRET": world.client_secret,
        "SLACK_SIGNING_SECRET": world.signing_secret,
    }
    async with started(tmp_path, environment) as process:
        place = await process.says(rf"Listening for Slack at (http://\S+){EVENTS}")
        delivery = slack.delivery("http", place + EVENTS)
        leaders = []
        for name in ("Riverside Trust", "Hillside Trust"):
            workspace = world.add_workspace(name, installed=False)
            leader = workspace.add_user(f"{name} lead", email=f"{name[0].lower()}@lead.org")
            async with slack.session.get(place + INSTALL, allow_redirects=False) as page:
                assert page.status == 302
                asked = urlsplit(page.headers["Location"])
                cookie = page.headers["Set-Cookie"].split(";")[0]
            assert page.headers["Location"].startswith(slack.authorize_url)
            state = parse_qs(asked.query)["state"][0]
            code = world.issue_code(workspace, leader.id)
            back = f"{place}{REDIRECT}?code={code}&state={state}"
            async with slack.session.get(back, headers={"Cookie": cookie}) as page:
                assert "you run it" in await page.text()
            # The same state does not work twice.
            again = f"{place}{REDIRECT}?code={world.issue_code(workspace, leader.id)}&state={state}"
            async with slack.session.get(again, headers={"Cookie": cookie}) as page:
                assert page.status == 401
            leaders.append(SlackUser(world, workspace, leader, delivery))
        for person, name in zip(leaders, ("Riverside Trust", "Hillside Trust"), strict=True):
            await person.slash("/pulse", "people")
            assert name in await person.sees("Nobody is here yet")
        first, second = leaders
        await first.slash("/pulse", 'people add "Only Here" only@here.org')
        await first.sees("Only Here is now a participant")
        await second.slash("/pulse", "people remove only@here.org")
        await second.sees("Nobody in Hillside Trust has the address")

        await first.happenings.app_uninstalled()
        await second.slash("/pulse", "people")
        await second.sees("Nobody is here yet")


@pytest.mark.parametrize("kind_of_database", ["postgresql"], indirect=True)
async def test_one_process_takes_in_and_another_sends(
    slack: StandIn, url: str, tmp_path: Path
) -> None:
    workspace = slack.world.add_workspace("Riverside Trust")
    user = workspace.add_user("Maya Brandt", email="maya@s.org")
    environment = {
        **settings(slack, workspace, "http"),
        "DATABASE_URL": url,
        "SOUNDINGS_SECRET_KEY": "A" * 43 + "=",
    }
    async with (
        started(tmp_path, environment, "--role", "web") as web,
        started(tmp_path, environment, "--role", "worker") as worker,
    ):
        await worker.says("(Keeping time) and sending")
        delivery = await delivery_of(slack, web, "http")
        maya = SlackUser(slack.world, workspace, user, delivery)
        code = await web.says(r"/pulse claim ([A-Z0-9-]+)")
        await maya.slash("/pulse", f"claim {code}")
        await maya.sees("You run Soundings here")
        assert not any("claim" in line for line in worker.said)
