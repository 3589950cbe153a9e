"""The connections: one kind that writes and one that reads, on SQLite and on PostgreSQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from storage.errors import CannotOpen, unusable
from storage.prepared import Prepared
from storage.session import Session
from storage.tables import proof
from storage.vault import Vault

# The newest migration; a test compares it with storage/migrations.
HEAD = "0007"

READERS = 4

_BUSY_MILLISECONDS = 5000


def parse_url(url: str) -> URL:
    """The address as SQLAlchemy wants it. Raises CannotOpen for one that cannot be used."""
    try:
        url.encode()
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise CannotOpen(_WRONG_URL) from None
    kind, _, driver = parsed.drivername.partition("+")
    if kind in {"postgres", "postgresql", "sqlite"} and driver:
        raise CannotOpen(
            f'DATABASE_URL names a driver. Leave "+{driver}" out: Soundings brings its own.'
        )
    if kind in {"postgres", "postgresql"}:
        if "@" in (parsed.host or ""):
            # What follows the first @ may be the end of a password, so it is not shown.
            raise CannotOpen("DATABASE_URL has more than one @. Write an @ in a password as %40.")
        return parsed.set(drivername="postgresql+psycopg")
    if kind == "sqlite" and parsed.database not in {None, "", ":memory:"}:
        if parsed.query:
            raise CannotOpen(
                'DATABASE_URL has a "?" after the path of the file. Leave it out, and all after it.'
            )
        return parsed.set(database=_at_home(parsed.database or ""))
    raise CannotOpen(_WRONG_URL)


def _at_home(path: str) -> str:
    """The path with the home folder in place of "~", as a shell would have written it."""
    try:
        return str(Path(path).expanduser())
    except RuntimeError:
        raise CannotOpen(
            f"DATABASE_URL: there is no home folder for {Path(path).parts[0]}. Write the path out."
        ) from None


def sqlite_path(url: URL) -> Path | None:
    """Where the embedded database lies; None for PostgreSQL."""
    if url.drivername != "sqlite" or url.database is None:
        return None
    return Path(url.database).absolute()


def writing_engine(url: URL) -> Engine:
    """One connection. On SQLite a transaction starts with the right to write."""
    try:
        engine = create_engine(url, pool_size=1, max_overflow=0, hide_parameters=True)
    except ArgumentError:  # what follows the question mark; it may hold a password
        raise CannotOpen(f"{_name(url)} cannot be used: {_WRONG_QUERY}") from None
    if sqlite_path(url):
        event.listen(engine, "connect", _prepare_sqlite_writer)
        _begin_with(engine, "BEGIN IMMEDIATE")
    return engine


def reading_engine(url: URL) -> Engine:
    """Connections that see one moment and can change nothing."""
    engine = create_engine(
        url,
        pool_size=READERS,
        max_overflow=0,
        hide_parameters=True,
        # A server that was restarted meanwhile is noticed before anybody reads.
        pool_pre_ping=not sqlite_path(url),
    )
    if sqlite_path(url):
        event.listen(engine, "connect", _prepare_sqlite_reader)
        _begin_with(engine, "BEGIN")
    else:
        event.listen(engine, "connect", _prepare_postgresql_reader)
    return engine


def check(engine: Engine, vault: Vault) -> None:
    """Raises CannotOpen for another schema than this version's, or another secret."""
    try:
        with engine.begin() as connection:
            check_version(current_version(connection))
            _check_secret(Session(connection, vault, writing=True))
    except DBAPIError as error:
        raise cannot_connect(engine, error) from None


def cannot_connect(engine: Engine, error: DBAPIError) -> CannotOpen:
    """What the driver said, with the place but nothing else of the address: it holds a password."""
    said = " ".join(str(error.orig).split()).rstrip(".")
    where = (
        "who may read and write there" if sqlite_path(engine.url) else "whether the server is up"
    )
    return CannotOpen(
        f"{_name(engine.url)} cannot be used: {said}. Check DATABASE_URL, and {where}."
    )


