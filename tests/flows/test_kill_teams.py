"""A process that is killed at any step of a round on Teams loses no answer and doubles no message.

Teams does not let us look before we send again. So what was on its way when the process died is not
sent again: it counts as perhaps not received.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from itertools import count
from pathlib import Path

import pytest

from bot.outbox import PERHAPS
from bot.ports import DeliveryState
from bot.pulse.pulses import RoundState
from storage.store import open_store
from storage.tables import delivery
from storage.vault import Vault
from tests.flows.doomed_world import EVERYONE, SECRET, acknowledged
from tests.flows.outliving import Nursery, worlds
from tests.flows.teams_survivors import Survivors, prepare
from tests.flows.unharmed import check_counted, look, rows


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery("tests.flows.doomed_teams")
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


async def check(survivors: Survivors, *, deaths: int) -> None:
    assert survivors.teams.faults == []
    url = survivors.world.url
    async with open_store(url, Vault(SECRET)) as store:
        seen = await store.read(look)
    (round_,) = seen.rounds
    assert round_.state is RoundState.CLOSED
    of_round = [row for row in rows(url, delivery) if row.round_id == round_.id]
    perhaps = Counter(row.person_id for row in of_round if row.state is DeliveryState.FAILED)
    assert {row.reason for row in of_round if row.state is DeliveryState.FAILED} <= {PERHAPS}
    assert {row.state for row in of_round} <= {DeliveryState.SENT, DeliveryState.FAILED}
    assert deaths or not perhaps
    for user in EVERYONE:
        sent = sum(
            row.person_id == seen.people[user] and row.state is DeliveryState.SENT
            for row in of_round
        )
        arrived = len(survivors.received()[user])
        assert sent <= arrived <= sent + perhaps[seen.people[user]]
    check_counted(url, acknowledged(survivors.journal), seen, round_)


PARTS = [*(("sqlite", first, 28) for first in (1, 15)), ("postgresql", 10, 61)]


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
            await check(survivors, deaths=killed)
        if not killed:
            break
    assert last > 100


@pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("last", ["before a message", "after a message"])
async def test_what_was_on_its_way_is_not_sent_again(
    nursery: Nursery, new_world: NewWorld, last: str
) -> None:
    async with new_world() as survivors:
        assert await survivors.go_on(nursery, last)
        arrived = sum(map(len, survivors.received().values()))
        assert bool(arrived) == last.startswith("after")
        assert not await survivors.go_on(nursery)
        await check(survivors, deaths=True)
