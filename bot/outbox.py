"""The one place that sends. A lane has one owner at a time, who takes it and runs it.

No platform offers "exactly once". A message is sent at most once for each claim, and a claim
whose end is not known is resolved by asking the platform, never by sending again blindly.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta

from bot.conversation.events import Actor
from bot.lane import STANDARD, Limits, Means, Run, log_fault
from bot.outcomes import Compose, Outcome, Postpone, Row, message_key, record
from bot.pacing import Bucket, filled, retry_after
from bot.ports import Clock, Delivery, Lane, Platform, Refused, Sent, Store, Trace, Tx

logger = logging.getLogger(__name__)

PERHAPS = "perhaps not received"


class Outbox:
    """Sends what is due. Its buckets outlive a run: a lane woken often sends no faster."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        platforms: Mapping[str, Platform],
        compose: Compose,
        limits: Limits = STANDARD,
    ) -> None:
        self._means = Means(store=store, clock=clock, compose=compose, limits=limits)
        self._platforms = platforms
        self._buckets: dict[str, Bucket] = {}

    async def unfinished(self) -> tuple[str, ...]:
        """Lanes in which an earlier process may have left work."""
        # By then the lease of everything that it was sending has run out.
        moment = self._means.clock.now() + self._means.limits.lease
        return await self._means.store.read(lambda tx: tx.agenda.lanes_due(moment))

    async def run_lane(
        self, lane_id: str, first: bool, stopping: asyncio.Event
    ) -> timedelta | None:
        """Send what is due; returns after how long the lane has work again, if known.

        `first`: this process has not sent in the lane and no other one is running, so every
        `sending` row is in doubt, whatever its lease says. `stopping` ends the run as soon as
        what is being sent is settled.
        """
        taken = await self._take(lane_id, first)
        if taken is None:
            return None
        lane, token, doubtful = taken
        now = self._means.clock.now()
        if lane.paused_until is not None and lane.paused_until > now:
            return lane.paused_until - now
        platform = self._platforms.get(lane.platform)
        if platform is None:
            extra = {"action": "platform_missing", "lane": lane_id}
            logger.warning("A lane waits for a platform that is switched off", extra=extra)
            return None
        await self._resolve(platform, doubtful, stopping)
        seconds = asyncio.get_running_loop().time()
        bucket = self._buckets.get(lane_id) or filled(platform.rate, lane.rate, seconds)
        run = Run(self._means, lane, token, platform, bucket, stopping)
        try:
            return await run.to_the_end()
        finally:
            self._buckets[lane_id] = run.bucket

    async def _take(self, lane_id: str, first: bool) -> tuple[Lane, str, tuple[Row, ...]] | None:
        now = self._means.clock.now()

        def work(tx: Tx) -> tuple[Lane, str, tuple[Row, ...]] | None:
            token = tx.new_id()
            lane = tx.lanes.take(lane_id, token)
            if lane is None:
                return None
            return lane, token, tx.lanes.doubtful(lane_id, now, first)

        return await self._means.store.write(work)

    async def _resolve(
        self, platform: Platform, doubtful: Iterable[Row], stopping: asyncio.Event
    ) -> None:
        """Ask the platform about rows in doubt; while it cannot be asked, they wait."""
        clock = self._means.clock
        results: list[tuple[Delivery, Outcome]] = []
        for delivery, to in doubtful:
            if stopping.is_set():
                break
            match await self._find(platform, delivery, to):
                case Sent() as sent:
                    results.append((delivery, sent))
                case Trace.ABSENT:
                    due_at = clock.now() + retry_after(delivery.attempt)
                    results.append((delivery, Postpone(due_at)))
                case Trace.UNKNOWN:
                    results.append((delivery, Refused(PERHAPS)))
                case None:
                    pass
        if results:
            now = clock.now()
            await self._means.store.write(lambda tx: record(tx, results, now))

    async def _find(
        self, platform: Platform, delivery: Delivery, to: Actor | None
    ) -> Sent | Trace | None:
        if to is None:
            return Trace.UNKNOWN
        try:
            async with asyncio.timeout(self._means.limits.send):
                return await platform.find(to, message_key(delivery))
        except Exception as error:  # noqa: BLE001 whatever a platform does, the lane goes on
            log_fault("find_failed", delivery.lane_id, error)
            return None
