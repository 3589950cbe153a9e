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
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from itertools import count
from pathlib import Path

import pytest

from tests.flows.doomed_world import EVERYONE, STAFF, World
from tests.flows.unharmed import check_round
from tests.stores import copied

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
        with copied(url, folder, request) as address:
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


async def check(world: World) -> None:
    """The world looks as if nobody had ever died."""
    history = world.history()
    keys = {user: [message.key for message in history.of(user)] for user in EVERYONE}
    history.close()
    # The first message of the staff asked for consent, before the round.
    keys |= {user: keys[user][1:] for user in STAFF}
    await check_round(world.url, world.journal(), keys)


# --- The deaths ------------------------------------------------------------------------------

# Every step on SQLite where a run is thorough, else a quarter, in parts that run side by side.
# On PostgreSQL each death takes a copy of a database, so it is a small sample there.
DENSE = {2, 6}
PARTS = [
    *(
        pytest.param("sqlite", first, 8, marks=[] if first in DENSE else pytest.mark.thorough)
        for first in range(1, 9)
    ),
    pytest.param("postgresql", 4, 29),
]


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
