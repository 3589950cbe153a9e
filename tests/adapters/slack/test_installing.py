"""Workspaces that install the app, tokens that end and are renewed, and installs that fail."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from adapters.slack.app import REDIRECT
from adapters.slack.inbound import PLATFORM
from bot.conversation.card import Card, Text
from bot.conversation.events import Actor
from bot.ports import Sent
from storage.database import parse_url, reading_engine
from storage.store import SqlStore
from storage.tables import installation
from tests.flows.slack_installs import Installs, installs
from tests.slack.people import SlackUser
from tests.slack.records import Workspace
from tests.slack.troubles import always, drop, first, refuse, status

pytestmark = [
    pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True),
    # The SDK still hands aiohttp the app's secret in the old way.
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated"),
]

ACCESS = "oauth.v2.access"
CARD = Card((Text("Hello"),))


@dataclass(frozen=True, slots=True)
class Home:
    """A workspace in which the app was just installed, and who did it."""

    workspace: Workspace
    leader: SlackUser

    @property
    def id(self) -> str:
        return self.workspace.enterprise if self.workspace.org_install else self.workspace.team

    @property
    def actor(self) -> Actor:
        return Actor(PLATFORM, self.id, self.leader.user.id)


async def installed(made: Installs, name: str = "Riverside Trust", enterprise: str = "") -> Home:
    workspace = made.world.add_workspace(
        name, installed=False, enterprise=enterprise, org_install=bool(enterprise)
    )
    user = workspace.add_user("Maya Brandt", email="maya@s.org")
    page = await made.install(workspace, user)
    assert "you run it" in page.text
    return Home(workspace, made.person(workspace, user))


def kept(url: str) -> Iterator[str]:
    """Everything about installations as it lies in the database."""
    engine = reading_engine(parse_url(url))
    with engine.begin() as connection:
        yield from (repr(row) for row in connection.execute(installation.select()))
    engine.dispose()


def refreshes(made: Installs) -> int:
    calls = made.world.calls_of(ACCESS)
    return sum(call.arguments.get("grant_type") == "refresh_token" for call in calls)


async def send(made: Installs, home: Home, key: str) -> object:
    return await made.slack.send(home.actor, CARD, key)


# --- tokens that end -------------------------------------------------------------------------


async def test_a_token_is_renewed_two_hours_before_its_end_and_not_sooner(
    store: SqlStore,
) -> None:
    async with installs(store, rotation=True) as made:
        home = await installed(made)
        first_token = home.workspace.token
        await made.live(timedelta(hours=9, minutes=50))
        assert isinstance(await send(made, home, "1"), Sent)
        assert refreshes(made) == 0
        await made.live(timedelta(minutes=15))
        assert isinstance(await send(made, home, "2"), Sent)
        assert refreshes(made) == 1
        assert home.workspace.token != first_token
        await made.live(timedelta(hours=9))
        assert isinstance(await send(made, home, "3"), Sent)
        assert refreshes(made) == 1
        await made.live(timedelta(hours=2))
        assert isinstance(await send(made, home, "4"), Sent)
        assert refreshes(made) == 2


async def test_two_messages_that_need_a_new_token_at_once_renew_it_once(store: SqlStore) -> None:
    async with installs(store, rotation=True) as made:
        home = await installed(made)
        made.world.latency[ACCESS] = 0.05
        await made.live(timedelta(hours=11))
        sent = await asyncio.gather(*(send(made, home, str(n)) for n in range(5)))
        assert all(isinstance(outcome, Sent) for outcome in sent)
        assert refreshes(made) == 1


async def test_a_renewed_token_is_kept_sealed(store: SqlStore, url: str) -> None:
    async with installs(store, rotation=True) as made:
        home = await installed(made)
        await made.live(timedelta(hours=11))
        await send(made, home, "1")
        (row,) = kept(url)
        for token in made.world.tokens.values():
            assert token.value not in row
            assert token.refresh not in row
        made.tokens._known.clear()
        assert await made.tokens.token(home.id) == home.workspace.token


FAILED = {
    "refused": refuse("invalid_refresh_token"),
    "a fault": status(503),
    "cut off": drop(),
}


@pytest.mark.parametrize("trouble", FAILED.values(), ids=FAILED)
async def test_a_token_that_cannot_be_renewed_is_used_to_its_end(
    store: SqlStore, trouble: object
) -> None:
    async with installs(store, rotation=True) as made:
        home = await installed(made)
        await made.live(timedelta(hours=11))
        made.world.troubles[ACCESS] = always(trouble)  # type: ignore[arg-type]
        before = len(made.world.calls_of(ACCESS))
        for number in range(3):
            assert isinstance(await send(made, home, str(number)), Sent)
        assert len(made.world.calls_of(ACCESS)) - before <= 2, "it does not ask each time"
        made.world.troubles.clear()
        await made.live(timedelta(minutes=6))
        assert isinstance(await send(made, home, "4"), Sent)
        assert refreshes(made) > 0
        assert await made.tokens.token(home.id) == home.workspace.token


async def test_a_token_that_another_process_renewed_is_found(store: SqlStore) -> None:
    async with installs(store, rotation=True) as one:
        home = await installed(one)
        await one.live(timedelta(hours=11))
        async with installs(store, rotation=True) as other:
            other.clock.move(one.clock.now())
            other.tokens._client = one.tokens._client
            tokens = await asyncio.gather(one.tokens.token(home.id), other.tokens.token(home.id))
            await one.live(timedelta(minutes=6))
            assert home.workspace.token in tokens
            assert await one.tokens.token(home.id) == home.workspace.token


async def test_a_command_is_answered_without_waiting_for_a_new_token(store: SqlStore) -> None:
    async with installs(store, rotation=True) as made:
        home = await installed(made)
        made.world.latency[ACCESS] = 30
        await made.live(timedelta(hours=11))
        before = len(made.world.calls)
        await home.leader.slash("/pulse", "people")
        assert "Nobody is here yet" in home.leader.reads()[-1]
        assert made.world.calls[before:] == []


# --- a whole enterprise ----------------------------------------------------------------------


async def test_an_app_for_a_whole_enterprise_serves_it_as_one_workspace(store: SqlStore) -> None:
    async with installs(store) as made:
        home = await installed(made, enterprise="E0000000001")
        nurse = made.person(home.workspace, home.workspace.add_user("Nurse", email="n@s.org"))
        await home.leader.slash("/pulse", "people add Nurse n@s.org")
        assert "Nurse is now a participant" in home.leader.reads()[-1]
        assert "May we ask how it is going?" in await made.hears(nurse)
        await nurse.press("Yes, ask me")
        await nurse.sees("Thank you")
        await nurse.open_home()
        await made.side.conversation.drain(timedelta(seconds=5))
        assert nurse.home is not None


# --- removed and back ------------------------------------------------------------------------


@pytest.mark.parametrize("goodbye", ["app_uninstalled", "tokens_revoked"])
@pytest.mark.parametrize("enterprise", ["", "E0000000001"])
async def test_messages_wait_while_the_app_is_removed_and_go_out_when_it_is_back(
    store: SqlStore, url: str, goodbye: str, enterprise: str
) -> None:
    async with installs(store) as made:
        home = await installed(made, enterprise=enterprise)
        nurse = made.person(home.workspace, home.workspace.add_user("Nurse", email="n@s.org"))
        await home.leader.slash("/pulse", "people add Nurse n@s.org")
        await made.live(timedelta(minutes=1))
        await getattr(home.leader.happenings, goodbye)()
        assert list(kept(url)) == []
        home.workspace.inactive = True
        before = len(made.world.calls)
        for _ in range(8):
            await made.live(timedelta(hours=5))
        assert nurse.reads() == []
        assert made.world.calls[before:] == []
        page = await made.install(home.workspace, home.leader.user)
        assert "installed again" in page.text
        assert "May we ask how it is going?" in await made.hears(nurse)


async def test_where_the_app_is_not_installed_a_command_says_so_and_calls_nobody(
    store: SqlStore,
) -> None:
    async with installs(store) as made:
        workspace = made.world.add_workspace(installed=False)
        person = made.person(workspace, workspace.add_user("Maya Brandt"))
        await person.slash("/pulse", "home")
        assert "Soundings is not installed in this workspace." in person.reads()[-1]
        await person.open_home()
        assert made.world.calls == []


# --- installs that fail ----------------------------------------------------------------------


async def test_an_installation_that_nobody_began_here_is_refused_in_words(
    store: SqlStore, url: str
) -> None:
    async with installs(store) as made:
        workspace = made.world.add_workspace(installed=False)
        user = workspace.add_user("Maya Brandt", email="maya@s.org")
        code = made.world.issue_code(workspace, user.id)
        state, cookie = await made.begin()
        other, other_cookie = await made.begin()
        forged = f"{state[:-4]}0000"
        name = cookie.partition("=")[0]
        attempts = {
            "another browser": (state, ""),
            "another one's": (state, other_cookie),
            "forged": (forged, f"{name}={forged}"),
            "nothing": ("", f"{name}="),
            "no state at all": ("%00..%ff", f"{name}=%00..%ff"),
        }
        for given, sent in attempts.values():
            page = await made.come_back(code, given, sent)
            assert page.status in (400, 401)
            assert "Soundings was not installed: " in page.text
            assert "Please start again." in page.text
        made.clock.move(made.clock.now() + timedelta(minutes=11))
        page = await made.come_back(code, other, other_cookie)
        assert page.status == 401
        assert "older than ten minutes" in page.text
        assert list(kept(url)) == []
        assert made.world.calls_of(ACCESS) == []


async def test_a_state_works_once(store: SqlStore) -> None:
    async with installs(store) as made:
        workspace = made.world.add_workspace(installed=False)
        user = workspace.add_user("Maya Brandt", email="maya@s.org")
        state, cookie = await made.begin()
        first_page = await made.come_back(made.world.issue_code(workspace, user.id), state, cookie)
        assert "you run it" in first_page.text
        again = await made.come_back(made.world.issue_code(workspace, user.id), state, cookie)
        assert again.status == 401
        assert "used before" in again.text


async def test_whoever_does_not_allow_it_reads_that_nothing_was_installed(
    store: SqlStore, url: str
) -> None:
    async with installs(store) as made:
        made.world.add_workspace(installed=False)
        page = await made.get(f"{made.address}{REDIRECT}?error=access_denied&state=x")
        assert "it was not allowed in Slack" in page.text
        hostile = await made.get(f"{made.address}{REDIRECT}?error=<script>alert(1)</script>")
        assert "script" not in hostile.text
        assert list(kept(url)) == []


@pytest.mark.parametrize("trouble", FAILED.values(), ids=FAILED)
@pytest.mark.parametrize("method", [ACCESS, "auth.test"])
async def test_an_installation_that_slack_does_not_confirm_is_said_so(
    store: SqlStore, url: str, method: str, trouble: object, caplog: pytest.LogCaptureFixture
) -> None:
    async with installs(store) as made:
        workspace = made.world.add_workspace(installed=False)
        user = workspace.add_user("Maya Brandt", email="maya@s.org")
        made.world.troubles[method] = first(1, trouble)  # type: ignore[arg-type]
        page = await made.install(workspace, user)
        assert page.status == 401
        assert "Slack did not confirm it" in page.text
        assert list(kept(url)) == []
        assert "code." not in caplog.text
        assert "you run it" in (await made.install(workspace, user)).text
