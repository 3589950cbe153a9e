"""Many writers share one commit, and nobody pays for another's mistake."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from bot.ports import Answered, Tx
from bot.programme.programmes import Organisation
from storage.database import parse_url, reading_engine
from storage.errors import Closed, NotStored
from storage.store import SqlStore
from tests.contract.test_store_privacy import gone
from tests.contract.world import AGREE, HELP, NOW, OURS, PICK
from tests.stores import Opened

ORG = OURS.org_id
WRITER = "soundings-writer"


class Gate:
    """Work that keeps the writer busy, so that whatever is submitted meanwhile forms one batch."""

    def __init__(self) -> None:
        self.opened = threading.Event()

    def __call__(self, tx: Tx) -> None:
        self.opened.wait(10)


async def together(store: SqlStore, *works: Callable[[Tx], object]) -> list[object]:
    """Submit all works so that they wait at the same time."""
    gate = Gate()
    waiting: tuple[Callable[[Tx], object], ...] = (gate, *works)
    tasks = [asyncio.ensure_future(store.write(work)) for work in waiting]
    await asyncio.sleep(0.05)
    gate.opened.set()
    return (await asyncio.gather(*tasks, return_exceptions=True))[1:]


def note(key: str) -> Callable[[Tx], bool]:
    """Work that is True the first time only."""
    return lambda tx: tx.directory.first_time(key, NOW)


async def test_an_acknowledged_write_is_seen_by_every_other_connection(
    store: SqlStore, url: str
) -> None:
    await store.write(OURS.settle)
    engine = reading_engine(parse_url(url))
    with engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM person").scalar_one() == 2
    engine.dispose()


async def test_works_that_wait_share_one_transaction(store: SqlStore) -> None:
    seen: list[object] = []
    results = await together(store, *[seen.append] * 20)
    assert results == [None] * 20
    # The first may have been alone with the gate; the rest came in one or two batches.
    assert len(set(map(id, seen))) <= 3


def where(tx: Tx) -> str:
    """Work that tells which thread did it."""
    return threading.current_thread().name


async def at_once(store: SqlStore, work: Callable[[Tx], str] = where) -> None:
    """Do brief work that tells its thread until it was the caller's own."""
    for _ in range(1000):
        if await store.write(work, brief=True) != WRITER:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it was never done at once")


def told(work: Callable[[Tx], object]) -> Callable[[Tx], str]:
    """The work, which then tells its thread."""
    return lambda tx: f"{work(tx)} {where(tx)}".split()[-1]


only_sqlite = pytest.mark.parametrize("kind_of_database", ["sqlite"])


@only_sqlite
async def test_what_is_brief_and_alone_is_done_at_once(store: SqlStore) -> None:
    await at_once(store)
    await asyncio.sleep(0.01)
    await at_once(store)
    assert await store.write(where) == WRITER


@pytest.mark.parametrize("kind_of_database", ["postgresql"])
async def test_no_server_is_asked_while_the_loop_waits(store: SqlStore) -> None:
    for _ in range(5):
        assert await store.write(where, brief=True) == WRITER
        await asyncio.sleep(0.01)


@only_sqlite
async def test_what_was_done_at_once_is_durable_and_seen_by_every_other_connection(
    store: SqlStore, url: str
) -> None:
    numbers = count(1)

    def add(tx: Tx) -> str:
        name = f"org{next(numbers)}"
        tx.directory.add_organisation(Organisation(id=name, name=name))
        return where(tx)

    await at_once(store, add)
    added = next(numbers) - 1
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    assert connection.execute("SELECT count(*) FROM organisation").fetchone() == (added,)
    connection.close()


async def test_what_is_brief_waits_for_what_is_being_written(store: SqlStore) -> None:
    gate = Gate()
    first = asyncio.ensure_future(store.write(gate))
    await asyncio.sleep(0.05)
    brief = asyncio.ensure_future(store.write(where, brief=True))
    await asyncio.sleep(0)
    assert not brief.done()
    gate.opened.set()
    assert await brief == WRITER
    await first


@only_sqlite
async def test_what_is_brief_never_overtakes_what_was_asked_for_before(store: SqlStore) -> None:
    await at_once(store)
    for _ in range(200):
        order: list[str] = []
        await asyncio.gather(
            store.write(lambda tx, order=order: order.append("first")),  # type: ignore[misc]
            store.write(lambda tx, order=order: order.append("second"), brief=True),  # type: ignore[misc]
        )
        assert order == ["first", "second"]


@only_sqlite
async def test_one_a_turn_is_done_at_once_and_all_others_share_a_commit(store: SqlStore) -> None:
    await at_once(store)
    await asyncio.sleep(0.3)
    seen: list[tuple[str, object]] = []

    def note_transaction(tx: Tx) -> None:
        seen.append((where(tx), tx))

    await asyncio.gather(*(store.write(note_transaction, brief=True) for _ in range(50)))
    assert len([thread for thread, _ in seen if thread != WRITER]) <= 1
    # Where several came, those of the next moments have the thread as well.
    assert await store.write(where, brief=True) == WRITER


