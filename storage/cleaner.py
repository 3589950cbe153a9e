"""Clears what was deleted out of PostgreSQL's files, beside the writer: it may take long."""

from __future__ import annotations

import logging
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from sqlalchemy import NullPool, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

_log = logging.getLogger(__name__)

# By then the transactions that could still see what was deleted have ended, but for long ones.
SETTLE_SECONDS = 1.0
AGAIN_SECONDS = 10.0

# All that an erased person, an ended round or the housekeeping leaves dead rows in. The server
# itself does not look at tables as small as some of these for weeks.
_TABLES = (
    "answer",
    "claim",
    "delivery",
    "draft",
    "identity",
    "inbound",
    "installation",
    "invitation",
    "membership",
    "person",
    "reference",
    "respondent",
)


class Cleaner:
    """Its thread starts with the first wish; `stop` grants one that is still open."""

    def __init__(self, address: URL) -> None:
        # A connection of its own each time: what is set for it ends with it.
        self._engine = create_engine(
            address, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True
        )
        self._wishes: SimpleQueue[bool] = SimpleQueue()
        self._thread: Thread | None = None

    def soon(self) -> None:
        """Something was deleted that no file may keep. Wishes of one moment are granted once."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="soundings-cleaner")
            self._thread.start()
        self._wishes.put(True)

    def stop(self) -> None:
        if self._thread is not None:
            self._wishes.put(False)
            self._thread.join()

    def _run(self) -> None:
        while self._wishes.get():
            stopping = self._pause(SETTLE_SECONDS)
            while not self._clear() and not stopping:
                stopping = self._pause(AGAIN_SECONDS)
            if stopping:
                return

    def _pause(self, seconds: float) -> bool:
        """Gather the wishes of a while; True once there will be no more."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            try:
                if not self._wishes.get(timeout=left):
                    return True
            except Empty:
                break
        return False

    def _clear(self) -> bool:
        """The small table of keys is rewritten as a whole: elsewhere bytes may stay in a page."""
        try:
            with self._engine.connect() as connection:
                # Whoever waits for the table of keys holds up all answers behind it.
                connection.exec_driver_sql("SET lock_timeout = '200ms'")
                for table in _TABLES:
                    connection.exec_driver_sql(f"VACUUM {table}")
                connection.exec_driver_sql("VACUUM (FULL) round_key")
        except DBAPIError as error:
            report(error)
            return False
        return True


def report(error: Exception) -> None:
    """Only the class: a message could quote a row."""
    _log.warning(
        "What was deleted could not be cleared from the disk yet",
        extra={"action": "clean_up", "error": type(error).__name__},
    )
