"""People from Slack's channels and user groups: brought in, followed, and asked as everyone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from adapters.slack import channels as looking
from adapters.slack import platform
from bot.conversation.actions import Action, Verb, encode
from bot.conversation.roles import Role
from bot.ports import Tx
from bot.programme.people import Consent, Member, Person
from bot.programme.sources import Source
from storage.store import SqlStore
from tests.flows.company import MAYA, Company, company
from tests.flows.desk import Heard
from tests.flows.slack_desk import SlackDesk
from tests.slack import payloads
from tests.slack.delivery import Kind
from tests.slack.happenings import Happenings
from tests.slack.records import Call, Channel, User, Workspace
from tests.slack.troubles import always, busy, drop

FIRST = "p1@trust.example"
ADA = "ada@trust.example"
BEN = "ben@trust.example"

pytestmark = pytest.mark.parametrize("platform", ["slack"], indirect=True)


@dataclass
class Scene:
    """A company on Slack whose ward has a channel with the bot in it."""

    c: Company
    desk: SlackDesk
    channel: Channel
    ada: User
    ben: User

    @property
    def workspace(self) -> Workspace:
        return self.desk.workspace

    @property
    def happenings(self) -> Happenings:
        return self.desk.user(MAYA).happenings

    def account(self, email: str) -> User:
        return self.desk.user(email).user

    async def bring_in(self, line: str = "people from #ward") -> Heard:
        await self.desk.command(MAYA, line)
        return await self.desk.press(MAYA, "Bring them in")

    async def happened(self) -> None:
        """All that follows from an event is done, and what is due is sent."""
        await self.desk.drain()
        await self.c.settle()

    async def sources(self) -> tuple[Source, ...]:
        def read(tx: Tx) -> tuple[Source, ...]:
            return tx.tenant(self.c.programme.org_id).programmes.sources(self.c.programme.id)

        return await self.c.store.read(read)

    async def members(self) -> dict[str, Member]:
        def read(tx: Tx) -> tuple[Member, ...]:
            return tx.tenant(self.c.programme.org_id).people.members(self.c.programme.id)

        return {member.person.email: member for member in await self.c.store.read(read)}


@asynccontextmanager
async def scene(store: SqlStore, *, name: str = "ward", **more: bool) -> AsyncIterator[Scene]:
    """Ada and Ben are new; of the ward's six people all but the sixth are in the channel."""
    async with company(store) as c:
        desk = c.desk
        assert isinstance(desk, SlackDesk)
        workspace = desk.workspace
        ada = workspace.add_user("Ada Obi", email=ADA, tz="Europe/Paris", locale="fr-FR")
        ben = workspace.add_user("Ben Cole", email=BEN)
        there = [desk.user(f"p{number}@trust.example").user for number in range(1, 6)]
        bot = workspace.users[workspace.bot_user]
        channel = workspace.add_channel(name, [*there, ada, ben, bot], **more)
        yield Scene(c, desk, channel, ada, ben)


async def test_nothing_happens_before_the_people_were_shown_and_confirmed(store: SqlStore) -> None:
    async with scene(store) as s:
        before = await s.members()
        heard = await s.desk.command(MAYA, 'people from "#ward"')
        assert "I am looking who is in #ward" in heard.text
        assert "Bring the people of #ward into Better rotas?" in heard.text
        assert "2 added, 5 changed, 0 the same." in heard.text
        assert "New: Ada Obi and Ben Cole." in heard.text
        assert "In the team Ward, but not in #ward: Person 6." in heard.text
        assert "Left out: Soundings (a program)." in heard.text
        assert "2 people are asked whether they want to take part" in heard.text
        assert await s.members() == before
        await s.desk.press(MAYA, "Do not")
        assert await s.members() == before
        assert "used before" in (await s.desk.press(MAYA, "Bring them in")).text


async def test_people_of_a_channel_come_in_with_what_their_profiles_say(store: SqlStore) -> None:
    async with scene(store) as s:
        heard = await s.bring_in()
        assert "2 added, 5 changed" in heard.text
        members = await s.members()
        ada = members[ADA]
        assert (ada.person.name, ada.membership.team) == ("Ada Obi", "Ward")
        assert (ada.person.zone, ada.person.language) == ("Europe/Paris", "fr-FR")
        await s.c.wait(minutes=5)
        assert "May we ask how it is going?" in s.desk.messages(ADA)[-1].text


