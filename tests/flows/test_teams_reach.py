"""Who can be reached on Teams: the app is added, removed, blocked and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from adapters.teams.conversation import Conversation
from adapters.teams.platform import Teams
from adapters.teams.references import References
from adapters.teams.side import Side
from bot.programme.people import Consent
from storage.store import SqlStore
from storage.tables import metadata
from tests.contract.test_store_privacy import rows
from tests.flows.company import MAYA
from tests.flows.teams_scene import ADA, FIRST, STATEMENT, Scene, scene
from tests.flows.test_answers import answers_of, open_round
from tests.teams.people import TeamsUser
from tests.teams.records import Json
from tests.teams.troubles import Trouble, always, first, status

pytestmark = pytest.mark.parametrize("platform", ["teams"], indirect=True)

CONSENT = "May we ask how it is going?"
HOME = "Your programmes"
ROUND = "for 2 days reminders 0"


async def installing(person: TeamsUser) -> list[Json]:
    """The person adds the app; the events of it, which are still on their way."""
    happenings = person.happenings
    happenings.mute = True
    await person.install()
    happenings.mute = False
    return list(happenings.sent)


# --- the app is added ------------------------------------------------------------------------

ORDERS = {
    "as told": (0, 1),
    "the other way round": (1, 0),
    "one alone": (1,),
    "again and again": (0, 1, 0, 1, 1, 0),
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("at_once", [False, True])
async def test_whoever_is_on_a_roster_is_greeted_once(
    store: SqlStore, order: Sequence[int], at_once: bool
) -> None:
    async with scene(store) as s:
        ada = s.newcomer(ADA, "Ada Obi")
        await s.add(ADA, "Ada Obi")
        assert "No messages reach Ada Obi" in await s.said("people")
        events = await installing(ada)
        if at_once:
            await asyncio.gather(*(ada.delivery.send(events[number]) for number in order))
        else:
            for number in order:
                await ada.delivery.send(events[number])
        await s.happened()
        assert len(ada.reads()) == 1
        assert "Better rotas" in ada.reads()[0]
        assert "No messages reach" not in await s.said("people")
        await s.c.wait(minutes=5)
        (asked,) = s.desk.messages(ADA)[1:]
        assert CONSENT in asked.text


async def test_whoever_adds_the_app_first_is_asked_when_they_are_put_on_the_list(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        ada = s.newcomer(ADA, "Ada Obi")
        await ada.install()
        await s.happened()
        assert ada.reads() == []
        await s.add(ADA, "Ada Obi")
        assert "No messages reach" not in await s.said("people")
        await s.c.wait(minutes=5)
        assert [CONSENT in text for text in ada.reads()] == [True]


async def test_nothing_is_sent_to_a_stranger_and_nothing_kept_in_plain(
    store: SqlStore, url: str
) -> None:
    async with scene(store) as s:
        ada = s.newcomer(ADA, "Ada Obi")
        await ada.install()
        await ada.happenings.again()
        await s.c.wait(days=2)
        assert ada.reads() == []
        kept = repr([rows(url, table) for table in metadata.sorted_tables])
        user = ada.user
        assert [
            text for text in (user.id, user.aad, ADA, "Ada Obi", ada.chat.id) if text in kept
        ] == []


async def test_a_greeting_comes_after_all_when_teams_was_in_trouble_at_first(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        ada = s.newcomer(ADA, "Ada Obi")
        await s.add(ADA, "Ada Obi")
        s.world.troubles["getConversationMember"] = always(status(500))
        await ada.install()
        await s.happened()
        assert ada.reads() == []
        s.world.troubles.clear()
        await ada.happenings.again(1)
        await s.happened()
        assert len(ada.reads()) == 1
        assert "No messages reach" not in await s.said("people")


async def test_whoever_removes_the_app_is_not_written_to_until_they_add_it_again(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        person = s.desk.user(FIRST)
        await person.uninstall()
        await s.happened()
        assert "No messages reach Person 1" in await s.said("people")
        tried = len(s.world.calls_of("createConversation"))
        await s.c.ask(STATEMENT, ROUND)
        assert s.desk.messages(FIRST) == ()
        assert len(s.world.calls_of("createConversation")) == tried
        assert "11 sent" in await s.said("status")
        await person.install()
        await s.happened()
        assert "No messages reach" not in await s.said("people")
        await s.c.ask("The plan is clear.", ROUND)
        assert "The plan is clear." in s.desk.messages(FIRST)[-1].text


# --- reached through a team ------------------------------------------------------------------


async def test_whoever_is_only_in_a_team_with_the_app_gets_a_chat_of_their_own_once(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        ada = s.newcomer(ADA, "Ada Obi")
        await s.add(ADA, "Ada Obi")
        team = s.team("Ward 4", MAYA, ADA)
        await s.happenings.install_in_team(team, s.account(MAYA))
        await s.happened()
        assert "No messages reach" not in await s.said("people")
        await s.c.wait(minutes=5)
        await s.desk.user(ADA).press("Yes, ask me")
        await s.happened()
        await s.c.ask(STATEMENT, ROUND)
        assert [STATEMENT in text for text in ada.reads()] == [False, True]
        assert len(s.world.calls_of("createConversation")) == 1


async def test_whoever_joins_a_team_with_the_app_can_be_reached_from_then_on(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        ada = s.newcomer(ADA, "Ada Obi")
        await s.add(ADA, "Ada Obi")
        team = s.team("Ward 4", MAYA)
        await s.happenings.install_in_team(team, s.account(MAYA))
        await s.happened()
        assert "No messages reach Ada Obi" in await s.said("people")
        await s.happenings.come(team, ada.user)
        await s.happened()
        assert "No messages reach" not in await s.said("people")
        await s.c.wait(minutes=5)
        assert [CONSENT in text for text in ada.reads()] == [True]


async def test_nobody_is_written_to_in_the_place_of_whoever_they_took_out_of_a_team(
    store: SqlStore,
) -> None:
    """Teams says who did it, and that is not the one who went."""
    async with scene(store) as s:
        ada = s.newcomer(ADA, "Ada Obi")
        team = s.team("Ward 4", MAYA, ADA)
        await s.happenings.install_in_team(team, s.account(MAYA))
        await s.happened()
        await s.add(ADA, "Ada Obi")
        s.happenings.mute = True
        await s.happenings.go(team, ada.user)
        event = s.happenings.sent[-1]
        event["from"] = {"id": s.account(MAYA).id, "aadObjectId": s.account(MAYA).aad}
        await s.desk.delivery.send(event)
        await s.happened()
        before = s.desk.user(MAYA).reads()
        await s.c.wait(minutes=5)
        assert ada.reads() == []
        assert s.desk.user(MAYA).reads() == before
        assert "No messages reach Ada Obi" in await s.said("people")


async def test_a_facilitator_sees_who_is_without_the_app_and_what_to_do(store: SqlStore) -> None:
    async with scene(store) as s:
        s.newcomer(ADA, "Ada Obi")
        await s.add(ADA, "Ada Obi")
        said = await s.said("people")
        assert "No messages reach Ada Obi" in said
        assert "people who have added Soundings, or who are in a team" in said


# --- blocked ---------------------------------------------------------------------------------

BLOCKED = {
    "in the error": (403, "MessageWritesBlocked"),
    "as a sub-code": (403, ""),
    "by the person": (403, "ConversationBlockedByUser"),
    "not in the chat": (403, "BotNotInConversationRoster"),
}


@pytest.mark.parametrize("refusal", BLOCKED.values(), ids=BLOCKED)
async def test_whoever_blocks_the_app_counts_as_left_and_comes_back(
    store: SqlStore, refusal: tuple[int, str]
) -> None:
    async with scene(store) as s:
        s.world.refusals["blocked"] = refusal
        person = s.desk.user(FIRST)
        person.block()
        await s.c.ask(STATEMENT, ROUND)
        assert "11 sent, 1 could not be reached" in await s.said("status")
        assert "No messages reach Person 1" in await s.said("people")
        await s.c.ask("Nobody writes twice to whom.", ROUND)
        assert s.desk.messages(FIRST) == ()
        person.unblock()
        await person.say("status")
        await s.happened()
        assert "I do not know you yet" not in person.reads()[-1]
        assert "No messages reach" not in await s.said("people")


async def test_whoever_blocked_the_app_before_they_were_asked_is_asked_when_they_add_it_again(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        ada = s.newcomer(ADA, "Ada Obi")
        await ada.install()
        ada.block()
        await s.add(ADA, "Ada Obi")
        await s.c.wait(days=5)
        assert ada.reads() == []
        assert "No messages reach Ada Obi" in await s.said("people")
        await ada.install()
        await s.happened()
        await s.c.wait(days=3)
        assert [CONSENT in text for text in ada.reads()] == [False, True]
        assert (await s.members())[ADA].membership.consent is Consent.ASKED


async def test_an_answer_counts_that_somebody_gives_after_they_blocked_us_for_a_while(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        round_ = await open_round(s.c)
        person = s.desk.user(FIRST)
        agree = next(pair for pair in person.presses() if pair[1]["title"] == "Agree")
        person.block()
        await s.c.ask("The plan is clear.", ROUND)
        assert "No messages reach Person 1" in await s.said("people")
        person.unblock()
        await person.act(*agree)
        await s.happened()
        (prompt,) = [text for text in person.reads() if "Thank you, noted." in text]
        assert "Agree" not in prompt
        assert list((await answers_of(s.c, round_, FIRST)).values.values()) == [4]


async def test_an_app_that_is_blocked_for_everyone_waits_and_says_until_when(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        s.trouble("sendToConversation", always(status(403, "BotDisabledByAdmin")))
        await s.c.ask(STATEMENT, ROUND)
        s.world.troubles.clear()
        said = await s.said("status")
        assert "12 still to be sent" in said
        assert "Messages wait until Mon 8 Jun at 09:10" in said
        assert "No messages reach" not in await s.said("people")
        await s.c.wait(minutes=11)
        assert all(STATEMENT in s.desk.messages(user)[-1].text for user in s.c.people())
        assert "12 sent" in await s.said("status")


# --- refused, and nothing says of whom ---------------------------------------------------------

REFUSALS = {
    "a gateway that finds nothing": status(404, ""),
    "a gateway that lets nobody in": status(403, ""),
    "a service in trouble": status(403, "ServiceError"),
    "chats that are not found for a while": status(404, "ConversationNotFound"),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
async def test_nobody_is_lost_while_teams_refuses_everyone_for_hours(
    store: SqlStore, refusal: Trouble
) -> None:
    async with scene(store) as s:
        s.trouble("sendToConversation", always(refusal))
        await s.c.ask(STATEMENT, ROUND)
        await s.live(timedelta(hours=2), turns=12)
        assert "No messages reach" not in await s.said("people")
        assert "12 still to be sent" in await s.said("status")
        s.world.troubles.clear()
        await s.live(timedelta(minutes=10))
        assert [STATEMENT in s.desk.messages(user)[-1].text for user in s.c.people()] == [True] * 12
        assert "12 sent" in await s.said("status")


async def test_a_chat_that_is_not_found_is_made_anew(store: SqlStore) -> None:
    async with scene(store) as s:
        person = s.desk.user(FIRST)
        old = person.chat.id
        del s.tenant.conversations[old]
        await s.c.ask(STATEMENT, ROUND)
        await s.c.ask("The plan is clear.", ROUND)
        assert person.chat.id != old
        assert [STATEMENT in text for text in person.reads()] == [True, False]
        assert len(s.world.calls_of("createConversation")) == 1
        assert "No messages reach" not in await s.said("people")


async def test_a_chat_that_could_not_be_made_anew_is_tried_again(store: SqlStore) -> None:
    async with scene(store) as s:
        person = s.desk.user(FIRST)
        del s.tenant.conversations[person.chat.id]
        s.world.troubles["createConversation"] = first(1, status(500))
        await s.c.ask(STATEMENT, ROUND)
        await s.live(timedelta(minutes=3))
        assert [STATEMENT in text for text in person.reads()] == [True]


async def test_an_account_that_was_deleted_does_not_hold_the_others_up_for_ever(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        del s.tenant.conversations[s.desk.user(FIRST).chat.id]
        s.world.troubles["createConversation"] = always(status(404, "NotFound"))
        for number in range(3):
            await s.c.ask(f"Statement {number} holds.", ROUND)
            await s.live(timedelta(minutes=4), turns=1)
        await s.c.ask(STATEMENT, ROUND)
        assert "11 sent, 1 could not be reached" in await s.said("status")
        assert "Messages wait" not in await s.said("status")
        for user in s.c.people()[1:]:
            assert STATEMENT in s.desk.messages(user)[-1].text


# --- erased ----------------------------------------------------------------------------------


async def test_whoever_was_erased_is_not_written_to_and_not_found_again(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        person = s.desk.user(FIRST)
        await s.desk.command(FIRST, "me erase")
        assert "has been erased" in (await s.desk.press(FIRST, "Erase my data")).text
        before = len(person.reads())
        found = await References(store).named(s.tenant.id, FIRST)
        assert found == ()
        await s.c.ask(STATEMENT, ROUND)
        await s.add(FIRST, "Person 1")
        await s.c.wait(days=1)
        assert len(person.reads()) == before
        assert "No messages reach Person 1" in await s.said("people")
        # They are asked anew when they want to be found again.
        await person.say("status")
        await s.happened()
        await s.c.wait(days=1)
        assert CONSENT in person.reads()[-1]


# --- two processes ---------------------------------------------------------------------------


def another(s: Scene) -> Conversation:
    """A second process over the same store, with a memory of its own."""
    side = s.behind.side
    references = References(s.c.store)
    teams = Teams(side._connector, references)
    return Side(
        teams, side._connector, references, s.c.store, s.c.inbox.handle, s.c.clock
    ).conversation


async def test_a_process_that_did_not_hear_of_a_removal_learns_of_the_return(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        other, person = another(s), s.desk.user(FIRST)
        person.happenings.mute = True
        await person.uninstall()
        assert await other.take(person.happenings.sent[-1]) is None
        assert "No messages reach Person 1" in await s.said("people")
        person.happenings.mute = False
        await person.install()
        await s.happened()
        assert "No messages reach" not in await s.said("people")
        await s.c.ask(STATEMENT, ROUND)
        assert STATEMENT in s.desk.messages(FIRST)[-1].text


async def test_an_old_reference_does_no_harm(store: SqlStore) -> None:
    """The other process hears of the removal after this one has begun to send."""
    async with scene(store) as s:
        person = s.desk.user(FIRST)
        person.happenings.mute = True
        await person.uninstall()
        await s.c.ask(STATEMENT, ROUND)
        assert "11 sent, 1 could not be reached" in await s.said("status")
        await another(s).take(person.happenings.sent[-1])
        assert "No messages reach Person 1" in await s.said("people")
        assert s.desk.messages(FIRST) == ()


async def test_a_chat_that_could_not_be_made_yet_is_no_doubt(store: SqlStore) -> None:
    """Nothing was written, so it is simply tried again."""
    async with scene(store) as s:
        ada = s.newcomer(ADA, "Ada Obi")
        team = s.team("Ward 4", MAYA, ADA)
        await s.happenings.install_in_team(team, s.account(MAYA))
        await s.happened()
        await s.add(ADA, "Ada Obi")
        s.world.troubles["createConversation"] = first(1, status(500))
        await s.c.wait(minutes=10)
        assert [CONSENT in text for text in ada.reads()] == [True]
