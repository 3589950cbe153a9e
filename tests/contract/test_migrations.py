"""Migrations run up and down, empty and filled, and agree with the tables and the core."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Table, create_engine, inspect, text

from bot import ports
from bot.ports import Tx
from bot.programme import people, programmes, sources
from bot.pulse import pulses
from storage import migrate, tables
from storage.database import HEAD, parse_url, writing_engine
from storage.store import SqlStore, open_store
from storage.vault import Vault
from tests.contract.world import OURS
from tests.stores import SECRET

MIGRATIONS = Path(migrate.__file__).parent / "migrations"

# What a table keeps beyond the value's own fields.
NOUNS: tuple[tuple[type, Table, set[str]], ...] = (
    (programmes.Organisation, tables.organisation, set()),
    (programmes.Workspace, tables.workspace, set()),
    (programmes.Programme, tables.programme, set()),
    (sources.Source, tables.source, set()),
    (people.Person, tables.person, set()),
    (people.Membership, tables.membership, set()),
    (pulses.Pulse, tables.pulse, set()),
    (pulses.Round, tables.round_, set()),
    (pulses.Invitation, tables.invitation, set()),
    (ports.Season, tables.season, {"org_id"}),
    (ports.Published, tables.release, {"org_id"}),
    (ports.Entry, tables.audit, {"org_id", "id"}),
    (ports.Delivery, tables.delivery, {"token", "message_ref"}),
)


@pytest.mark.parametrize(("noun", "table", "more"), NOUNS)
def test_a_table_has_a_column_for_every_field(noun: type, table: Table, more: set[str]) -> None:
    assert set(table.c.keys()) == {field.name for field in fields(noun)} | more


def test_every_row_of_a_tenant_names_its_organisation_and_points_at_nothing_else() -> None:
    for table in tables.metadata.sorted_tables:
        if table in (tables.organisation, tables.inbound, tables.proof):
            continue
        assert not table.c.org_id.nullable
        for constraint in table.foreign_key_constraints:
            assert "org_id" in constraint.column_keys, f"{table.name}: {constraint.name}"


def test_the_program_knows_its_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_the_migrations_make_what_the_tables_say(url: str) -> None:
    assert migrate.current(url) == HEAD
    migrate.check(url)


def schema(engine: Engine) -> dict[str, str]:
    """SQLite's own text of every table and index, without the spacing."""
    with engine.begin() as connection:
        rows = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        ).all()
    return {name: ",".join(sorted(_parts(sql))) for name, sql in rows if name != "alembic_version"}


def _parts(sql: str) -> list[str]:
    return [" ".join(line.strip(" ,\t").split()) for line in sql.splitlines() if line.strip()]


@pytest.mark.parametrize("kind_of_database", ["sqlite"])
def test_checks_and_partial_indexes_agree_too(url: str) -> None:
    """Alembic's own comparison leaves these out."""
    migrated, made = writing_engine(parse_url(url)), create_engine("sqlite://")
    tables.metadata.create_all(made)
    assert schema(migrated) == schema(made)
    migrated.dispose()
    made.dispose()


def test_migrations_go_up_from_nothing_and_back_to_nothing(empty_url: str) -> None:
    assert migrate.current(empty_url) is None
    migrate.upgrade(empty_url)
    migrate.upgrade(empty_url)
    assert migrate.current(empty_url) == HEAD
    migrate.downgrade(empty_url, "base")
    assert migrate.current(empty_url) is None
    engine = writing_engine(parse_url(empty_url))
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()


async def test_a_filled_database_goes_up_and_down(store: SqlStore, url: str) -> None:
    await store.write(OURS.settle)
    await store.write(OURS.furnish)
    await store.close()
    migrate.upgrade(url)
    migrate.downgrade(url, "base")
    migrate.upgrade(url)
    assert migrate.current(url) == HEAD


async def test_drafts_from_before_they_ended_are_kept_for_their_week(
    store: SqlStore, url: str
) -> None:
    await store.write(OURS.settle)
    await store.write(OURS.furnish)
    await store.close()
    migrate.downgrade(url, "0005")
    migrate.upgrade(url)
    async with open_store(url, Vault(SECRET)) as again:
        draft = await again.read(
            lambda tx: tx.tenant(OURS.org_id).notes.draft(OURS.person().id, "kickoff")
        )
        assert draft == {"needs": (OURS.id("need"),)}
        # Later than the clock of whoever runs this.
        await again.write(lambda tx: tx.agenda.tidy(datetime(9999, 1, 1, tzinfo=UTC)))
        assert not await again.read(
            lambda tx: tx.tenant(OURS.org_id).notes.draft(OURS.person().id, "kickoff")
        )


async def test_the_audit_log_keeps_its_lines_and_their_order(store: SqlStore, url: str) -> None:
    later = replace(OURS.entry, what="round closed", about={})

    def furnish(tx: Tx) -> None:
        OURS.settle(tx)
        for entry in (OURS.entry, later):
            tx.tenant(OURS.org_id).notes.record(entry)

    await store.write(furnish)
    await store.close()
    migrate.downgrade(url, "0003")
    migrate.upgrade(url)
    async with open_store(url, Vault(SECRET)) as again:
        await again.write(lambda tx: tx.tenant(OURS.org_id).notes.record(OURS.entry))
        audit = await again.read(
            lambda tx: tx.tenant(OURS.org_id).notes.audit(OURS.programme.id, 9)
        )
    assert audit == (OURS.entry, later, OURS.entry)
