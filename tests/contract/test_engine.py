"""The laws of sending: every message once, whatever the platform or the machine does."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from bot import engine as engine_module
from bot.conversation.card import Card, Text
from bot.conversation.events import Actor
from bot.engine import LocalEngine
from bot.lane import DOUBTS, STANDARD, TROUBLE, UNREACHABLE, Limits
from bot.outbox import PERHAPS, Outbox
from bot.outcomes import Composed, Postpone, Skip
from bot.ports import (
    Delivery,
    DeliveryState,
    Kind,
    Lane,
    Platform,
    Rate,
    SendOutcome,
    Sent,
    Store,
    Trace,
    Tx,
)
from bot.programme.people import Person
from bot.programme.programmes import Organisation, Workspace
from storage.tables import delivery
from tests.flows.loopback_platform import FAST, Fault, LoopbackPlatform

T = TypeVar("T")

NOW = datetime(2031, 3, 4, 9, 0, tzinfo=UTC)
LANE, OTHER_LANE = "lane-a", "lane-b"
LEASE = STANDARD.lease
LONG = timedelta(seconds=20)


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment


def compose(_tx: Tx, delivery: Delivery, now: datetime) -> Composed:
    """What the notice's own facts ask for."""
    match delivery.about:
        case {"skip": reason}:
            return Skip(reason)
        case {"not before": moment} if now < datetime.fromisoformat(moment):
            return Postpone(datetime.fromisoformat(moment))
        case {"broken": until} if now < datetime.fromisoformat(until):
            raise LookupError(f"nothing known about {delivery.person_id}")
    return Card((Text("Good morning."),))


class House:
    """One database with two workspaces, and what it takes to send to them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = HandClock()
        self.queued = 0

    async def build(self) -> None:
        def work(tx: Tx) -> None:
            tx.directory.add_organisation(Organisation(id="org", name="Example"))
            for lane, platform in ((LANE, "loopback"), (OTHER_LANE, "other")):
                workspace = Workspace(
                    id=lane, org_id="org", platform=platform, external_id=f"T-{lane}", name="x"
                )
                tx.directory.add_workspace(workspace, FAST)
            people = tx.tenant("org").people
            for number in range(12):
                person = Person(
                    id=f"person-{number}",
                    org_id="org",
                    name=f"Robin {number}",
                    email=f"{number}@example.org",
                )
                people.save(person)
                # The last one is in no workspace.
                if number < 11:
                    people.reach(person.id, LANE, f"user-{number}")
                    people.reach(person.id, OTHER_LANE, f"user-{number}")

        await self.store.write(work)

    async def queue(
        self,
        count: int,
        *,
        lane: str = LANE,
        about: Mapping[str, str] | None = None,
        due_at: datetime | None = None,
        person: str | None = None,
    ) -> list[str]:
        """Queue `count` notices; returns their ids, which are their keys too."""
        keys = [f"notice-{self.queued + number:04}" for number in range(count)]
        self.queued += count
        deliveries = [
            Delivery(
                id=key,
                org_id="org",
                lane_id=lane,
                person_id=person or f"person-{number % 11}",
                programme_id="",
                kind=Kind.NOTICE,
                key=key,
                about=about or {},
                due_at=due_at or self.clock.now(),
            )
            for number, key in enumerate(keys)
        ]
        await self.store.write(lambda tx: tx.tenant("org").post.queue(deliveries))
        return keys

    async def found(self, key: str) -> Delivery:
        delivery = await self.store.read(lambda tx: tx.tenant("org").post.get(key))
        assert delivery is not None
        return delivery

    async def states(self, keys: list[str]) -> set[DeliveryState]:
        return {(await self.found(key)).state for key in keys}

    async def refs(self) -> list[str]:
        """The platform's names for all that was sent."""

        def work(tx: Any) -> list[str]:
            return list(tx.session.execute(select(delivery.c.message_ref)).scalars())

        return await self.store.read(work)

    async def lane(self) -> Lane:
        lane = await self.store.write(lambda tx: tx.lanes.take(LANE, "looking"))
        assert lane is not None
        return lane

    def outbox(
        self, *platforms: Platform, limits: Limits = STANDARD, store: Store | None = None
    ) -> Outbox:
        by_name = {platform.name: platform for platform in platforms}
        return Outbox(store or self.store, self.clock, by_name, compose, limits)

    def engine(
        self, *platforms: Platform, limits: Limits = STANDARD, store: Store | None = None
    ) -> LocalEngine:
        """A new process."""
        outbox = self.outbox(*platforms, limits=limits, store=store)
        return LocalEngine(outbox.run_lane, outbox.unfinished)

    async def send(
        self, platform: Platform, *, limits: Limits = STANDARD, wait: timedelta = timedelta()
    ) -> None:
        """A new process sends what it can, after `wait` on the clock, and stops."""
        self.clock.moment += wait
        engine = self.engine(platform, limits=limits)
        engine.wake(LANE)
        await engine.idle()
        await engine.stop(LONG)


