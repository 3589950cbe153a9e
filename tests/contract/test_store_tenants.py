"""Nothing of another organisation can be read or changed, by any method of any room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_type_hints

import pytest
from sqlalchemy import select

from bot.ports import Kind, Tenant, Tx
from storage.database import parse_url, reading_engine
from storage.errors import NotStored, OtherTenant
from storage.store import SqlStore
from storage.tables import inbound, metadata, organisation, proof
from tests.contract.world import AGREE, DAY, NOW, OURS, THEIRS

_PERSON = THEIRS.person().id
_PROGRAMME = THEIRS.programme.id
_ROUND = THEIRS.round()
_CLOSED = THEIRS.round(2).id

# What our organisation's rooms do with all that the other organisation has.
CROSSINGS: dict[str, Callable[[Tenant], Any]] = {
    "people.get": lambda us: us.people.get(_PERSON),
    "people.by_email": lambda us: us.people.by_email(THEIRS.person().email),
    "people.hold": lambda us: us.people.hold(_PERSON),
    "people.save": lambda us: us.people.save(replace(THEIRS.person(), name="forged")),
    "people.erase": lambda us: us.people.erase(_PERSON),
    "people.member": lambda us: us.people.member(_PROGRAMME, _PERSON),
    "people.members": lambda us: us.people.members(_PROGRAMME),
    "people.programmes_of": lambda us: us.people.programmes_of(_PERSON),
    "people.save_membership": lambda us: us.people.save_membership(
        replace(THEIRS.membership(), org_id=OURS.org_id)
    ),
    "people.reach": lambda us: us.people.reach(OURS.person().id, THEIRS.lane_id, "forged"),
    "people.unreach": lambda us: us.people.unreach(THEIRS.lane_id, THEIRS.actor().user),
    "people.lanes": lambda us: us.people.lanes([_PERSON]),
    "programmes.organisation": lambda us: us.programmes.organisation(),
    "programmes.get": lambda us: us.programmes.get(_PROGRAMME),
    "programmes.hold": lambda us: us.programmes.hold(_PROGRAMME),
    "programmes.all": lambda us: us.programmes.all(),
    "programmes.save": lambda us: us.programmes.save(replace(THEIRS.programme, name="forged")),
    "programmes.own_questions": lambda us: us.programmes.own_questions(_PROGRAMME),
    "programmes.save_question": lambda us: us.programmes.save_question(_PROGRAMME, OURS.question),
    "programmes.season": lambda us: us.programmes.season(_PROGRAMME),
    "programmes.save_season": lambda us: us.programmes.save_season(THEIRS.season),
    "programmes.sources": lambda us: us.programmes.sources(_PROGRAMME),
    "programmes.sources_at": lambda us: us.programmes.sources_at(
        THEIRS.lane_id, THEIRS.source.external_id
    ),
    "programmes.save_source": lambda us: us.programmes.save_source(
        replace(THEIRS.source, org_id=OURS.org_id)
    ),
    "programmes.drop_source": lambda us: us.programmes.drop_source(THEIRS.source.id),
    "pulses.get": lambda us: us.pulses.get(THEIRS.pulse.id),
    "pulses.hold": lambda us: us.pulses.hold(THEIRS.pulse.id),
    "pulses.all": lambda us: us.pulses.all(_PROGRAMME),
    "pulses.save": lambda us: us.pulses.save(replace(THEIRS.pulse, org_id=OURS.org_id)),
    "pulses.round": lambda us: us.pulses.round(_ROUND.id),
    "pulses.hold_round": lambda us: us.pulses.hold_round(_ROUND.id),
    "pulses.rounds": lambda us: us.pulses.rounds(_PROGRAMME),
    "pulses.rounds_since": lambda us: us.pulses.rounds_since(NOW - DAY),
    "pulses.open_round": lambda us: us.pulses.open_round(
        replace(OURS.round(3), pulse_id=THEIRS.pulse.id), []
    ),
    "pulses.save_round": lambda us: us.pulses.save_round(replace(_ROUND, org_id=OURS.org_id)),
    "pulses.invitation": lambda us: us.pulses.invitation(_ROUND.id, _PERSON),
    "pulses.part": lambda us: us.pulses.part(_ROUND.id, _PERSON),
    "pulses.invitations": lambda us: us.pulses.invitations(_ROUND.id),
    "answers.put": lambda us: us.answers.put(_ROUND.id, _PERSON, AGREE.id, 5),
    "answers.skip": lambda us: us.answers.skip(_ROUND.id, _PERSON, AGREE.id),
    "answers.of": lambda us: dict(us.answers.of(_ROUND.id, _PERSON).values),
    "answers.ballots": lambda us: us.answers.ballots(_ROUND),
    "answers.close": lambda us: us.answers.close(_ROUND, dict, THEIRS.published()),
    "answers.withdraw": lambda us: us.answers.withdraw(_ROUND.id, _PERSON),
    "releases.get": lambda us: us.releases.get(_CLOSED),
    "releases.before": lambda us: us.releases.before(_PROGRAMME, NOW + 100 * DAY, 9),
    "releases.all": lambda us: us.releases.all(_PROGRAMME),
    "post.queue": lambda us: us.post.queue(
        [replace(THEIRS.delivery(), id="forged", org_id=OURS.org_id)]
    ),
    "post.get": lambda us: us.post.get("prompt"),
    "post.move": lambda us: us.post.move("prompt", NOW + DAY),
    "post.cancel": lambda us: us.post.cancel(_ROUND.id),
    "post.forget": lambda us: us.post.forget(_PROGRAMME, _PERSON, Kind.PROMPT),
    "post.counts": lambda us: us.post.counts(_ROUND.id, Kind.PROMPT),
    "post.unsent": lambda us: us.post.unsent(_PROGRAMME, tuple(Kind), NOW + 100 * DAY),
    "post.held_until": lambda us: us.post.held_until(),
    "notes.draft": lambda us: us.notes.draft(_PERSON, "kickoff"),
    "notes.save_draft": lambda us: us.notes.save_draft(_PERSON, "kickoff", {"forged": ("x",)}, NOW),
    "notes.drop_draft": lambda us: us.notes.drop_draft(_PERSON, "kickoff"),
    "notes.record": lambda us: us.notes.record(OURS.entry),
    "notes.audit": lambda us: us.notes.audit(_PROGRAMME, 99),
}


def _methods() -> set[str]:
    """Every method of every room, from the port itself."""
    return {
        f"{room}.{name}"
        for room, port in get_type_hints(Tenant).items()
        for name in vars(port)
        if not name.startswith("_")
    }


def _rows_of_theirs(url: str) -> dict[str, list[Any]]:
    engine = reading_engine(parse_url(url))
    try:
        with engine.begin() as connection:
            return {
                table.name: sorted(
                    map(
                        repr,
                        connection.execute(select(table).where(table.c.org_id == THEIRS.org_id)),
                    )
                )
                for table in metadata.sorted_tables
                if table not in (organisation, inbound, proof)
            }
    finally:
        engine.dispose()


# These take no one's id: they list what is ours.
OWN_LISTS = {"programmes.organisation", "programmes.all", "pulses.rounds_since"}


def test_every_method_of_every_room_is_crossed() -> None:
    assert set(CROSSINGS) == _methods()


async def test_no_method_reaches_another_organisation(store: SqlStore, url: str) -> None:
    for world in (THEIRS, OURS):
        await store.write(world.settle)
    await store.write(THEIRS.furnish)
    before = _rows_of_theirs(url)
    assert [name for name, rows in before.items() if not rows] == []

    for name, cross in CROSSINGS.items():

        def crossing(tx: Tx, cross: Callable[[Tenant], Any] = cross) -> Any:
            return cross(tx.tenant(OURS.org_id))

        try:
            found = await store.write(crossing)
        except (LookupError, NotStored, OtherTenant):
            found = None
        assert "of-b" not in repr(found), name
        if found and name not in OWN_LISTS:
            pytest.fail(f"{name} found {found!r}")
        assert _rows_of_theirs(url) == before, name
