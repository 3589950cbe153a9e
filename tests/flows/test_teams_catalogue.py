"""People on a roster get the app through Microsoft Graph, where the organisation allows it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from storage.store import SqlStore
from tests.flows.teams_scene import ADA, BEN, FIRST, Scene, scene
from tests.teams.people import TeamsUser
from tests.teams.troubles import Trouble, busy, drop, first, status

pytestmark = pytest.mark.parametrize("platform", ["teams"], indirect=True)


@asynccontextmanager
async def with_ada(store: SqlStore) -> AsyncIterator[tuple[Scene, TeamsUser]]:
    """Graph may add the app. Ada has an account, and is on no list yet."""
    async with scene(store, catalogue=True) as s:
        yield s, s.newcomer(ADA, "Ada Obi")


async def looked(s: Scene) -> None:
    """People without an account were looked for, and what Teams told of it was heard."""
    await s.behind.side.accounts.look()
    await s.stand_in.idle()
    await s.happened()


def asked(s: Scene) -> list[str]:
    return [call.arguments["user"] for call in s.world.calls_of("installApp")]


async def test_whoever_is_on_a_list_gets_the_app_and_is_greeted_and_asked(
    store: SqlStore,
) -> None:
    async with with_ada(store) as (s, ada):
        await s.add(ADA, "Ada Obi")
        await looked(s)
        assert asked(s) == [ADA]
        assert "No messages reach" not in await s.said("people")
        await s.c.wait(minutes=5)
        greeting, consent = ada.reads()
        assert "Better rotas" in greeting
        assert "May we ask how it is going?" in consent


async def test_nobody_gets_the_app_who_is_on_no_list(store: SqlStore) -> None:
    async with with_ada(store) as (s, ada):
        await looked(s)
        assert asked(s) == []
        assert ada.reads() == []


async def test_whoever_graph_does_not_know_is_tried_once_a_day(store: SqlStore) -> None:
    async with with_ada(store) as (s, ada):
        ada.user.upn = "ada.obi@other.example"  # they sign in with another address
        await s.add(ADA, "Ada Obi")
        for _ in range(3):
            await looked(s)
        assert asked(s) == [ADA]
        assert "No messages reach Ada Obi" in await s.said("people")
        s.c.clock.move(s.c.clock.now() + timedelta(hours=25))
        await looked(s)
        assert asked(s) == [ADA, ADA]


async def test_whoever_has_the_app_already_is_left_in_peace(store: SqlStore) -> None:
    """Teams told of it when we did not listen."""
    async with with_ada(store) as (s, ada):
        ada.happenings.mute = True
        await ada.install()
        await s.add(ADA, "Ada Obi")
        await looked(s)
        await looked(s)
        assert asked(s) == [ADA]
        await ada.say("me")
        await s.happened()
        assert "No messages reach" not in await s.said("people")


TROUBLES = {
    "not allowed": (status(403), 10),
    "too busy": (busy(120), 2),
    "too busy, without saying when": (busy(None), 1),
    "down": (status(503), 10),
    "broken": (status(500), 10),
    "cut off": (drop(), 10),
}


@pytest.mark.parametrize(("trouble", "minutes"), TROUBLES.values(), ids=TROUBLES)
@pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)
async def test_where_graph_is_in_trouble_all_wait_and_are_tried_again(
    store: SqlStore, trouble: Trouble, minutes: int
) -> None:
    async with with_ada(store) as (s, ada):
        ben = s.newcomer(BEN, "Ben Cole")
        s.world.troubles["installApp"] = first(1, trouble)
        await s.add(ADA, "Ada Obi")
        await s.add(BEN, "Ben Cole")
        await looked(s)
        assert len(asked(s)) == 1
        assert "No messages reach Ada Obi and Ben Cole" in await s.said("people")
        s.c.clock.move(s.c.clock.now() + timedelta(minutes=minutes, seconds=1))
        await looked(s)
        assert len(asked(s)) == 3
        assert "No messages reach" not in await s.said("people")
        assert [len(person.reads()) for person in (ada, ben)] == [1, 1]


async def test_whoever_removes_the_app_is_not_given_it_again_within_the_day(
    store: SqlStore,
) -> None:
    """Also where it was not we who gave it to them."""
    async with with_ada(store) as (s, _):
        person = s.desk.user(FIRST)
        await person.uninstall()
        await looked(s)
        s.c.clock.move(s.c.clock.now() + timedelta(hours=23))
        await looked(s)
        assert asked(s) == []
        assert "No messages reach Person 1" in await s.said("people")


async def test_whoever_blocks_the_app_is_not_given_it_again_within_the_day(
    store: SqlStore,
) -> None:
    async with with_ada(store) as (s, _):
        s.desk.user(FIRST).block()
        await s.c.ask("I can do my job well.", "for 2 days")
        await looked(s)
        assert asked(s) == []
        assert "No messages reach Person 1" in await s.said("people")


def whys(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log says of people who were not given the app."""
    kept = [record.__dict__ for record in caplog.records]
    return [one["why"] for one in kept if one.get("action") == "teams_install_failed"]


REFUSALS = {
    "another address": None,
    "another app": status(404, "NotFound"),
    "not understood": status(400, "BadRequest"),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)
async def test_what_graph_refuses_is_logged_once_a_day_and_names_nobody(
    store: SqlStore, caplog: pytest.LogCaptureFixture, refusal: Trouble | None
) -> None:
    async with with_ada(store) as (s, ada):
        ben = s.newcomer(BEN, "Ben Cole")
        for person in (ada, ben):
            person.user.upn = f"{person.user.aad}@other.example"
        if refusal is not None:
            s.world.troubles["installApp"] = lambda _: refusal
        await s.add(ADA, "Ada Obi")
        await s.add(BEN, "Ben Cole")
        await looked(s)
        # One address that is refused holds up nobody else.
        assert asked(s) == [ADA, BEN]
        assert len(whys(caplog)) == 1
        assert whys(caplog)[0].startswith("status 40")
        assert ADA not in caplog.text
        s.c.clock.move(s.c.clock.now() + timedelta(hours=25))
        await looked(s)
        assert len(whys(caplog)) == 2


async def test_whoever_declined_to_take_part_is_not_given_the_app(store: SqlStore) -> None:
    async with with_ada(store) as (s, ada):
        await s.add(ADA, "Ada Obi")
        await looked(s)
        await s.c.wait(minutes=5)
        await ada.press("No, thank you")
        await s.happened()
        await ada.uninstall()
        await s.happened()
        s.c.clock.move(s.c.clock.now() + timedelta(hours=25))
        await looked(s)
        assert asked(s) == [ADA]
        assert not s.tenant.installed & {ada.user.id}
