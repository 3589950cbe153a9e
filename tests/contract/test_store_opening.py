"""A database that cannot be used says why, and what to do."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from storage import migrate
from storage.database import parse_url, writing_engine
from storage.errors import CannotOpen
from storage.store import SqlStore, open_store
from storage.vault import Vault
from tests.contract.world import NOW
from tests.stores import SECRET, Opened

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(CannotOpen, match="DATABASE_URL"):
        open_store(url, Vault(SECRET))


def test_short_and_long_names_of_postgresql_mean_the_same() -> None:
    for name in ("postgres", "postgresql"):
        assert parse_url(f"{name}://u:p@host/db").drivername == "postgresql+psycopg"


def test_an_unmigrated_database_is_refused(empty_url: str) -> None:
    with pytest.raises(CannotOpen, match="soundings migrate"):
        open_store(empty_url, Vault(SECRET))


def test_a_newer_database_is_refused(url: str) -> None:
    engine = writing_engine(parse_url(url))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(CannotOpen, match="newer"):
        open_store(url, Vault(SECRET))
    with pytest.raises(CannotOpen, match="newer"):
        migrate.upgrade(url)


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(CannotOpen, match=r"127\.0\.0\.1") as refused:
        open_store("postgresql://me:hush@127.0.0.1:1/soundings", Vault(SECRET))
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("kind_of_database", ["sqlite"])
async def test_a_second_process_is_refused_until_the_first_is_gone(
    store: SqlStore, url: str
) -> None:
    with pytest.raises(CannotOpen, match="Another Soundings process"):
        open_store(url, Vault(SECRET))
    with pytest.raises(CannotOpen, match="Another Soundings process"):
        migrate.upgrade(url)
    await store.close()
    async with open_store(url, Vault(SECRET)) as again:
        assert await again.write(lambda tx: tx.directory.first_time("x", NOW))


async def test_only_one_process_runs_on_a_database_and_others_may_still_use_it(
    store: SqlStore, opened: Opened, kind_of_database: str
) -> None:
    store.stay_alone()
    if kind_of_database == "sqlite":
        return
    other = await opened()
    with pytest.raises(CannotOpen, match="Another Soundings process runs on"):
        other.stay_alone()
    assert await other.write(lambda tx: tx.directory.first_time("x", NOW))
    await store.close()
    other.stay_alone()


@pytest.mark.parametrize("kind_of_database", ["sqlite"])
async def test_a_killed_process_leaves_its_commits_and_no_lock(url: str) -> None:
    script = f"""
import asyncio, os, signal
from datetime import UTC, datetime
from storage.store import open_store
from storage.vault import Vault
async def main():
    store = open_store({url!r}, Vault({SECRET!r}))
    await store.write(lambda tx: tx.directory.first_time("x", datetime(2026, 3, 2, tzinfo=UTC)))
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", script, cwd=ROOT)
    assert await killed.wait() == -signal.SIGKILL
    async with open_store(url, Vault(SECRET)) as store:
        assert not await store.write(lambda tx: tx.directory.first_time("x", NOW))


@pytest.mark.parametrize("kind_of_database", ["sqlite"])
def test_the_embedded_database_is_set_up_for_durability_and_privacy(url: str) -> None:
    engine = writing_engine(parse_url(url))
    with engine.begin() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    engine.dispose()
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "secure_delete": 1,
    }
