"""A person's answers of one round lie on one sheet: none is lost, and older ones are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import pytest
from sqlalchemy import delete, insert, update

from bot.ports import Tx
from bot.pulse.questions import Value
from storage.database import parse_url, writing_engine
from storage.session import Session
from storage.store import SqlStore
from storage.tables import answer, round_key
from storage.vault import Sealer, Vault
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
