"""People are found by their addresses, whatever goes wrong elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from adapters import talking
from adapters.slack.accounts import Accounts
from adapters.slack.platform import Slack
from bot.conversation.events import Event, Joined
from bot.ports import Rate, Store, Tx
from bot.programme.people import Consent
from bot.programme.programmes import Workspace
from storage.errors import NotStored
from storage.store import SqlStore
from tests.flows.company import TestClock, founded
from tests.slack.records import Call
from tests.slack.records import Workspace as SlackWorkspace
from tests.slack.server import StandIn
from tests.slack.troubles import Trouble, busy, refuse
from tests.slack.world import World

pytestmark = pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)

LOOKUP = "users.lookupByEmail"


class Tokens:
    """Each workspace's own."""

    def __init__(self, *workspaces: SlackWorkspace) -> None:
        self._tokens = {workspace.team: workspace.token for workspace in workspaces}

    async def token(self, workspace: str) -> str | None:
        return self._tokens.get(workspace)

    async def gone(self, workspace: str) -> None:
        del self._tokens[workspace]


class Forgetful:
    """A store whose first reads fail."""

    def __init__(self, store: Store, times: int) -> None:
        self._store = store
        self._left = times

    async def read(self, work: Callable[[Tx], Any]) -> Any:
        if self._left:
            self._left -= 1
            raise NotStored("AdminShutdown: 57P01")
        return await self._store.read(work)

    async def write(self, work: Callable[[Tx], Any], *, brief: bool = False) -> Any:
        return await self._store.write(work, brief=brief)


class Search:
    """Two organisations, each in a workspace of its own, and who was found there."""

    def __init__(self, first: SlackWorkspace, second: SlackWorkspace) -> None:
        self.first = first
        self.second = second
        self.found: list[Joined] = []

    async def handle(self, event: Event) -> tuple[()]:
        assert isinstance(event, Joined)
        self.found.append(event)
        return ()

    async def finds(self, workspace: SlackWorkspace) -> None:
        """Wait until everyone there was found."""
        async with asyncio.timeout(20):
            while sum(one.actor.workspace == workspace.team for one in self.found) < 14:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@asynccontextmanager
async def searching(
    store: SqlStore, trouble: Trouble | None, failing: int = 0
) -> AsyncIterator[Search]:
    """Runs while the body does; `trouble` is the first workspace's."""
    world = World()
    world.rates.on = False
    clock = TestClock()
    made = [world.add_workspace(name) for name in ("Riverside", "Hillside")]

    def prepare(tx: Tx) -> list[str]:
        emails: list[str] = []
        for workspace in made:
            programme = founded(tx, clock.now(), Consent.GIVEN, workspace.name)
            place = Workspace(
                id=f"w-{workspace.team}",
                org_id=programme.org_id,
                platform="slack",
                external_id=workspace.team,
                name=workspace.name,
            )
            tx.directory.add_workspace(place, Rate(1, 1))
            members = tx.tenant(programme.org_id).people.members(programme.id)
            emails = [member.person.email for member in members]
        return emails

    for email in await store.write(prepare):
        for workspace in made:
            workspace.add_user(email.split("@")[0], email=email)
    first, second = sorted(made, key=lambda workspace: f"w-{workspace.team}")

    def decide(call: Call) -> Trouble | None:
        return trouble if call.team == first.team else None

    world.troubles[LOOKUP] = decide
    async with StandIn(world) as stand_in:
        tokens = Tokens(first, second)
        async with Slack(tokens, stand_in.base_url) as slack:
            search = Search(first, second)
            looked = Accounts(slack, tokens, Forgetful(store, failing), search.handle, clock)
            task = asyncio.create_task(looked.run())
            try:
                yield search
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


@pytest.mark.parametrize("trouble", [refuse("missing_scope"), refuse("token_revoked"), busy(600)])
async def test_a_workspace_in_trouble_holds_up_no_other(store: SqlStore, trouble: Trouble) -> None:
    async with searching(store, trouble) as search:
        await search.finds(search.second)
        assert {one.actor.workspace for one in search.found} == {search.second.team}


async def test_a_database_that_is_away_for_a_moment_ends_no_search(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talking, "AFTER_FAULT", 0.05)
    async with searching(store, None, failing=2) as search:
        await search.finds(search.first)
        await search.finds(search.second)
