"""Slack as a platform: messages go out through one client of its Web API."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
import orjson
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.following import Following
from adapters.slack.gallery import Gallery
from adapters.slack.inbound import PLATFORM
from adapters.slack.limits import MAX_CHARTS
from adapters.slack.outcomes import (
    ACCOUNT_GONE,
    REFUSES_BLOCKS,
    WAIT_FOR_INSTALLATION,
    Failed,
    failed,
    refused,
    waiting_time,
)
from adapters.slack.render import Json, charts_of, render_messages
from adapters.slack.replies import Call
from bot.conversation.card import Card
from bot.conversation.events import Actor
from bot.ports import InDoubt, Later, Rate, Refused, SendOutcome, Sent, Trace


def quiet(name: str) -> logging.Logger:
    """A logger for the SDK, whose own lines below a warning quote whole messages and forms."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.WARNING)
    return logger


_SDK = quiet("slack_sdk")

# Slack promises about one message a second in a channel and "several hundred" a minute in all.
RATE = Rate(per_second=5, burst=10)
LOOK_BACK = 100  # messages of a chat that are looked through for one in doubt
DELIVERY = "soundings_delivery"  # the metadata type of a message that may be looked for
TIMEOUT = aiohttp.ClientTimeout(total=8)  # within what a lane allows a send
TRIES = 3  # of a call that only reads and that nobody is kept waiting by
PAUSE = 1.0  # seconds before another try, longer each time


class Tokens(Protocol):
    """Where the bot token of a workspace comes from."""

    async def token(self, workspace: str) -> str | None:
        """The token of a team or enterprise; None where the app is not installed."""
        ...


