"""A process that is killed at any step of a round loses no acknowledged answer and doubles nothing.

The processes are real and so is the kill (SIGKILL): see `doomed.py`. After each death a new process
goes on with what the dead one left behind, and in the end the world must look as if nobody had
ever died.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select
from sqlalchemy.engine import make_url

from bot.ports import DeliveryState, Published, Tx
from bot.pulse.closing import count as count_answers
from bot.pulse.pulses import Pulse, Round, RoundState
from bot.pulse.questions import Kind, Value, parse_value
from bot.sentiment.release import release
from storage.database import parse_url, reading_engine
from storage.store import open_store
from storage.tables import answer, comment, delivery, respondent, round_key
from storage.vault import Vault
from tests.flows.doomed_world import (
    CLEAR,
    DUE,
    FACILITATOR,
    FICKLE,
    LATE,
    LEAD,
    ONE_THING,
    SECOND_THOUGHT,
    SECRET,
    SKIPPED,
    STAFF,
    World,
    acknowledged,
    opinion,
    the_programme,
)
from tests.stores import _database_like

KILLED = -signal.SIGKILL


class Nursery:
    """Bears processes: see `doomed.main`."""

    def __init__(self) -> None:
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.flows.doomed"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def bear(self, world: World, last: int | None = None) -> bool:
        """Have a process live in this world; whether it was killed, at its step `last`."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.write(json.dumps({"world": asdict(world), "last": last}) + "\n")
        self._program.stdin.flush()
        status = int(self._program.stdout.readline())
        assert status in (0, KILLED), f"a process ended by itself, with {status}"
        return status == KILLED

    def close(self) -> None:
        self._program.communicate()


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


NewWorld = Callable[[], AbstractContextManager[World]]