@pytest.fixture
async def house(store: Store) -> House:
    house = House(store)
    await house.build()
    return house


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 a real platform would not tell either
            await asyncio.sleep(0.005)


# --- Once ----------------------------------------------------------------------------------


async def test_everything_due_is_received_once(house: House) -> None:
    platform = LoopbackPlatform(latency=0.002)
    keys = await house.queue(150)
    await house.send(platform)
    assert platform.everything == keys
    assert platform.most_at_once <= STANDARD.in_flight
    assert await house.states(keys) == {DeliveryState.SENT}


async def test_what_was_sent_is_not_sent_again(house: House) -> None:
    platform = LoopbackPlatform()
    keys = await house.queue(3)
    await house.send(platform)
    await house.send(platform, wait=LEASE)
    assert platform.everything == keys


@pytest.mark.parametrize("seed", range(3))
async def test_everything_is_received_once_under_rate_limits(house: House, seed: int) -> None:
    random = Random(seed)
    platform = LoopbackPlatform(
        fault=lambda *_: Fault.BUSY if random.random() < 0.2 else Fault.NONE
    )
    keys = await house.queue(40)
    engine = house.engine(platform)
    while await house.states(keys) != {DeliveryState.SENT}:
        engine.wake(LANE)
        await engine.idle()
        house.clock.moment += timedelta(seconds=31)
    await engine.stop(LONG)
    assert platform.limit_hits
    assert platform.everything == keys


