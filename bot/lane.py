"""One run of one lane: claim, compose, send, settle, until nothing is due."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.conversation.card import Card
from bot.conversation.events import Actor
from bot.outcomes import Compose, Composed, Outcome, Postpone, Row, Skip, message_key, record
from bot.pacing import Bucket, retry_after
from bot.ports import (
    Clock,
    Delivery,
    InDoubt,
    Lane,
    Later,
    Platform,
    Rate,
    Refused,
    Sent,
    Store,
    Tx,
)

logger = logging.getLogger(__name__)

UNREACHABLE = "cannot be reached"

# So many sends in doubt in a row mean that the platform is in trouble: the lane waits, because
# where a platform cannot say what has arrived, every further one may be lost.
DOUBTS = 5
TROUBLE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds, but for `in_flight`: how many messages one lane sends at once."""

    fresh: float = 3.0  # an older claim is not sent: its owner may have been frozen
    send: float = 10.0  # the longest that one call of the platform may take, all in all
    margin: float = 2.0  # after both of these a claim may be resolved by another owner
    run: float = 90.0  # then a run ends, so that a lane can move to another process
    ahead: float = 0.25  # how long before a message may start its row is claimed
    group: float = 0.05  # sends that end within this share one commit
    in_flight: int = 64

    @property
    def lease(self) -> timedelta:
        """How long a claimed row belongs to the owner who claimed it."""
        return timedelta(seconds=self.fresh + self.send + self.margin)


