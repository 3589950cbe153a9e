"""Brings a database to another version of the schema."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from storage.database import (
    cannot_connect,
    current_version,
    parse_url,
    refuse_newer,
    sqlite_path,
    writing_engine,
)
from storage.lock import ProcessLock


def upgrade(url: str) -> None:
    """Run every migration that has not run yet; all of them are kept, or none.

    Raises CannotOpen where another process uses the SQLite file or the database is newer.
    """
    _migrate(url, lambda config: command.upgrade(config, "head"))


def downgrade(url: str, to: str) -> None:
    """Go back to a version such as "0001", or to "base": an empty database."""
    _migrate(url, lambda config: command.downgrade(config, to))


def check(url: str) -> None:
    """Raises alembic's CommandError where tables and migrations do not agree."""
    _migrate(url, command.check)


def current(url: str) -> str | None:
    """The version that the database is at; None before the first migration."""
    found: list[str | None] = []
    _connected(url, lambda connection: found.append(current_version(connection)))
    return found[0]


def _migrate(url: str, run: Callable[[Config], None]) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))

    def migrate(connection: Connection) -> None:
        refuse_newer(current_version(connection))
        config.attributes["connection"] = connection
        run(config)

    path = sqlite_path(parse_url(url))
    lock = ProcessLock(path) if path else None
    try:
        _connected(url, migrate)
    finally:
        if lock:
            lock.release()


def _connected(url: str, work: Callable[[Connection], None]) -> None:
    engine = writing_engine(parse_url(url))
    try:
        with engine.begin() as connection:
            work(connection)
    except DBAPIError as error:
        raise cannot_connect(engine, error) from None
    finally:
        engine.dispose()
