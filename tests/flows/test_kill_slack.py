"""A process that is killed at any step of a round on Slack loses no answer and doubles no message.

Slack lets us look before we send again, so nobody gets a prompt twice, whenever the process dies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from itertools import count
from pathlib import Path

import pytest

from tests.flows.doomed_world import STAFF
from tests.flows.outliving import Nursery, worlds
from tests.flows.slack_survivors import Survivors, prepare
from tests.flows.unharmed import check_round

HISTORY = "conversations.history"


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery("tests.flows.doomed_slack")
    yield nursery
    nursery.close()


NewWorld = Callable[[], AbstractAsyncContextManager[Survivors]]


@pytest.fixture
async def new_world(
    url: str,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> NewWorld:
    """Makes worlds on the eve of a round."""
    await prepare(url)

    return worlds(url, tmp_path, Survivors, tmp_path_factory, request)


async def check(survivors: Survivors) -> None:
    assert survivors.slack.faults == []
    await check_round(survivors.world.url, survivors.journal, survivors.keys())


# A dense sample on SQLite, in parts that run side by side. On PostgreSQL each death takes a copy of
# a database, so it is a small one there.
PARTS = [
    *(pytest.param("sqlite", first, 24, marks=pytest.mark.thorough) for first in (7, 19)),
    *(pytest.param("sqlite", first, 24) for first in (1, 13)),
    pytest.param("postgresql", 10, 47),
]


@pytest.mark.parametrize(
    ("kind_of_database", "first", "stride"), PARTS, indirect=["kind_of_database"]
)
async def test_a_process_killed_at_any_step_loses_no_answer_and_doubles_no_message(
    nursery: Nursery, new_world: NewWorld, first: int, stride: int
) -> None:
    for last in count(first, stride):
        async with new_world() as survivors:
            killed = await survivors.go_on(nursery, last)
            if killed:
                assert not await survivors.go_on(nursery)
            await check(survivors)
        if not killed:
            break
    assert last > 100


@pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("last", ["before chat.postMessage", "after chat.postMessage"])
async def test_a_process_killed_while_it_looks_for_what_the_last_one_sent_does_no_harm(
    nursery: Nursery, new_world: NewWorld, last: str
) -> None:
    for again in (2, 3, 11, 18, 20):
        async with new_world() as survivors:
            assert await survivors.go_on(nursery, last)
            arrived = sum(map(len, survivors.keys().values()))
            assert bool(arrived) == last.startswith("after")
            assert await survivors.go_on(nursery, again)
            assert not await survivors.go_on(nursery)
            looked = {call.arguments["channel"] for call in survivors.slack.calls_of(HISTORY)}
            assert len(looked) == len(STAFF)
            await check(survivors)