STANDARD = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What the runs of all lanes work with."""

    store: Store
    clock: Clock
    compose: Compose
    limits: Limits


class Run:
    """One owner's time with a lane. `bucket` is how fast it may go on, also afterwards."""

    def __init__(
        self,
        means: Means,
        lane: Lane,
        token: str,
        platform: Platform,
        bucket: Bucket,
        stopping: asyncio.Event,
    ) -> None:
        self.bucket = bucket
        self._store = means.store
        self._clock = means.clock
        self._compose = means.compose
        self._limits = means.limits
        self._lane = lane
        self._token = token
        self._platform = platform
        self._stopping = stopping
        self._seconds = asyncio.get_running_loop().time
        self._ends_at = self._seconds() + self._limits.run
        self._sending: dict[asyncio.Task[Outcome], Delivery] = {}
        self._results: list[tuple[Delivery, Outcome]] = []
        self._dry = False
        self._doubts = 0
        self._doubt_ends: datetime | None = None
        self._paused_until: datetime | None = None

    async def to_the_end(self) -> timedelta | None:
        """Send until nothing is due; returns after how long the lane has work again, if known.

        A message keeps its place among those in flight until its outcome is committed: that
        bounds how many are in doubt if this process dies.
        """
        stop = asyncio.create_task(self._stopping.wait())
        try:
            while True:
                room = self._room()
                if room or self._results:
                    await self._turn(room)
                if self._results:
                    continue
                if not self._sending and (self._dry or self._closing):
                    return self._again()
                await self._wait(stop)
        finally:
            stop.cancel()
            for task in self._sending:
                task.cancel()
            await asyncio.gather(stop, *self._sending, return_exceptions=True)

    @property
    def _closing(self) -> bool:
        over = self._seconds() >= self._ends_at
        return over or self._stopping.is_set() or self._paused_until is not None

    def _room(self) -> int:
        if self._closing:
            return 0
        soon = self.bucket.within(self._seconds(), self._limits.ahead)
        return min(soon, self._limits.in_flight - len(self._sending))

    async def _turn(self, room: int) -> None:
        """One commit: settle what has ended, and claim as many as there is room for."""
        now, claimed_at = self._clock.now(), self._seconds()
        results, self._results = self._results, []
        rate = Rate(self.bucket.per_second, self._lane.rate.burst)

        def work(tx: Tx) -> tuple[Row, ...]:
            record(tx, results, now)
            if self._paused_until is not None:
                tx.lanes.pause(self._lane.id, self._paused_until, rate)
            if not room:
                return ()
            return tx.lanes.claim(self._lane.id, self._token, now, self._limits.lease, room)

        claimed = await self._store.write(work)
        if room:
            self._dry = len(claimed) < room
        if not claimed:
            return
        # Composed outside of the write, because all of the process waits for that.
        rows = await self._store.read(
            lambda tx: [(row, to, self._composed(tx, row, now)) for row, to in claimed]
        )
        for delivery, to, composed in rows:
            if not isinstance(composed, Card):
                self._results.append((delivery, composed))
            elif to is None:
                self._results.append((delivery, Refused(UNREACHABLE)))
            else:
                start, self.bucket = self.bucket.reserve(self._seconds())
                send = self._send(delivery, to, composed, start, claimed_at)
                self._sending[asyncio.create_task(send)] = delivery

    def _composed(self, tx: Tx, delivery: Delivery, now: datetime) -> Composed:
        try:
            return self._compose(tx, delivery, now)
        except Exception as error:  # noqa: BLE001 one broken message must not hold up the others
            log_fault("compose_failed", self._lane.id, error)
            return Postpone(now + retry_after(delivery.attempt + 1))

    async def _send(
        self, delivery: Delivery, to: Actor, card: Card, start: float, claimed_at: float
    ) -> Outcome:
        if (wait := start - self._seconds()) > 0:
            await asyncio.sleep(wait)
        stale = self._seconds() - claimed_at > self._limits.fresh
        if stale or self._paused_until is not None:
            return Postpone(self._clock.now())
        try:
            async with asyncio.timeout(self._limits.send):
                return await self._platform.send(to, card, message_key(delivery))
        except Exception as error:  # noqa: BLE001 whatever a platform does, the lane goes on
            log_fault("send_failed", self._lane.id, error)
            return InDoubt(type(error).__name__)

    async def _wait(self, stop: asyncio.Task[bool]) -> None:
        """Until a message has ended or may start, or the run has to end; takes what has ended."""
        timeout: float | None = None
        if not self._closing and not self._dry and len(self._sending) < self._limits.in_flight:
            now = self._seconds()
            claim_at = self.bucket.start(now) - self._limits.ahead
            timeout = max(0.0, min(claim_at, self._ends_at) - now)
        watched = {*self._sending} if self._stopping.is_set() else {*self._sending, stop}
        done, _ = await asyncio.wait(watched, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        if not done.isdisjoint(self._sending):
            await asyncio.wait(self._sending, timeout=self._limits.group)
        for task in [task for task in self._sending if task.done()]:
            outcome = InDoubt("cancelled") if task.cancelled() else task.result()
            self._note(outcome)
            self._results.append((self._sending.pop(task), outcome))

    def _note(self, outcome: Outcome) -> None:
        match outcome:
            case Later(after=after):
                if self._paused_until is None:
                    self.bucket = self.bucket.slowed(self._seconds())
                self._pause(after)
            case InDoubt():
                self._doubts += 1
                self._doubt_ends = self._clock.now() + self._limits.lease
                if self._doubts >= DOUBTS:
                    self._pause(TROUBLE)
            case Sent() | Refused():
                self._doubts = 0
            case Skip() | Postpone():
                pass

    def _pause(self, wait: timedelta) -> None:
        until = self._clock.now() + wait
        if self._paused_until is None:
            extra = {"action": "lane_paused", "lane": self._lane.id}
            logger.info("A lane waits for its platform", extra=extra)
            self._paused_until = until
        self._paused_until = max(self._paused_until, until)

    def _again(self) -> timedelta | None:
        if not self._dry and self._paused_until is None:
            return timedelta()
        moments = [m for m in (self._paused_until, self._doubt_ends) if m is not None]
        return max(min(moments) - self._clock.now(), timedelta()) if moments else None


def log_fault(action: str, lane_id: str, error: Exception) -> None:
    """Log the class alone: a message could quote what was being sent, or to whom."""
    extra = {"action": action, "lane": lane_id, "error": type(error).__name__}
    logger.warning("A fault on the way to a platform", extra=extra)
