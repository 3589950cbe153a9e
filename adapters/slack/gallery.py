"""Charts as uploaded pictures: each is drawn and uploaded once for a workspace."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Protocol

import aiohttp
from slack_sdk.errors import SlackApiError

from adapters.pictures import draw
from bot.conversation.card import Chart

log = logging.getLogger(__name__)

MOST = 512  # pictures remembered; results go out to everyone within minutes
READY = 2.0  # seconds until a message may show a picture that was just uploaded


class Calls(Protocol):
    """What the gallery needs of the platform."""

    def call(self, token: str, method: str, body: Mapping[str, Any]) -> Awaitable[Any]: ...
    def ask(self, token: str, method: str, about: Mapping[str, Any]) -> Awaitable[Any]: ...
    def upload(self, url: str, data: bytes) -> Awaitable[int]: ...


class Gallery:
    """Remembers which picture of which workspace shows which chart."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._shown: dict[tuple[str, Chart], asyncio.Task[str]] = {}

    async def pictures(self, workspace: str, token: str, charts: Sequence[Chart]) -> list[str]:
        """The file of each chart, in order; none at all where one of them cannot be uploaded."""
        tasks = [self._task(workspace, token, chart) for chart in charts]
        try:
            # Shielded: whoever waits too long for a picture must not take it from all others.
            return list(await asyncio.shield(asyncio.gather(*tasks)))
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            for chart in charts:
                self._shown.pop((workspace, chart), None)
            extra = {"action": "slack_picture_failed", "error": type(error).__name__}
            log.warning("A chart could not be uploaded to Slack", extra=extra)
            return []

    def _task(self, workspace: str, token: str, chart: Chart) -> asyncio.Task[str]:
        place = workspace, chart
        if place not in self._shown:
            if len(self._shown) >= MOST:
                del self._shown[next(iter(self._shown))]
            self._shown[place] = asyncio.create_task(self._add(token, chart))
        return self._shown[place]

    async def _add(self, token: str, chart: Chart) -> str:
        """Draw and upload one picture. Raises SlackApiError and aiohttp's errors."""
        data = await asyncio.to_thread(draw, chart)
        about = {"filename": "results.png", "length": len(data), "alt_txt": chart.alt[:1000]}
        found = await self._calls.ask(token, "files.getUploadURLExternal", about)
        file = str(found["file_id"])
        status = await self._calls.upload(found["upload_url"], data)
        if status != 200:
            raise aiohttp.ClientError(f"status {status}")
        done = {"files": [{"id": file, "title": chart.title}]}
        await self._calls.call(token, "files.completeUploadExternal", done)
        await asyncio.sleep(READY)
        return file
