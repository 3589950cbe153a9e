"""Which account in Slack is whom: people on a roster are found by their addresses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from slack_sdk.errors import SlackApiError

from adapters import talking
from adapters.slack.inbound import PLATFORM, joined
from adapters.slack.outcomes import reason_of
from adapters.slack.platform import Slack, Tokens
from adapters.talking import Handle, Seeking, without_account
from bot.conversation.events import Actor, Joined
from bot.ports import Clock, Store
from bot.programme.programmes import Workspace

log = logging.getLogger(__name__)

LOOK_AGAIN = timedelta(hours=6)  # for an address that nobody had in Slack


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
        self._seeking = Seeking(self.look, _log_failure)
        self._sought: dict[tuple[str, str], datetime] = {}
        self._looking: dict[str, asyncio.Task[None]] = {}  # by the workspace's id

    def poke(self) -> None:
        """Somebody may have come onto a roster."""
        self._seeking.poke()

    async def run(self) -> None:
        """Look whenever there may be someone new, until cancelled."""
        try:
            await self._seeking.run()
        finally:
            looking = tuple(self._looking.values())
            for task in looking:
                task.cancel()
            await asyncio.gather(*looking, return_exceptions=True)

    async def idle(self) -> None:
        """Wait until no workspace is being looked through."""
        while self._looking:
            await asyncio.wait(tuple(self._looking.values()))

    async def look(self) -> None:
        """Begin to find an account for everyone on a roster who has none yet.

        Each workspace by itself: one that is slow, or broken, holds up no other.
        """
        found = await self._store.read(lambda tx: without_account(tx, PLATFORM))
        for workspace, emails in found:
            if workspace.id not in self._looking:
                task = asyncio.create_task(self._look_in(workspace, emails))
                self._looking[workspace.id] = task
                task.add_done_callback(partial(self._ended, workspace.id))

    def _ended(self, workspace_id: str, _: asyncio.Task[None]) -> None:
        del self._looking[workspace_id]

    async def _look_in(self, workspace: Workspace, emails: Sequence[str]) -> None:
        try:
            for email in emails:
                if not self._was_sought(workspace, email):
                    token = await self._tokens.token(workspace.external_id)
                    if token is None:
                        return
                    await self._find(workspace, token, email)
        except Exception as error:  # noqa: BLE001  it is tried again
            _log_failure(error)
            await asyncio.sleep(talking.AFTER_FAULT)
            self.poke()

    def _was_sought(self, workspace: Workspace, email: str) -> bool:
        sought = self._sought.get((workspace.id, email))
        return sought is not None and self._clock.now() < sought + LOOK_AGAIN

    async def _find(self, workspace: Workspace, token: str, email: str) -> None:
        now = self._clock.now()
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


def _log_failure(error: Exception) -> None:
    extra = {"action": "slack_accounts_failed", "error": reason_of(error)}
    log.warning("Accounts could not be looked up in Slack", extra=extra)
