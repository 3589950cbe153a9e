"""Teams of thousands: everyone in them is noted, and nobody waits for it."""

from __future__ import annotations

import asyncio

import pytest

from adapters.teams.contacts import Reference
from adapters.teams.reading import PLATFORM
from adapters.teams.references import AT_ONCE, Noted, References
from bot.conversation.events import Actor
from storage.store import SqlStore
from storage.tables import metadata
from tests.contract.test_store_privacy import rows
from tests.flows.company import MAYA
from tests.flows.teams_scene import ADA, Scene, scene

pytestmark = pytest.mark.parametrize("platform", ["teams"], indirect=True)


def nurses(s: Scene, many: int) -> list[Noted]:
    return [nurse(s, number) for number in range(many)]


def nurse(s: Scene, number: int, name: str = "") -> Noted:
    account, email = f"account-{number}", f"n{number}@trust.example"
    reference = Reference(
        service_url=s.world.service_url,
        tenant=s.tenant.id,
        bot=s.world.bot_id,
        user=f"29:{number}",
        account=account,
        name=email,
    )
    return Actor(PLATFORM, s.tenant.id, account), reference, name or email


@pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)
async def test_others_are_served_while_many_are_noted(store: SqlStore) -> None:
    async with scene(store) as s:
        noting = asyncio.create_task(References(store).note_all(nurses(s, 5 * AT_ONCE)))
        served = 0
        while not noting.done():
            await store.write(lambda tx: tx.agenda.next_moment())
            served += 1
        await noting
        assert served >= 4
        assert await References(store).named(s.tenant.id, f"n{5 * AT_ONCE - 1}@trust.example")


async def test_what_is_known_already_is_not_written_again(store: SqlStore, url: str) -> None:
    async with scene(store) as s:
        await References(store).note_all(nurses(s, 7))
        before = set(rows(url, metadata.tables["reference"]))
        moved = nurse(s, 3, "new@trust.example")
        await References(store).note_all([*nurses(s, 3), moved, *nurses(s, 7)[4:]])
        assert len(set(rows(url, metadata.tables["reference"])) - before) == 1
        assert await References(store).named(s.tenant.id, "new@trust.example")
        assert not await References(store).named(s.tenant.id, "n3@trust.example")


async def test_an_install_that_is_told_again_and_again_is_one_look_round(store: SqlStore) -> None:
    async with scene(store) as s:
        s.newcomer(ADA, "Ada Obi")
        await s.add(ADA, "Ada Obi")
        team = s.team("Ward", MAYA, ADA)
        s.happenings.mute = True
        await s.happenings.install_in_team(team, s.account(MAYA))
        before = len(s.world.calls_of("getConversationPagedMembers"))
        await asyncio.gather(*(s.desk.delivery.send(event) for event in s.happenings.sent * 3))
        await s.happened()
        assert len(s.world.calls_of("getConversationPagedMembers")) == before + 1
        assert "No messages reach" not in await s.said("people")


async def test_a_name_that_changes_while_we_look_round_is_found(store: SqlStore) -> None:
    async with scene(store) as s:
        team = s.team("Ward", MAYA)
        s.happenings.mute = True
        await s.happenings.install_in_team(team, s.account(MAYA))
        named = asyncio.Event()
        s.world.troubles["getConversationPagedMembers"] = lambda _: named.set()
        await s.desk.delivery.send(s.happenings.sent[0])
        await named.wait()
        await s.happenings.rename(team, "Ward Four", s.account(MAYA))
        await s.desk.delivery.send(s.happenings.sent[-1])
        await s.happened()
        assert "New: Maya." in await s.said('people from "#Ward Four"')