def _name(url: URL) -> str:
    """How a person knows the database."""
    if path := sqlite_path(url):
        return f"The database {path}"
    host = url.host or url.query.get("host") or "the usual host"
    place = host if isinstance(host, str) else ", ".join(host)
    return f'The database "{url.database or url.username or ""}" on {place}'


def current_version(connection: Connection) -> str | None:
    """The newest migration that has run here."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar_one_or_none()
    return version


def is_behind(url: str) -> bool:
    """Whether an embedded database has to be made or migrated before it is opened.

    Looks without SQLAlchemy, so that a start does not connect twice.
    """
    path = sqlite_path(parse_url(url))
    if path is None:
        return False
    try:
        if not path.exists():
            return True
    except OSError as error:
        raise unusable(path, error) from None
    try:
        with closing(sqlite3.connect(path)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:  # no such table, or in use: the next step says which
        return True
    except sqlite3.DatabaseError as error:
        raise CannotOpen(f"The database {path} cannot be used: {error}") from None
    return row is None or row[0] < HEAD


def check_version(version: str | None) -> None:
    refuse_newer(version)
    if version is None:
        raise CannotOpen("The database has no tables yet. Run `soundings migrate` first.")
    if version != HEAD:
        raise CannotOpen("The database is older than this program. Run `soundings migrate` first.")


def refuse_newer(version: str | None) -> None:
    if version is not None and version > HEAD:
        raise CannotOpen(
            f"The database was made by a newer version of Soundings (it is at {version}, this "
            f"program knows {HEAD}). Install the newer version, or restore a backup from before."
        )


def scrub(engine: Engine) -> bool:
    """Empty SQLite's write-ahead log of what was deleted; False if it has to be tried again.

    Deleted pages are overwritten (`secure_delete`), but the log still holds them as they were, and
    a reader at work may still need it.
    """
    # Not through a Connection: that would begin a transaction, in which there is no checkpoint.
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        # Nobody who writes shall wait for a reader.
        cursor.execute("PRAGMA busy_timeout = 0")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        row: Any = cursor.fetchone()
        busy: bool = row[0]
        cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        cursor.close()
    finally:
        connection.close()
    return not busy


def _check_secret(session: Session) -> None:
    """The first start leaves a proof of its secret; every later one has to open it."""
    session.execute(
        session.insert(proof).on_conflict_do_nothing(),
        {"id": 1, "sealed": session.vault.proof()},
    )
    if not session.vault.fits(session.execute(select(proof.c.sealed)).scalar_one()):
        raise CannotOpen(
            "The secret is not the one that this database was made with. Set "
            "SOUNDINGS_SECRET_KEY to the old one, or bring the `.key` file back beside it."
        )


def _prepare_sqlite_writer(connection: sqlite3.Connection, _: Any) -> None:
    _prepare_sqlite(
        connection,
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
    )


def _prepare_sqlite_reader(connection: sqlite3.Connection, _: Any) -> None:
    _prepare_sqlite(connection, "query_only = ON")


def _prepare_sqlite(connection: sqlite3.Connection, *pragmas: str) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    for pragma in (f"busy_timeout = {_BUSY_MILLISECONDS}", *pragmas):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_with(engine: Engine, words: str) -> None:
    """What starts a transaction: the driver would not before something is changed."""
    begin = Prepared(text(words), engine.dialect)
    event.listen(engine, "begin", lambda connection: begin.rows(connection, {}))


def _prepare_postgresql_reader(connection: Any, _: Any) -> None:
    import psycopg  # only where it is the driver: it takes long to import

    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ


_WRONG_URL = (
    "DATABASE_URL is neither sqlite:///path/to/file nor postgresql://user:password@host/name."
)
_WRONG_QUERY = 'what follows the "?" in DATABASE_URL is not understood. Mend it, or leave it out.'
