"""Slack: one workspace by a token, or every workspace that installs the app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.app import EVENTS, INSTALL
from adapters.slack.inbound import PLATFORM
from adapters.slack.installing import FINISH, SCOPES, Installing
from adapters.slack.outcomes import PASSING, refused
from adapters.slack.platform import RATE, Slack, quiet
from adapters.slack.side import Side
from adapters.slack.tokens import Grant, OneWorkspace
from bot.ports import Clock
from bot.service.inviting import Connected, claim_code
from bot.service.parts import Handle
from bot.service.running import Announce, Refused
from bot.settings import SlackSettings
from storage.store import SqlStore


@asynccontextmanager
async def slack_part(
    chosen: SlackSettings,
    store: SqlStore,
    clock: Clock,
    organisation: str | None,
    announce: Announce,
) -> AsyncIterator[SlackPart]:
    """Slack, to be reached over HTTP, over Socket Mode or both, as the settings say.

    Raises Refused where Slack does not accept the token.
    """
    one = None
    if chosen.bot_token is not None:
        one = await _granted(chosen.bot_token, chosen.api_url, announce)
        tokens: OneWorkspace | Installing = OneWorkspace(one[0])
    else:
        identity = str(chosen.client_id), str(chosen.client_secret)
        tokens = Installing(store, clock, *identity, chosen.api_url)
    async with Slack(tokens, chosen.api_url) as slack:
        try:
            yield SlackPart(chosen, slack, tokens, store, clock, one, organisation)
        finally:
            if isinstance(tokens, Installing):
                await tokens.drain(FINISH)


@dataclass(frozen=True, slots=True)
class SlackPart:
    """Implements `bot.service.parts.Part`. `one`: the workspace of the token, with its name."""

    chosen: SlackSettings
    platform: Slack
    tokens: OneWorkspace | Installing
    store: SqlStore
    clock: Clock
    one: tuple[Grant, str] | None
    organisation: str | None
    title: str = "Slack"

    def attach(self, handle: Handle) -> SlackSide:
        """With the pages on which workspaces install the app, where many may."""
        tokens, url = self.tokens, self.chosen.api_url
        flow = tokens.flow if isinstance(tokens, Installing) else None
        side = Side(self.platform, tokens, self.store, handle, self.clock, url, flow)
        if isinstance(tokens, Installing):
            tokens.accounts = side.accounts
        return SlackSide(self, side)


@dataclass(frozen=True, slots=True)
class SlackSide:
    """Implements `bot.service.parts.Attached`."""

    part: SlackPart
    side: Side

    def routes(self) -> list[web.RouteDef]:
        """None without the secret that Slack's requests are believed by."""
        secret = self.part.chosen.signing_secret
        return [] if secret is None else self.side.routes(secret)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Connected over Socket Mode too, if so set."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.side.running())
            if self.part.chosen.app_token is not None:
                await _connect(stack, self.side, self.part.chosen)
            yield

    def announce(self, address: str) -> list[str]:
        """How Slack reaches it."""
        chosen, said = self.part.chosen, []
        if chosen.signing_secret is not None:
            said.append(f"Listening for Slack at {address}{EVENTS} (Ctrl+C stops it)")
            if chosen.client_id is not None:
                said.append(f"Workspaces install the app at {address}{INSTALL}")
        if chosen.app_token is not None:
            said.append("Connected to Slack over Socket Mode (Ctrl+C stops it)")
        return said

    async def invite(self) -> list[str]:
        """A code for the one workspace; of many, whoever installs the app runs each."""
        part = self.part
        if part.one is None:
            return []
        grant, name = part.one
        here = Connected(PLATFORM, grant.workspace, name, RATE, joins_by_name=True)
        code = await claim_code(part.store, part.clock, here, part.organisation)
        if code is None:
            return []
        said = (
            f"Nobody runs a programme in {name} yet. To become its first facilitator, type this "
            f"in Slack within a day: /pulse claim {code}"
        )
        return [said]


async def _granted(token: str, api_url: str, announce: Announce) -> tuple[Grant, str]:
    """Whom the token belongs to, and the workspace's name. Raises Refused."""
    client = AsyncWebClient(token=token, base_url=api_url, logger=quiet("slack_sdk"))
    try:
        found = await client.auth_test()
    except SlackApiError as error:
        way_out = "Copy the bot token again from the app's page OAuth & Permissions."
        raise _refused(error, api_url, "SLACK_BOT_TOKEN", way_out) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Refused(_unreachable(api_url, error)) from error
    given = {scope for scope in found.headers.get("x-oauth-scopes", "").split(",") if scope}
    if given and (missing := sorted(set(SCOPES) - given)):
        announce(
            f"The app lacks scopes: {', '.join(missing)}. Install it again from manifest.json, "
            "or some of this will not work."
        )
    grant = Grant(
        enterprise_id=found.get("enterprise_id"),
        team_id=found.get("team_id"),
        whole=bool(found.get("is_enterprise_install")),
        bot_token=token,
        bot_id=found.get("bot_id"),
        bot_user_id=found.get("user_id"),
    )
    return grant, str(found.get("team") or grant.workspace)


def _refused(error: SlackApiError, api_url: str, setting: str, way_out: str) -> Refused:
    """Whether the setting is wrong, the address, or nothing but the moment."""
    given = refused(error)
    why = given.why
    if given.word in PASSING or given.status >= 500 or given.status == 429:
        return Refused(f"Slack cannot answer just now ({why}). Start again in a minute.")
    if not given.word:
        return Refused(f"At {api_url} nothing answers as Slack does ({why}). Check SLACK_API_URL.")
    return Refused(f"Slack does not accept {setting}: {why}. {way_out}")


def _unreachable(api_url: str, error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            why = "there is no such name"
        case TimeoutError():
            why = "it did not answer in time"
        case aiohttp.ClientConnectorError():
            why = "it takes no connection"
        case _:
            why = type(error).__name__
    return f"Slack cannot be reached at {api_url}: {why}. Check the network, or SLACK_API_URL."


async def _connect(stack: AsyncExitStack, side: Side, chosen: SlackSettings) -> None:
    try:
        await stack.enter_async_context(side.socket(str(chosen.app_token)))
    except SlackApiError as error:
        way_out = (
            "Make an app-level token with the scope connections:write, on the app's page Basic "
            "Information."
        )
        raise _refused(error, chosen.api_url, "SLACK_APP_TOKEN", way_out) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Refused(_unreachable(chosen.api_url, error)) from error
