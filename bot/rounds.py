"""One tick: open what is due, close what is over, wake the lanes that have work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from bot.handlers.opening import close_now, notify_facilitators, open_now
from bot.ports import Clock, Engine, Store, Tx
from bot.pulse.opening import NotOpened
from bot.pulse.pulses import Pulse, PulseState
from bot.pulse.schedule import catch_up

logger = logging.getLogger(__name__)

T = TypeVar("T")

# A round that nothing opened in time may still open this late; later it is skipped.
GRACE = timedelta(hours=4)
# So few in one commit that an answer never waits long for its turn.
BATCH = 20


class Rounds:
    """Ticks may overlap, in one process or in many: the database says "once"."""

    def __init__(self, store: Store, engine: Engine, clock: Clock) -> None:
        self._store = store
        self._engine = engine
        self._clock = clock

    async def tick(self) -> bool:
        """Do all that is due now; returns whether anything was done, or is still to be sent."""
        now = self._clock.now()
        opened = await self._each(
            lambda tx: tx.agenda.pulses_due(now, BATCH), lambda pulse, tx: _advance(tx, pulse, now)
        )
        closed = await self._each(
            lambda tx: tx.agenda.rounds_to_close(now, BATCH),
            lambda round_, tx: close_now(tx, round_, now),
        )
        lanes = await self._store.read(lambda tx: tx.agenda.lanes_due(now))
        for lane_id in lanes:
            self._engine.wake(lane_id)
        return opened or closed or bool(lanes)

    async def tidy(self) -> None:
        """Forget what is no longer needed."""
        now = self._clock.now()
        await self._store.write(lambda tx: tx.agenda.tidy(now))

    async def _each(
        self, due: Callable[[Tx], tuple[T, ...]], work: Callable[[T, Tx], object]
    ) -> bool:
        """Work on all that is due, batch by batch; one that fails holds up no other."""
        done = False
        while batch := await self._store.read(due):
            jobs = (self._store.write(partial(work, item)) for item in batch)
            results = await asyncio.gather(*jobs, return_exceptions=True)
            failures = [result for result in results if isinstance(result, Exception)]
            for failure in failures:
                # Only the class: a message could quote what somebody typed.
                extra = {"action": "tick_failed", "error": type(failure).__name__}
                logger.error("Something due failed and is tried at the next tick", extra=extra)
            done = done or len(failures) < len(batch)
            if failures or len(batch) < BATCH:
                break
        return done


def _advance(tx: Tx, pulse: Pulse, now: datetime) -> None:
    tenant = tx.tenant(pulse.org_id)
    programme = tenant.programmes.hold(pulse.programme_id)
    current = tenant.pulses.hold(pulse.id)
    # Another process may have been faster, or have paused or stopped it.
    if current != pulse or programme is None or programme.paused:
        return
    if pulse.cadence is None or pulse.next_at is None:
        return
    turn = catch_up(pulse.cadence, programme.zone, pulse.next_at, now, GRACE, pulse.anchor)
    tenant.pulses.save(replace(pulse, next_at=turn.next_at))
    if turn.skipped:
        notify_facilitators(
            tx,
            programme,
            "missed",
            now,
            pulse=pulse.name,
            at=turn.skipped[-1].isoformat(),
            count=str(len(turn.skipped)),
        )
    if turn.opens is None:
        return
    result = open_now(tx, pulse, turn.opens, now)
    if isinstance(result, NotOpened):
        if result is NotOpened.ENDED:
            tenant.pulses.save(replace(pulse, state=PulseState.ENDED, next_at=None))
        notify_facilitators(
            tx,
            programme,
            "not-opened",
            now,
            pulse=pulse.name,
            at=turn.opens.isoformat(),
            reason=result.value,
        )
