"""What the store remembers of people and rounds is never out of date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.ports import Known, Part, Tenant, Tx
from bot.pulse.pulses import RoundState
from storage.store import SqlStore
from tests.contract.world import AGREE, OURS

ORG = OURS.org_id
ME = OURS.person()
ROUND = OURS.round()


def known(tx: Tx) -> Known | None:
    return tx.directory.known(OURS.actor())


def part(tx: Tx) -> Part | None:
    return tx.tenant(ORG).pulses.part(ROUND.id, ME.id)


def moved(tenant: Tenant) -> None:
    tenant.people.save(replace(ME, zone="Asia/Tokyo"))


async def test_a_change_of_zone_is_seen_at_once(store: SqlStore) -> None:
    await store.write(OURS.settle)
    assert (await store.write(known)) is not None
    await store.write(lambda tx: moved(tx.tenant(ORG)))
    found = await store.write(known)
    assert found is not None
    assert found.zone == "Asia/Tokyo"


async def test_what_was_taken_back_was_never_so(store: SqlStore) -> None:
    await store.write(OURS.settle)
    before = await store.write(known)

    def fail(tx: Tx) -> None:
        moved(tx.tenant(ORG))
        assert known(tx) != before
        raise KeyError("after all not")

    with pytest.raises(KeyError):
        await store.write(fail)
    assert await store.write(known) == before


@pytest.mark.parametrize(
    "ending",
    [
        lambda tenant: tenant.people.erase(ME.id),
        lambda tenant: tenant.people.unreach(OURS.lane_id, OURS.actor().user),
    ],
)
async def test_who_is_gone_is_not_known_any_more(
    store: SqlStore, ending: Callable[[Tenant], None]
) -> None:
    await store.write(OURS.settle)
    assert (await store.write(known)) is not None
    await store.write(lambda tx: ending(tx.tenant(ORG)))
    assert (await store.write(known)) is None


async def test_a_closed_round_is_seen_as_closed(store: SqlStore) -> None:
    await store.write(OURS.settle)
    assert (await store.write(part)) is not None
    closed = replace(ROUND, state=RoundState.CLOSED)
    await store.write(lambda tx: tx.tenant(ORG).pulses.save_round(closed))
    found = await store.write(part)
    assert found is not None
    assert found.round.state is RoundState.CLOSED


async def test_a_programme_that_moves_takes_its_rounds_along(store: SqlStore) -> None:
    await store.write(OURS.settle)
    assert (await store.write(part)) is not None
    there = replace(OURS.programme, zone="America/New_York")
    await store.write(lambda tx: tx.tenant(ORG).programmes.save(there))
    found = await store.write(part)
    assert found is not None
    assert found.zone == "America/New_York"


async def test_who_is_taken_out_of_a_round_has_no_part_and_no_answers_in_it(
    store: SqlStore,
) -> None:
    await store.write(OURS.settle)
    await store.write(lambda tx: tx.tenant(ORG).answers.put(ROUND.id, ME.id, AGREE.id, 4))
    assert (await store.write(part)) is not None
    await store.write(lambda tx: tx.tenant(ORG).answers.withdraw(ROUND.id, ME.id))
    found = await store.write(part)
    assert found is not None
    assert found.invitation is None
    mine = await store.write(lambda tx: tx.tenant(ORG).answers.of(ROUND.id, ME.id))
    assert mine.values == {}
