"""The calls that follow an answer, made patiently: whoever acted waits for what they show."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

import aiohttp
from slack_sdk.errors import SlackApiError

from adapters.slack.outcomes import Failed, refused
from adapters.slack.replies import RESPOND, Call
from bot.ports import InDoubt, Later, Refused

log = logging.getLogger(__name__)

# Done twice these do no more than once; a trigger opens one form, however often it is shown.
HARMLESS = frozenset({"chat.update", "views.open", "views.publish", "views.push", "views.update"})
MOST_PATIENCE = 120.0  # seconds in all; Slack counts its limits by the minute
TRIGGER_SECONDS = 3.0  # for which a trigger opens a form
TRIES = 3  # where it is not known what became of a call
PAUSE = 1.0  # seconds before another try, longer each time
OPENED = "exchanged_trigger_id"  # it was used before, and by nobody but us
TOO_LATE = "expired_trigger_id"


class Platform(Protocol):
    """What is needed of the platform."""

    async def token(self, workspace: str) -> str | None: ...
    def call(self, token: str, method: str, body: Mapping[str, Any]) -> Awaitable[Any]: ...
    async def respond(self, url: str, body: Mapping[str, Any]) -> Failed | None: ...


def is_harmless(call: Call) -> bool:
    """Whether it may be made again though it may have been done."""
    return call.method in HARMLESS or bool(call.body.get("replace_original"))


def pause(
    call: Call, failure: Failed, tries: int, seconds: float, chance: float = 0.0
) -> float | None:
    """How long to wait before the next try; None where there is none.

    `tries` were made, `seconds` since the first one began.
    """
    match failure.outcome:
        case Later(after=after):
            wait = after.total_seconds()
        case InDoubt() if is_harmless(call) and tries < TRIES:
            wait = 0.0
        case _:
            return None
    # By chance, so that those who were refused together do not come back together.
    wait += tries * PAUSE * chance
    patience = TRIGGER_SECONDS if "trigger_id" in call.body else MOST_PATIENCE
    return wait if seconds + wait < patience else None


def is_missed(failure: Failed) -> bool:
    """Whether Slack had no time for it, rather than would not do it."""
    return failure.word == TOO_LATE or not isinstance(failure.outcome, Refused)


class Following:
    """Makes calls one after the other, each until it succeeds, or it is no use any more."""

    def __init__(self, platform: Platform, chance: Callable[[], float] = random.random) -> None:
        self._platform = platform
        self._chance = chance
        self._newest: dict[tuple[str, str], Call] = {}

    async def make(self, workspace: str, calls: Sequence[Call]) -> None:
        """In order; what fails is logged by its class."""
        for call in calls:
            failure = await self._patiently(workspace, call)
            if failure is not None:
                log_failure(call.method, failure.why)
                if is_missed(failure):
                    await self.make(workspace, call.otherwise)

    async def _patiently(self, workspace: str, call: Call) -> Failed | None:
        place = workspace, call.replaces
        if call.replaces:
            self._newest[place] = call
        seconds = asyncio.get_running_loop().time
        began, tries = seconds(), 0
        try:
            while (failure := await self._once(workspace, call)) is not None:
                tries += 1
                if tries > 1 and failure.word == OPENED:
                    return None
                wait = pause(call, failure, tries, seconds() - began, self._chance())
                if wait is None:
                    return failure
                await asyncio.sleep(wait)
                if call.replaces and self._newest.get(place) is not call:
                    return None  # a newer one stands there by now
            return None
        except asyncio.CancelledError:
            log_failure(call.method, "the process was stopped")
            raise
        finally:
            if self._newest.get(place) is call:
                del self._newest[place]

    async def _once(self, workspace: str, call: Call) -> Failed | None:
        try:
            if call.method == RESPOND:
                return await self._platform.respond(call.url, call.body)
            token = await self._platform.token(workspace)
            if token is not None:
                await self._platform.call(token, call.method, call.body)
        except SlackApiError as error:
            return refused(error)
        except aiohttp.ClientConnectorError as error:
            # No connection was made, so nothing was sent.
            return Failed(Later(timedelta(seconds=PAUSE)), type(error).__name__)
        except (aiohttp.ClientError, TimeoutError) as error:
            return Failed(InDoubt(type(error).__name__), type(error).__name__)
        return None


def log_failure(method: str, error: str) -> None:
    extra = {"action": "slack_call_failed", "method": method, "error": error}
    log.warning("A reply did not reach Slack", extra=extra)
