"""What someone finds who has the whole database file, and what is left after a close."""

from __future__ import annotations

import asyncio
import base64
import shutil
import stat
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Table, select

from bot.ports import Tx
from bot.pulse.questionnaire import Questionnaire, counting
from bot.pulse.questions import Value
from storage import cleaner
from storage.database import parse_url, reading_engine
from storage.errors import CannotOpen
from storage.store import SqlStore, open_store
from storage.tables import answer, audit, comment, inbound, metadata, respondent, round_key
from storage.vault import Comment, RoundKey, Vault, load_or_create_secret
from tests.contract.world import AGREE, HELP, NOW, OURS, PICK, QUESTIONNAIRE
from tests.stores import SECRET

ORG = OURS.org_id
ROUND = OURS.round()
WORDS = "Please buy a second kettle"


def rows(url: str, table: Table) -> list[Any]:
    engine = reading_engine(parse_url(url))
    try:
        with engine.begin() as connection:
            return list(connection.execute(select(table)))
    finally:
        engine.dispose()


def key_of(url: str) -> RoundKey:
    (row,) = rows(url, round_key)
    return Vault(SECRET).unwrap(ROUND.id, row.wrapped, (AGREE.id, HELP.id, PICK.id))


def counts(values: Mapping[str, Value]) -> Mapping[str, Value]:
    return counting(QUESTIONNAIRE, values)


def everyone_answers(tx: Tx) -> None:
    OURS.settle(tx, people=4)
    room = tx.tenant(ORG).answers
    for number, value in ((1, 1), (2, 2), (3, 5)):
        room.put(ROUND.id, OURS.person(number).id, AGREE.id, value)
    room.put(ROUND.id, OURS.person(1).id, HELP.id, WORDS)
    room.put(ROUND.id, OURS.person(2).id, HELP.id, "Nothing")
    room.put(ROUND.id, OURS.person(3).id, HELP.id, "From before a changed mind")
    room.put(ROUND.id, OURS.person(3).id, PICK.id, (0, 1))
    room.skip(ROUND.id, OURS.person(4).id, AGREE.id)


def close(tx: Tx) -> None:
    tx.tenant(ORG).answers.close(ROUND, counts, OURS.published())


async def test_a_stored_answer_names_nobody_and_its_length_tells_nothing(
    store: SqlStore, url: str
) -> None:
    await store.write(everyone_answers)
    found = rows(url, answer)
    assert len(found) == 4  # one sheet each, however many answers are on it
    assert {column.name for column in answer.c} == {"org_id", "round_id", "tag", "sealed"}
    assert {len(row.tag) for row in found} == {16}
    assert {len(row.sealed) for row in found} == {220}
    everything = repr(found)
    assert OURS.person(1).id not in everything
    assert AGREE.id not in everything


def saying(words: str) -> Callable[[Tx], None]:
    return lambda tx: tx.tenant(ORG).answers.put(ROUND.id, OURS.person().id, HELP.id, words)


async def test_longer_words_come_in_few_lengths(store: SqlStore, url: str) -> None:
    await store.write(OURS.settle)
    lengths = set()
    for words in ("x" * 200, "x" * 1000, "🦉" * 900, "🦉" * 1000, "\x01" * 1000):
        await store.write(saying(words))
        ((row),) = rows(url, answer)
        lengths.add(len(row.sealed))
    assert len(lengths) == 2


async def test_the_same_answer_is_sealed_anew_each_time(store: SqlStore, url: str) -> None:
    await store.write(OURS.settle)
    seen = set()
    for _ in range(3):
        await store.write(
            lambda tx: tx.tenant(ORG).answers.put(ROUND.id, OURS.person().id, AGREE.id, 4)
        )
        ((row),) = rows(url, answer)
        seen.add(bytes(row.sealed))
    assert len(seen) == 3


async def test_a_close_leaves_who_answered_but_neither_answers_nor_key(
    store: SqlStore, url: str
) -> None:
    await store.write(everyone_answers)
    await store.write(close)
    assert rows(url, answer) == []
    assert rows(url, round_key) == []
    people = {number: OURS.person(number).id for number in range(1, 5)}
    assert {(row.question_id, row.person_id) for row in rows(url, respondent)} == {
        (AGREE.id, people[1]),
        (AGREE.id, people[2]),
        (AGREE.id, people[3]),
        (PICK.id, people[3]),
    }
    assert await store.read(lambda tx: tx.tenant(ORG).releases.get(ROUND.id)) == OURS.published()
    assert await store.read(lambda tx: tx.tenant(ORG).answers.ballots(ROUND)) == ()
    mine = await store.read(lambda tx: tx.tenant(ORG).answers.of(ROUND.id, people[1]))
    assert mine.values == {}


async def test_who_reached_a_follow_up_is_not_kept(store: SqlStore, url: str) -> None:
    """Only an unfavourable answer leads to it, so its respondents would give that answer away."""
    await store.write(everyone_answers)
    await store.write(close)
    assert HELP.id not in {row.question_id for row in rows(url, respondent)}


