"""Which account in Slack is whom: people on a roster are found by their addresses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import aiohttp
from slack_sdk.errors import SlackApiError

from adapters.slack.inbound import PLATFORM, joined
from adapters.slack.platform import Slack, Tokens
from bot.conversation.events import Actor, Event, Joined, Reply
from bot.ports import Clock, Store, Tx
from bot.programme.programmes import Workspace

log = logging.getLogger(__name__)

LOOK_AGAIN = timedelta(hours=6)  # for an address that nobody had in Slack
LOOK_ROUND = 600.0  # seconds between looks that nothing called for
AFTER_FAULT = 30.0  # seconds
REST = 10  # after a look, so many times as long as it took to go through everyone

Handle = Callable[[Event], Awaitable[tuple[Reply, ...]]]


class Accounts:
    """Finds accounts one by one, as fast as Slack allows, and tells the core about them."""

    def __init__(
        self, slack: Slack, tokens: Tokens, store: Store, handle: Handle, clock: Clock
    ) -> None:
        self._slack = slack
        self._tokens = tokens
        self._store = store
        self._handle = handle
        self._clock = clock
        self._poked = asyncio.Event()
        self._rest = 0.0  # seconds
        self._sought: dict[tuple[str, str], datetime] = {}

    def poke(self) -> None:
        """Somebody may have come onto a roster."""
        self._poked.set()

    async def run(self) -> None:
        """Look whenever there may be someone new, until cancelled."""
        while True:
            self._poked.clear()
            try:
                await self.look()
            except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
                extra = {"action": "slack_accounts_failed", "error": type(error).__name__}
                log.warning("Accounts could not be looked up in Slack", extra=extra)
                await asyncio.sleep(AFTER_FAULT)
            await asyncio.sleep(self._rest)
            try:
                await asyncio.wait_for(self._poked.wait(), LOOK_ROUND)
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Find an account for everyone on a roster who has none yet."""
        seconds = asyncio.get_running_loop().time
        began = seconds()
        found = await self._store.read(_without_account)
        self._rest = REST * (seconds() - began)
        for workspace, emails in found:
            for email in emails:
                now = self._clock.now()
                sought = self._sought.get((workspace.id, email))
                if sought is not None and now < sought + LOOK_AGAIN:
                    continue
                token = await self._tokens.token(workspace.external_id)
                if token is None:
                    break
                user = await self._by_email(token, email)
                self._sought[workspace.id, email] = now
                if user is not None:
                    await self._tell(workspace.external_id, user)

    async def profile(self, actor: Actor) -> Joined | None:
        """Who this account says it is. Raises SlackApiError and aiohttp's errors."""
        token = await self._tokens.token(actor.workspace)
        if token is None:
            return None
        about = {"user": actor.user, "include_locale": 1}
        found = await self._slack.ask_patiently(token, "users.info", about)
        return joined(f"{PLATFORM}:{uuid4().hex}", actor, found["user"])

    async def _by_email(self, token: str, email: str) -> Mapping[str, Any] | None:
        asked = {"email": email}
        try:
            found = await self._slack.ask_patiently(token, "users.lookupByEmail", asked)
        except SlackApiError as error:
            if error.response.get("error") == "users_not_found":
                return None
            raise
        user: Mapping[str, Any] = found["user"]
        return user

    async def _tell(self, workspace: str, user: Mapping[str, Any]) -> None:
        actor = Actor(PLATFORM, workspace, str(user["id"]))
        event = joined(f"{PLATFORM}:{uuid4().hex}", actor, user)
        if event is not None and not user.get("deleted"):
            await self._handle(event)


def _without_account(tx: Tx) -> list[tuple[Workspace, list[str]]]:
    found = []
    for workspace in tx.directory.workspaces(PLATFORM):
        tenant = tx.tenant(workspace.org_id)
        members = {
            member.person.id: member.person.email
            for programme in tenant.programmes.all()
            for member in tenant.people.members(programme.id)
        }
        reached = tenant.people.lanes(members)
        missing = sorted(email for who, email in members.items() if who not in reached)
        if missing:
            found.append((workspace, missing))
    return found
