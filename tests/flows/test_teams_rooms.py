"""Channels and group chats on Teams: answered in the person's own chat, where only they see it."""

from __future__ import annotations

import pytest

from adapters.teams.replies import NOT_ALONE, SAID_ALONE
from storage.store import SqlStore
from tests.flows.company import MAYA
from tests.flows.teams_scene import ADA, FIRST, STATEMENT, Scene, scene
from tests.teams.people import TeamsUser
from tests.teams.records import Conversation

pytestmark = pytest.mark.parametrize("platform", ["teams"], indirect=True)


async def channel(s: Scene, *emails: str) -> Conversation:
    """A channel of a team with the app."""
    team = s.team("Ward", *emails)
    await s.happenings.install_in_team(team, s.account(emails[0]))
    await s.happened()
    return s.tenant.add_channel(team, "Rotas")


def group(s: Scene, *emails: str) -> Conversation:
    return s.tenant.add_group_chat([s.account(email) for email in emails])


def said_by_us(s: Scene, place: Conversation) -> list[str]:
    return [each.text for each in place.messages if each.sender == s.world.bot_id]


async def mention(s: Scene, person: TeamsUser, line: str, place: Conversation) -> str:
    """What the person reads in their own chat after it."""
    await person.mention(line, place)
    await s.happened()
    return person.reads()[-1] if person.reads() else ""


@pytest.mark.parametrize("kind", ["channel", "group chat"])
async def test_a_mention_is_answered_in_the_own_chat_and_the_room_hears_only_that(
    store: SqlStore, kind: str
) -> None:
    async with scene(store) as s:
        place = await channel(s, MAYA) if kind == "channel" else group(s, MAYA, FIRST)
        maya = s.desk.user(MAYA)
        assert "No round is open now" in await mention(s, maya, "status", place)
        assert said_by_us(s, place) == [SAID_ALONE]
        assert s.desk.user(FIRST).reads()[1:] == []


@pytest.mark.parametrize("kind", ["channel", "group chat"])
async def test_a_command_from_the_menu_leaves_no_trace_in_the_room(
    store: SqlStore, kind: str
) -> None:
    async with scene(store) as s:
        place = await channel(s, MAYA) if kind == "channel" else group(s, MAYA)
        maya = s.desk.user(MAYA)
        await maya.slash("status", place)
        await s.happened()
        assert "No round is open now" in maya.reads()[-1]
        assert place.messages == []


async def test_somebody_who_never_had_a_chat_with_the_bot_gets_one(store: SqlStore) -> None:
    async with scene(store) as s:
        ada = s.newcomer(ADA, "Ada Obi")
        await s.add(ADA, "Ada Obi")
        place = await channel(s, MAYA, ADA)
        assert "My pulses" in await mention(s, ada, "me", place)
        assert len(s.world.calls_of("createConversation")) == 1
        assert said_by_us(s, place) == [SAID_ALONE]


async def test_whoever_is_on_a_roster_is_known_by_what_they_type_in_a_room(
    store: SqlStore,
) -> None:
    """Teams had not told that they are in the team."""
    async with scene(store) as s:
        place = await channel(s, MAYA)
        ada = s.newcomer(ADA, "Ada Obi")
        await s.add(ADA, "Ada Obi")
        s.tenant.teams[place.team].members.append(ada.user.id)
        assert "My pulses" in await mention(s, ada, "me", place)
        assert "No messages reach" not in await s.said("people")


async def test_a_stranger_in_a_channel_is_told_alone_who_can_help(store: SqlStore) -> None:
    async with scene(store) as s:
        ada = s.newcomer(ADA, "Ada Obi")
        place = await channel(s, MAYA, ADA)
        assert "I do not know you yet" in await mention(s, ada, "status", place)
        assert said_by_us(s, place) == [SAID_ALONE]


async def test_whoever_cannot_be_written_to_alone_is_told_what_to_do(store: SqlStore) -> None:
    """A bot in a group chat reaches nobody in it who has not added the app."""
    async with scene(store) as s:
        ada = s.newcomer(ADA, "Ada Obi")
        place = group(s, MAYA, ADA)
        await mention(s, ada, "status", place)
        assert ada.reads() == []
        assert said_by_us(s, place) == [NOT_ALONE]


async def test_a_form_that_is_asked_for_in_a_channel_opens_in_the_own_chat(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        place = await channel(s, MAYA)
        maya = s.desk.user(MAYA)
        await mention(s, maya, "ask", place)
        await maya.press("Open the form")
        assert maya.dialog is not None
        maya.dialog.fill("f.text", STATEMENT)
        await maya.submit()
        await s.happened()
        await s.desk.press(MAYA, "Ask now")
        await s.happened()
        assert STATEMENT in s.desk.messages(FIRST)[-1].text
        assert said_by_us(s, place) == [SAID_ALONE]


async def test_a_code_typed_in_a_channel_is_answered_alone(store: SqlStore) -> None:
    async with scene(store) as s:
        place = await channel(s, MAYA)
        assert "This code is wrong" in await mention(
            s, s.desk.user(MAYA), "claim ABCD-EFGH-JKLM", place
        )
        assert said_by_us(s, place) == [SAID_ALONE]


async def test_nothing_of_a_round_is_ever_written_into_a_room(store: SqlStore) -> None:
    async with scene(store) as s:
        place, chat = await channel(s, MAYA, FIRST), group(s, MAYA, FIRST)
        await s.c.ask(STATEMENT, "for 2 days")
        for user in s.c.people():
            await s.desk.press(user, "Agree")
        await s.c.wait(days=3)
        assert "Results:" in s.desk.messages(FIRST)[-1].text
        assert [place.messages, chat.messages] == [[], []]
