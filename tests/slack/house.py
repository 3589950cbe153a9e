"""A stand-in with a clock that is moved by hand, one workspace and one person."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.records import User, Workspace
from tests.slack.server import StandIn
from tests.slack.world import World

BLOCKS: list[dict[str, Any]] = [{"type": "section", "text": {"type": "mrkdwn", "text": "*Hello*"}}]
MODAL: dict[str, Any] = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "A form"},
    "blocks": BLOCKS,
}
HOME: dict[str, Any] = {"type": "home", "blocks": BLOCKS}
METADATA = {"event_type": "delivery", "event_payload": {"key": "k1"}}


class House:
    """A stand-in with a clock that is moved by hand, one workspace and one person."""

    def __init__(self) -> None:
        self.moment = 1_930_000_000.0
        self.world = World(now=lambda: self.moment)
        self.workspace: Workspace = self.world.add_workspace()
        self.dana: User = self.workspace.add_user("Dana Moss", tz="Europe/Berlin", locale="de-DE")
        self.slack = StandIn(self.world)

    def client(self, token: str | None = None, **more: Any) -> AsyncWebClient:
        return AsyncWebClient(
            token=token or self.workspace.token, base_url=self.slack.base_url, **more
        )

    @property
    def im(self) -> str:
        return self.workspace.im(self.dana.id).id


async def refusal(call: Awaitable[Any]) -> str:
    """The error with which Slack refuses a call."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])
