"""The example's past is whole, whatever happens to the process that lives through it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from adapters.playground.example import PAST
from bot.settings import NAMES

ROOT = Path(__file__).parents[2]
READY = "The playground is ready at "
A_WHILE = 60  # seconds: a busy machine is slow, not wrong

FOUNDED = "SELECT count(*) FROM organisation"
IMPORTED = "SELECT count(*) FROM membership WHERE role = 'participant'"
REACHED = "SELECT count(*) FROM delivery WHERE state = 'sent'"
PLANNED = "SELECT count(*) FROM pulse"
OPENED = "SELECT count(*) FROM round"
CLOSED = "SELECT count(*) FROM round WHERE state = 'closed'"


@contextmanager
def playground(database: Path) -> Iterator[subprocess.Popen[str]]:
    """`soundings run --playground` in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in NAMES}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "run", "--playground"],
        cwd=ROOT,
        env={**environment, "DATABASE_URL": f"sqlite:///{database}", "PORT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def stop(process: subprocess.Popen[str], by: signal.Signals) -> str:
    """Everything that the process said and had not been read; it says nothing of errors."""
    process.send_signal(by)
    said, errors = process.communicate(timeout=A_WHILE)
    assert errors == ""
    assert process.returncode == (-by if by is signal.SIGKILL else 0)
    return said


def said_until_ready(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith(READY):
            return lines
    raise AssertionError(f"it did not start: {lines} {process.communicate()}")


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def wait_for(process: subprocess.Popen[str], database: Path, query: str, least: int) -> None:
    """Until the process has come so far."""
    until = monotonic() + A_WHILE
    while monotonic() < until and process.poll() is None:
        try:
            if rows(database, query)[0][0] >= least:
                return
        except sqlite3.OperationalError:  # not there yet
            pass
        sleep(0.002)
    raise AssertionError(f"it did not come so far: {query} {process.poll()}")


def rounds_of_a_whole_example(database: Path) -> int:
    """How many rounds it has, once nothing of it turned out to be missing."""
    ((imported,),) = rows(database, IMPORTED)
    assert imported == 60
    ((consents,),) = rows(database, "SELECT count(*) FROM membership WHERE consent = 'given'")
    assert consents >= 50
    found = rows(
        database,
        "SELECT round.state, count(person_id) FROM round"
        " JOIN invitation ON invitation.round_id = round.id GROUP BY round.id ORDER BY due_at",
    )
    assert [state for state, _ in found[:-1]] == ["closed"] * (len(found) - 1)
    assert min(asked for _, asked in found) >= 50
    days = rows(database, "SELECT julianday(due_at) FROM round ORDER BY due_at")
    gaps = {round(later - earlier) for (earlier,), (later,) in pairwise(days)}
    assert gaps == {14}, "no round was missed"
    (chats,) = database.parent.glob("*.playground-*.db")
    ((digests, readers),) = rows(
        chats,
        "SELECT count(DISTINCT key), count(DISTINCT user) FROM message WHERE card LIKE '%chart%'",
    )
    assert digests >= readers >= 50
    return len(found)


def test_an_example_that_is_stopped_again_and_again_becomes_whole(tmp_path: Path) -> None:
    database = tmp_path / "soundings.db"
    stops = (
        (FOUNDED, 1, signal.SIGKILL),
        (IMPORTED, 1, signal.SIGKILL),
        (REACHED, 5, signal.SIGINT),
        (PLANNED, 1, signal.SIGKILL),
        (OPENED, 1, signal.SIGKILL),
        (CLOSED, 1, signal.SIGTERM),
        (CLOSED, 3, signal.SIGKILL),
    )
    for query, least, by in stops:
        with playground(database) as process:
            wait_for(process, database, query, least)
            said = stop(process, by)
            assert READY not in said
            if by is not signal.SIGKILL:
                assert said.endswith("The next start goes on with the example from here.\n")
    with playground(database) as process:
        first, _ = said_until_ready(process)
        assert first == "Going on with the example where an earlier start was stopped.\n"
        stop(process, signal.SIGINT)
    assert rounds_of_a_whole_example(database) >= PAST.days // 14
    with playground(database) as process:
        assert len(said_until_ready(process)) == 1, "what is whole is not lived through again"
        stop(process, signal.SIGINT)
