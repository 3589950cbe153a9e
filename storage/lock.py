"""One process for what only one may do, held by locks that are dropped when the process dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from sqlalchemy import NullPool, create_engine
from sqlalchemy.engine import URL

from storage.errors import CannotOpen, unusable

# The advisory locks of one database share their numbers with nobody but whoever uses it.
_RUNNING = int.from_bytes(b"Sounding")


class ProcessLock:
    """On an SQLite file, from its making until `release`.

    Raises CannotOpen where another process holds it.

    The file stays behind: removing it would let two processes lock two files of one name.
    """

    def __init__(self, database: Path) -> None:
        path = database.with_name(database.name + ".lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise unusable(path, error) from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise CannotOpen(
                f"Another Soundings process uses {database}. Stop it first, or point DATABASE_URL "
                "to another file. To run several processes, use PostgreSQL."
            ) from None

    def release(self) -> None:
        os.close(self._descriptor)


class RunningLock:
    """On a PostgreSQL database, from its making until `release`: a connection that does nothing.

    The server drops it with the connection. Raises CannotOpen where another process holds it.
    """

    def __init__(self, address: URL) -> None:
        engine = create_engine(
            address, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True
        )
        self._connection = engine.connect()
        query = f"SELECT pg_try_advisory_lock({_RUNNING})"
        if not self._connection.exec_driver_sql(query).scalar_one():
            self._connection.close()
            raise CannotOpen(
                f"Another Soundings process runs on {address.render_as_string()}. Stop it first, "
                "or point DATABASE_URL to another database."
            )

    def release(self) -> None:
        self._connection.close()