async def test_comments_are_kept_sealed_without_their_authors_and_only_if_they_count(
    store: SqlStore, url: str
) -> None:
    await store.write(everyone_answers)
    await store.write(close)
    vault = Vault(SECRET)
    found = rows(url, comment)
    opened = {vault.open_comment(row.id, row.sealed) for row in found}
    assert opened == {Comment(ROUND.id, HELP.id, WORDS), Comment(ROUND.id, HELP.id, "Nothing")}
    assert {column.name for column in comment.c} == {"id", "org_id", "sealed"}


async def test_whose_words_are_kept_is_not(store: SqlStore, url: str) -> None:
    """One writer in a round, and one row that says who answered its question, would be a name."""
    asked = replace(ROUND, id="words", questionnaire=Questionnaire((HELP,)))

    def write(tx: Tx) -> None:
        tenant = tx.tenant(ORG)
        tenant.pulses.open_round(
            replace(asked, due_at=NOW), [replace(OURS.invitation(1), round_id=asked.id)]
        )
        tenant.answers.put(asked.id, OURS.person(1).id, HELP.id, WORDS)
        tenant.answers.close(asked, dict, None)

    await store.write(OURS.settle)
    await store.write(write)
    assert len(rows(url, comment)) == 1
    assert rows(url, respondent) == []


async def test_a_second_close_changes_nothing(store: SqlStore, url: str) -> None:
    await store.write(everyone_answers)
    await store.write(close)
    before = (rows(url, respondent), rows(url, comment))
    await store.write(close)
    assert (rows(url, respondent), rows(url, comment)) == before


async def test_nothing_can_be_answered_after_the_close(store: SqlStore) -> None:
    await store.write(everyone_answers)
    await store.write(close)
    with pytest.raises(LookupError):
        await store.write(
            lambda tx: tx.tenant(ORG).answers.put(ROUND.id, OURS.person(1).id, AGREE.id, 3)
        )


@pytest.mark.parametrize("kind_of_database", ["sqlite"])
@pytest.mark.parametrize("ending", [close, lambda tx: tx.tenant(ORG).people.erase("person2-of-a")])
async def test_no_byte_of_a_deleted_answer_stays_on_the_disk(
    store: SqlStore, url: str, ending: Any
) -> None:
    await store.write(everyone_answers)
    tag = key_of(url).tag(OURS.person(2).id)
    (row,) = [row for row in rows(url, answer) if row.tag == tag]
    folder = Path(parse_url(url).database or "").parent

    def on_disk() -> bytes:
        return b"".join(path.read_bytes() for path in sorted(folder.glob("soundings.db*")))

    assert row.sealed in on_disk()
    await store.write(ending)
    # The next write waits for what follows the commit.
    await store.write(lambda tx: None)
    assert row.sealed not in on_disk()
    assert tag not in on_disk()


@pytest.mark.parametrize("kind_of_database", ["sqlite"])
async def test_a_reader_at_work_delays_only_the_clearing(store: SqlStore, url: str) -> None:
    await store.write(everyone_answers)
    sealed = rows(url, answer)[0].sealed
    log = Path(f"{parse_url(url).database}-wal")
    looking, done = threading.Event(), threading.Event()

    def look(tx: Tx) -> None:
        tx.tenant(ORG).answers.ballots(ROUND)
        looking.set()
        done.wait(10)

    reading = asyncio.ensure_future(store.read(look))
    await asyncio.to_thread(looking.wait, 10)
    await store.write(close)
    assert sealed in await asyncio.to_thread(log.read_bytes)
    done.set()
    await reading
    for _ in range(2):
        await store.write(lambda tx: None)
    assert sealed not in await asyncio.to_thread(log.read_bytes)


@pytest.mark.parametrize("kind_of_database", ["sqlite"])
async def test_what_a_killed_process_left_in_the_log_is_cleared_by_the_next_start(
    store: SqlStore, url: str, tmp_path: Path
) -> None:
    await store.write(everyone_answers)
    secrets = (rows(url, answer)[0].sealed, rows(url, round_key)[0].wrapped)
    looking, done = threading.Event(), threading.Event()

    def look(tx: Tx) -> None:
        tx.tenant(ORG).answers.ballots(ROUND)
        looking.set()
        done.wait(10)

    # While somebody reads, nothing can be cleared: the files are as a kill -9 would leave them.
    reading = asyncio.ensure_future(store.read(look))
    await asyncio.to_thread(looking.wait, 10)
    await store.write(close)
    left = tmp_path / "left"
    left.mkdir()
    for name in ("soundings.db", "soundings.db-wal"):
        shutil.copyfile(tmp_path / name, left / name)
    done.set()
    await reading

    def on_disk() -> bytes:
        return b"".join(path.read_bytes() for path in sorted(left.iterdir()))

    assert all(secret in on_disk() for secret in secrets)
    async with open_store(f"sqlite:///{left / 'soundings.db'}", Vault(SECRET)):
        await gone(lambda: any(secret in on_disk() for secret in secrets))


