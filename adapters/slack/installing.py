"""How a workspace installs the app: Slack's OAuth flow, with state that works once."""

from __future__ import annotations

import hmac
import logging
import secrets
from datetime import timedelta
from html import escape
from urllib.parse import urljoin
from uuid import uuid4

import aiohttp
from slack_bolt.oauth.async_callback_options import (
    AsyncCallbackOptions,
    AsyncFailureArgs,
    AsyncSuccessArgs,
)
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.accounts import Accounts
from adapters.slack.inbound import PLATFORM
from adapters.slack.platform import RATE, quiet
from adapters.slack.tokens import ManyWorkspaces
from bot.conversation.events import Actor, Claimed
from bot.handlers.claims import connected, installed
from bot.ports import Clock, Store, Tx
from bot.programme.programmes import Workspace

SCOPES = (
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:read",
    "im:history",
    "im:write",
    "usergroups:read",
    "users:read",
    "users:read.email",
)
STATE_LIVES = timedelta(minutes=10)
TIMEOUT = 8  # seconds, within what a lane allows a send
FINISH = timedelta(seconds=TIMEOUT + 1)  # for a renewal under way when the process is to stop
FAILURES = {
    "access_denied": "it was not allowed in Slack",
    "invalid_browser": "it was begun in another browser, or longer than ten minutes ago",
    "invalid_state": "this link was used before, or is older than ten minutes",
}


class States(AsyncOAuthStateStore):
    """States that say themselves until when they hold, signed; the database says "once"."""

    def __init__(self, store: Store, secret: str, clock: Clock) -> None:
        self._store = store
        self._secret = secret.encode()
        self._clock = clock

    async def async_issue(self, *_: object, **__: object) -> str:
        until = int((self._clock.now() + STATE_LIVES).timestamp())
        body = f"{secrets.token_urlsafe(18)}.{until}"
        return f"{body}.{self._signature(body)}"

    async def async_consume(self, state: str) -> bool:
        body, _, signature = state.rpartition(".")
        until = body.rpartition(".")[2]
        now = self._clock.now()
        if not hmac.compare_digest(signature.encode(), self._signature(body).encode()):
            return False
        if int(until) < now.timestamp():
            return False
        key = f"{PLATFORM}-oauth:{body}"
        return await self._store.write(lambda tx: tx.directory.first_time(key, now))

    def _signature(self, body: str) -> str:
        return hmac.digest(self._secret, f"oauth state {body}".encode(), "sha256").hex()


class _Flow(AsyncOAuthFlow):
    """Bolt's flow, for which a Slack that cannot be reached is no error of the server."""

    async def run_installation(self, code: str) -> Installation | None:
        try:
            return await super().run_installation(code)
        except (aiohttp.ClientError, TimeoutError):
            return None


class Installing(ManyWorkspaces):
    """Installations and the flow that brings them. `accounts` is set before anybody installs."""

    def __init__(
        self, store: Store, clock: Clock, client_id: str, client_secret: str, api_url: str
    ) -> None:
        # Without retries: codes and refresh tokens work once.
        client = AsyncWebClient(
            base_url=api_url, logger=quiet("slack_sdk"), timeout=TIMEOUT, retry_handlers=[]
        )
        super().__init__(store, client, (client_id, client_secret), clock, _known)
        self.accounts: Accounts | None = None
        self.flow = _Flow(
            client=client,
            logger=_silent("slack_bolt.oauth"),
            settings=AsyncOAuthSettings(
                client_id=client_id,
                client_secret=client_secret,
                scopes=SCOPES,
                user_scopes=(),
                installation_store=self,
                installation_store_bot_only=True,
                state_store=States(store, client_secret, clock),
                authorization_url=urljoin(api_url, "/oauth/v2/authorize"),
                install_page_rendering_enabled=False,
                callback_options=AsyncCallbackOptions(self._installed, self._failed),
            ),
        )

    async def _installed(self, args: AsyncSuccessArgs) -> BoltResponse:
        """Whoever installed the app runs it first, unless somebody does already."""
        installation = args.installation
        workspace = str(
            installation.enterprise_id
            if installation.is_enterprise_install
            else installation.team_id
        )
        actor = Actor(PLATFORM, workspace, installation.user_id)
        profile = None
        try:
            profile = await self.accounts.profile(actor) if self.accounts else None
        except (SlackApiError, aiohttp.ClientError, TimeoutError):
            self.logger.warning(
                "Slack did not say who installed the app", extra={"action": "slack_installer"}
            )
        if profile is None:
            return _page("Soundings is installed. Type /pulse home in Slack.")
        who = Claimed(
            key=uuid4().hex,
            actor=actor,
            code="",
            name=profile.name,
            email=profile.email,
            zone=profile.zone,
            language=profile.language,
        )
        now = self._clock.now()
        leads = await self._store.write(lambda tx: installed(tx, who, now))
        self.accounts.poke() if self.accounts else None
        if leads:
            return _page("Soundings is installed, and you run it. Type /pulse home in Slack.")
        return _page("Soundings is installed again. Type /pulse home in Slack.")

    async def _failed(self, args: AsyncFailureArgs) -> BoltResponse:
        why = FAILURES.get(args.reason, "Slack did not confirm it")
        extra = {"action": "slack_not_installed", "status": args.suggested_status_code}
        self.logger.warning("The app was not installed", extra=extra)
        return _page(
            f"Soundings was not installed: {why}. Please start again.", args.suggested_status_code
        )


def _silent(name: str) -> logging.Logger:
    """A logger that is not heard below an error: the flow's warnings quote the code."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.ERROR)
    return logger


def _known(tx: Tx, external_id: str, name: str) -> Workspace:
    return connected(tx, PLATFORM, external_id, name, RATE, None)


def _page(text: str, status: int = 200) -> BoltResponse:
    html = (
        '<!doctype html><html lang="en-GB"><meta charset="utf-8"><title>Soundings</title>'
        f"<body><main><h1>Soundings</h1><p>{escape(text)}</p></main></body></html>"
    )
    return BoltResponse(
        status=status, body=html, headers={"Content-Type": "text/html; charset=utf-8"}
    )