async def test_whoever_is_missing_from_a_channel_goes_only_when_that_is_confirmed(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        await s.bring_in()
        assert "p6@trust.example" in await s.members()
        await s.desk.press(MAYA, "Take out 1 person")
        assert "p6@trust.example" not in await s.members()


async def test_what_people_chose_themselves_is_not_replaced(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.desk.command(FIRST, "me zone Asia/Tokyo")
        account = s.account(FIRST)
        account.real_name, account.tz = "Another Name", "Europe/Paris"
        await s.bring_in()
        person = (await s.members())[FIRST].person
        assert (person.name, person.zone, person.language) == ("Person 1", "Asia/Tokyo", "en-GB")


async def test_with_a_team_people_move_there_and_without_one_they_stay(store: SqlStore) -> None:
    async with scene(store, name="mixed") as s:
        s.channel.members.append(s.account("p12@trust.example").id)
        heard = await s.desk.command(MAYA, "people from #mixed")
        assert "Whoever has a team already keeps it." in heard.text
        assert "Into the team" not in heard.text
        heard = await s.desk.command(MAYA, "people from #mixed team ward")
        assert "Into the team ward: Person 12 (from Theatre)." in heard.text
        await s.desk.press(MAYA, "Bring them in")
        assert (await s.members())["p12@trust.example"].membership.team == "Ward"


async def test_people_who_cannot_be_asked_are_left_out_with_the_reason(store: SqlStore) -> None:
    async with scene(store) as s:
        dan = s.workspace.add_user("Dan", email="")
        eve = s.workspace.add_user("Eve", deleted=True)
        s.channel.members = [dan.id, eve.id]
        heard = await s.desk.command(MAYA, "people from #ward")
        assert "nobody in #ward whom I could bring in" in heard.text
        assert "Dan (no e-mail address in the profile) and Eve (account switched off)" in heard.text


async def test_a_user_group_works_like_a_channel(store: SqlStore) -> None:
    async with scene(store) as s:
        s.workspace.add_group("nurses", [s.ada, s.ben])
        heard = await s.desk.command(MAYA, 'people from @nurses team "Ward 4"')
        assert "Bring the people of @nurses into Better rotas?" in heard.text
        await s.desk.press(MAYA, "Bring them in")
        assert (await s.members())[BEN].membership.team == "Ward 4"
        assert "@nurses (team Ward 4)" in (await s.desk.command(MAYA, "people")).text


async def test_a_name_that_slack_did_not_recognise_is_looked_up(store: SqlStore) -> None:
    async with scene(store) as s:
        assert "New: Ada Obi" in (await s.desk.command(MAYA, "people from WARD")).text
        assert s.desk.world.calls_of("conversations.list")


async def test_the_channel_can_be_named_in_a_form_from_the_people_card(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.desk.command(MAYA, "people")
        await s.desk.press(MAYA, "People from a channel")
        await s.desk.submit(MAYA, source="ward", team="Night", role="participant")
        await s.happened()
        await s.desk.press(MAYA, "Bring them in")
        assert (await s.members())[ADA].membership.team == "Night"


async def test_it_can_be_typed_to_the_bot_too(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.desk.user(MAYA).say("people from #ward")
        await s.happened()
        assert "New: Ada Obi and Ben Cole." in s.desk.messages(MAYA)[-1].text
        await s.desk.press(MAYA, "Bring them in")
        assert ADA in await s.members()


async def test_whoever_joins_a_channel_later_is_brought_in_and_asked(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.bring_in()
        cat = s.workspace.add_user("Cat Fox", email="cat@trust.example", tz="Asia/Tokyo")
        await s.happenings.member_joined_channel(cat, s.channel)
        await s.happened()
        member = (await s.members())["cat@trust.example"]
        assert member.membership.team == "Ward"
        assert member.membership.consent is Consent.ASKED
        assert member.person.zone == "Asia/Tokyo"
        assert "Cat Fox joined #ward and is now in Better rotas." in s.desk.messages(MAYA)[-1].text
        await s.happenings.member_joined_channel(cat, s.channel)
        await s.happened()
        assert len([m for m in s.desk.messages(MAYA) if "Cat Fox joined" in m.text]) == 1


async def test_on_a_day_when_many_join_facilitators_are_not_flooded(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.bring_in()
        for number in range(6):
            new = s.workspace.add_user(f"New {number}", email=f"new{number}@trust.example")
            await s.happenings.member_joined_channel(new, s.channel)
            await s.happened()
        told = [m.text for m in s.desk.messages(MAYA) if "joined #ward" in m.text]
        who = [text.split(" joined")[0] for text in told]
        assert who == ["New 0", "New 1", "New 2", "More people"]
        assert "new5@trust.example" in await s.members()
        await s.c.wait(days=1)
        next_day = s.workspace.add_user("Next Day", email="next@trust.example")
        await s.happenings.member_joined_channel(next_day, s.channel)
        await s.happened()
        assert "Next Day joined #ward" in s.desk.messages(MAYA)[-1].text


async def test_whoever_leaves_a_channel_stays_until_a_facilitator_decides(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.bring_in()
        await s.happenings.member_left_channel(s.account(FIRST), s.channel)
        await s.happened()
        person = (await s.members())[FIRST].person
        assert "Person 1 left #ward and is still in Better rotas." in s.desk.messages(MAYA)[-1].text
        await s.desk.press(MAYA, "Take out Person 1")
        assert FIRST not in await s.members()
        action = encode(Action(Verb.TAKE_OUT, (s.c.programme.id, person.id)))
        assert "had already left" in (await s.desk.press_action(MAYA, action)).text


async def test_whoever_is_taken_out_after_leaving_keeps_other_roles(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.bring_in()
        await s.desk.command(MAYA, f'people add "Person 1" {FIRST} as lead')
        await s.happenings.member_left_channel(s.account(FIRST), s.channel)
        await s.happened()
        await s.desk.press(MAYA, "Take out Person 1")
        assert (await s.members())[FIRST].membership.role is Role.LEAD


async def test_a_group_that_changes_much_is_told_in_one_notice(store: SqlStore) -> None:
    async with scene(store) as s:
        everyone = [s.account(user) for user in s.c.people()[:6]]
        group = s.workspace.add_group("nurses", everyone)
        await s.bring_in('people from @nurses team "Ward"')
        await s.happenings.subteam_members_changed(group, [s.ada, everyone[0]])
        await s.happened()
        assert ADA in await s.members()
        told = [m.text for m in s.desk.messages(MAYA)]
        names = "Person 2, Person 3, Person 4, Person 5 and Person 6"
        assert any(f"{names} left @nurses and are still in" in text for text in told)
        assert any("Ada Obi joined @nurses" in text for text in told)
        await s.desk.press(MAYA, "Take out 5 people")
        assert set(await s.members()) & set(s.c.people()[:6]) == {FIRST}


async def test_nothing_follows_from_channels_that_nobody_follows(store: SqlStore) -> None:
    async with scene(store) as s:
        before = await s.members()
        await s.happenings.member_joined_channel(s.ada, s.channel)
        await s.happenings.member_left_channel(s.account(FIRST), s.channel)
        await s.happened()
        assert await s.members() == before
        assert s.desk.messages(MAYA) == ()
        assert s.desk.world.calls_of("users.info") == []


async def test_a_channel_is_followed_until_that_is_stopped(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.bring_in()
        assert "Whoever joins #ward (team Ward)" in (await s.desk.command(MAYA, "people")).text
        heard = await s.desk.command(MAYA, 'people from "#ward" stop')
        assert "Everyone who is in stays in." in heard.text
        await s.desk.press(MAYA, "Stop following")
        assert "Whoever joins" not in (await s.desk.command(MAYA, "people")).text
        before = await s.members()
        cat = s.workspace.add_user("Cat Fox")
        await s.happenings.member_joined_channel(cat, s.channel)
        await s.happenings.member_left_channel(s.account(FIRST), s.channel)
        await s.happened()
        assert await s.members() == before
        heard = await s.desk.command(MAYA, "people from #ward stop")
        assert "does not follow #ward" in heard.text


@pytest.mark.parametrize(
    "kind", ["channel_archive", "channel_deleted", "group_archive", "group_deleted"]
)
async def test_facilitators_hear_of_a_channel_that_is_gone(store: SqlStore, kind: str) -> None:
    async with scene(store) as s:
        await s.bring_in()
        before = await s.members()
        s.channel.is_archived = True
        await s.happenings.channel_shut(kind, s.channel)
        await s.happened()
        notice = s.desk.messages(MAYA)[-1]
        assert "follows #ward, but I cannot see it any more" in notice.text
        assert await s.members() == before
        await s.desk.press(MAYA, "Stop following")
        assert await s.sources() == ()


async def test_facilitators_hear_when_the_bot_is_taken_out_of_a_channel(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.bring_in()
        bot = s.workspace.users[s.workspace.bot_user]
        await s.happenings.member_left_channel(bot, s.channel)
        await s.happened()
        assert "I was taken out of it" in s.desk.messages(MAYA)[-1].text


async def test_facilitators_hear_of_a_user_group_that_is_switched_off(store: SqlStore) -> None:
    async with scene(store) as s:
        group = s.workspace.add_group("nurses", [s.ada])
        await s.bring_in("people from @nurses")
        await s.happenings.subteam_updated(group)
        await s.happened()
        assert s.desk.messages(MAYA) == ()
        group.disabled = True
        await s.happenings.subteam_updated(group)
        await s.happened()
        assert "follows @nurses, but I cannot see it" in s.desk.messages(MAYA)[-1].text


async def test_nobody_hears_of_a_channel_that_nobody_followed(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.happenings.channel_shut("channel_archive", s.channel)
        await s.happened()
        assert s.desk.messages(MAYA) == ()


async def test_looking_again_keeps_the_team_that_was_chosen(store: SqlStore) -> None:
    async with scene(store, name="mixed") as s:
        await s.bring_in('people from #mixed team "Ward"')
        cat = s.workspace.add_user("Cat Fox", email="cat@trust.example")
        s.channel.members.append(cat.id)
        s.channel.name = "renamed"
        await s.desk.command(MAYA, "people")
        heard = await s.desk.press(MAYA, "Look into #mixed")
        assert "Bring the people of #renamed into Better rotas?" in heard.text
        await s.desk.press(MAYA, "Bring them in")
        assert (await s.members())["cat@trust.example"].membership.team == "Ward"
        assert "#renamed (team Ward)" in (await s.desk.command(MAYA, "people")).text


async def test_nobody_becomes_a_lead_by_joining_a_channel(store: SqlStore) -> None:
    async with scene(store) as s:
        heard = await s.desk.command(MAYA, "people from #ward as lead")
        assert "They come in as leads, once" in heard.text
        await s.desk.press(MAYA, "Bring them in")
        assert (await s.members())[ADA].membership.role == "lead"
        assert "Whoever joins" not in (await s.desk.command(MAYA, "people")).text


async def test_nobody_is_brought_into_a_programme_that_is_over(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.bring_in()
        await s.c.wait(days=400)
        cat = s.workspace.add_user("Cat Fox", email="cat@trust.example")
        await s.happenings.member_joined_channel(cat, s.channel)
        await s.happened()
        assert "cat@trust.example" not in await s.members()


async def test_a_channel_that_the_bot_is_not_in_can_be_read_but_not_followed_alone(
    store: SqlStore,
) -> None:
    async with scene(store) as s:
        s.channel.members.remove(s.workspace.bot_user)
        heard = await s.desk.command(MAYA, "people from #ward")
        assert "For that, add me to #ward first" in heard.text


async def test_a_private_channel_is_for_those_who_are_in_it(store: SqlStore) -> None:
    async with scene(store, is_private=True) as s:
        heard = await s.desk.command(MAYA, "people from #ward")
        assert "You are not in #ward." in heard.text
        assert "Ada" not in heard.text
        s.channel.members.append(s.account(MAYA).id)
        assert "New: Ada Obi" in (await s.desk.command(MAYA, "people from #ward")).text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("people from #nowhere", "I cannot find #nowhere here."),
        ("people from @nobody", "I cannot find @nobody here."),
        ("people from #old", "#old is no longer in use"),
        ("people from @gone", "@gone is no longer in use"),
        ("people from #ward as king", 'The role "king" is not known.'),
        ('people from #ward team "A + B"', "A team name cannot hold"),
    ],
)
async def test_what_cannot_be_looked_into_is_said_with_a_way_out(
    store: SqlStore, line: str, said: str
) -> None:
    async with scene(store) as s:
        s.workspace.add_channel("old", [s.ada], is_archived=True)
        s.workspace.add_group("gone", [s.ada]).disabled = True
        assert said in (await s.desk.command(MAYA, line)).text
        assert ADA not in await s.members()


async def test_an_older_installation_is_told_to_install_anew(store: SqlStore) -> None:
    async with scene(store) as s:
        s.workspace.scopes -= {"channels:read", "usergroups:read"}
        s.workspace.add_group("nurses", [s.ada])
        for line in ("people from #ward", "people from @nurses"):
            heard = await s.desk.command(MAYA, line)
            assert "I am not allowed to look into channels and groups here yet." in heard.text


async def test_a_rate_limit_is_waited_for(store: SqlStore) -> None:
    async with scene(store) as s:
        s.desk.world.troubles["users.info"] = lambda call: busy(1) if call.number == 3 else None
        heard = await s.desk.command(MAYA, "people from #ward")
        assert "New: Ada Obi and Ben Cole." in heard.text


async def test_when_slack_is_broken_nothing_changes_and_it_is_said(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "PAUSE", 0.001)
    async with scene(store) as s:
        s.desk.world.troubles["users.info"] = always(drop())
        heard = await s.desk.command(MAYA, "people from #ward")
        assert "I could not find out who is in #ward. Nothing was changed." in heard.text


async def test_a_long_list_says_how_long_it_takes_and_one_too_long_is_refused(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(store) as s:
        monkeypatch.setattr(looking, "LONG", 3)
        heard = await s.desk.command(MAYA, "people from #ward")
        assert "#ward has 8 people. Looking at all of them takes about 1 minute." in heard.text
        monkeypatch.setattr(looking, "MOST", 5)
        heard = await s.desk.command(MAYA, "people from #ward")
        assert "#ward has too many people" in heard.text


async def test_what_takes_longer_than_slack_waits_is_said_in_the_chat(store: SqlStore) -> None:
    async with scene(store) as s:

        def wait(call: Call) -> None:
            s.c.clock.move(s.c.clock.now() + timedelta(minutes=5))

        s.desk.world.troubles["users.info"] = wait
        await s.desk.command(MAYA, "people from #ward")
        assert "New: Ada Obi and Ben Cole." in s.desk.messages(MAYA)[-1].text


async def test_what_was_asked_for_in_a_dialog_is_said_in_the_chat(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.bring_in()
        person = s.desk.user(MAYA)
        await person.open_home()
        await s.happened()
        view = person.home
        assert view is not None
        source = (await s.sources())[0]
        action = encode(Action(Verb.GATHER, (s.c.programme.id, source.id)))
        button = {"type": "button", "action_id": "0.0", "block_id": "b", "value": action}
        sent = payloads.in_view(s.desk.world, s.workspace, person.user, view, button)
        await person.delivery.send(Kind.INTERACTIVE, sent)
        await s.happened()
        assert "In the team Ward, but not in #ward: Person 6." in s.desk.messages(MAYA)[-1].text


async def test_only_facilitators_look_into_channels(store: SqlStore) -> None:
    async with scene(store) as s:
        heard = await s.desk.command(FIRST, "people from #ward")
        assert "Ada" not in heard.text
        assert s.desk.world.calls_of("conversations.info") == []


async def test_what_happens_in_another_workspace_changes_nothing_here(store: SqlStore) -> None:
    async with scene(store) as ours, company(store, name="Theirs") as theirs:
        await ours.bring_in()
        desk = theirs.desk
        assert isinstance(desk, SlackDesk)
        before = await ours.members()
        cat = desk.workspace.add_user("Cat Fox")
        alike = Channel(ours.channel.id, "ward")
        await desk.user(MAYA).happenings.member_joined_channel(cat, alike)
        await desk.drain()
        assert await ours.members() == before


async def test_whoever_facilitates_no_longer_hears_of_nobody(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.bring_in()
        await s.desk.command(MAYA, 'people add "Person 2" p2@trust.example as facilitator')
        s.c.clock.move(s.c.clock.now() + timedelta(hours=14))
        await s.happenings.member_left_channel(s.account(FIRST), s.channel)
        await s.happened()

        def demote(tx: Tx) -> None:
            people = tx.tenant(s.c.programme.org_id).people
            person = people.by_email("p2@trust.example")
            assert person is not None
            for role in people.member(s.c.programme.id, person.id):
                if role.role is Role.FACILITATOR:
                    people.save_membership(replace(role, left_on=role.joined_on))

        await s.c.store.write(demote)
        await s.c.wait(hours=14)
        assert any("left #ward" in message.text for message in s.desk.messages(MAYA))
        assert not any("left #ward" in m.text for m in s.desk.messages("p2@trust.example"))


async def test_the_audit_says_who_brought_people_in(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.bring_in()
        heard = await s.desk.command(MAYA, "audit")
        assert "brought in people of a channel or group (#ward, 2 added, 5 changed)" in heard.text


async def test_whoever_was_erased_is_in_no_notice(store: SqlStore) -> None:
    async with scene(store) as s:
        await s.bring_in()
        s.c.clock.move(s.c.clock.now() + timedelta(hours=14))
        await s.happenings.member_left_channel(s.account(FIRST), s.channel)
        await s.happened()

        def erase(tx: Tx) -> None:
            people = tx.tenant(s.c.programme.org_id).people
            person = people.by_email(FIRST)
            assert isinstance(person, Person)
            people.erase(person.id)

        await s.c.store.write(erase)
        await s.c.wait(hours=14)
        assert all("left #ward" not in message.text for message in s.desk.messages(MAYA))
