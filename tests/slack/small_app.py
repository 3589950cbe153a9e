"""A small app on slack-bolt, against which the stand-in proves itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal

from aiohttp.test_utils import TestServer
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.delivery import Delivery
from tests.slack.records import Workspace
from tests.slack.server import StandIn

Way = Literal["http", "socket"]
Body = dict[str, Any]

PATH = "/slack/events"
BUTTON: Body = {
    "type": "button",
    "action_id": "press:yes",
    "value": "v1",
    "text": {"type": "plain_text", "text": "Yes"},
}
MENU: Body = {
    "type": "static_select",
    "action_id": "press:menu",
    "placeholder": {"type": "plain_text", "text": "Team"},
    "options": [{"text": {"type": "plain_text", "text": "Ward 4"}, "value": "w4"}],
}
CARD: list[Body] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "Ready?"}, "accessory": MENU},
    {"type": "actions", "block_id": "buttons", "elements": [BUTTON]},
]


def form(title: str = "A form") -> Body:
    words = {"type": "plain_text_input", "action_id": "a", "max_length": 20}
    ways = {"type": "radio_buttons", "action_id": "a", "options": MENU["options"]}
    return {
        "type": "modal",
        "callback_id": "form",
        "notify_on_close": True,
        "private_metadata": "kept",
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": [
            {
                "type": "input",
                "block_id": "words",
                "label": {"type": "plain_text", "text": "Your words"},
                "element": words,
            },
            {
                "type": "input",
                "block_id": "team",
                "optional": True,
                "label": {"type": "plain_text", "text": "Your team"},
                "element": ways,
            },
            {"type": "actions", "elements": [BUTTON]},
        ],
    }


class SmallApp:
    """Answers `/pulse`, presses, forms and events, and keeps what it has heard."""

    def __init__(self, slack: StandIn, workspace: Workspace) -> None:
        self.slack = slack
        self.client = AsyncWebClient(token=workspace.token, base_url=slack.base_url)
        self.heard: list[Body] = []
        self.retries: list[str] = []
        self.deaf_seconds = 0.0
        self.bolt = AsyncApp(client=self.client, signing_secret=slack.world.signing_secret)
        self.bolt.command("/pulse")(self.on_command)
        self.bolt.action("press:yes")(self.on_press)
        self.bolt.action("press:menu")(self.on_other)
        self.bolt.view_submission("form")(self.on_submission)
        self.bolt.view_closed("form")(self.on_other)
        for kind in EVENTS:
            self.bolt.event(kind)(self.on_event)

    @asynccontextmanager
    async def reached(self, way: Way) -> AsyncIterator[Delivery]:
        """The app runs; this is the way to it."""
        if way == "socket":
            handler = AsyncSocketModeHandler(
                self.bolt, self.slack.world.app_token, ping_interval=0.2
            )
            await handler.connect_async()  # type: ignore[no-untyped-call]
            await self.slack.sockets.connected()
            try:
                yield self.slack.delivery(way)
            finally:
                await handler.close_async()  # type: ignore[no-untyped-call]
        else:
            async with TestServer(self.bolt.web_app(PATH)) as server:
                yield self.slack.delivery(way, str(server.make_url(PATH)))

    async def on_command(self, body: Body, ack: AsyncAck, respond: AsyncRespond) -> None:
        self.heard.append(body)
        await asyncio.sleep(self.deaf_seconds)
        match body["text"]:
            case "form":
                await ack()
                await self.client.views_open(trigger_id=body["trigger_id"], view=form())
            case "ask":
                await ack()
                await self.client.chat_postMessage(
                    channel=body["user_id"], text="Ready?", blocks=CARD
                )
            case "quietly":
                await ack()
                await respond(text="Ready?", blocks=CARD)
            case text:
                await ack(f"Hello {text}")

    async def on_press(self, body: Body, ack: AsyncAck, respond: AsyncRespond) -> None:
        self.heard.append(body)
        await ack()
        if "view" in body:
            await self.client.views_update(
                view_id=body["view"]["id"], hash=body["view"]["hash"], view=form("Pressed")
            )
        elif body["container"]["is_ephemeral"]:
            await respond(text="Thank you", replace_original=True)
        else:
            place = body["container"]
            await self.client.chat_update(
                channel=place["channel_id"], ts=place["message_ts"], text="Thank you", blocks=[]
            )

    async def on_submission(self, body: Body, ack: AsyncAck) -> None:
        self.heard.append(body)
        match body["view"]["state"]["values"]["words"]["a"]["value"]:
            case "wrong":
                await ack(response_action="errors", errors={"words": "Say it better."})
            case "update":
                await ack(response_action="update", view=form("Updated"))
            case "push":
                await ack(response_action="push", view=form("Pushed"))
            case "clear":
                await ack(response_action="clear")
            case "broken":
                await ack(response_action="errors", errors={"nowhere": "?"})
            case _:
                await ack()

    async def on_other(self, body: Body, ack: AsyncAck) -> None:
        self.heard.append(body)
        await ack()

    async def on_event(self, body: Body, request: AsyncBoltRequest) -> None:
        self.heard.append(body)
        headers: Mapping[str, Any] = request.headers
        self.retries += headers.get("x-slack-retry-num", [])


EVENTS = (
    "app_home_opened",
    "app_uninstalled",
    "member_joined_channel",
    "member_left_channel",
    "message",
    "subteam_members_changed",
    "team_join",
    "tokens_revoked",
    "user_change",
)