async def gone(still_there: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while await asyncio.to_thread(still_there):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def keys_on_disk(url: str) -> bytes:
    """The file of a PostgreSQL server in which the rounds' keys lie."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        found = connection.execute(
            "SELECT pg_read_binary_file(pg_relation_filepath('round_key'), 0, 1000000, true)"
        ).fetchone()
    return bytes(found[0] or b"") if found else b""


@pytest.mark.parametrize("kind_of_database", ["postgresql"])
async def test_postgresql_has_no_byte_of_a_key_soon_after_the_close(
    store: SqlStore, url: str
) -> None:
    await store.write(everyone_answers)
    wrapped = rows(url, round_key)[0].wrapped
    assert wrapped in keys_on_disk(url)
    await store.write(close)
    await gone(lambda: wrapped in keys_on_disk(url))


@pytest.mark.parametrize("kind_of_database", ["postgresql"])
@pytest.mark.parametrize(
    ("leaving", "left"),
    [
        (lambda tx: tx.tenant(ORG).answers.withdraw(ROUND.id, OURS.person(2).id), {"answer"}),
        (
            lambda tx: tx.tenant(ORG).people.erase(OURS.person(2).id),
            {"answer", "person", "membership", "identity"},
        ),
    ],
)
async def test_postgresql_clears_the_dead_rows_of_those_who_leave(
    store: SqlStore, url: str, leaving: Callable[[Tx], None], left: set[str]
) -> None:
    await store.write(everyone_answers)
    await store.write(leaving)

    def vacuumed() -> set[str]:
        with psycopg.connect(url) as connection:
            query = "SELECT relname FROM pg_stat_user_tables WHERE vacuum_count > 0"
            return {name for (name,) in connection.execute(query)}

    await gone(lambda: not left <= vacuumed())


@pytest.mark.parametrize("kind_of_database", ["postgresql"])
async def test_what_cannot_be_cleared_yet_is_tried_again_and_holds_nobody_up(
    store: SqlStore,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(cleaner, "SETTLE_SECONDS", 0.0)
    monkeypatch.setattr(cleaner, "AGAIN_SECONDS", 0.1)
    await store.write(everyone_answers)
    wrapped = rows(url, round_key)[0].wrapped

    def limit(tx: Any) -> str:
        found: str = tx.session.connection.exec_driver_sql("SHOW lock_timeout").scalar_one()
        return found

    with psycopg.connect(url) as backup:
        backup.execute("SELECT count(*) FROM round_key")
        await store.write(close)
        await gone(lambda: not caplog.records)
        assert await store.write(limit) == "0"
        assert wrapped in keys_on_disk(url)
    assert {vars(record)["action"] for record in caplog.records} == {"clean_up"}
    await gone(lambda: wrapped in keys_on_disk(url))


async def test_inbound_events_are_kept_as_keyed_hashes(store: SqlStore, url: str) -> None:
    await store.write(lambda tx: tx.directory.first_time("U123 pressed 4", NOW))
    ((row),) = rows(url, inbound)
    assert row.key == Vault(SECRET).blind("U123 pressed 4")
    assert Vault(bytes(32)).blind("U123 pressed 4") != row.key


async def test_an_erased_person_is_nowhere_but_by_a_bare_id_in_the_audit_log(
    store: SqlStore, url: str
) -> None:
    await store.write(OURS.settle)
    await store.write(OURS.furnish)
    person = OURS.person()
    await store.write(lambda tx: tx.tenant(ORG).people.erase(person.id))
    for table in metadata.sorted_tables:
        text = repr(rows(url, table))
        assert person.name not in text, table.name
        assert person.email not in text, table.name
        assert table is audit or person.id not in text, table.name


async def test_a_database_opens_only_with_its_own_secret(store: SqlStore, url: str) -> None:
    await store.close()
    with pytest.raises(CannotOpen, match="SOUNDINGS_SECRET_KEY"):
        open_store(url, Vault(bytes(32)))


def test_a_secret_is_made_once_beside_the_embedded_database(tmp_path: Path) -> None:
    database = tmp_path / "new" / "soundings.db"
    secret = load_or_create_secret(None, database)
    assert load_or_create_secret(None, database) == secret
    key = tmp_path / "new" / "soundings.db.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert list(key.parent.iterdir()) == [key]


def test_a_secret_from_the_settings_comes_first(tmp_path: Path) -> None:
    setting = base64.b64encode(SECRET).decode()
    assert load_or_create_secret(setting, tmp_path / "soundings.db") == SECRET
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("setting", ["short", "not base64 at all!", "YWJj"])
def test_a_malformed_secret_is_named_but_not_shown(setting: str) -> None:
    with pytest.raises(CannotOpen, match="SOUNDINGS_SECRET_KEY") as refused:
        load_or_create_secret(setting, None)
    assert setting not in str(refused.value)


def test_postgresql_needs_a_secret_from_the_settings() -> None:
    with pytest.raises(CannotOpen, match="SOUNDINGS_SECRET_KEY"):
        load_or_create_secret(None, None)


def test_a_damaged_key_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "soundings.db.key").write_bytes(b"half")
    with pytest.raises(CannotOpen, match=r"soundings\.db\.key"):
        load_or_create_secret(None, tmp_path / "soundings.db")