@only_sqlite
async def test_a_disk_that_was_slow_does_not_soon_hold_up_the_loop_again(store: SqlStore) -> None:
    await at_once(store, told(lambda tx: time.sleep(0.3)))
    for _ in range(3):
        await asyncio.sleep(0.05)
        assert await store.write(where, brief=True) == WRITER
    # Nor where several come meanwhile.
    await asyncio.gather(*(store.write(note(str(number))) for number in range(20)))
    await asyncio.sleep(0.2)
    assert await store.write(where, brief=True) == WRITER


@only_sqlite
async def test_what_was_deleted_at_once_is_cleared_from_the_log_as_ever(
    store: SqlStore, url: str
) -> None:
    await store.write(lambda tx: OURS.settle(tx, people=1000))
    log = Path(f"{parse_url(url).database}-wal")
    numbers = count(1)

    def erase(tx: Tx) -> str:
        tx.tenant(ORG).people.erase(OURS.person(next(numbers)).id)
        return where(tx)

    await at_once(store, erase)
    await gone(lambda: bool(log.stat().st_size))


@only_sqlite
async def test_a_brief_work_that_fails_leaves_nothing_and_harms_nobody(store: SqlStore) -> None:
    threads: list[str] = []

    def guilty(tx: Tx) -> str:
        threads.append(where(tx))
        tx.directory.first_time("guilty", NOW)
        if threads[-1] == WRITER:
            return WRITER  # tried again until it fails at once
        raise KeyError("mine")

    await at_once(store)
    await asyncio.sleep(0.01)
    with pytest.raises(KeyError):
        await at_once(store, guilty)
    assert await store.write(note("guilty")) is (WRITER not in threads)
    with pytest.raises(NotStored):
        await store.write(lambda tx: tx.tenant("nobody").notes.record(OURS.entry), brief=True)
    assert await store.write(note("after"), brief=True)


async def test_a_guilty_work_fails_alone(store: SqlStore) -> None:
    def guilty(tx: Tx) -> None:
        tx.directory.first_time("guilty", NOW)
        raise KeyError("mine")

    def broken(tx: Tx) -> None:
        tx.directory.first_time("broken", NOW)
        tx.tenant("nobody").notes.record(OURS.entry)

    good = [note(str(number)) for number in range(5)]
    results = await together(store, *good, guilty, broken, *map(note, "xyz"))
    assert results[:5] == [True] * 5
    assert isinstance(results[5], KeyError)
    assert isinstance(results[6], NotStored)
    assert results[7:] == [True] * 3
    kept = await together(store, note("guilty"), note("broken"), note("0"), note("z"))
    assert kept == [True, True, False, False]


async def test_what_was_sealed_after_a_batch_was_taken_back_opens_in_a_later_process(
    store: SqlStore, opened: Opened
) -> None:
    def answer(tx: Tx) -> None:
        tx.tenant(ORG).answers.put(OURS.round().id, OURS.person().id, AGREE.id, 4)

    def guilty(tx: Tx) -> None:
        raise KeyError

    await together(store, OURS.settle, answer, guilty)
    await store.close()
    later = await opened()
    mine = await later.read(lambda tx: tx.tenant(ORG).answers.of(OURS.round().id, OURS.person().id))
    assert mine.values == {AGREE.id: 4}


@pytest.mark.parametrize("kind_of_database", ["sqlite"])
async def test_a_failed_commit_fails_only_its_own_work(opened: Opened, url: str) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    connection.executescript(
        "CREATE TABLE late (id TEXT REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED);"
        "CREATE TRIGGER make_late AFTER INSERT ON organisation WHEN NEW.id = 'late' "
        "BEGIN INSERT INTO late VALUES ('missing'); END;"
    )
    connection.close()
    store = await opened()

    def late(tx: Tx) -> None:
        tx.directory.add_organisation(Organisation(id="late", name="Late"))

    first, second, third = await together(store, note("a"), late, note("b"))
    assert (first, third) == (True, True)
    assert isinstance(second, NotStored)
    assert await store.read(lambda tx: tx.directory.organisations()) == ()


async def test_a_cancelled_caller_neither_loses_its_work_nor_harms_others(store: SqlStore) -> None:
    gate = Gate()
    first = asyncio.ensure_future(store.write(gate))
    await asyncio.sleep(0.05)
    cancelled = asyncio.ensure_future(store.write(note("cancelled")))
    other = asyncio.ensure_future(store.write(note("other")))
    await asyncio.sleep(0)
    cancelled.cancel()
    gate.opened.set()
    assert await other
    await first
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert not await store.write(note("cancelled"))


async def test_work_that_ends_in_stop_iteration_does_not_hang(store: SqlStore) -> None:
    with pytest.raises(RuntimeError):
        await store.write(lambda tx: next(iter(())))
    with pytest.raises(RuntimeError):
        await store.read(lambda tx: next(iter(())))


