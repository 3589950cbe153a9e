"""Whole rounds keep to Teams' limits: nothing is refused, and nobody is told to slow down."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.conversation.card import Card, Text
from bot.ports import Sent
from storage.store import SqlStore
from tests.flows.company import MAYA, RUTH
from tests.flows.teams_scene import FIRST, STATEMENT, Scene, scene

pytestmark = pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)

PLAN = 'schedule "Check" weekly on mon at 10:00 for 2 working days asking 2 with {} reminders 1'
QUESTIONS = "csps.workload, first.one-thing"


def refused(s: Scene) -> list[tuple[str, int]]:
    return [(call.method, call.status) for call in s.world.calls if call.status >= 300]


async def test_a_whole_round_for_a_dozen_people_is_never_too_fast(store: SqlStore) -> None:
    async with scene(store, rates=True) as s:
        c = s.c
        await c.desk.command(MAYA, PLAN.format(QUESTIONS))
        await c.wait(hours=2)
        for number, user in enumerate(c.people()):
            await c.desk.press(user, "Agree")
            if number % 2:
                await c.desk.press(user, "Skip this question")
            else:
                await c.desk.press(user, "Write an answer")
                await c.desk.submit(user, **{"first.one-thing": "More time to learn."})
        await c.desk.command(MAYA, "status")
        # The limits count real seconds, and two days pass here in less than one.
        await asyncio.sleep(1)
        await c.wait(days=2)
        assert "Results:" in c.desk.messages(RUTH)[-1].text
        assert refused(s) == []
        assert {call.method for call in s.world.calls} >= {
            "sendToConversation",
            "updateActivity",
        }


async def test_sixty_people_of_a_team_are_written_to_for_the_first_time(store: SqlStore) -> None:
    """Each of them needs a chat and a message: two calls, which the tenant's limit counts both."""
    async with scene(store, rates=True) as s:
        new = [s.tenant.add_user(f"Nurse {n}", email=f"n{n}@trust.example") for n in range(60)]
        team = s.tenant.add_team("Ward", [s.account(MAYA), *new])
        await s.happenings.install_in_team(team, s.account(MAYA))
        await s.happened()
        await s.bring_in('people from "#Ward"')
        await s.c.wait(minutes=10)
        assert [len(s.world.chat(s.tenant, user).messages) for user in new] == [1] * 60
        assert refused(s) == []


async def test_many_messages_to_one_person_are_spread_out(store: SqlStore) -> None:
    async with scene(store, rates=True) as s:
        teams, to = s.behind.side.conversation._teams, s.desk.actor(FIRST)
        cards = [Card((Text(f"{STATEMENT} {number}"),)) for number in range(12)]
        sent = await asyncio.gather(*(teams.send(to, card, "key") for card in cards))
        assert all(isinstance(one, Sent) for one in sent)
        assert refused(s) == []


async def test_an_app_that_is_added_for_everyone_at_once_looks_them_up_slowly(
    store: SqlStore,
) -> None:
    async with scene(store, rates=True) as s:
        new = [s.newcomer(f"n{n}@trust.example", f"Nurse {n}") for n in range(30)]
        await asyncio.gather(*(person.install() for person in new))
        await s.behind.side.conversation.drain(timedelta(seconds=30))
        looked_up = {c.arguments["member"] for c in s.world.calls_of("getConversationMember")}
        assert looked_up >= {person.user.id for person in new}
        assert refused(s) == []