@pytest.mark.parametrize("seed", range(3))
async def test_everything_is_received_once_whatever_the_platform_does(
    house: House, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    random = Random(seed)
    faults: list[Fault] = [*Fault, *[Fault.NONE] * 9]
    refused: set[str] = set()

    def fault(_number: int, key: str) -> Fault:
        chosen = random.choice(faults)
        if chosen is Fault.REFUSE:
            refused.add(key.partition(":")[0])
        return chosen

    platform = LoopbackPlatform(fault=fault)
    limits = Limits(send=0.1)
    keys = await house.queue(40)
    engine = house.engine(platform, limits=limits)
    while await house.states(keys) - {DeliveryState.SENT, DeliveryState.FAILED}:
        engine.wake(LANE)
        await engine.idle()
        house.clock.moment += timedelta(minutes=5)
    await engine.stop(LONG)
    assert platform.everything == sorted(set(keys) - refused)
    logged = repr([vars(record) for record in caplog.records])
    assert "send_failed" in logged
    assert not [word for word in ("user-", "person-", "Robin", "morning") if word in logged]


class Mortal:
    """Counts the steps of a process and ends it at the nth: after that nothing goes on."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.taken = 0
        self.dead = asyncio.Event()

    async def step(self) -> None:
        self.taken += 1
        if self.taken >= self.last:
            self.dead.set()
            await asyncio.Event().wait()


class MortalStore:
    """A store in a process that can die before and after each of its calls."""

    def __init__(self, store: Store, life: Mortal) -> None:
        self._store = store
        self._life = life

    async def write(self, work: Callable[[Tx], T], *, brief: bool = False) -> T:
        await self._life.step()
        result = await self._store.write(work, brief=brief)
        await self._life.step()
        return result

    async def read(self, work: Callable[[Tx], T]) -> T:
        await self._life.step()
        result = await self._store.read(work)
        await self._life.step()
        return result


class MortalPlatform:
    """A platform as seen by a process that can die before and after each call."""

    def __init__(self, platform: LoopbackPlatform, life: Mortal) -> None:
        self.name = platform.name
        self.rate = platform.rate
        self._platform = platform
        self._life = life

    async def send(self, to: Actor, card: Card, key: str) -> SendOutcome:
        await self._life.step()
        outcome = await self._platform.send(to, card, key)
        await self._life.step()
        return outcome

    async def find(self, to: Actor, key: str) -> Sent | Trace:
        await self._life.step()
        trace = await self._platform.find(to, key)
        await self._life.step()
        return trace


@pytest.mark.parametrize("part", range(3))
async def test_a_process_killed_at_any_step_loses_nothing_and_doubles_nothing(
    house: House, part: int
) -> None:
    platform = LoopbackPlatform()
    expected: list[str] = []
    for last in range(part + 1, 1000, 3):
        life = Mortal(last)
        expected += await house.queue(3)
        engine = house.engine(
            MortalPlatform(platform, life),
            limits=Limits(in_flight=2),
            store=MortalStore(house.store, life),
        )
        engine.wake(LANE)
        ended = asyncio.create_task(engine.idle())
        died = asyncio.create_task(life.dead.wait())
        await asyncio.wait((ended, died), return_when=asyncio.FIRST_COMPLETED)
        died.cancel()
        await engine.stop(timedelta())
        await ended
        # The next process.
        engine = house.engine(platform)
        await engine.start()
        await engine.idle()
        await engine.stop(LONG)
        assert platform.everything == expected
        assert await house.states(expected[-3:]) == {DeliveryState.SENT}
        if not life.dead.is_set():
            break
    assert len(expected) > 15


# --- In doubt ------------------------------------------------------------------------------

LOST = (Fault.RESET, Fault.HANG, Fault.CRASH, Fault.CANCEL)
DELIVERED = (
    Fault.DELIVER_THEN_RESET,
    Fault.DELIVER_THEN_HANG,
    Fault.DELIVER_THEN_CRASH,
    Fault.DELIVER_THEN_CANCEL,
)
IMPATIENT = Limits(send=0.05)


def first_only(fault: Fault) -> Callable[[int, str], Fault]:
    return lambda number, _key: Fault.NONE if number else fault


@pytest.mark.parametrize("fault", DELIVERED)
async def test_a_message_that_the_platform_has_is_not_sent_again(
    house: House, fault: Fault
) -> None:
    platform = LoopbackPlatform(fault=first_only(fault))
    keys = await house.queue(1)
    await house.send(platform, limits=IMPATIENT)
    assert await house.states(keys) == {DeliveryState.SENDING}
    await house.send(platform)
    assert await house.states(keys) == {DeliveryState.SENT}
    assert await house.refs() == [f"ref-{keys[0]}:1"]
    assert platform.everything == keys


@pytest.mark.parametrize("fault", LOST)
async def test_a_message_that_the_platform_does_not_have_is_sent_again(
    house: House, fault: Fault
) -> None:
    platform = LoopbackPlatform(fault=first_only(fault))
    keys = await house.queue(1)
    await house.send(platform, limits=IMPATIENT)
    assert platform.everything == []
    await house.send(platform)
    assert platform.everything == keys


@pytest.mark.parametrize("fault", [*DELIVERED, *LOST])
async def test_where_nobody_knows_whether_it_arrived_it_is_never_sent_again(
    house: House, fault: Fault
) -> None:
    platform = LoopbackPlatform(fault=first_only(fault), readable=False)
    (key,) = await house.queue(1)
    for _ in range(3):
        await house.send(platform, limits=IMPATIENT, wait=LEASE)
    delivery = await house.found(key)
    assert (delivery.state, delivery.reason) == (DeliveryState.FAILED, PERHAPS)
    assert platform.sends == 1


async def test_a_row_in_doubt_is_left_alone_until_its_lease_ends(house: House) -> None:
    platform = LoopbackPlatform(fault=first_only(Fault.RESET))
    keys = await house.queue(1)
    outbox = house.outbox(platform)
    again = await outbox.run_lane(LANE, True, asyncio.Event())
    assert again == LEASE
    house.clock.moment += LEASE - timedelta(seconds=1)
    await outbox.run_lane(LANE, False, asyncio.Event())
    assert await house.states(keys) == {DeliveryState.SENDING}
    house.clock.moment += timedelta(seconds=2)
    await outbox.run_lane(LANE, False, asyncio.Event())
    assert platform.everything == keys


async def test_while_the_platform_cannot_be_asked_a_row_stays_in_doubt(house: House) -> None:
    class Deaf(LoopbackPlatform):
        async def find(self, to: Actor, key: str) -> Sent | Trace:
            raise OSError("could not be reached")

    keys = await house.queue(1)
    deaf = Deaf(fault=first_only(Fault.RESET))
    for _ in range(3):
        await house.send(deaf, wait=LEASE)
    assert await house.states(keys) == {DeliveryState.SENDING}
    platform = LoopbackPlatform()
    await house.send(platform, wait=LEASE)
    assert platform.everything == keys


async def test_many_sends_in_doubt_in_a_row_stop_the_lane_for_a_while(house: House) -> None:
    platform = LoopbackPlatform(fault=lambda *_: Fault.RESET, readable=False)
    await house.queue(20)
    await house.send(platform, limits=Limits(in_flight=1))
    assert platform.sends == DOUBTS
    assert (await house.lane()).paused_until == NOW + TROUBLE


async def test_some_sends_in_doubt_among_others_do_not_stop_the_lane(house: House) -> None:
    platform = LoopbackPlatform(
        fault=lambda number, _key: Fault.RESET if number % DOUBTS else Fault.NONE
    )
    await house.queue(20)
    await house.send(platform, limits=Limits(in_flight=1))
    assert platform.sends == 20


async def test_a_claim_that_has_grown_old_is_not_sent(house: House) -> None:
    class FrozenOnce(MortalStore):
        frozen = False

        async def read(self, work: Callable[[Tx], T]) -> T:
            result = await super().read(work)
            if not self.frozen:
                self.frozen = True
                await asyncio.sleep(0.3)
            return result

    platform = LoopbackPlatform()
    keys = await house.queue(2)
    store = FrozenOnce(house.store, Mortal(1000))
    outbox = house.outbox(platform, limits=Limits(fresh=0.2), store=store)
    await outbox.run_lane(LANE, True, asyncio.Event())
    assert platform.everything == keys
    # Each was claimed a second time before it was sent.
    assert {key.partition(":")[2] for got in platform.received.values() for key in got} == {"2"}


# --- When ----------------------------------------------------------------------------------


async def test_a_message_is_not_sent_before_it_is_due(house: House) -> None:
    platform = LoopbackPlatform()
    keys = await house.queue(1, due_at=NOW + timedelta(hours=1))
    await house.send(platform, wait=timedelta(minutes=59))
    assert platform.everything == []
    await house.send(platform, wait=timedelta(minutes=1))
    assert platform.everything == keys


async def test_a_postponed_message_is_sent_at_its_new_time(house: House) -> None:
    platform = LoopbackPlatform()
    later = NOW + timedelta(hours=1)
    keys = await house.queue(1, about={"not before": later.isoformat()})
    await house.send(platform)
    assert platform.everything == []
    assert (await house.found(keys[0])).due_at == later
    await house.send(platform, wait=timedelta(hours=1))
    assert platform.everything == keys


async def test_a_paused_lane_waits_until_its_moment_also_after_a_restart(house: House) -> None:
    platform = LoopbackPlatform(fault=first_only(Fault.BUSY))
    keys = await house.queue(5)
    await house.send(platform, limits=Limits(in_flight=1))
    for _ in range(2):
        await house.send(platform, wait=timedelta(seconds=14))
    assert platform.sends == 1
    await house.send(platform, wait=timedelta(seconds=2))
    assert platform.everything == keys


async def test_what_was_turned_down_waits_and_is_not_in_doubt(house: House) -> None:
    platform = LoopbackPlatform(fault=first_only(Fault.BUSY), readable=False)
    (key,) = await house.queue(1)
    await house.send(platform)
    delivery = await house.found(key)
    assert delivery.state == DeliveryState.PENDING
    assert delivery.due_at == NOW + platform.wait
    await house.send(platform, wait=platform.wait)
    assert platform.everything == [key]


async def test_the_longest_wait_that_the_platform_asks_for_counts(house: House) -> None:
    def turned_down(number: int, _key: str) -> Fault:
        platform.wait = timedelta(seconds=(20, 40, 30)[number])
        return Fault.BUSY

    platform = LoopbackPlatform(fault=turned_down)
    await house.queue(3)
    await house.send(platform)
    assert (await house.lane()).paused_until == NOW + timedelta(seconds=40)


async def test_a_lane_says_when_its_pause_ends(house: House) -> None:
    platform = LoopbackPlatform(fault=first_only(Fault.BUSY), wait=timedelta(seconds=7))
    await house.queue(1)
    outbox = house.outbox(platform)
    assert await outbox.run_lane(LANE, True, asyncio.Event()) == timedelta(seconds=7)
    house.clock.moment += timedelta(seconds=3)
    assert await outbox.run_lane(LANE, False, asyncio.Event()) == timedelta(seconds=4)


async def test_the_slower_rate_is_kept_over_a_restart(house: House) -> None:
    platform = LoopbackPlatform(rate=FAST, fault=lambda *_: Fault.BUSY)
    await house.queue(20)
    await house.send(platform)
    # However many sends were turned down at once, that is one reason to slow down.
    once = (await house.lane()).rate
    assert once.per_second == pytest.approx(0.8 * FAST.per_second)
    assert once.burst == FAST.burst
    await house.send(platform, wait=timedelta(seconds=31))
    twice = (await house.lane()).rate
    assert twice.per_second == pytest.approx(0.64 * FAST.per_second, rel=0.01)


async def test_a_lane_keeps_to_its_rate_and_uses_it(house: House) -> None:
    rate = Rate(100, 5)
    platform = LoopbackPlatform(rate=rate)
    keys = await house.queue(45)
    engine = house.engine(platform)
    # Waking it often sends no faster.
    for _ in range(20):
        engine.wake(LANE)
        await asyncio.sleep(0.01)
    await engine.idle()
    await engine.stop(LONG)
    assert platform.everything == keys
    took = platform.arrivals[-1] - platform.arrivals[0]
    ideal = (len(keys) - rate.burst) / rate.per_second
    assert ideal - 0.02 <= took < 2 * ideal


async def test_many_short_runs_send_no_faster_than_a_long_one(house: House) -> None:
    rate = Rate(50, 1)
    platform = LoopbackPlatform(rate=rate)
    engine = house.engine(platform)
    for _ in range(10):
        await house.queue(1)
        engine.wake(LANE)
        await engine.idle()
    await engine.stop(LONG)
    took = platform.arrivals[-1] - platform.arrivals[0]
    assert took >= 9 / rate.per_second - 0.02


async def test_a_platform_that_allows_less_than_it_says_gets_everything_once(
    house: House,
) -> None:
    platform = LoopbackPlatform(rate=Rate(500, 20), limit=Rate(200, 5), wait=timedelta(seconds=1))
    keys = await house.queue(60)
    engine = house.engine(platform)
    while await house.states(keys) != {DeliveryState.SENT}:
        engine.wake(LANE)
        await engine.idle()
        house.clock.moment += platform.wait
    await engine.stop(LONG)
    assert platform.limit_hits
    assert platform.everything == keys


async def test_two_lanes_do_not_wait_for_each_other(house: House) -> None:
    stuck = LoopbackPlatform(fault=lambda *_: Fault.HANG)
    other = LoopbackPlatform(name="other")
    await house.queue(3, lane=LANE)
    keys = await house.queue(3, lane=OTHER_LANE)
    engine = house.engine(stuck, other)
    await engine.start()
    await until(lambda: len(other.everything) == 3)
    assert stuck.sends == 3
    await engine.stop(timedelta(seconds=0.2))
    assert other.everything == keys
    assert await house.states(keys) == {DeliveryState.SENT}


# --- What is not sent ----------------------------------------------------------------------


async def test_what_has_lost_its_reason_is_skipped(house: House) -> None:
    platform = LoopbackPlatform()
    (key,) = await house.queue(1, about={"skip": "the round is closed"})
    await house.send(platform)
    delivery = await house.found(key)
    assert (delivery.state, delivery.reason) == (DeliveryState.SKIPPED, "the round is closed")
    assert platform.sends == 0


async def test_skipping_does_not_use_up_the_rate(house: House) -> None:
    platform = LoopbackPlatform(rate=Rate(1, 2))
    await house.queue(40, about={"skip": "closed"})
    keys = await house.queue(2)
    async with asyncio.timeout(10):
        await house.send(platform)
    assert platform.everything == keys


async def test_who_cannot_be_reached_is_written_down(house: House) -> None:
    platform = LoopbackPlatform()
    (key,) = await house.queue(1, person="person-11")
    await house.send(platform)
    delivery = await house.found(key)
    assert (delivery.state, delivery.reason) == (DeliveryState.FAILED, UNREACHABLE)


async def test_a_refused_message_is_not_tried_again(house: House) -> None:
    platform = LoopbackPlatform(fault=first_only(Fault.REFUSE))
    (key,) = await house.queue(1)
    for _ in range(2):
        await house.send(platform, wait=LEASE)
    delivery = await house.found(key)
    assert (delivery.state, delivery.reason) == (DeliveryState.FAILED, "account gone")
    assert platform.sends == 1


async def test_one_message_that_cannot_be_composed_holds_up_no_other(house: House) -> None:
    platform = LoopbackPlatform()
    later = NOW + timedelta(hours=1)
    broken = await house.queue(1, about={"broken": later.isoformat()})
    keys = await house.queue(3)
    await house.send(platform)
    assert platform.everything == keys
    await house.send(platform, wait=timedelta(hours=1))
    assert platform.everything == broken + keys


async def test_a_lane_of_a_platform_that_is_switched_off_waits(house: House) -> None:
    keys = await house.queue(1)
    await house.send(LoopbackPlatform(name="another"))
    assert await house.states(keys) == {DeliveryState.PENDING}


async def test_an_unknown_lane_has_no_work(house: House) -> None:
    outbox = house.outbox(LoopbackPlatform())
    assert await outbox.run_lane("nowhere", True, asyncio.Event()) is None


# --- Hand-over -----------------------------------------------------------------------------


async def test_an_older_owner_of_a_lane_claims_nothing_more(house: House) -> None:
    rate = Rate(50, 1)
    old, new = LoopbackPlatform(rate=rate), LoopbackPlatform(rate=rate)
    keys = await house.queue(60)
    stopping = asyncio.Event()
    older = asyncio.create_task(house.outbox(old).run_lane(LANE, True, stopping))
    await until(lambda: old.sends > 2)
    await house.outbox(new).run_lane(LANE, False, stopping)
    await older
    assert sorted(old.everything + new.everything) == keys
    assert len(new.everything) > len(old.everything)


async def test_a_frozen_owner_who_wakes_up_does_not_disturb_the_new_one(house: House) -> None:
    thawed, answered = asyncio.Event(), asyncio.Event()

    class FreezingStore(MortalStore):
        waits = False

        async def read(self, work: Callable[[Tx], T]) -> T:
            result = await super().read(work)
            self.waits = True
            await thawed.wait()
            return result

    class SlowPlatform(LoopbackPlatform):
        asked = False

        async def send(self, to: Actor, card: Card, key: str) -> SendOutcome:
            self.asked = True
            await answered.wait()
            return await super().send(to, card, key)

    platform = SlowPlatform()
    keys = await house.queue(1)
    store = FreezingStore(house.store, Mortal(1000))
    frozen = house.outbox(platform, limits=Limits(fresh=0.0), store=store)
    older = asyncio.create_task(frozen.run_lane(LANE, True, asyncio.Event()))
    await until(lambda: store.waits)
    # The claim runs out, and a new owner finds that nothing arrived.
    house.clock.moment += LEASE
    new = house.outbox(platform)
    newer = asyncio.create_task(new.run_lane(LANE, False, asyncio.Event()))
    await until(lambda: platform.asked)
    thawed.set()
    await older
    answered.set()
    await newer
    await house.send(platform, wait=timedelta(minutes=5))
    assert platform.everything == keys
    assert await house.states(keys) == {DeliveryState.SENT}


async def test_stopping_settles_what_is_being_sent_and_leaves_the_rest(house: House) -> None:
    platform = LoopbackPlatform(latency=0.1)
    limits = Limits(in_flight=4)
    keys = await house.queue(12)
    engine = house.engine(platform, limits=limits)
    engine.wake(LANE)
    await until(lambda: platform.sends >= 4)
    await engine.stop(LONG)
    assert 0 < len(platform.everything) < 12
    assert await house.states(platform.everything) == {DeliveryState.SENT}
    assert await house.states(keys) == {DeliveryState.SENT, DeliveryState.PENDING}
    engine.wake(LANE)
    await engine.idle()
    assert len(platform.everything) < 12
    await house.send(platform, limits=limits)
    assert platform.everything == keys


async def test_stopping_waits_no_longer_than_its_grace(house: House) -> None:
    platform = LoopbackPlatform(fault=lambda *_: Fault.DELIVER_THEN_HANG)
    keys = await house.queue(1)
    engine = house.engine(platform)
    engine.wake(LANE)
    await until(lambda: platform.sends == 1)
    async with asyncio.timeout(5):
        await engine.stop(timedelta(seconds=0.05))
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert await house.states(keys) == {DeliveryState.SENDING}
    await house.send(LoopbackPlatform(readable=False))
    assert await house.states(keys) == {DeliveryState.FAILED}


async def test_a_run_ends_in_time_and_goes_on_in_the_next(house: House) -> None:
    platform = LoopbackPlatform(rate=Rate(100, 1))
    limits = Limits(run=0.05)
    keys = await house.queue(60)
    again = await house.outbox(platform, limits=limits).run_lane(LANE, True, asyncio.Event())
    assert again == timedelta()
    assert 0 < len(platform.everything) < 60
    await house.send(platform, limits=limits)
    assert platform.everything == keys


async def test_a_lane_woken_while_it_runs_looks_again(house: House) -> None:
    platform = LoopbackPlatform(latency=0.05)
    keys = await house.queue(2)
    engine = house.engine(platform)
    engine.wake(LANE)
    await until(lambda: platform.sends == 2)
    keys += await house.queue(2)
    engine.wake(LANE)
    await engine.idle()
    await engine.stop(LONG)
    assert platform.everything == keys


# --- The embedded engine alone -------------------------------------------------------------


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    monkeypatch.setattr(engine_module, "RETRY", timedelta(seconds=0.02))
    return []


async def no_lanes() -> tuple[str, ...]:
    return ()


async def test_a_lane_that_fails_is_tried_again_and_says_nothing_about_anyone(
    runs: list[bool], caplog: pytest.LogCaptureFixture
) -> None:
    async def run(lane_id: str, first: bool, stopping: asyncio.Event) -> timedelta | None:
        runs.append(first)
        if len(runs) < 3:
            raise LookupError("Robin 3 at user-3")
        return None

    engine = LocalEngine(run, no_lanes)
    engine.wake(LANE)
    await until(lambda: len(runs) == 3)
    await engine.idle()
    await engine.stop(LONG)
    # Only a process's first run may take all that is being sent for left behind.
    assert runs == [True, False, False]
    failures = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [vars(record)["action"] for record in failures] == ["lane_failed"] * 2
    assert "Robin" not in caplog.text


async def test_a_lane_runs_once_at_a_time_however_often_it_is_woken() -> None:
    running, most, count = 0, 0, 0

    async def run(lane_id: str, first: bool, stopping: asyncio.Event) -> timedelta | None:
        nonlocal running, most, count
        running, count = running + 1, count + 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return None

    engine = LocalEngine(run, no_lanes)
    for _ in range(50):
        engine.wake(LANE)
        await asyncio.sleep(0.001)
    await engine.idle()
    await engine.stop(LONG)
    assert most == 1
    assert 2 <= count < 50


async def test_a_lane_is_woken_when_it_asked_to_be() -> None:
    runs = 0

    async def run(lane_id: str, first: bool, stopping: asyncio.Event) -> timedelta | None:
        nonlocal runs
        runs += 1
        return timedelta(seconds=0.01) if runs < 4 else None

    engine = LocalEngine(run, no_lanes)
    engine.wake(LANE)
    await until(lambda: runs == 4)
    await engine.stop(LONG)


async def test_a_stopped_engine_starts_nothing() -> None:
    async def run(lane_id: str, first: bool, stopping: asyncio.Event) -> timedelta | None:
        raise AssertionError

    engine = LocalEngine(run, no_lanes)
    await engine.stop(LONG)
    engine.wake(LANE)
    await engine.idle()


async def test_starting_wakes_every_lane_with_work(house: House) -> None:
    platform, other = LoopbackPlatform(), LoopbackPlatform(name="other")
    keys = await house.queue(2, lane=LANE) + await house.queue(2, lane=OTHER_LANE)
    engine = house.engine(platform, other)
    await engine.start()
    await engine.idle()
    await engine.stop(LONG)
    assert platform.everything + other.everything == keys
