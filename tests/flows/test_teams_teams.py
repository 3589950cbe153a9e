"""People from teams: brought in, followed, and asked as everyone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from adapters.teams import rosters
from bot.programme.people import Consent
from storage.store import SqlStore
from tests.flows.company import MAYA
from tests.flows.teams_scene import ADA, BEN, FIRST, Scene, scene
from tests.teams.records import Team, User
from tests.teams.troubles import always, busy, drop, first, status

pytestmark = pytest.mark.parametrize("platform", ["teams"], indirect=True)

CAT = "cat@trust.example"
LOOK = 'people from "#Ward"'


@asynccontextmanager
async def ward(store: SqlStore, name: str = "Ward") -> AsyncIterator[tuple[Scene, Team]]:
    """Maya's team with the app: Ada and Ben are new, of the ward's six people all but the sixth."""
    async with scene(store) as s:
        s.newcomer(ADA, "Ada Obi")
        s.newcomer(BEN, "Ben Cole")
        team = s.team(name, MAYA, *s.c.people()[:5], ADA, BEN)
        await s.happenings.install_in_team(team, s.account(MAYA))
        await s.happened()
        yield s, team


def maya_reads(s: Scene, text: str) -> int:
    """In how many messages of the facilitator this stands."""
    return sum(text in one for one in s.desk.user(MAYA).reads())


# --- brought in ------------------------------------------------------------------------------


async def test_nothing_happens_before_the_people_were_shown_and_confirmed(store: SqlStore) -> None:
    async with ward(store) as (s, _):
        before = await s.members()
        said = await s.said(LOOK)
        assert "I am looking who is in #Ward" in said
        assert "Bring the people of #Ward into Better rotas?" in said
        assert "3 added, 0 changed, 5 the same." in said
        assert "New: Maya, Ada Obi and Ben Cole." in said
        assert "In the team Ward, but not in #Ward: Person 6." in said
        assert await s.members() == before
        await s.desk.press(MAYA, "Do not")
        assert await s.members() == before


async def test_people_of_a_team_come_in_and_are_asked(store: SqlStore) -> None:
    async with ward(store) as (s, _):
        assert "3 added" in (await s.bring_in(LOOK)).text
        assert (await s.members())[ADA].membership.team == "Ward"
        assert "No messages reach" not in await s.said("people")
        await s.c.wait(minutes=5)
        assert "May we ask how it is going?" in s.desk.user(ADA).reads()[-1]
        # Whoever facilitates and is in the team takes part, as in Slack.
        assert maya_reads(s, "May we ask how it is going?") == 1


async def test_a_team_is_told_by_the_channel_where_it_is_typed(store: SqlStore) -> None:
    async with ward(store) as (s, team):
        for line in ('people from "this team"', 'people from "#team"', LOOK):
            await s.desk.user(MAYA).mention(line, s.tenant.conversations[team.id], "171")
            await s.happened()
            assert "Bring the people of #Ward into" in s.desk.user(MAYA).reads()[-1]
            await s.desk.press(MAYA, "Do not")


async def test_the_channel_tells_of_a_team_of_which_nothing_was_heard(store: SqlStore) -> None:
    """The process was not running when the app was added."""
    async with scene(store) as s:
        s.newcomer(ADA, "Ada Obi")
        team = s.team("Ward", MAYA, ADA)
        channel = s.tenant.add_channel(team, "Rotas")
        assert "I cannot find #Ward here" in await s.said(LOOK)
        await s.desk.user(MAYA).mention('people from "this team"', channel)
        await s.happened()
        assert "Bring the people of #Ward into" in s.desk.user(MAYA).reads()[-1]
        assert "Bring the people of #Ward into" in await s.said(LOOK)


async def test_of_two_teams_of_one_name_the_one_is_meant_that_the_asker_is_in(
    store: SqlStore,
) -> None:
    async with ward(store) as (s, _):
        other = s.team("Ward", FIRST, "p2@trust.example")
        await s.happenings.install_in_team(other, s.account(FIRST))
        await s.happened()
        await s.desk.command(MAYA, f'people add "Person 1" {FIRST} as facilitator')
        s.tenant.teams[other.id].members.remove(s.account("p2@trust.example").id)
        assert "New: Maya, Ada Obi and Ben Cole." in await s.said(LOOK)
        # In a channel it is the team that the channel is in.
        s.tenant.teams[other.id].members.append(s.account(MAYA).id)
        channel = s.tenant.conversations[other.id]
        await s.desk.user(MAYA).mention(LOOK, channel)
        await s.happened()
        assert "New: Maya." in s.desk.user(MAYA).reads()[-1]


async def test_a_name_that_an_abandoned_team_has_too_leads_to_the_other_one(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        s.newcomer(ADA, "Ada Obi")
        for number in range(3):
            team = s.team("Ward", MAYA, ADA)
            await s.happenings.install_in_team(team, s.account(MAYA))
            team.has_app = number == 1  # nobody heard of it
        await s.happened()
        assert "New: Maya and Ada Obi." in await s.said(LOOK)


async def test_a_team_is_for_those_who_are_in_it(store: SqlStore) -> None:
    async with ward(store) as (s, team):
        team.members.remove(s.account(MAYA).id)
        said = await s.said(LOOK)
        assert "You are not in #Ward. Only somebody who is in it can bring in its people." in said
        assert "Ada" not in said
        # A channel that they can see does not open the team for them.
        await s.desk.user(MAYA).mention('people from "this team"', s.tenant.conversations[team.id])
        await s.happened()
        assert "Ada" not in s.desk.user(MAYA).reads()[-1]


async def test_a_team_without_the_app_is_said_with_what_to_do(store: SqlStore) -> None:
    async with scene(store) as s:
        team = s.team("Ward", MAYA, has_app=False)
        assert "in Teams, add the app Soundings to the team" in await s.said(LOOK)
        await s.happenings.install_in_team(team, s.account(MAYA))
        await s.happened()
        assert "New: Maya." in await s.said(LOOK)
        team.has_app = False  # nobody heard of it
        assert "in Teams, add the app Soundings to the team" in await s.said(LOOK)


async def test_who_cannot_be_asked_is_left_out_with_the_reason(store: SqlStore) -> None:
    async with scene(store) as s:
        guest = s.tenant.add_user("Gus", is_guest=True)
        stranger = s.tenant.add_user("Sam", home="99999999-0000-4000-8000-000000000000")
        nobody = s.tenant.add_user("Ned", email="", upn="ned")
        robot = s.tenant.add_user("Rota Bot", role="bot")
        team = s.tenant.add_team("Ward", [s.account(MAYA), guest, stranger, nobody, robot])
        await s.happenings.install_in_team(team, s.account(MAYA))
        await s.happened()
        said = await s.said(LOOK)
        assert "New: Maya and Gus." in said
        left_out = (
            "Left out: Sam (from another organisation), Ned (no e-mail address in the profile) "
            "and Rota Bot (a program)."
        )
        assert left_out in said


async def test_a_large_team_is_read_page_by_page(store: SqlStore) -> None:
    async with ward(store) as (s, team):
        s.world.largest_page = 50
        new = [s.tenant.add_user(f"Nurse {n}", email=f"n{n}@trust.example") for n in range(120)]
        team.members += [user.id for user in new]
        assert "123 added" in (await s.bring_in(LOOK)).text
        assert "No messages reach" not in await s.said("people")


async def test_a_team_that_is_too_large_is_refused_with_another_way(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ward(store) as (s, _):
        monkeypatch.setattr(rosters, "MOST", 5)
        said = await s.said(LOOK)
        assert "#Ward has too many people" in said
        assert "Ada" not in said


@pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("trouble", [busy(0), status(503)], ids=["busy", "broken"])
async def test_where_teams_is_in_trouble_for_a_moment_it_is_asked_again(
    store: SqlStore, trouble: object
) -> None:
    async with ward(store) as (s, _):
        s.world.troubles["*"] = first(2, trouble)  # type: ignore[arg-type]
        assert "New: Maya, Ada Obi and Ben Cole." in await s.said(LOOK)


@pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)
async def test_when_teams_is_broken_nothing_changes_and_it_is_said(store: SqlStore) -> None:
    async with ward(store) as (s, _):
        before = await s.members()
        s.world.troubles["getConversationPagedMembers"] = always(drop())
        said = await s.said(LOOK)
        assert "I could not find out who is in #Ward. Nothing was changed." in said
        assert await s.members() == before


async def test_only_facilitators_look_into_teams(store: SqlStore) -> None:
    async with ward(store) as (s, _):
        before = len(s.world.calls_of("getConversationPagedMembers"))
        assert "Ada" not in (await s.desk.command(FIRST, LOOK)).text
        assert len(s.world.calls_of("getConversationPagedMembers")) == before


# --- who joins and leaves --------------------------------------------------------------------


def joins(s: Scene) -> User:
    return s.newcomer(CAT, "Cat Fox").user


async def test_whoever_joins_a_team_is_brought_in_and_asked_once(store: SqlStore) -> None:
    async with ward(store) as (s, team):
        await s.bring_in(LOOK)
        cat = joins(s)
        await s.happenings.come(team, cat)
        await s.happened()
        member = (await s.members())[CAT]
        assert (member.membership.team, member.membership.consent) == ("Ward", Consent.ASKED)
        assert maya_reads(s, "Cat Fox joined #Ward and is now in Better rotas.") == 1
        await s.happenings.again(len(s.happenings.sent) - 1)
        await s.happenings.come(team, cat)
        await s.happened()
        assert maya_reads(s, "Cat Fox joined #Ward") == 1
        await s.c.wait(minutes=5)
        (asked,) = s.desk.user(CAT).reads()
        assert "May we ask how it is going?" in asked


async def test_whoever_is_out_again_before_we_looked_is_not_brought_in(store: SqlStore) -> None:
    async with ward(store) as (s, team):
        await s.bring_in(LOOK)
        cat = joins(s)
        s.happenings.mute = True
        await s.happenings.come(team, cat)
        await s.happenings.go(team, cat)
        s.happenings.mute = False
        for event in reversed(s.happenings.sent[-2:]):  # out of order
            await s.desk.delivery.send(event)
            await s.happened()
        assert CAT not in await s.members()
        assert maya_reads(s, "Cat Fox") == 0


async def test_facilitators_are_asked_about_whoever_leaves(store: SqlStore) -> None:
    async with ward(store) as (s, team):
        await s.bring_in(LOOK)
        await s.happenings.go(team, s.account(FIRST))
        await s.happened()
        await s.happenings.again(len(s.happenings.sent) - 1)
        await s.happened()
        assert FIRST in await s.members()
        assert maya_reads(s, "Person 1 left #Ward and is still in Better rotas.") == 1
        await s.desk.press(MAYA, "Take out Person 1")
        assert FIRST not in await s.members()


async def test_those_who_leave_at_once_are_told_of_in_one_notice(store: SqlStore) -> None:
    async with ward(store) as (s, team):
        await s.bring_in(LOOK)
        await s.happenings.go(team, *(s.account(user) for user in s.c.people()[:4]))
        await s.happened()
        assert maya_reads(s, "Person 1, Person 2, Person 3 and Person 4 left #Ward") == 1
        await s.desk.press(MAYA, "Take out 4 people")
        assert set(s.c.people()[:5]) & set(await s.members()) == {"p5@trust.example"}


async def test_a_guest_who_joins_from_another_organisation_is_not_brought_in(
    store: SqlStore,
) -> None:
    async with ward(store) as (s, team):
        await s.bring_in(LOOK)
        sam = s.tenant.add_user("Sam", home="99999999-0000-4000-8000-000000000000")
        await s.happenings.come(team, sam)
        await s.happened()
        assert sam.email not in await s.members()
        assert maya_reads(s, "Sam") == 0


async def test_nothing_follows_from_teams_that_nobody_follows(store: SqlStore) -> None:
    async with ward(store) as (s, team):
        before = await s.members()
        await s.happenings.come(team, joins(s))
        await s.happenings.go(team, s.account(FIRST))
        await s.c.wait(hours=1)
        assert await s.members() == before
        assert s.desk.messages(MAYA) == ()
        assert s.desk.user(CAT).reads() == []


# --- what becomes of a team ------------------------------------------------------------------


async def test_a_renamed_team_is_found_by_its_new_name_and_still_followed(
    store: SqlStore,
) -> None:
    async with ward(store) as (s, team):
        await s.bring_in(LOOK)
        await s.happenings.rename(team, "Ward Four", s.account(MAYA))
        await s.happened()
        # The programme calls it as it was, until somebody looks into it again.
        assert "Whoever joins #Ward (team Ward)" in await s.said("people")
        assert "0 added, 0 changed, 8 the same" in await s.said('people from "#Ward Four"')
        assert "Whoever joins #Ward Four (team Ward)" in await s.said("people")
        cat = joins(s)
        await s.happenings.come(team, cat)
        await s.happened()
        assert maya_reads(s, "Cat Fox joined #Ward Four") == 1
        assert len(await s.sources()) == 1


@pytest.mark.parametrize("what", ["archive", "delete", "uninstall_in_team"])
async def test_facilitators_hear_once_that_a_team_is_not_seen_any_more(
    store: SqlStore, what: str
) -> None:
    async with ward(store) as (s, team):
        await s.bring_in(LOOK)
        before = await s.members()
        await getattr(s.happenings, what)(team, s.account(MAYA))
        await s.happened()
        assert maya_reads(s, "follows #Ward, but I cannot see it any more") == 1
        assert await s.members() == before
        await s.desk.press(MAYA, "Stop following")
        assert await s.sources() == ()


async def test_a_team_that_has_the_app_again_is_followed_on(store: SqlStore) -> None:
    async with ward(store) as (s, team):
        await s.bring_in(LOOK)
        for _ in range(2):
            await s.happenings.uninstall_in_team(team, s.account(MAYA))
            await s.happened()
            s.c.clock.move(s.c.clock.now() + timedelta(hours=1))
            await s.happenings.install_in_team(team, s.account(MAYA))
            await s.happened()
        assert maya_reads(s, "I was taken out of it") == 2
        await s.happenings.come(team, joins(s))
        await s.happened()
        assert CAT in await s.members()
        assert "0 added" in await s.said(LOOK)


async def test_nobody_hears_of_a_team_that_nobody_followed(store: SqlStore) -> None:
    async with ward(store) as (s, team):
        await s.happenings.archive(team, s.account(MAYA))
        await s.happened()
        assert s.desk.messages(MAYA) == ()
