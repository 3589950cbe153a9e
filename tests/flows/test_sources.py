"""Channels and groups as the core sees them, whichever platform has them or not."""

from __future__ import annotations

from bot.conversation.events import Actor, Meet, Met, Moved
from bot.conversation.gathering import Someone
from bot.ports import Tx
from bot.programme.sources import Source
from storage.store import SqlStore
from tests.flows.company import MAYA, Company, company

FIRST = "p1@trust.example"
ADA = "ada@trust.example"


async def test_a_channel_that_is_not_there_is_said_with_another_way(
    store: SqlStore, platform: str
) -> None:
    async with company(store) as c:
        heard = await c.desk.command(MAYA, 'people from "#ward-4"')
        said = {
            "playground": "There are no channels and groups here.",
            "slack": "I cannot find #ward-4 here.",
            "teams": "I cannot find #ward-4 here.",
        }
        assert said[platform] in heard.text
        assert (await c.desk.press(MAYA, "Import a list")).form


async def test_a_channel_may_be_named_in_a_form(store: SqlStore, platform: str) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, "people from")
        heard = await c.desk.submit(MAYA, source=" # ")
        assert "Please write the name of a channel or group" in heard.errors["source"]
        heard = await c.desk.submit(MAYA, source="ward-4", team="x" * 61)
        assert "60" in heard.errors["team"]
        heard = await c.desk.submit(MAYA, source="ward-4", team="Ward 4")
        await c.settle()
        said = [heard.text, *(message.text for message in c.desk.messages(MAYA))]
        where = "no channels and groups here" if platform == "playground" else "cannot find #ward-4"
        assert any(where in text for text in said)


async def test_whoever_is_taken_out_may_be_named_in_a_form(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, "people remove")
        heard = await c.desk.submit(MAYA, email="nobody@else.example")
        assert "nobody@else.example" in heard.text
        await c.desk.command(MAYA, "people remove")
        await c.desk.submit(MAYA, email=f" {FIRST.upper()} ")
        await c.desk.press(MAYA, "Take out")
        assert "11 participants" in (await c.desk.command(MAYA, "people")).text


async def test_what_a_programme_does_not_follow_cannot_be_stopped(store: SqlStore) -> None:
    async with company(store) as c:
        heard = await c.desk.command(MAYA, "people from #ward-4 stop")
        assert "Better rotas does not follow #ward-4." in heard.text


async def follow(c: Company) -> Actor:
    """The programme follows a channel; returns its first person as the platform knows them."""
    actor = c.desk.actor(FIRST)

    def work(tx: Tx) -> None:
        workspace = tx.directory.workspace(actor.platform, actor.workspace)
        assert workspace is not None
        tx.tenant(c.programme.org_id).programmes.save_source(
            Source(
                id="source",
                org_id=c.programme.org_id,
                programme_id=c.programme.id,
                workspace_id=workspace.id,
                external_id="C1",
                name="#ward",
                team="Ward",
            )
        )

    await c.store.write(work)
    return actor


async def test_only_those_who_are_new_are_looked_up(store: SqlStore) -> None:
    async with company(store) as c:
        actor = await follow(c)
        moved = Moved(key="1", actor=actor, source="C1", came=(actor.user, "new"))
        assert await c.inbox.handle(moved) == (Meet("C1", ("new",)),)
        ada = Someone(user="new", name="Ada Obi", email=ADA)
        met = Met(key="1", actor=actor, source="C1", people=(ada,))
        assert await c.inbox.handle(met) == ()
        await c.settle()
        assert "Ada Obi joined #ward" in c.desk.messages(MAYA)[-1].text
        assert "Whoever joins #ward (team Ward)" in (await c.desk.command(MAYA, "people")).text


async def test_a_platform_that_repeats_itself_brings_one_notice(store: SqlStore) -> None:
    async with company(store) as c:
        actor = await follow(c)
        for _ in range(2):
            await c.inbox.handle(Moved(key="1", actor=actor, source="C1", went=(actor.user,)))
            await c.settle()
        told = [m.text for m in c.desk.messages(MAYA) if "left #ward" in m.text]
        assert len(told) == 1


async def test_an_unknown_workspace_follows_nothing(store: SqlStore) -> None:
    async with company(store) as c:
        actor = Actor("slack", "T-unknown", "U1")
        assert await c.inbox.handle(Moved(key="1", actor=actor, source="C1", came=("U1",))) == ()
