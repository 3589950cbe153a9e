"""Group commit: one thread writes, and whoever waits at the same time shares one commit."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from bot.ports import Tx
from storage.cleaner import Cleaner, report
from storage.database import scrub, sqlite_path
from storage.failures import is_transient, plain
from storage.session import Recent, Session
from storage.tx import SqlTx
from storage.vault import Vault

T = TypeVar("T")

# A batch ends at the first of these; what still waits forms the next one.
MOST_JOBS = 256
MOST_SECONDS = 0.025

MOST_ATTEMPTS = 5

_CLEAN_UP_AGAIN_SECONDS = 1.0

# To change threads twice takes 0.1 ms: beside a slower disk that is nothing. Decision 0012.
_QUICK_SECONDS = 0.002
# So a slow disk holds up the event loop for a tenth of its time at most.
_REST_AFTER_SLOW = 10
# Where several came at the same time, more will.
_REST_AFTER_SHARED_SECONDS = 0.05


@dataclass(slots=True)
class _Job:
    work: Callable[[Tx], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class Writer:
    """Starts its thread when made; `stop` lets it finish what was submitted before."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._tx: SqlTx | None = None
        self._vault = vault
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        # Of whoever uses the connection: the thread, or a caller who need not wait for it.
        self._turn = Lock()
        self._handed = 0  # jobs to the thread
        self._done = 0  # of these, by the thread
        self._had_one = False  # in this turn of the event loop
        self._rest_until = 0.0
        self._stopping = False
        self._cleaner = None if sqlite_path(engine.url) else Cleaner(engine.url)
        # Whoever has opened the file of SQLite is alone; see `open_store`.
        self._recent: Recent | None = {} if sqlite_path(engine.url) else None
        # A process that was killed may have left in the log what it had deleted.
        self._to_scrub = self._cleaner is None
        self._thread = Thread(target=self._run, name="soundings-writer")
        self._thread.start()

    def submit(self, work: Callable[[Tx], T], *, brief: bool = False) -> asyncio.Future[T]:
        """The result, once it is durable. Cancelling the future does not stop the work.

        What is `brief` may be done before this returns.
        """
        loop = asyncio.get_running_loop()
        job = _Job(work, loop, loop.create_future())
        if not (brief and self._do_at_once(job)):
            self._handed += 1
            self._jobs.put(job)
        return job.future

    def _do_at_once(self, job: _Job) -> bool:
        """Whether it was done in this thread: only where no server is asked and nobody waits."""
        begun = monotonic()
        rests = self._to_scrub or self._had_one or begun < self._rest_until
        if self._recent is None or rests or self._handed != self._done:
            return False
        if not self._turn.acquire(blocking=False):
            return False
        try:
            job.error = self._transact([job], grow=False)
        finally:
            self._turn.release()
        ended = monotonic()
        if ended - begun > _QUICK_SECONDS:
            self._rest_until = ended + (ended - begun) * _REST_AFTER_SLOW
        # Whoever else comes in this turn came at the same time: they share a commit.
        self._had_one = True
        job.loop.call_soon(self._next_turn)
        if self._to_scrub:
            self.submit(_nothing)
        _resolve([job])
        return True

    def _next_turn(self) -> None:
        self._had_one = False

    def stop(self) -> None:
        """Blocks until everything is written."""
        self._jobs.put(None)
        self._thread.join()
        if self._cleaner is not None:
            self._cleaner.stop()

    def _run(self) -> None:
        with self._turn:
            self._clean_up()
        while not self._stopping:
            batch = self._wait()
            with self._turn:
                if batch:
                    self._write(batch)
                    self._tell(batch)
                    self._done += len(batch)
                if len(batch) > 1:
                    shared = monotonic() + _REST_AFTER_SHARED_SECONDS
                    self._rest_until = max(self._rest_until, shared)
                self._clean_up()
        with self._turn:
            self._let_go()

    def _wait(self) -> list[_Job]:
        """The first job of a batch; none at the end, or when it is time to clean up again."""
        pause = _CLEAN_UP_AGAIN_SECONDS if self._to_scrub else None
        try:
            job = self._jobs.get(timeout=pause)
        except Empty:
            return []
        self._stopping = job is None
        return [] if job is None else [job]

    def _write(self, batch: list[_Job]) -> None:
        """Write the first job and whatever else waits; if any of it fails, each one alone."""
        if self._transact(batch, grow=True) is None:
            return
        for job in batch:
            for _ in range(MOST_ATTEMPTS):
                job.error = self._transact([job], grow=False)
                if not is_transient(job.error):
                    break

    def _transact(self, jobs: list[_Job], grow: bool) -> BaseException | None:
        """Run the jobs in one transaction and commit; the error if nothing was kept."""
        try:
            tx = self._tx or self._connect()
            session = tx.session
            with session.connection.begin():
                until = monotonic() + MOST_SECONDS
                for job in self._growing(jobs, until) if grow else jobs:
                    job.result = job.work(tx)
                session.flush()
        except BaseException as error:  # noqa: BLE001  it goes to whoever waits for the job
            if self._recent is not None:  # it may hold what is now undone
                self._recent.clear()
            self._let_go()
            return error
        self._to_scrub |= session.scrub
        session.start_over()
        return None

    def _connect(self) -> SqlTx:
        """Kept for the transactions that follow: a new one takes as long as a click."""
        connection = self._engine.connect()
        self._tx = SqlTx(Session(connection, self._vault, writing=True, recent=self._recent))
        return self._tx

    def _let_go(self) -> None:
        """The next transaction has a connection of its own: this one may be broken."""
        if self._tx is not None:
            self._tx.session.connection.close()
            self._tx = None

    def _clean_up(self) -> None:
        """What the last commits left to do; whatever stops it, the next round tries again."""
        if not self._to_scrub:
            return
        if self._cleaner is not None:
            self._cleaner.soon()
            self._to_scrub = False
            return
        self._let_go()
        try:
            self._to_scrub = not scrub(self._engine)
        except (DBAPIError, sqlite3.Error) as error:
            report(error)

    def _growing(self, jobs: list[_Job], until: float) -> Iterable[_Job]:
        """The jobs, then those that wait, each added to `jobs` before it runs."""
        yield from tuple(jobs)
        while len(jobs) < MOST_JOBS and monotonic() < until:
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return
            if job is None:
                self._stopping = True
                return
            jobs.append(job)
            yield job

    def _tell(self, jobs: list[_Job]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
        for job in jobs:
            by_loop.setdefault(job.loop, []).append(job)
        for loop, told in by_loop.items():
            try:
                loop.call_soon_threadsafe(_resolve, told)
            except RuntimeError:
                # The loop is closed, so nobody waits any more. What was written stays.
                continue


def _nothing(_: Tx) -> None:
    """Wakes the thread, which then looks what there is to clean up."""


def _resolve(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future.cancelled():
            continue
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(plain(job.error))