class Slack:
    """The `Platform` port. To be entered and left: it holds one pool of connections.

    `lost` is told of accounts that turn out to be gone.
    """

    name = PLATFORM
    rate = RATE

    def __init__(self, tokens: Tokens, api_url: str) -> None:
        self._tokens = tokens
        self._api_url = api_url
        api = urlsplit(api_url)
        self._api = (api.scheme, api.netloc)
        self._domain = f".{'.'.join((api.hostname or '').split('.')[-2:])}"
        self._session: aiohttp.ClientSession | None = None
        self.lost: Callable[[Actor], Awaitable[None]] | None = None
        self._without_charts: set[str] = set()  # workspaces that take no chart of Slack's own
        self._gallery = Gallery(self)
        self._following = Following(self)

    async def __aenter__(self) -> Slack:
        self._session = aiohttp.ClientSession(timeout=TIMEOUT, json_serialize=_json)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, to: Actor, card: Card, key: str) -> SendOutcome:
        """Post into the direct chat; the key travels as metadata, so that it can be found."""
        token = await self._tokens.token(to.workspace)
        if token is None:
            return Later(WAIT_FOR_INSTALLATION)
        outcome, error = await self._deliver(token, to, card, key)
        if error in ACCOUNT_GONE and self.lost is not None:
            await self.lost(to)
        return outcome

    async def find(self, to: Actor, key: str) -> Sent | Trace:
        """Look through the newest messages of the chat."""
        token = await self._tokens.token(to.workspace)
        if token is None:
            return Trace.UNKNOWN
        opened = await self.call(token, "conversations.open", {"users": to.user})
        chat = opened["channel"]["id"]
        history = await self.ask(
            token,
            "conversations.history",
            {"channel": chat, "limit": LOOK_BACK, "include_all_metadata": 1},
        )
        messages: list[dict[str, Any]] = history.get("messages", [])
        found = next((each for each in messages if _key(each) == key), None)
        return Trace.ABSENT if found is None else Sent(f"{chat}:{found['ts']}")

    async def upload(self, url: str, data: bytes) -> int:
        """Post a file's bytes where Slack wants them; returns the status. Raises aiohttp's."""
        if self._session is None:
            raise RuntimeError("the platform was not entered")
        async with self._session.post(url, data=data) as response:
            return response.status

    async def call(self, token: str, method: str, body: Mapping[str, Any]) -> AsyncSlackResponse:
        """One call that changes something. Raises SlackApiError and aiohttp's errors."""
        return await self._client(token).api_call(method, json=dict(body))

    async def ask(self, token: str, method: str, about: Mapping[str, Any]) -> AsyncSlackResponse:
        """One call that only reads: those take a form, and no JSON. Raises as `call` does.

        What it is about stays out of the address, which servers on the way may log.
        """
        return await self._client(token).api_call(method, data=dict(about))

    async def ask_patiently(
        self, token: str, method: str, about: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """As `ask`, again and again: when Slack allows it, and some times where it is broken.

        What is empty is left out.
        """
        said = {name: value for name, value in about.items() if value != ""}
        tries = 0
        while True:
            try:
                answer = await self.ask(token, method, said)
                return answer.data if isinstance(answer.data, dict) else {}
            except SlackApiError as error:
                if error.response.status_code == 429:
                    await asyncio.sleep(waiting_time(error.response.headers).total_seconds())
                    continue
                if error.response.status_code < 500 or tries >= TRIES - 1:
                    raise
            except (aiohttp.ClientError, TimeoutError):
                if tries >= TRIES - 1:
                    raise
            tries += 1
            await asyncio.sleep(tries * PAUSE)

    def _client(self, token: str) -> AsyncWebClient:
        # Without its own retries: a message that was cut off would be sent twice.
        return AsyncWebClient(
            token=token,
            base_url=self._api_url,
            session=self._session,
            retry_handlers=[],
            logger=_SDK,
        )

    async def follow_up(self, workspace: str, calls: list[Call]) -> None:
        """Make the calls that follow an answer, in order; what fails is logged by its class."""
        await self._following.make(workspace, calls)

    async def token(self, workspace: str) -> str | None:
        """The token of a team or enterprise; None where the app is not installed."""
        return await self._tokens.token(workspace)

    async def respond(self, url: str, body: Mapping[str, Any]) -> Failed | None:
        """Post to a response_url; None where it was taken. Raises aiohttp's errors."""
        if self._session is None or not self._is_slack(url):
            return Failed(Refused("foreign response_url"), "foreign response_url")
        async with self._session.post(url, json=dict(body)) as response:
            return None if response.status == 200 else failed(response.status, "", response.headers)

    def _is_slack(self, url: str) -> bool:
        """Whether a response_url is on Slack's own hosts, or on the stand-in's."""
        here = urlsplit(url)
        scheme, netloc = self._api
        same = here.netloc == netloc or (here.hostname or "").endswith(self._domain)
        return here.scheme == scheme and same

    async def _deliver(
        self, token: str, to: Actor, card: Card, key: str
    ) -> tuple[SendOutcome, str]:
        charts = charts_of(card)
        native = to.workspace not in self._without_charts and len(charts) <= MAX_CHARTS
        if native:
            outcome, error = await self._post(token, to.user, render_messages(card), key)
            if not charts or error not in REFUSES_BLOCKS:
                return outcome, error
            self._without_charts.add(to.workspace)
        pictures = await self._gallery.pictures(to.workspace, token, charts)
        if pictures:
            parts = render_messages(card, pictures)
            outcome, error = await self._post(token, to.user, parts, key)
            if error not in REFUSES_BLOCKS:
                return outcome, error
        # What a chart shows stands in words as well, and words always arrive.
        words = render_messages(card, native=False)
        return await self._post(token, to.user, words, key)

    async def _post(
        self, token: str, user: str, messages: Sequence[Json], key: str
    ) -> tuple[SendOutcome, str]:
        *parts, last = messages
        # The key goes with the last one: only then all of the card has arrived.
        last["metadata"] = {"event_type": DELIVERY, "event_payload": {"key": key}}
        quietly = {"channel": user, "unfurl_links": False, "unfurl_media": False}
        try:
            for part in parts:
                await self.call(token, "chat.postMessage", {**quietly, **part})
            response = await self.call(token, "chat.postMessage", {**quietly, **last})
        except SlackApiError as failure:
            given = refused(failure)
            return given.outcome, given.word
        except aiohttp.ClientConnectorError:
            # No connection was made, so nothing was sent.
            return Later(WAIT_FOR_INSTALLATION / 20), ""
        except (aiohttp.ClientError, TimeoutError) as failure:
            return InDoubt(type(failure).__name__), ""
        return Sent(f"{response['channel']}:{response['ts']}"), ""


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _key(message: Mapping[str, Any]) -> str:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != DELIVERY:
        return ""
    return str((metadata.get("event_payload") or {}).get("key", ""))