@pytest.fixture
def new_world(
    nursery: Nursery,
    url: str,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> NewWorld:
    """Makes copies of a world in which everyone has said yes and a round is about to be due."""
    first = World(url, str(tmp_path))
    with _explained(first):
        nursery.bear(first)

    @contextmanager
    def copy() -> Iterator[World]:
        folder = tmp_path_factory.mktemp("world")
        shutil.copytree(tmp_path, folder, dirs_exist_ok=True)
        with _copied(url, folder, request) as address:
            world = World(address, str(folder))
            with _explained(world):
                yield world
        shutil.rmtree(folder)

    return copy


@contextmanager
def _explained(world: World) -> Iterator[None]:
    """Where a law is broken, tell how each process has ended."""
    try:
        yield
    except AssertionError as error:
        error.add_note(world.deaths())
        raise


@contextmanager
def _copied(url: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the database's copy."""
    name = make_url(url).database
    assert name is not None
    if url.startswith("sqlite"):
        yield f"sqlite:///{folder / Path(name).name}"
        return
    with _database_like(request.getfixturevalue("postgresql_server"), name) as copied:
        yield copied


# --- The laws --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is after the round, as the core sees it. `people` and `blocks` are by user."""

    pulse: Pulse
    rounds: tuple[Round, ...]
    published: Published | None
    people: dict[str, str]
    blocks: dict[str, str]


def look(tx: Tx) -> Seen:
    tenant, programme = the_programme(tx)
    (pulse,) = tenant.pulses.all(programme.id)
    rounds = tenant.pulses.rounds(programme.id)
    people = {
        member.person.email: member.person.id for member in tenant.people.members(programme.id)
    }
    blocks = {one.person_id: one.block for one in tenant.pulses.invitations(rounds[0].id)}
    return Seen(
        pulse=pulse,
        rounds=rounds,
        published=tenant.releases.get(rounds[0].id),
        people=people,
        blocks={user: blocks[people[user]] for user in STAFF},
    )


def rows(world: World, table: Table) -> list[Any]:
    engine = reading_engine(parse_url(world.url))
    try:
        with engine.begin() as connection:
            return list(connection.execute(select(table)))
    finally:
        engine.dispose()


async def check(world: World) -> None:
    """One round, every message once, every acknowledged answer counted, and no answer left."""
    async with open_store(world.url, Vault(SECRET)) as store:
        seen = await store.read(look)
    assert [(one.due_at, one.state) for one in seen.rounds] == [(DUE, RoundState.CLOSED)]
    (round_,) = seen.rounds
    assert seen.pulse.next_at == DUE + timedelta(weeks=2)
    check_messages(world, seen, round_)
    check_results(world, seen, round_)


def check_messages(world: World, seen: Seen, round_: Round) -> None:
    sent = {row.id: row for row in rows(world, delivery) if row.round_id == round_.id}
    assert {row.state for row in sent.values()} == {DeliveryState.SENT}
    history = world.history()
    for user in (*STAFF, FACILITATOR, LEAD):
        # A platform's key is a delivery's id with the number of the attempt.
        ids = [message.key.partition(":")[0] for message in history.of(user)]
        received = [sent[one].key for one in ids if one in sent]
        kinds = ("prompt", "reminder-1", "digest") if user in STAFF else ("digest",)
        assert received == [f"{kind}:{round_.id}:{seen.people[user]}" for kind in kinds]
        assert len(ids) == len(received) + (user in STAFF)  # and the one that asked for consent
    history.close()


def check_results(world: World, seen: Seen, round_: Round) -> None:
    given = acknowledged(world.journal())
    # Everyone got to say all that they had to say; who came too late was told so.
    assert given == {
        (user, question_id): opinion(user, question_id)
        for user in STAFF
        for question_id in (CLEAR, ONE_THING)
        if user != LATE
    } | {(FICKLE, SECOND_THOUGHT[0]): SECOND_THOUGHT[1]}
    questions = {question.id: question for question in round_.questionnaire.questions}
    ballots: defaultdict[str, dict[str, Value]] = defaultdict(dict)
    for (user, question_id), text in given.items():
        if text != SKIPPED:
            ballots[user][question_id] = parse_value(questions[question_id], text)
    counted = count_answers(round_, ((seen.blocks[user], own) for user, own in ballots.items()))
    assert seen.published is not None
    assert seen.published.asked == len(STAFF)
    assert seen.published.response_rate == 0  # a step of it would be less than one person
    assert seen.published.release == release(
        round_.blocks, counted.questions, round_.profile.disclosure
    )
    assert sorted((row.question_id, row.person_id) for row in rows(world, respondent)) == sorted(
        (question_id, seen.people[user])
        for user, own in ballots.items()
        for question_id in own
        if questions[question_id].kind is not Kind.TEXT
    )
    assert len(rows(world, comment)) == 1
    assert not rows(world, answer)
    assert not rows(world, round_key)


# --- The deaths ------------------------------------------------------------------------------

# Every step on SQLite, in parts that run side by side. On PostgreSQL each death takes a copy of a
# database, so it is a sample there.
PARTS = [*(("sqlite", first, 8) for first in range(1, 9)), ("postgresql", 4, 11)]


@pytest.mark.parametrize(
    ("kind_of_database", "first", "stride"), PARTS, indirect=["kind_of_database"]
)
async def test_a_process_killed_at_any_step_loses_no_answer_and_doubles_no_round(
    nursery: Nursery, new_world: NewWorld, first: int, stride: int
) -> None:
    for last in count(first, stride):
        with new_world() as world:
            killed = nursery.bear(world, last)
            if killed:
                nursery.bear(world)
            await check(world)
        if not killed:
            break
    assert last > 100


@pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)
async def test_a_process_killed_while_it_takes_up_what_the_last_one_left_does_no_harm(
    nursery: Nursery, new_world: NewWorld
) -> None:
    for again, last in enumerate(range(7, 100, 8), start=1):
        with new_world() as world:
            assert nursery.bear(world, last)
            assert nursery.bear(world, again)
            nursery.bear(world)
            await check(world)


# A process has to live long enough to ask about eight messages and to note what it was told.
@pytest.mark.parametrize("steps", [15, 18, 22])
async def test_processes_that_never_live_long_get_the_round_done_together(
    nursery: Nursery, new_world: NewWorld, steps: int
) -> None:
    with new_world() as world:
        deaths = 0
        while nursery.bear(world, steps):
            deaths += 1
            assert deaths < 30, "they get nowhere"
        assert deaths >= 5
        await check(world)
