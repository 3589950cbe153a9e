"""A person's answers of one round lie on one sheet: none is lost, and older ones are found."""

from __future__ import annotations

import asyncio
import gc
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

import psycopg
import pytest
from sqlalchemy import delete, insert, update

from bot.ports import Tx
from bot.pulse.questions import Value
from storage.database import parse_url, writing_engine
from storage.session import Session
from storage.store import SqlStore
from storage.tables import answer, round_key
from storage.vault import RoundKey, Sealer, Vault
from tests.contract.test_store_privacy import key_of, rows
from tests.contract.world import AGREE, HELP, OURS, PICK
from tests.stores import SECRET, Opened, at_once

ORG = OURS.org_id
ROUND = OURS.round()
ME = OURS.person().id


def put(question_id: str, value: Value) -> Callable[[Tx], None]:
    return lambda tx: tx.tenant(ORG).answers.put(ROUND.id, ME, question_id, value)


def mine(tx: Tx) -> Mapping[str, Value]:
    return tx.tenant(ORG).answers.of(ROUND.id, ME).values


@pytest.mark.parametrize("kind_of_database", ["postgresql"])
@pytest.mark.parametrize("held", ["round_key", "answer"])
async def test_two_answers_that_two_processes_take_at_once_are_both_kept(
    opened: Opened, url: str, held: str
) -> None:
    """Whether or not there is a sheet already."""
    one, other = await opened(), await opened()
    await one.write(OURS.settle)
    if held == "answer":
        await one.write(put(HELP.id, "More tea"))
    await at_once(
        url,
        held,
        partial(one.write, put(AGREE.id, 4)),
        partial(other.write, put(PICK.id, (0, 2))),
    )
    found = await one.read(mine)
    assert (found[AGREE.id], found[PICK.id]) == (4, (0, 2))


@pytest.mark.parametrize("kind_of_database", ["postgresql"])
async def test_an_answer_that_changes_while_another_process_counts_is_counted(
    opened: Opened, url: str
) -> None:
    one, other = await opened(), await opened()
    await one.write(OURS.settle)
    await one.write(put(AGREE.id, 1))
    counted: list[Mapping[str, Value]] = []

    def count(values: Mapping[str, Value]) -> Mapping[str, Value]:
        counted.append(values)
        return values

    def close(tx: Tx) -> None:
        counted.clear()  # it may run twice
        tx.tenant(ORG).answers.close(ROUND, count, OURS.published())

    await at_once(url, "answer", partial(one.write, put(AGREE.id, 5)), partial(other.write, close))
    assert counted == [{AGREE.id: 5}]


@pytest.mark.parametrize("seed", range(4))
async def test_answers_that_come_while_a_round_closes_count_or_are_refused(
    opened: Opened, kind_of_database: str, seed: int
) -> None:
    """In another process where there can be one, and never with an error that says nothing."""
    one = await opened()
    other = one if kind_of_database == "sqlite" else await opened()
    people = 40
    await one.write(lambda tx: OURS.settle(tx, people))
    chance = random.Random(seed)
    counted: list[Mapping[str, Value]] = []
    kept: dict[int, dict[str, Value]] = {}

    def count(values: Mapping[str, Value]) -> Mapping[str, Value]:
        counted.append(dict(values))
        return values

    def close(tx: Tx) -> None:
        counted.clear()
        tx.tenant(ORG).answers.close(ROUND, count, None)

    async def answer_it(number: int, question_id: str, value: Value) -> None:
        await asyncio.sleep(chance.random() * 0.05)
        person = OURS.person(number).id
        with suppress(LookupError):
            await one.write(
                lambda tx: tx.tenant(ORG).answers.put(ROUND.id, person, question_id, value)
            )
            kept.setdefault(number, {})[question_id] = value

    async def end() -> None:
        await asyncio.sleep(chance.random() * 0.05)
        await other.write(close)

    numbers = range(1, people + 1)
    await asyncio.gather(
        *(answer_it(number, AGREE.id, 1 + number % 5) for number in numbers),
        *(answer_it(number, PICK.id, (number % 2,)) for number in numbers),
        end(),
    )
    assert sorted(map(repr, map(_in_order, counted))) == sorted(
        map(repr, map(_in_order, kept.values()))
    )


def _in_order(values: Mapping[str, Value]) -> list[tuple[str, Value]]:
    return sorted(values.items())


async def test_no_key_of_a_closed_round_stays_in_the_memory_of_any_process(
    opened: Opened, kind_of_database: str
) -> None:
    one = await opened()
    other = one if kind_of_database == "sqlite" else await opened()
    await one.write(OURS.settle)
    await one.write(put(AGREE.id, 2))
    await one.read(mine)
    await other.write(lambda tx: tx.tenant(ORG).answers.close(ROUND, dict, None))
    gc.collect()
    assert not [found for found in gc.get_objects() if isinstance(found, RoundKey)]


@pytest.mark.parametrize("kind_of_database", ["postgresql"])
async def test_a_server_that_was_restarted_is_noticed_before_anybody_reads(
    store: SqlStore, url: str
) -> None:
    await store.write(OURS.settle)
    await store.read(mine)
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert await store.read(mine) == {}
    await store.write(put(AGREE.id, 3))
    assert await store.read(mine) == {AGREE.id: 3}


async def test_answers_that_an_earlier_version_kept_one_by_one_are_still_there(
    store: SqlStore, opened: Opened, url: str
) -> None:
    await store.write(OURS.settle)
    await store.write(put(AGREE.id, 4))
    await store.close()
    as_it_was(url, {AGREE.id: b"2", PICK.id: b"[0,1]", HELP.id: b"null"})

    again = await opened()
    found = await again.read(lambda tx: tx.tenant(ORG).answers.of(ROUND.id, ME))
    assert found.values == {AGREE.id: 2, PICK.id: (0, 1)}
    assert found.skipped == {HELP.id}
    assert len(rows(url, answer)) == 1
    await again.write(put(AGREE.id, 5))
    await again.close()
    third = await opened()
    assert (await third.read(mine))[AGREE.id] == 5


def as_it_was(url: str, answers: Mapping[str, bytes]) -> None:
    """The round with my answers (as JSON) as the first versions left it."""
    (row,) = rows(url, round_key)
    wrapped = row.wrapped[1:]
    secret = Vault(SECRET)._round_keys.open(wrapped, ROUND.id.encode())
    key, sealer = key_of(url), Sealer(secret[32:])
    engine = writing_engine(parse_url(url))
    with engine.begin() as connection:
        session = Session(connection, Vault(SECRET), writing=True)
        session.execute(update(round_key).values(wrapped=wrapped))
        session.execute(delete(answer))
        for question_id, text in answers.items():
            tag = key.older_tag(ME, question_id)
            sealed = sealer.seal(text.ljust(32), tag)
            values = {"org_id": ORG, "round_id": ROUND.id, "tag": tag, "sealed": sealed}
            session.execute(insert(answer).values(values))
    engine.dispose()
