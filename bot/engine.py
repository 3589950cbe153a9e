"""The embedded engine: each lane that has work is one asyncio task of this process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

logger = logging.getLogger(__name__)

# (lane id, whether it is this process's first run of the lane, set when it must end soon)
# -> after how long the lane wants to be woken again.
RunLane = Callable[[str, bool, asyncio.Event], Awaitable[timedelta | None]]

RETRY = timedelta(seconds=5)


class LocalEngine:
    """Runs lanes as tasks: one at a time for each lane, all lanes side by side.

    It may be used only where this process is the only one that sends, because the first run of
    a lane treats everything that an earlier process left behind as in doubt.
    """

    def __init__(
        self, run_lane: RunLane, unfinished: Callable[[], Awaitable[Iterable[str]]]
    ) -> None:
        self._run_lane = run_lane
        self._unfinished = unfinished
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._woken: set[str] = set()
        self._seen: set[str] = set()
        self._stopping = asyncio.Event()

    def wake(self, lane_id: str) -> None:
        """Have the lane look for work now, or once more if it is just running."""
        if self._stopping.is_set():
            return
        if timer := self._timers.pop(lane_id, None):
            timer.cancel()
        self._woken.add(lane_id)
        if lane_id not in self._tasks:
            self._tasks[lane_id] = asyncio.create_task(self._keep_running(lane_id))

    async def start(self) -> None:
        """Wake every lane in which an earlier process left work."""
        for lane_id in await self._unfinished():
            self.wake(lane_id)

    async def stop(self, grace: timedelta) -> None:
        """Finish what is being sent, at most for `grace`; nothing can be woken after this."""
        self._stopping.set()
        if tasks := tuple(self._tasks.values()):
            _, late = await asyncio.wait(tasks, timeout=grace.total_seconds())
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def idle(self) -> None:
        """Wait until no lane is running or woken; a lane that waits for its moment is idle."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks.values()))

    async def _keep_running(self, lane_id: str) -> None:
        again: timedelta | None = None
        try:
            while lane_id in self._woken and not self._stopping.is_set():
                self._woken.discard(lane_id)
                again = await self._run_once(lane_id)
                if again is not None and again <= timedelta():
                    self._woken.add(lane_id)
        finally:
            del self._tasks[lane_id]
        if again is not None and not self._stopping.is_set():
            loop = asyncio.get_running_loop()
            self._timers[lane_id] = loop.call_later(again.total_seconds(), self.wake, lane_id)

    async def _run_once(self, lane_id: str) -> timedelta | None:
        first = lane_id not in self._seen
        self._seen.add(lane_id)
        try:
            return await self._run_lane(lane_id, first, self._stopping)
        except Exception as error:  # noqa: BLE001 a lane is never dead in silence: it is tried again
            # Only the class: a message could quote what was being sent.
            logger.error(
                "A lane failed and is tried again",
                extra={"action": "lane_failed", "lane": lane_id, "error": type(error).__name__},
            )
            return RETRY
