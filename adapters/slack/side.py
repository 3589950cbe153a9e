"""All of Slack's side put together: over HTTP, over Socket Mode, or both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.accounts import Accounts
from adapters.slack.app import Front, make_bolt
from adapters.slack.channels import Channels
from adapters.slack.conversation import Conversation
from adapters.slack.inbound import PLATFORM
from adapters.slack.platform import Slack, quiet
from adapters.slack.tokens import ManyWorkspaces, OneWorkspace
from adapters.talking import Handle
from bot.conversation.events import Actor, Left
from bot.ports import Clock, Store

PATIENCE = 30.0  # seconds until a connection counts as impossible
GRACE = timedelta(seconds=5)  # for replies on their way when the process is asked to stop


class Side:
    """What the composition root starts and stops."""

    def __init__(
        self,
        slack: Slack,
        tokens: OneWorkspace | ManyWorkspaces,
        store: Store,
        handle: Handle,
        clock: Clock,
        api_url: str,
        oauth: AsyncOAuthFlow | None = None,
    ) -> None:
        self._clock = clock
        self._api_url = api_url
        self._handle = handle
        slack.lost = self._lost
        self.accounts = Accounts(slack, tokens, store, handle, clock)
        channels = Channels(slack, tokens)
        self.conversation = Conversation(slack, self.accounts, channels, store, handle, clock)
        self._bolt = make_bolt(
            self.conversation,
            AsyncWebClient(base_url=api_url, logger=quiet("slack_sdk")),
            tokens.authorize,
            tokens.gone,
            oauth,
        )

    async def _lost(self, actor: Actor) -> None:
        """An account that is gone counts as left, whether or not Slack said so at the time."""
        await self._handle(Left(key=f"{PLATFORM}:{uuid4().hex}", actor=actor))
        self.accounts.poke()

    def routes(self, signing_secret: str) -> list[web.RouteDef]:
        """What is answered over HTTP. Whoever serves it puts a limit to the length of bodies."""
        return Front(self.conversation, self._bolt, signing_secret, self._clock).routes()

    @asynccontextmanager
    async def socket(self, app_token: str) -> AsyncIterator[None]:
        """Connected over Socket Mode, which needs no public address.

        Raises SlackApiError, aiohttp's errors and TimeoutError where it cannot be.
        """
        client = AsyncWebClient(base_url=self._api_url, logger=quiet("slack_sdk"))
        # The SDK would try a wrong token again and again, for ever.
        opened = await client.apps_connections_open(app_token=app_token)
        handler = AsyncSocketModeHandler(
            self._bolt, app_token, logger=quiet("slack_bolt.socket"), web_client=client
        )
        handler.client.wss_uri = opened["url"]
        try:
            async with asyncio.timeout(PATIENCE):
                await handler.connect_async()  # type: ignore[no-untyped-call]
            yield
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """People's accounts are looked for; at the end what is being said is finished."""
        looking = asyncio.create_task(self.accounts.run())
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            await self.conversation.drain(GRACE)
