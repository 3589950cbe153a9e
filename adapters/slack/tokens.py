"""The bot's tokens: one from the settings, or one of each workspace that installed the app."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import aiohttp
import orjson
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.inbound import PLATFORM
from adapters.slack.renewals import Renewals
from bot.ports import Clock, Store, Tx
from bot.programme.programmes import Workspace

log = logging.getLogger(__name__)

RENEW_BEFORE = timedelta(hours=2)  # of the 12 hours for which Slack's tokens live
KEEP = timedelta(minutes=5)  # how long a token is used without a look at the database

# Makes the workspace known in the core the first time that it is met.
Register = Callable[[Tx, str, str], Workspace]  # its id in Slack, its name


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Where the app is installed, and as whom."""

    enterprise_id: str | None
    team_id: str | None
    whole: bool  # for all teams of the enterprise
    bot_token: str
    bot_id: str | None
    bot_user_id: str | None

    @property
    def workspace(self) -> str:
        return str(self.enterprise_id if self.whole else self.team_id)

    def result(self) -> AuthorizeResult:
        """What Bolt wants to know."""
        return AuthorizeResult(
            enterprise_id=self.enterprise_id,
            team_id=self.team_id,
            bot_token=self.bot_token,
            bot_id=self.bot_id,
            bot_user_id=self.bot_user_id,
        )


class OneWorkspace:
    """The token of the settings. Once Slack took it away it is not used until the next start."""

    def __init__(self, grant: Grant) -> None:
        self._grant: Grant | None = grant

    async def token(self, workspace: str) -> str | None:
        grant = self._grant
        return grant.bot_token if grant is not None and workspace == grant.workspace else None

    async def authorize(
        self, enterprise_id: str | None, team_id: str | None
    ) -> AuthorizeResult | None:
        grant = self._grant
        if grant is None or grant.workspace not in (enterprise_id, team_id):
            return None
        return grant.result()

    async def gone(self, workspace: str) -> None:
        """The app was removed from the workspace."""
        if self._grant is not None and workspace == self._grant.workspace:
            self._grant = None
            log.warning("The app was removed from Slack", extra={"action": "slack_removed"})


