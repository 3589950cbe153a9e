"""Deliveries are handed out once, to the lane's newest sender."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ports import Delivery, DeliveryState, Kind, Rate, Tx
from bot.pulse.pulses import PulseState, RoundState
from storage.database import parse_url, writing_engine
from storage.store import SqlStore
from tests.contract.world import DAY, HOUR, NOW, OURS, THEIRS
from tests.stores import Opened

ORG, LANE = OURS.org_id, OURS.lane_id
LEASE = timedelta(seconds=30)


def queued(count: int) -> Callable[[Tx], None]:
    def queue(tx: Tx) -> None:
        OURS.settle(tx, people=1)
        tx.tenant(ORG).post.queue(
            replace(OURS.delivery(f"{number:03}"), due_at=NOW - timedelta(seconds=number))
            for number in range(count)
        )

    return queue


async def test_claims_go_out_oldest_first_with_an_address(store: SqlStore) -> None:
    await store.write(queued(5))
    lane = await store.write(lambda tx: tx.lanes.take(LANE, "t"))
    assert lane is not None
    assert (lane.platform, lane.rate, lane.paused_until) == ("playground", Rate(5.0, 3), None)
    claimed = await store.write(lambda tx: tx.lanes.claim(LANE, "t", NOW, LEASE, 3))
    assert [delivery.key for delivery, _ in claimed] == ["004", "003", "002"]
    assert {actor for _, actor in claimed} == {OURS.actor()}
    delivery = claimed[0][0]
    assert (delivery.state, delivery.attempt) == (DeliveryState.SENDING, 1)
    assert delivery.lease_until == NOW + LEASE
    assert await store.read(lambda tx: tx.tenant(ORG).post.get("004")) == delivery


async def test_what_is_not_due_stays(store: SqlStore) -> None:
    await store.write(queued(2))
    await store.write(lambda tx: tx.lanes.take(LANE, "t"))
    early = NOW - timedelta(seconds=1)
    claimed = await store.write(lambda tx: tx.lanes.claim(LANE, "t", early, LEASE, 9))
    assert [delivery.key for delivery, _ in claimed] == ["001"]


async def test_a_person_without_an_address_is_handed_out_with_none(store: SqlStore) -> None:
    await store.write(queued(1))
    await store.write(lambda tx: tx.tenant(ORG).people.unreach(LANE, OURS.actor().user))
    await store.write(lambda tx: tx.lanes.take(LANE, "t"))
    ((_, actor),) = await store.write(lambda tx: tx.lanes.claim(LANE, "t", NOW, LEASE, 9))
    assert actor is None


async def test_an_earlier_sender_can_no_longer_claim(store: SqlStore) -> None:
    await store.write(queued(3))
    await store.write(lambda tx: tx.lanes.take(LANE, "frozen"))
    await store.write(lambda tx: tx.lanes.take(LANE, "new"))
    assert await store.write(lambda tx: tx.lanes.claim(LANE, "frozen", NOW, LEASE, 9)) == ()
    assert len(await store.write(lambda tx: tx.lanes.claim(LANE, "new", NOW, LEASE, 9))) == 3


@pytest.mark.parametrize("kind_of_database", ["postgresql"])
async def test_two_processes_never_claim_the_same_row(store: SqlStore, opened: Opened) -> None:
    other = await opened()
    await store.write(queued(60))
    await store.write(lambda tx: tx.lanes.take(LANE, "t"))
    batches = await asyncio.gather(
        *(
            writer.write(lambda tx: tx.lanes.claim(LANE, "t", NOW, LEASE, 5))
            for _ in range(8)
            for writer in (store, other)
        )
    )
    keys = [delivery.key for batch in batches for delivery, _ in batch]
    assert len(keys) == len(set(keys)) == 60


async def test_a_lane_that_does_not_exist_cannot_be_taken(store: SqlStore) -> None:
    assert await store.write(lambda tx: tx.lanes.take("nowhere", "t")) is None


async def test_a_send_is_in_doubt_once_its_lease_ran_out(store: SqlStore) -> None:
    await store.write(queued(1))

    def doubtful(tx: Tx, later: timedelta, all_of_them: bool) -> int:
        return len(tx.lanes.doubtful(LANE, NOW + later, all_of_them))

    def claim(tx: Tx) -> None:
        tx.lanes.take(LANE, "t")
        tx.lanes.claim(LANE, "t", NOW, LEASE, 9)

    await store.write(claim)
    assert await store.read(lambda tx: doubtful(tx, LEASE / 2, False)) == 0
    assert await store.read(lambda tx: doubtful(tx, LEASE / 2, True)) == 1
    assert await store.read(lambda tx: doubtful(tx, LEASE, False)) == 1
    assert await store.read(lambda tx: tx.agenda.lanes_due(NOW + LEASE)) == (LANE,)


async def test_a_settled_delivery_keeps_its_result(store: SqlStore) -> None:
    await store.write(queued(3))

    def send(tx: Tx) -> None:
        tx.lanes.take(LANE, "t")
        (first, _), (second, _), (third, _) = tx.lanes.claim(LANE, "t", NOW, LEASE, 9)
        tx.lanes.settle(
            [
                (first, DeliveryState.SENT, "ref", ""),
                (second, DeliveryState.FAILED, "", "gone"),
            ]
        )
        tx.lanes.put_back(third, NOW + HOUR)

    await store.write(send)
    keys = ("002", "001", "000")
    found = await store.read(lambda tx: [tx.tenant(ORG).post.get(key) for key in keys])
    assert [(d.state, d.reason, d.lease_until) for d in found if d] == [
        (DeliveryState.SENT, "", None),
        (DeliveryState.FAILED, "gone", None),
        (DeliveryState.PENDING, "", None),
    ]
    counts = await store.read(lambda tx: tx.tenant(ORG).post.counts(OURS.round().id, Kind.PROMPT))
    assert set(counts.values()) == {1}


async def test_a_late_result_does_not_undo_a_move(store: SqlStore) -> None:
    await store.write(queued(1))

    def send(tx: Tx) -> None:
        tx.lanes.take(LANE, "t")
        ((delivery, _),) = tx.lanes.claim(LANE, "t", NOW, LEASE, 9)
        tx.tenant(ORG).post.move(delivery.key, NOW + HOUR)
        tx.lanes.settle([(delivery, DeliveryState.SENT, "ref", "")])

    await store.write(send)
    moved = await store.read(lambda tx: tx.tenant(ORG).post.get("000"))
    assert moved is not None
    assert moved.state is DeliveryState.PENDING


@pytest.mark.parametrize("stale", ["settled", "put back"])
async def test_what_a_frozen_sender_brings_late_does_not_touch_a_newer_claim(
    store: SqlStore, stale: str
) -> None:
    await store.write(queued(1))
    later = NOW + LEASE

    def freeze(tx: Tx) -> Delivery:
        tx.lanes.take(LANE, "frozen")
        ((delivery, _),) = tx.lanes.claim(LANE, "frozen", NOW, LEASE, 9)
        return delivery

    def claim_anew(tx: Tx) -> Delivery:
        tx.lanes.take(LANE, "new")
        ((doubtful, _),) = tx.lanes.doubtful(LANE, later, False)
        tx.lanes.put_back(doubtful, later)
        ((delivery, _),) = tx.lanes.claim(LANE, "new", later, LEASE, 9)
        return delivery

    def thaw(tx: Tx) -> None:
        if stale == "settled":
            tx.lanes.settle([(old, DeliveryState.SKIPPED, "", "stale")])
        else:
            tx.lanes.put_back(old, later)

    old = await store.write(freeze)
    new = await store.write(claim_anew)
    await store.write(thaw)
    assert await store.read(lambda tx: tx.tenant(ORG).post.get("000")) == new
    await store.write(lambda tx: tx.lanes.settle([(new, DeliveryState.SENT, "ref", "")]))
    sent = await store.read(lambda tx: tx.tenant(ORG).post.get("000"))
    assert sent is not None
    assert sent.state is DeliveryState.SENT


async def test_a_pause_is_kept_for_the_next_sender(store: SqlStore) -> None:
    await store.write(queued(0))
    await store.write(lambda tx: tx.lanes.pause(LANE, NOW + HOUR, Rate(2.5, 1)))
    lane = await store.write(lambda tx: tx.lanes.take(LANE, "t"))
    assert lane is not None
    assert (lane.rate, lane.paused_until) == (Rate(2.5, 1), NOW + HOUR)


# --- agenda --------------------------------------------------------------------------------


async def test_active_pulses_of_running_programmes_are_due_oldest_first(store: SqlStore) -> None:
    def settle(tx: Tx) -> None:
        for world in (OURS, THEIRS):
            world.settle(tx)
        tenant = tx.tenant(ORG)
        for name, next_at, state in (
            ("b", NOW, PulseState.ACTIVE),
            ("a", NOW - HOUR, PulseState.ACTIVE),
            ("later", NOW + HOUR, PulseState.ACTIVE),
            ("paused", NOW, PulseState.PAUSED),
        ):
            tenant.pulses.save(replace(OURS.pulse, id=name, next_at=next_at, state=state))
        tx.tenant(THEIRS.org_id).pulses.save(replace(THEIRS.pulse, next_at=NOW))
        tx.tenant(THEIRS.org_id).programmes.save(replace(THEIRS.programme, paused=True))

    await store.write(settle)
    due = await store.read(lambda tx: tx.agenda.pulses_due(NOW, 9))
    assert [pulse.id for pulse in due] == ["a", "b"]
    assert len(await store.read(lambda tx: tx.agenda.pulses_due(NOW, 1))) == 1
    assert await store.read(lambda tx: tx.agenda.next_moment()) == NOW - HOUR


async def test_open_rounds_are_closed_when_due(store: SqlStore) -> None:
    await store.write(OURS.settle)
    end = OURS.round().close_at
    assert await store.read(lambda tx: tx.agenda.rounds_to_close(end - HOUR, 9)) == ()
    assert await store.read(lambda tx: tx.agenda.rounds_to_close(end, 9)) == (OURS.round(),)
    assert await store.read(lambda tx: tx.agenda.next_moment()) == end


async def test_the_next_moment_may_be_a_message(store: SqlStore) -> None:
    assert await store.read(lambda tx: tx.agenda.next_moment()) is None
    await store.write(queued(2))
    first = NOW - timedelta(seconds=1)
    assert await store.read(lambda tx: tx.agenda.next_moment()) == first
    assert await store.read(lambda tx: tx.agenda.lanes_due(first)) == (LANE,)
    assert await store.read(lambda tx: tx.agenda.lanes_due(first - HOUR)) == ()


async def test_while_a_lane_rests_the_next_moment_is_the_end_of_its_rest(store: SqlStore) -> None:
    await store.write(queued(2))
    await store.write(lambda tx: tx.lanes.pause(LANE, NOW + HOUR, Rate(2.5, 1)))
    assert await store.read(lambda tx: tx.agenda.next_moment()) == NOW + HOUR
    await store.write(lambda tx: tx.lanes.pause(LANE, NOW - HOUR, Rate(2.5, 1)))
    first = NOW - timedelta(seconds=1)
    assert await store.read(lambda tx: tx.agenda.next_moment()) == first


async def test_due_pulses_are_found_by_their_index(store: SqlStore, url: str) -> None:
    def settle(tx: Tx) -> None:
        OURS.settle(tx)
        for number in range(500):
            pulse = replace(OURS.pulse, id=f"p{number}", next_at=NOW + number * HOUR)
            tx.tenant(ORG).pulses.save(pulse)

    await store.write(settle)
    due = await store.read(lambda tx: tx.agenda.pulses_due(NOW + 2 * HOUR, 100))
    assert [pulse.id for pulse in due] == ["p0", "p1", "p2"]
    engine = writing_engine(parse_url(url))
    with engine.begin() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if not is_sqlite:
            connection.exec_driver_sql("ANALYZE pulse")
        query = "SELECT id FROM pulse WHERE state = 'active' AND next_at <= '2026-01-01'"
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        plan = connection.exec_driver_sql(f"{explain} {query} ORDER BY next_at LIMIT 9").all()
    engine.dispose()
    assert "ix_pulse_active" in repr(plan)


async def test_tidying_forgets_old_deliveries_but_no_question_of_consent(store: SqlStore) -> None:
    await store.write(OURS.settle)

    def send(tx: Tx) -> None:
        post = tx.tenant(ORG).post
        post.queue([OURS.delivery("prompt", 1), OURS.delivery("waiting", 2)])
        post.queue(
            [
                replace(OURS.delivery("consent", round_=None), kind=Kind.CONSENT),
                replace(OURS.delivery("notice", round_=None), kind=Kind.NOTICE),
            ]
        )
        post.move("waiting", NOW + 99 * DAY)
        tx.lanes.take(LANE, "t")
        claimed = tx.lanes.claim(LANE, "t", NOW, LEASE, 9)
        tx.lanes.settle([(d, DeliveryState.SENT, "r", "") for d, _ in claimed])

    await store.write(send)

    async def left(after: timedelta) -> set[str]:
        await store.write(lambda tx: tx.agenda.tidy(NOW + after))
        keys = ("prompt", "waiting", "consent", "notice")
        found = await store.read(lambda tx: [tx.tenant(ORG).post.get(key) for key in keys])
        return {delivery.key for delivery in found if delivery}

    # While the round is open, nothing may be sent twice.
    assert await left(30 * DAY) == {"prompt", "waiting", "consent", "notice"}
    await store.write(lambda tx: tx.tenant(ORG).pulses.save_round(OURS.round(1, RoundState.CLOSED)))
    assert await left(3 * DAY) == {"prompt", "waiting", "consent", "notice"}
    assert await left(30 * DAY) == {"waiting", "consent", "notice"}
    assert await left(100 * DAY) == {"waiting", "consent"}


async def test_a_lane_that_rests_is_known_to_its_own_organisation_alone(store: SqlStore) -> None:
    for world in (OURS, THEIRS):
        await store.write(world.settle)
    until = NOW + timedelta(minutes=10)
    await store.write(lambda tx: tx.lanes.pause(LANE, until, Rate(1, 1)))
    assert await store.read(lambda tx: tx.tenant(OURS.org_id).post.held_until()) == until
    assert await store.read(lambda tx: tx.tenant(THEIRS.org_id).post.held_until()) is None
