"""The store: opens a database, writes in groups, reads in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from bot.ports import Tx
from storage.database import (
    READERS,
    check,
    parse_url,
    reading_engine,
    sqlite_path,
    writing_engine,
)
from storage.errors import Closed
from storage.failures import plain
from storage.lock import ProcessLock, RunningLock
from storage.older import bring_up
from storage.session import Session
from storage.tx import SqlTx
from storage.vault import Vault
from storage.writer import Writer

T = TypeVar("T")


def open_store(url: str, vault: Vault) -> SqlStore:
    """Open a migrated database: `sqlite:///path` or `postgresql://...`.

    Raises CannotOpen where the address is of another kind, another process holds the SQLite
    file, the schema is not this version's, or the vault's secret is not the database's.
    """
    address = parse_url(url)
    path = sqlite_path(address)
    lock = ProcessLock(path) if path else None
    writing = writing_engine(address)
    try:
        check(writing, vault)
        bring_up(writing, vault)
    except BaseException:
        writing.dispose()
        if lock:
            lock.release()
        raise
    return SqlStore(writing, reading_engine(address), vault, lock)


class SqlStore:
    """Implements `bot.ports.Store`. Made by `open_store`; to be closed."""

    def __init__(
        self, writing: Engine, reading: Engine, vault: Vault, lock: ProcessLock | None
    ) -> None:
        self._engines = (writing, reading)
        self._reading = reading
        self._vault = vault
        self._locks: list[ProcessLock | RunningLock] = [lock] if lock else []
        self._closed = False
        self._writer = Writer(writing, vault)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="soundings-reader")

    def stay_alone(self) -> None:
        """Be the only process that runs on this database, until it is closed.

        Others may still open it for one transaction, such as an import; not on SQLite, where
        whoever has opened the file is alone. Raises CannotOpen where another process runs.
        """
        address = self._reading.url
        if not sqlite_path(address):
            self._locks.append(RunningLock(address))

    async def write(self, work: Callable[[Tx], T], *, brief: bool = False) -> T:
        """As the port says. Raises what the work raises, Closed, or NotStored.

        Cancelling the caller does not take the work back: it may already be committed.
        """
        if self._closed:
            raise Closed("the store was closed")
        return await self._writer.submit(work, brief=brief)

    async def read(self, work: Callable[[Tx], T]) -> T:
        """As the port says. Raises what the work raises, Closed, or NotStored for a write."""
        if self._closed:
            raise Closed("the store was closed")
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def close(self) -> None:
        """Finish what was asked for, then let go of the database."""
        if not self._closed:
            self._closed = True
            await asyncio.to_thread(self._finish)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def _read(self, work: Callable[[Tx], T]) -> T:
        try:
            with self._reading.begin() as connection:
                session = Session(connection, self._vault, writing=False)
                result = work(SqlTx(session))
                session.flush()  # an answer is refused here like every other write
                return result
        except (DBAPIError, StopIteration) as error:
            raise plain(error) from None

    def _finish(self) -> None:
        self._writer.stop()
        self._readers.shutdown()
        for engine in self._engines:
            engine.dispose()
        for lock in self._locks:
            lock.release()