class ManyWorkspaces(AsyncInstallationStore):
    """Installations in our own database, sealed; tokens are renewed before they end.

    Also Bolt's installation store: the OAuth flow keeps here what it was given.
    """

    def __init__(
        self,
        store: Store,
        client: AsyncWebClient,
        identity: tuple[str, str],  # the app's client id and secret
        clock: Clock,
        register: Register,
    ) -> None:
        self._store = store
        self._client = client
        self._identity = identity
        self._clock = clock
        self._register = register
        self._known: dict[str, tuple[datetime, Installation | None]] = {}
        self._renewals = Renewals()
        self._renew_from: dict[str, datetime] = {}  # where renewing has failed

    @property
    def logger(self) -> logging.Logger:
        return log

    async def token(self, workspace: str) -> str | None:
        installation = await self._current(workspace)
        return installation.bot_token if installation is not None else None

    async def authorize(
        self, enterprise_id: str | None, team_id: str | None
    ) -> AuthorizeResult | None:
        """By the team's own installation, else by that of the whole enterprise.

        Whoever asks has three seconds to answer Slack, so nothing is renewed here.
        """
        for workspace in (team_id, enterprise_id):
            installation = await self._kept(workspace) if workspace else None
            if installation is not None:
                return _grant(installation).result()
        return None

    async def gone(self, workspace: str) -> None:
        """The app was removed from the workspace: its tokens are deleted."""

        def work(tx: Tx) -> None:
            known = tx.directory.workspace(PLATFORM, workspace)
            if known is not None:
                tx.directory.drop_installation(known.id)

        await self._store.write(work)
        self._known.pop(workspace, None)

    async def drain(self, grace: timedelta) -> None:
        """Finish what is being renewed, at most for `grace`. To be called before the store ends."""
        await self._renewals.drain(grace)

    # --- Bolt's installation store ---

    async def async_save(self, installation: Installation) -> None:
        """Keep what the OAuth flow was given; tokens of people are not wanted."""
        installation.user_token = installation.user_refresh_token = None
        grant = _grant(installation)
        name = installation.team_name or installation.enterprise_name or grant.workspace

        def work(tx: Tx) -> None:
            workspace = self._register(tx, grant.workspace, name)
            tx.directory.keep_installation(workspace, _written(installation))

        await self._store.write(work)
        self._known.pop(grant.workspace, None)

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        workspace = enterprise_id if is_enterprise_install else team_id
        return await self._current(workspace) if workspace else None

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Bot | None:
        found = await self.async_find_installation(
            enterprise_id=enterprise_id,
            team_id=team_id,
            is_enterprise_install=is_enterprise_install,
        )
        return found.to_bot() if found is not None else None

    # --- reading and renewing ---

    async def _current(self, workspace: str) -> Installation | None:
        installation = await self._kept(workspace)
        now = self._clock.now()
        if installation is None or not self._is_to_renew(workspace, installation, now):
            return installation
        return await self._renewals.of(workspace, partial(self._renewed, workspace, now))

    async def _kept(self, workspace: str) -> Installation | None:
        now = self._clock.now()
        known = self._known.get(workspace)
        if known is None or now >= known[0] + KEEP:
            known = (now, await self._read(workspace))
            self._known[workspace] = known
        return known[1]

    async def _read(self, workspace: str) -> Installation | None:
        def work(tx: Tx) -> str | None:
            known = tx.directory.workspace(PLATFORM, workspace)
            return tx.directory.installation(known.id) if known is not None else None

        text = await self._store.read(work)
        return Installation(**orjson.loads(text)) if text is not None else None

    def _is_to_renew(self, workspace: str, installation: Installation, now: datetime) -> bool:
        ends = installation.bot_token_expires_at
        soon = ends is not None and ends <= (now + RENEW_BEFORE).timestamp()
        return soon and now >= self._renew_from.get(workspace, now)

    async def _renewed(self, workspace: str, now: datetime) -> Installation | None:
        """Renew it, unless another process just did: a refresh token works once."""
        installation = await self._read(workspace)
        if installation is not None and self._is_to_renew(workspace, installation, now):
            try:
                await self._renew(installation, now)
            except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
                extra = {"action": "slack_token_not_renewed", "error": type(error).__name__}
                log.warning("A token of Slack could not be renewed", extra=extra)
                self._renew_from[workspace] = now + KEEP
                # Perhaps because another process was faster.
                installation = await self._read(workspace)
            else:
                await self._keep(workspace, installation)
        self._known[workspace] = (now, installation)
        return installation

    async def _renew(self, installation: Installation, now: datetime) -> None:
        client_id, client_secret = self._identity
        given = await self._client.api_call(
            "oauth.v2.access",
            data={
                "client_id": client_id,
                "client_secret": client_secret,
                "grant_type": "refresh_token",
                "refresh_token": installation.bot_refresh_token,
            },
        )
        installation.bot_token = given["access_token"]
        installation.bot_refresh_token = given["refresh_token"]
        installation.bot_token_expires_at = int(now.timestamp()) + int(given["expires_in"])

    async def _keep(self, workspace: str, installation: Installation) -> None:
        def work(tx: Tx) -> None:
            known = tx.directory.workspace(PLATFORM, workspace)
            if known is not None:
                tx.directory.keep_installation(known, _written(installation))

        await self._store.write(work)


def _grant(installation: Installation) -> Grant:
    return Grant(
        enterprise_id=installation.enterprise_id,
        team_id=installation.team_id,
        whole=installation.is_enterprise_install,
        bot_token=str(installation.bot_token),
        bot_id=installation.bot_id,
        bot_user_id=installation.bot_user_id,
    )


def _written(installation: Installation) -> str:
    fields: dict[str, Any] = installation.to_dict_for_copying()
    return orjson.dumps({name: value for name, value in fields.items() if value}).decode()
