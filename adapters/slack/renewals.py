"""Renewals of tokens that are under way: one for each workspace, however many wait for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import partial
from typing import Any

from slack_sdk.oauth.installation_store import Installation

log = logging.getLogger(__name__)

Renew = Callable[[], Coroutine[Any, Any, Installation | None]]


class Renewals:
    """Each is a task of its own: Slack takes a refresh token once, so what it gives must be kept.

    Whoever gives up waiting does not end it, and a slow workspace holds up no other.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[Installation | None]] = {}

    async def of(self, workspace: str, renew: Renew) -> Installation | None:
        """What the renewal under way brings; a new one where there is none. Raises as `renew`."""
        task = self._tasks.get(workspace)
        if task is None:
            task = self._tasks[workspace] = asyncio.create_task(renew())
            task.add_done_callback(partial(self._ended, workspace))
        return await asyncio.shield(task)

    async def drain(self, grace: timedelta) -> None:
        """Finish what is being renewed, at most for `grace`."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(tuple(self._tasks.values()), timeout=grace.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _ended(self, workspace: str, task: asyncio.Task[Installation | None]) -> None:
        del self._tasks[workspace]
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is not None:  # perhaps nobody waits any more who could say so
            extra = {
                "action": "slack_renewal_lost",
                "workspace": workspace,
                "error": type(error).__name__,
            }
            log.error(
                "A new token of Slack may be lost. If messages stop there in some hours, "
                "install the app again.",
                extra=extra,
            )
