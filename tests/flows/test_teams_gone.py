"""How people are reached is kept only while there is a reason: the app, or a team that has it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from adapters.teams.reading import PLATFORM
from adapters.teams.references import KNOWN_FOR, References
from bot.conversation.events import Actor
from storage.store import SqlStore
from tests.flows.company import MAYA
from tests.flows.teams_scene import ADA, BEN, FIRST, Scene, scene
from tests.teams.records import Team

pytestmark = pytest.mark.parametrize("platform", ["teams"], indirect=True)

ENDS = ["uninstall_in_team", "delete", "archive"]


async def reached(s: Scene, *emails: str) -> list[str]:
    """Who of them can be reached, as a process that has just started sees it."""
    found = References(s.c.store)
    return [one for one in emails if await found.find(s.desk.actor(one)) is not None]


async def is_kept(s: Scene, team: Team) -> bool:
    actor = Actor(PLATFORM, s.tenant.id, team.id)
    return await References(s.c.store).find(actor) is not None


async def with_app(s: Scene, name: str, *emails: str) -> Team:
    team = s.team(name, MAYA, *emails)
    await s.happenings.install_in_team(team, s.account(MAYA))
    await s.happened()
    return team


def newcomers(s: Scene) -> None:
    s.newcomer(ADA, "Ada Obi")
    s.newcomer(BEN, "Ben Cole")


# --- a team ends -----------------------------------------------------------------------------


@pytest.mark.parametrize("end", ENDS)
async def test_when_a_team_ends_nothing_is_kept_of_those_who_were_only_in_it(
    store: SqlStore, end: str
) -> None:
    async with scene(store) as s:
        newcomers(s)
        team = await with_app(s, "Ward", FIRST, ADA, BEN)
        assert await reached(s, FIRST, ADA, BEN) == [FIRST, ADA, BEN]
        await getattr(s.happenings, end)(team, s.account(MAYA))
        await s.happened()
        # Person 1 has the app themselves.
        assert await reached(s, FIRST, ADA, BEN) == [FIRST]
        assert not await is_kept(s, team)


async def test_whoever_is_in_another_team_with_the_app_is_reached_on(store: SqlStore) -> None:
    async with scene(store) as s:
        newcomers(s)
        team = await with_app(s, "Ward", ADA, BEN)
        await with_app(s, "Theatre", ADA)
        await s.happenings.uninstall_in_team(team, s.account(MAYA))
        await s.happened()
        assert await reached(s, ADA, BEN) == [ADA]


async def test_whoever_added_the_app_meanwhile_is_reached_on(store: SqlStore) -> None:
    async with scene(store) as s:
        newcomers(s)
        team = await with_app(s, "Ward", ADA, BEN)
        await s.desk.user(ADA).install()
        await s.desk.user(BEN).say("help")  # which says nothing of the app
        await s.happenings.uninstall_in_team(team, s.account(MAYA))
        await s.happened()
        assert await reached(s, ADA, BEN) == [ADA]


async def test_whoever_is_on_a_list_and_was_only_in_that_team_counts_as_left(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        newcomers(s)
        await s.add(ADA, "Ada Obi")
        team = await with_app(s, "Ward", ADA)
        assert "No messages reach" not in await s.said("people")
        await s.happenings.uninstall_in_team(team, s.account(MAYA))
        await s.happened()
        assert "No messages reach Ada Obi" in await s.said("people")


async def test_a_team_that_gets_the_app_back_at_once_is_reached(store: SqlStore) -> None:
    async with scene(store) as s:
        newcomers(s)
        team = await with_app(s, "Ward", ADA, BEN)
        s.happenings.mute = True
        await s.happenings.install_in_team(team, s.account(MAYA))
        await s.happenings.uninstall_in_team(team, s.account(MAYA))
        await s.happenings.install_in_team(team, s.account(MAYA))
        for event in s.happenings.sent[-6:]:
            await s.desk.delivery.send(event)
        await s.happened()
        assert await reached(s, ADA, BEN) == [ADA, BEN]
        assert await is_kept(s, team)


async def test_a_large_team_ends_for_everyone_in_it(store: SqlStore) -> None:
    async with scene(store) as s:
        new = [s.tenant.add_user(f"Nurse {n}", email=f"n{n}@trust.example") for n in range(230)]
        team = s.tenant.add_team("Ward", [s.account(MAYA), *new])
        await s.happenings.install_in_team(team, s.account(MAYA))
        await s.happened()
        assert len(await reached(s, *(user.email for user in new))) == 230
        await s.happenings.uninstall_in_team(team, s.account(MAYA))
        await s.happened()
        assert await reached(s, *(user.email for user in new)) == []


# --- a person leaves -------------------------------------------------------------------------


async def test_whoever_leaves_the_only_team_they_were_reached_through_counts_as_left(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        newcomers(s)
        await s.add(ADA, "Ada Obi")
        team = await with_app(s, "Ward", FIRST, ADA, BEN)
        await s.happenings.go(team, s.account(FIRST), s.account(ADA))
        await s.happened()
        assert await reached(s, FIRST, ADA, BEN) == [FIRST, BEN]
        assert "No messages reach Ada Obi" in await s.said("people")


# --- erased ----------------------------------------------------------------------------------


async def test_an_erased_person_is_not_in_memory_either(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.desk.command(FIRST, "me erase")
        await s.desk.press(FIRST, "Erase my data")
        await s.happened()
        assert await s.behind.references.find(s.desk.actor(FIRST)) is None


async def test_another_process_forgets_an_erased_person_within_minutes(store: SqlStore) -> None:
    async with scene(store) as s:
        moments: Iterator[float] = count(step=KNOWN_FOR / 2)
        other, actor = References(store, lambda: next(moments)), s.desk.actor(FIRST)
        assert await other.find(actor) is not None
        await s.desk.command(FIRST, "me erase")
        await s.desk.press(FIRST, "Erase my data")
        await other.find(actor)
        assert await other.find(actor) is None


async def test_whoever_removes_the_app_is_left_in_peace_though_a_team_has_it(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        await with_app(s, "Ward", FIRST)
        await s.desk.user(FIRST).uninstall()
        await s.happened()
        assert await reached(s, FIRST) == []
        assert "No messages reach Person 1" in await s.said("people")
        await s.desk.command(MAYA, 'people from "#Ward"')
        await s.happened()
        assert "No messages reach" not in await s.said("people")