async def test_a_read_cannot_write(store: SqlStore) -> None:
    with pytest.raises(NotStored):
        await store.read(note("x"))
    assert await store.write(note("x"))


async def test_a_read_cannot_answer(store: SqlStore) -> None:
    await store.write(OURS.settle)
    with pytest.raises(NotStored):
        await store.read(
            lambda tx: tx.tenant(ORG).answers.put(OURS.round().id, OURS.person().id, AGREE.id, 4)
        )


async def test_an_answer_right_behind_the_close_is_refused(store: SqlStore) -> None:
    await store.write(OURS.settle)

    def answer(tx: Tx) -> None:
        tx.tenant(ORG).answers.put(OURS.round().id, OURS.person().id, AGREE.id, 4)

    def close(tx: Tx) -> None:
        tx.tenant(ORG).answers.close(OURS.round(), dict, None)

    first, _, last = await together(store, answer, close, answer)
    assert first is None
    assert isinstance(last, LookupError)


async def test_a_read_sees_one_moment(store: SqlStore) -> None:
    await store.write(OURS.settle)
    looked, changed = threading.Event(), threading.Event()

    def look_twice(tx: Tx) -> tuple[int, int]:
        first = len(tx.tenant(ORG).people.members(OURS.programme.id))
        looked.set()
        changed.wait(10)
        return first, len(tx.tenant(ORG).people.members(OURS.programme.id))

    reading = asyncio.ensure_future(store.read(look_twice))
    await asyncio.to_thread(looked.wait, 10)
    await store.write(lambda tx: tx.tenant(ORG).people.erase(OURS.person(2).id))
    changed.set()
    assert await reading == (2, 2)


async def test_closing_finishes_what_was_asked_for(store: SqlStore, opened: Opened) -> None:
    waiting = [asyncio.ensure_future(store.write(note(str(number)))) for number in range(50)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*waiting) == [True] * 50
    again = await opened()
    assert not await again.write(note("49"))


async def test_a_closed_store_says_so(store: SqlStore) -> None:
    await store.close()
    await store.close()
    with pytest.raises(Closed):
        await store.write(note("x"))
    with pytest.raises(Closed):
        await store.read(note("x"))


async def test_two_answers_at_once_are_both_kept(store: SqlStore) -> None:
    await store.write(OURS.settle)
    round_id, person_id = OURS.round().id, OURS.person().id
    await asyncio.gather(
        store.write(lambda tx: tx.tenant(ORG).answers.put(round_id, person_id, AGREE.id, 1)),
        store.write(lambda tx: tx.tenant(ORG).answers.put(round_id, person_id, PICK.id, (1,))),
        store.write(lambda tx: tx.tenant(ORG).answers.skip(round_id, person_id, HELP.id)),
    )
    mine = await store.read(lambda tx: tx.tenant(ORG).answers.of(round_id, person_id))
    assert mine == Answered({AGREE.id: 1, PICK.id: (1,)}, frozenset({HELP.id}))


async def test_a_round_opens_once_per_due_moment(
    store: SqlStore, opened: Opened, kind_of_database: str
) -> None:
    await store.write(OURS.settle)
    # A second process, where the database allows one.
    other = await opened() if kind_of_database == "postgresql" else store
    tries = [writer.write(opening(number)) for number in range(10, 20) for writer in (store, other)]
    results = await asyncio.gather(*tries)
    assert sorted(results) == [False] * 19 + [True]
    assert len(await store.read(lambda tx: tx.tenant(ORG).pulses.rounds(OURS.programme.id))) == 2


def opening(number: int) -> Callable[[Tx], bool]:
    """Rounds of many ids, all for one due moment."""
    opened = replace(OURS.round(number), due_at=NOW)
    invitations = [OURS.invitation(1, number)]
    return lambda tx: tx.tenant(ORG).pulses.open_round(opened, invitations)


@pytest.mark.parametrize("kind_of_database", ["postgresql"])
async def test_an_answer_from_a_second_process_counts_or_is_refused(
    store: SqlStore, opened: Opened
) -> None:
    """Whoever was told that an answer is kept finds it counted, however close the close is."""
    other = await opened()
    await store.write(lambda tx: OURS.settle(tx, people=12))
    counted: list[int] = []

    def close(tx: Tx) -> None:
        room = tx.tenant(ORG).answers
        ballots = room.ballots(OURS.round())
        room.close(OURS.round(), dict, None)
        counted.append(len(ballots))

    def put(number: int) -> Callable[[Tx], None]:
        return lambda tx: tx.tenant(ORG).answers.put(
            OURS.round().id, OURS.person(number).id, AGREE.id, 3
        )

    await other.write(put(1))
    results = await asyncio.gather(
        *(other.write(put(number)) for number in range(2, 7)),
        store.write(close),
        *(other.write(put(number)) for number in range(7, 13)),
        return_exceptions=True,
    )
    refused = [result for result in results if result is not None]
    assert all(isinstance(result, LookupError | NotStored) for result in refused)
    assert counted[-1] == 12 - len(refused)
