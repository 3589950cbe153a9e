"""A whole round on Teams in every kind of client, old ones among them."""

from __future__ import annotations

import asyncio

import pytest

from bot.ports import Store
from tests.flows.company import MAYA, RUTH
from tests.flows.teams_company import on_teams
from tests.flows.teams_desk import TeamsDesk
from tests.stores import Opened

STATEMENT = "I can do my job well."


@pytest.fixture
async def store(opened: Opened) -> Store:
    """Not once for each platform: this is about one."""
    return await opened()


@pytest.mark.parametrize("old", [False, True], ids=["new", "old"])
@pytest.mark.parametrize("sends_empty", [False, True], ids=["leaves out", "sends empty"])
@pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)
async def test_a_round_is_asked_answered_and_shown(
    store: Store, old: bool, sends_empty: bool
) -> None:
    async with on_teams(store, old=old, sends_empty=sends_empty) as c:
        heard = await c.desk.command(MAYA, "ask")
        assert heard.form is not None
        heard = await c.desk.submit(MAYA, text=STATEMENT, kind="agree", window="2 days")
        assert not heard.errors
        await c.desk.press(MAYA, "Ask now")
        await c.settle()
        await asyncio.gather(*(c.desk.press(user, "Agree") for user in c.people()))
        for user in c.people():
            (seen,) = c.desk.messages(user)
            assert "Thank you, noted." in seen.text
            assert "Agree" not in seen.text
        form = (await c.desk.press(c.people()[0], "Change my answers")).form
        assert form is not None
        assert form["fields"][0]["value"] == ["4"]
        await c.desk.submit(c.people()[0], **{form["fields"][0]["id"]: ()})
        await c.desk.command(MAYA, "close")
        await c.desk.press(MAYA, "Close and share")
        await c.wait(hours=2)
        assert "11 of 11 answers are positive" in c.desk.messages(RUTH)[-1].text


@pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)
async def test_what_teams_delivers_again_happens_once(store: Store) -> None:
    async with on_teams(store) as c:
        desk = c.desk
        assert isinstance(desk, TeamsDesk)
        await desk.command(MAYA, f'ask "{STATEMENT}" for 2 days')
        before = desk.user(MAYA).reads()
        for _ in range(3):
            assert (await desk.delivery.replay()).status == 200
            await desk.drain()
        assert desk.user(MAYA).reads() == before
