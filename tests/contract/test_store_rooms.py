"""Every room gives back what was put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.conversation.card import Values
from bot.conversation.roles import Role
from bot.ports import Answered, DeliveryState, Kind, Known, Season, Tx
from bot.programme.programmes import Organisation
from bot.programme.sources import Source
from bot.pulse.pulses import PulseState, RoundState
from storage.errors import NotStored, OtherTenant
from storage.store import SqlStore
from tests.contract.world import AGREE, BLOCKS, DAY, HELP, HOUR, NOW, OURS, PICK

ORG = OURS.org_id


async def test_a_person_comes_back_as_saved(store: SqlStore) -> None:
    await store.write(OURS.settle)
    person = OURS.person()
    assert await store.read(lambda tx: tx.tenant(ORG).people.get(person.id)) == person
    assert await store.read(lambda tx: tx.tenant(ORG).people.by_email(person.email)) == person


async def test_saving_a_person_again_replaces_every_field(store: SqlStore) -> None:
    await store.write(OURS.settle)
    bare = replace(
        OURS.person(),
        name="Åsa 🦉",
        zone=None,
        language=None,
        preferred_time=None,
        away_from=None,
        away_to=None,
        programme_id=None,
    )
    await store.write(lambda tx: tx.tenant(ORG).people.save(bare))
    assert await store.read(lambda tx: tx.tenant(ORG).people.get(bare.id)) == bare


async def test_two_people_cannot_share_an_address(store: SqlStore) -> None:
    await store.write(OURS.settle)
    twin = replace(OURS.person(2), email=OURS.person(1).email)
    with pytest.raises(NotStored) as refused:
        await store.write(lambda tx: tx.tenant(ORG).people.save(twin))
    assert twin.email not in str(refused.value)


async def test_members_of_one_role_are_those_alone(store: SqlStore) -> None:
    await store.write(OURS.settle)
    leads = OURS.membership(2, Role.LEAD)
    await store.write(lambda tx: tx.tenant(ORG).people.save_membership(leads))
    found = await store.read(lambda tx: tx.tenant(ORG).people.members(OURS.programme.id, Role.LEAD))
    assert [(member.person, member.membership) for member in found] == [(OURS.person(2), leads)]


async def test_a_member_who_left_is_no_member(store: SqlStore) -> None:
    await store.write(OURS.settle)
    gone = replace(OURS.membership(2), left_on=date(2026, 2, 1))
    await store.write(lambda tx: tx.tenant(ORG).people.save_membership(gone))
    people = await store.read(lambda tx: tx.tenant(ORG).people.members(OURS.programme.id))
    assert [(member.person, member.membership) for member in people] == [
        (OURS.person(1), OURS.membership(1))
    ]
    assert await store.read(lambda tx: tx.tenant(ORG).people.programmes_of(gone.person_id)) == ()


async def test_someone_can_be_facilitator_and_participant(store: SqlStore) -> None:
    await store.write(OURS.settle)
    second = OURS.membership(1, Role.FACILITATOR)
    await store.write(lambda tx: tx.tenant(ORG).people.save_membership(second))
    roles = await store.read(
        lambda tx: tx.tenant(ORG).people.member(OURS.programme.id, OURS.person().id)
    )
    assert {membership.role for membership in roles} == {Role.FACILITATOR, Role.PARTICIPANT}
    programmes = await store.read(lambda tx: tx.tenant(ORG).people.programmes_of(OURS.person().id))
    assert programmes == (OURS.programme,)


async def test_a_person_is_known_by_their_newest_user(store: SqlStore) -> None:
    await store.write(OURS.settle)
    old = OURS.actor()
    new = replace(old, user="new")
    await store.write(lambda tx: tx.tenant(ORG).people.reach(OURS.person().id, OURS.lane_id, "new"))
    assert await store.read(lambda tx: tx.directory.known(old)) is None
    assert await store.read(lambda tx: tx.directory.known(new)) == Known(
        ORG, OURS.person().id, OURS.lane_id, OURS.person().zone
    )


async def test_a_user_belongs_to_one_person(store: SqlStore) -> None:
    await store.write(OURS.settle)
    await store.write(
        lambda tx: tx.tenant(ORG).people.reach(OURS.person(2).id, OURS.lane_id, OURS.actor(1).user)
    )
    known = await store.read(lambda tx: tx.directory.known(OURS.actor(1)))
    assert known is not None
    assert known.person_id == OURS.person(2).id
    assert await store.read(lambda tx: tx.tenant(ORG).people.lanes([OURS.person(1).id])) == {}


async def test_a_person_who_cannot_be_reached_has_no_lane(store: SqlStore) -> None:
    await store.write(OURS.settle)
    await store.write(lambda tx: tx.tenant(ORG).people.unreach(OURS.lane_id, OURS.actor(2).user))
    ids = [OURS.person(1).id, OURS.person(2).id]
    assert await store.read(lambda tx: tx.tenant(ORG).people.lanes(ids)) == {ids[0]: OURS.lane_id}


async def test_a_season_can_be_saved_again_with_a_team_more(store: SqlStore) -> None:
    east, south = BLOCKS
    wider = replace(OURS.season, blocks=(east, replace(south, teams=("South", "Lab"))))

    def furnish(tx: Tx) -> None:
        OURS.settle(tx)
        tx.tenant(ORG).programmes.save_season(OURS.season)
        tx.tenant(ORG).programmes.save_season(wider)

    await store.write(furnish)
    found = await store.read(lambda tx: tx.tenant(ORG).programmes.season(OURS.programme.id))
    assert found == wider


async def test_a_programme_comes_back_with_its_questions_and_newest_season(store: SqlStore) -> None:
    later = Season(programme_id=OURS.programme.id, starts_on=date(2026, 4, 6), blocks=())

    def furnish(tx: Tx) -> None:
        OURS.settle(tx)
        room = tx.tenant(ORG).programmes
        room.save_season(OURS.season)
        room.save_season(later)
        room.save_question(OURS.programme.id, OURS.question)

    await store.write(furnish)
    assert await store.read(lambda tx: tx.tenant(ORG).programmes.all()) == (OURS.programme,)
    assert await store.read(lambda tx: tx.tenant(ORG).programmes.organisation()) == Organisation(
        id=ORG, name="Trust-of-a"
    )
    programme_id = OURS.programme.id
    assert (
        await store.read(lambda tx: tx.tenant(ORG).programmes.get(programme_id)) == OURS.programme
    )
    assert await store.read(lambda tx: tx.tenant(ORG).programmes.season(programme_id)) == later
    assert await store.read(lambda tx: tx.tenant(ORG).programmes.own_questions(programme_id)) == (
        OURS.question,
    )


async def test_a_programme_follows_channels_until_it_no_longer_does(store: SqlStore) -> None:
    here = OURS.source
    there = replace(here, id="other", external_id="C2", name="#West", team="")

    def furnish(tx: Tx) -> None:
        OURS.settle(tx)
        for source in (here, there, replace(there, team="West")):
            tx.tenant(ORG).programmes.save_source(source)

    def followed(tx: Tx) -> tuple[Source, ...]:
        return tx.tenant(ORG).programmes.sources(OURS.programme.id)

    await store.write(furnish)
    assert await store.read(followed) == (here, replace(there, team="West"))
    at = await store.read(
        lambda tx: tx.tenant(ORG).programmes.sources_at(OURS.lane_id, here.external_id)
    )
    assert at == (here,)
    await store.write(lambda tx: tx.tenant(ORG).programmes.drop_source(here.id))
    assert await store.read(followed) == (replace(there, team="West"),)


async def test_a_programme_follows_a_channel_once(store: SqlStore) -> None:
    def twice(tx: Tx) -> None:
        OURS.settle(tx)
        tx.tenant(ORG).programmes.save_source(OURS.source)
        tx.tenant(ORG).programmes.save_source(replace(OURS.source, id="again"))

    with pytest.raises(NotStored):
        await store.write(twice)


async def test_pulses_rounds_and_invitations_come_back_as_saved(store: SqlStore) -> None:
    await store.write(OURS.settle)
    round_, invitation = OURS.round(), OURS.invitation()
    assert await store.read(lambda tx: tx.tenant(ORG).pulses.get(OURS.pulse.id)) == OURS.pulse
    assert await store.read(lambda tx: tx.tenant(ORG).pulses.all(OURS.programme.id)) == (
        OURS.pulse,
    )
    assert await store.read(lambda tx: tx.tenant(ORG).pulses.round(round_.id)) == round_
    assert (
        await store.read(
            lambda tx: tx.tenant(ORG).pulses.invitation(round_.id, invitation.person_id)
        )
        == invitation
    )
    assert await store.read(lambda tx: tx.tenant(ORG).pulses.invitations(round_.id)) == (
        OURS.invitation(1),
        OURS.invitation(2),
    )


async def test_a_one_off_pulse_has_neither_cadence_nor_next_moment(store: SqlStore) -> None:
    await store.write(OURS.settle)
    once = replace(OURS.pulse, cadence=None, next_at=None, state=PulseState.ENDED)
    await store.write(lambda tx: tx.tenant(ORG).pulses.save(once))
    assert await store.read(lambda tx: tx.tenant(ORG).pulses.get(once.id)) == once


async def test_rounds_are_listed_newest_first(store: SqlStore) -> None:
    await store.write(OURS.settle)
    await store.write(lambda tx: tx.tenant(ORG).pulses.open_round(OURS.round(2), []))
    rounds = await store.read(lambda tx: tx.tenant(ORG).pulses.rounds(OURS.programme.id))
    assert rounds == (OURS.round(2), OURS.round(1))


async def test_a_round_can_be_moved(store: SqlStore) -> None:
    await store.write(OURS.settle)
    closed = replace(OURS.round(), state=RoundState.CLOSED, close_at=NOW + 2 * HOUR)
    await store.write(lambda tx: tx.tenant(ORG).pulses.save_round(closed))
    assert await store.read(lambda tx: tx.tenant(ORG).pulses.round(closed.id)) == closed


async def test_what_does_not_exist_cannot_be_changed(store: SqlStore) -> None:
    await store.write(OURS.settle)
    with pytest.raises(LookupError):
        await store.write(lambda tx: tx.tenant(ORG).pulses.save_round(OURS.round(7)))
    with pytest.raises(LookupError):
        await store.write(lambda tx: tx.tenant(ORG).post.move("unheard of", NOW))


async def test_a_draft_is_forgotten_a_week_after_it_was_last_kept(store: SqlStore) -> None:
    await store.write(OURS.settle)
    person_id, week = OURS.person().id, timedelta(days=7)
    filled: Values = {"needs": ("rest",)}

    def keep(tx: Tx) -> None:
        for at in (NOW - HOUR, NOW):
            tx.tenant(ORG).notes.save_draft(person_id, "kickoff", filled, at)

    await store.write(keep)
    await store.write(lambda tx: tx.agenda.tidy(NOW + week))
    assert await store.read(lambda tx: tx.tenant(ORG).notes.draft(person_id, "kickoff")) == filled
    await store.write(lambda tx: tx.agenda.tidy(NOW + week + timedelta(seconds=1)))
    assert await store.read(lambda tx: tx.tenant(ORG).notes.draft(person_id, "kickoff")) is None


async def test_drafts_come_back_until_dropped(store: SqlStore) -> None:
    await store.write(OURS.settle)
    person_id = OURS.person().id
    filled = {"needs": ("rest",), "values": ("a", "b"), "none": ()}
    await store.write(lambda tx: tx.tenant(ORG).notes.save_draft(person_id, "kickoff", {}, NOW))
    await store.write(lambda tx: tx.tenant(ORG).notes.save_draft(person_id, "kickoff", filled, NOW))
    assert await store.read(lambda tx: tx.tenant(ORG).notes.draft(person_id, "kickoff")) == filled

    def drop(tx: Tx) -> bool:
        return tx.tenant(ORG).notes.drop_draft(person_id, "kickoff")

    assert [await store.write(drop) for _ in range(2)] == [True, False]
    assert await store.read(lambda tx: tx.tenant(ORG).notes.draft(person_id, "kickoff")) is None


@pytest.mark.parametrize("form", ["people-import:p1", "people-from:p1", "absent:p1"])
async def test_a_list_that_may_name_somebody_is_forgotten_with_them(
    store: SqlStore, form: str
) -> None:
    await store.write(OURS.settle)
    reader, erased = OURS.person(1), OURS.person(2)

    def keep(tx: Tx) -> None:
        notes = tx.tenant(ORG).notes
        notes.save_draft(reader.id, form, {"rows": (erased.email,)}, NOW)
        notes.save_draft(reader.id, "kickoff", {"needs": ("rest",)}, NOW)

    await store.write(keep)
    await store.write(lambda tx: tx.tenant(ORG).people.erase(erased.id))
    notes = await store.read(
        lambda tx: [tx.tenant(ORG).notes.draft(reader.id, name) for name in (form, "kickoff")]
    )
    assert notes == [None, {"needs": ("rest",)}]


async def test_the_audit_log_is_newest_first(store: SqlStore) -> None:
    await store.write(OURS.settle)
    entries = [
        replace(OURS.entry, at=at, what=what)
        for at, what in ((NOW, "first"), (NOW, "second"), (NOW - HOUR, "earlier"))
    ]

    def record(tx: Tx) -> None:
        for entry in entries:
            tx.tenant(ORG).notes.record(entry)

    await store.write(record)
    assert await store.read(lambda tx: tx.tenant(ORG).notes.audit(OURS.programme.id, 2)) == (
        entries[1],
        entries[0],
    )


async def test_a_busy_programme_leaves_room_in_the_audit_log_of_another(store: SqlStore) -> None:
    await store.write(OURS.settle)
    busy = replace(OURS.programme, id="busy")

    def record(tx: Tx) -> None:
        tenant = tx.tenant(ORG)
        tenant.programmes.save(busy)
        tenant.notes.record(OURS.entry)
        for _ in range(3):
            tenant.notes.record(replace(OURS.entry, programme_id=busy.id, at=NOW + HOUR))

    await store.write(record)
    audit = await store.read(lambda tx: tx.tenant(ORG).notes.audit(OURS.programme.id, 2))
    assert audit == (OURS.entry,)


async def test_a_repeated_event_is_known_for_an_hour(store: SqlStore) -> None:
    assert await store.write(lambda tx: tx.directory.first_time("Ev1", NOW))
    assert not await store.write(lambda tx: tx.directory.first_time("Ev1", NOW))
    await store.write(lambda tx: tx.agenda.tidy(NOW + 59 * timedelta(minutes=1)))
    assert not await store.write(lambda tx: tx.directory.first_time("Ev1", NOW))
    await store.write(lambda tx: tx.agenda.tidy(NOW + HOUR + timedelta(seconds=1)))
    assert await store.write(lambda tx: tx.directory.first_time("Ev1", NOW))


async def test_the_directory_finds_workspaces_and_organisations(store: SqlStore) -> None:
    await store.write(OURS.settle)
    found = await store.read(lambda tx: tx.directory.workspace("playground", "team-of-a"))
    assert found is not None
    assert (found.id, found.org_id) == (OURS.lane_id, ORG)
    assert await store.read(lambda tx: tx.directory.workspace("slack", "team-of-a")) is None
    assert [found.id for found in await store.read(lambda tx: tx.directory.organisations())] == [
        ORG
    ]


async def test_an_erased_person_leaves_nothing_but_the_audit_log(store: SqlStore) -> None:
    await store.write(OURS.settle)
    await store.write(OURS.furnish)
    person_id, round_ = OURS.person().id, OURS.round()
    await store.write(lambda tx: tx.tenant(ORG).people.erase(person_id))

    def what_is_left(tx: Tx) -> tuple[object, ...]:
        tenant = tx.tenant(ORG)
        return (
            tenant.people.get(person_id),
            tenant.people.member(OURS.programme.id, person_id),
            tenant.people.lanes([person_id]),
            tenant.pulses.invitation(round_.id, person_id),
            tenant.answers.ballots(round_),
            tenant.post.get("prompt"),
            tenant.notes.draft(person_id, "kickoff"),
        )

    assert await store.read(what_is_left) == (None, (), {}, None, (), None, None)
    assert await store.read(lambda tx: tx.tenant(ORG).notes.audit(OURS.programme.id, 9)) == (
        OURS.entry,
    )


async def test_a_value_of_another_organisation_is_refused(store: SqlStore) -> None:
    await store.write(OURS.settle)
    with pytest.raises(OtherTenant):
        await store.write(lambda tx: tx.tenant("another").people.save(OURS.person()))


# --- deliveries ----------------------------------------------------------------------------


async def test_the_same_reason_is_queued_once(store: SqlStore) -> None:
    await store.write(OURS.settle)
    delivery = OURS.delivery()
    again = replace(delivery, id="another-id")
    assert await store.write(lambda tx: tx.tenant(ORG).post.queue([delivery])) == {OURS.lane_id}
    assert await store.write(lambda tx: tx.tenant(ORG).post.queue([again])) == frozenset()
    assert await store.read(lambda tx: tx.tenant(ORG).post.get("prompt")) == delivery


async def test_a_delivery_may_be_about_no_round(store: SqlStore) -> None:
    await store.write(OURS.settle)
    delivery = replace(OURS.delivery("hello", round_=None), kind=Kind.CONSENT, programme_id="")
    await store.write(lambda tx: tx.tenant(ORG).post.queue([delivery]))
    assert await store.read(lambda tx: tx.tenant(ORG).post.get("hello")) == delivery


async def test_a_sent_message_can_be_moved(store: SqlStore) -> None:
    await store.write(OURS.settle)
    await store.write(lambda tx: tx.tenant(ORG).post.queue([OURS.delivery()]))

    def send(tx: Tx) -> None:
        tx.lanes.take(OURS.lane_id, "t")
        ((claimed, _),) = tx.lanes.claim(OURS.lane_id, "t", NOW, HOUR, 9)
        tx.lanes.settle([(claimed, DeliveryState.SENT, "ref", "")])

    await store.write(send)
    sent = await store.read(lambda tx: tx.tenant(ORG).post.counts(OURS.round().id, Kind.PROMPT))
    assert sent == {DeliveryState.SENT: 1}
    await store.write(lambda tx: tx.tenant(ORG).post.move("prompt", NOW + DAY))
    moved = await store.read(lambda tx: tx.tenant(ORG).post.get("prompt"))
    assert moved is not None
    assert (moved.state, moved.due_at) == (DeliveryState.PENDING, NOW + DAY)


async def test_what_went_out_once_counts_as_sent_whatever_becomes_of_it(store: SqlStore) -> None:
    """Otherwise a snooze would show who has not answered yet."""
    await store.write(OURS.settle)
    await store.write(
        lambda tx: tx.tenant(ORG).post.queue([OURS.delivery("quick"), OURS.delivery("slow", 2)])
    )

    def send(tx: Tx) -> None:
        post = tx.tenant(ORG).post
        tx.lanes.take(OURS.lane_id, "t")
        (quick, _), (slow, _) = tx.lanes.claim(OURS.lane_id, "t", NOW, HOUR, 9)
        tx.lanes.settle([(quick, DeliveryState.SENT, "ref", "")])
        post.move(quick.key, NOW)
        # Snoozed before it was written down that it had arrived.
        post.move(slow.key, NOW)
        tx.lanes.settle([(slow, DeliveryState.SENT, "ref", "")])

    def counts(tx: Tx) -> Mapping[DeliveryState, int]:
        return tx.tenant(ORG).post.counts(OURS.round().id, Kind.PROMPT)

    def send_again(tx: Tx) -> None:
        (first, _), (second, _) = tx.lanes.claim(OURS.lane_id, "t", NOW, HOUR, 9)
        tx.lanes.settle([(first, DeliveryState.FAILED, "", "gone")])
        tx.lanes.settle([(second, DeliveryState.SKIPPED, "", "over")])

    for step in (send, send_again):
        await store.write(step)
        assert await store.read(counts) == {DeliveryState.SENT: 2}


async def test_what_never_went_out_is_found_once_it_is_due(store: SqlStore) -> None:
    await store.write(OURS.settle)
    tomorrow = replace(OURS.delivery("tomorrow"), due_at=NOW + DAY)
    other_kind = replace(OURS.delivery("other kind"), kind=Kind.REMINDER)
    queued = [OURS.delivery(key, 2) for key in ("sent", "failed", "skipped", "on its way")]

    def send(tx: Tx) -> None:
        post = tx.tenant(ORG).post
        post.queue(queued)
        tx.lanes.take(OURS.lane_id, "t")
        claimed = {one.key: one for one, _ in tx.lanes.claim(OURS.lane_id, "t", NOW, HOUR, 9)}
        tx.lanes.settle(
            [
                (claimed["sent"], DeliveryState.SENT, "ref", ""),
                (claimed["failed"], DeliveryState.FAILED, "", "gone"),
                (claimed["skipped"], DeliveryState.SKIPPED, "", "over"),
            ]
        )
        post.move("sent", NOW)
        post.queue([tomorrow, other_kind, OURS.delivery("waits")])

    def unsent(tx: Tx, due_by: datetime = NOW) -> dict[str, str]:
        found = tx.tenant(ORG).post.unsent(OURS.programme.id, (Kind.PROMPT,), due_by)
        return {one.key: one.reason for one in found}

    await store.write(send)
    now = {"failed": "gone", "on its way": "", "waits": ""}
    assert await store.read(unsent) == now
    assert await store.read(lambda tx: unsent(tx, NOW + DAY)) == now | {"tomorrow": ""}

    def leave(tx: Tx) -> None:
        people = tx.tenant(ORG).people
        for membership in people.member(OURS.programme.id, OURS.person(2).id):
            people.save_membership(replace(membership, left_on=NOW.date()))

    await store.write(leave)
    assert await store.read(unsent) == {"waits": ""}


async def test_only_what_has_not_started_can_be_cancelled(store: SqlStore) -> None:
    await store.write(OURS.settle)

    def queue(tx: Tx) -> None:
        tx.tenant(ORG).post.queue([OURS.delivery("one"), OURS.delivery("two", 2)])
        tx.lanes.take(OURS.lane_id, "t")
        tx.lanes.claim(OURS.lane_id, "t", NOW, HOUR, 1)

    await store.write(queue)
    assert await store.write(lambda tx: tx.tenant(ORG).post.cancel(OURS.round().id)) == 1
    assert await store.read(
        lambda tx: tx.tenant(ORG).post.counts(OURS.round().id, Kind.PROMPT)
    ) == {DeliveryState.SENDING: 1, DeliveryState.SKIPPED: 1}


async def test_a_forgotten_message_can_be_queued_again(store: SqlStore) -> None:
    await store.write(OURS.settle)
    hello = replace(OURS.delivery("hello", round_=None), kind=Kind.CONSENT)
    others = (OURS.delivery(), replace(OURS.delivery("theirs", 2, None), kind=Kind.CONSENT))

    def forget(tx: Tx) -> None:
        post = tx.tenant(ORG).post
        post.queue([hello, *others])
        post.forget(OURS.programme.id, OURS.person().id, Kind.CONSENT)

    await store.write(forget)
    left = await store.read(lambda tx: [tx.tenant(ORG).post.get(one.key) for one in others])
    assert left == list(others)
    assert await store.write(lambda tx: tx.tenant(ORG).post.queue([hello])) == {OURS.lane_id}


# --- answers -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "value"), [(AGREE, 5), (PICK, (0,)), (PICK, (0, 1)), (HELP, "Zeit 🕰\n\t")]
)
async def test_an_answer_can_be_changed_and_read_back(store: SqlStore, question, value) -> None:  # type: ignore[no-untyped-def]
    await store.write(OURS.settle)
    round_id, person_id = OURS.round().id, OURS.person().id
    await store.write(lambda tx: tx.tenant(ORG).answers.skip(round_id, person_id, question.id))
    mine = await store.read(lambda tx: tx.tenant(ORG).answers.of(round_id, person_id))
    assert mine == Answered({}, frozenset({question.id}))
    await store.write(
        lambda tx: tx.tenant(ORG).answers.put(round_id, person_id, question.id, value)
    )
    mine = await store.read(lambda tx: tx.tenant(ORG).answers.of(round_id, person_id))
    assert mine == Answered({question.id: value}, frozenset())
    other = await store.read(lambda tx: tx.tenant(ORG).answers.of(round_id, OURS.person(2).id))
    assert other.values == {}


async def test_ballots_hold_each_person_once_and_leave_skipped_questions_out(
    store: SqlStore,
) -> None:
    def answer(tx: Tx) -> None:
        OURS.settle(tx, people=4)
        room = tx.tenant(ORG).answers
        room.put(OURS.round().id, OURS.person(1).id, AGREE.id, 1)
        room.put(OURS.round().id, OURS.person(1).id, HELP.id, "Time")
        room.put(OURS.round().id, OURS.person(2).id, AGREE.id, 5)
        room.skip(OURS.round().id, OURS.person(2).id, PICK.id)
        room.skip(OURS.round().id, OURS.person(3).id, AGREE.id)

    await store.write(answer)
    ballots = await store.read(lambda tx: tx.tenant(ORG).answers.ballots(OURS.round()))
    assert {ballot.block for ballot in ballots} == {OURS.invitation().block}
    assert sorted((dict(ballot.values) for ballot in ballots), key=len) == [
        {AGREE.id: 5},
        {AGREE.id: 1, HELP.id: "Time"},
    ]


async def test_a_withdrawn_answer_is_gone_and_others_stay(store: SqlStore) -> None:
    await store.write(OURS.settle)
    round_ = OURS.round()

    def answer(tx: Tx) -> None:
        for number in (1, 2):
            tx.tenant(ORG).answers.put(round_.id, OURS.person(number).id, AGREE.id, number)

    await store.write(answer)
    await store.write(lambda tx: tx.tenant(ORG).answers.withdraw(round_.id, OURS.person(1).id))
    ballots = await store.read(lambda tx: tx.tenant(ORG).answers.ballots(round_))
    assert [ballot.values for ballot in ballots] == [{AGREE.id: 2}]
    invited = await store.read(lambda tx: tx.tenant(ORG).pulses.invitations(round_.id))
    assert OURS.person(1).id not in {invitation.person_id for invitation in invited}


async def test_rounds_are_found_by_when_they_opened(store: SqlStore) -> None:
    await store.write(OURS.settle)
    await store.write(lambda tx: tx.tenant(ORG).pulses.open_round(OURS.round(2), []))
    moment = OURS.round(2).opened_at
    since = await store.read(lambda tx: tx.tenant(ORG).pulses.rounds_since(moment))
    assert since == (OURS.round(2),)
    since = await store.read(lambda tx: tx.tenant(ORG).pulses.rounds_since(moment - DAY))
    assert since == (OURS.round(2), OURS.round(1))


async def test_only_an_open_rounds_own_questions_can_be_answered(store: SqlStore) -> None:
    await store.write(OURS.settle)
    person_id = OURS.person().id
    with pytest.raises(LookupError):
        await store.write(
            lambda tx: tx.tenant(ORG).answers.put(OURS.round(9).id, person_id, AGREE.id, 1)
        )
    with pytest.raises(LookupError):
        await store.write(
            lambda tx: tx.tenant(ORG).answers.put(OURS.round().id, person_id, "stray", 1)
        )


async def test_a_release_comes_back_as_published(store: SqlStore) -> None:
    await store.write(OURS.settle)
    await store.write(OURS.furnish)
    published = OURS.published(2)
    assert await store.read(lambda tx: tx.tenant(ORG).releases.get(published.round_id)) == published
    assert await store.read(lambda tx: tx.tenant(ORG).releases.all(OURS.programme.id)) == (
        published,
    )


@pytest.mark.parametrize(("moment", "skip", "found"), [(0, 0, 0), (1, 0, 1), (1, 1, 0)])
async def test_earlier_releases_are_found_a_few_at_a_time(
    store: SqlStore, moment: int, skip: int, found: int
) -> None:
    await store.write(OURS.settle)
    await store.write(OURS.furnish)
    published = OURS.published(2)
    until = published.released_at + moment * HOUR
    releases = await store.read(
        lambda tx: tx.tenant(ORG).releases.before(OURS.programme.id, until, 5, skip)
    )
    assert releases == (published,) * found
