"""One process per SQLite database, held by a lock that the system drops when a process dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from storage.errors import CannotOpen


class ProcessLock:
    """Held from its making until `release`. Raises CannotOpen where another process holds it.

    The file stays behind: removing it would let two processes lock two files of one name.
    """

    def __init__(self, database: Path) -> None:
        path = database.with_name(database.name + ".lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise CannotOpen(f"{database} cannot be used: {error.strerror}.") from None
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
