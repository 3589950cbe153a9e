"""Slack: one workspace by a token, or every workspace that installs the app."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.app import EVENTS, INSTALL
from adapters.slack.inbound import PLATFORM
from adapters.slack.installing import SCOPES, Installing
from adapters.slack.platform import RATE, Slack, quiet
from adapters.slack.side import Side
from adapters.slack.tokens import Grant, OneWorkspace
from bot.clock import RunningClock
from bot.handlers.claims import connected, new_code
from bot.inbox import Inbox
from bot.ports import Tx
from bot.programme.programmes import Workspace
from bot.service.running import (
    Elsewhere,
    Refused,
    core,
    nowhere,
    organisation_named,
    place_of,
    ticking,
)
from bot.settings import Settings, SlackSettings
from storage.store import SqlStore

Announce = Callable[[str], None]


@asynccontextmanager
async def on_slack(
    settings: Settings, store: SqlStore, role: str, organisation: str | None, announce: Announce
) -> AsyncIterator[None]:
    """Reached over HTTP, over Socket Mode or both, as the settings say. Raises Refused.

    With the role "web" this process takes events in and another one, a "worker", keeps time and
    sends; "all" does both.
    """
    chosen = settings.slack
    if chosen is None:
        raise Refused("SLACK_BOT_TOKEN is not set.")
    clock = RunningClock()
    url = chosen.api_url
    installing = one = None
    if chosen.bot_token is not None:
        one = await _granted(chosen.bot_token, url, announce)
        tokens: OneWorkspace | Installing = OneWorkspace(one[0])
    else:
        identity = str(chosen.client_id), str(chosen.client_secret)
        installing = tokens = Installing(store, clock, *identity, url)
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(Slack(tokens, url))
        if role == "web":
            handle = Inbox(store, Elsewhere(), clock).handle
        else:
            running = await stack.enter_async_context(core(store, clock, {slack.name: slack}))
            handle = running.inbox.handle
            await stack.enter_async_context(ticking(settings, running.rounds))
        flow = installing.flow if installing else None
        side = Side(slack, tokens, store, handle, clock, url, flow)
        if installing is not None:
            installing.accounts = side.accounts
        if role == "worker":
            announce("Keeping time and sending to Slack (Ctrl+C stops it)")
        else:
            await stack.enter_async_context(side.running())
            await _reached(stack, side, settings, chosen, announce)
        if one is not None and role != "worker":
            await _invite(store, clock, *one, organisation, announce)
        yield


async def _reached(
    stack: AsyncExitStack,
    side: Side,
    settings: Settings,
    chosen: SlackSettings,
    announce: Announce,
) -> None:
    if chosen.signing_secret is not None:
        place = await _listen(stack, side.app(chosen.signing_secret), settings)
        announce(f"Listening for Slack at http://{place}{EVENTS} (Ctrl+C stops it)")
        if chosen.client_id is not None:
            announce(f"Workspaces install the app at http://{place}{INSTALL}")
    if chosen.app_token is not None:
        await _connect(stack, side, chosen)
        announce("Connected to Slack over Socket Mode (Ctrl+C stops it)")


async def _granted(token: str, api_url: str, announce: Announce) -> tuple[Grant, str]:
    """Whom the token belongs to, and the workspace's name. Raises Refused."""
    client = AsyncWebClient(token=token, base_url=api_url, logger=quiet("slack_sdk"))
    try:
        found = await client.auth_test()
    except SlackApiError as error:
        why = error.response.get("error", "no reason given")
        raise Refused(
            f"Slack does not accept SLACK_BOT_TOKEN: {why}. Copy the bot token again from the "
            "app's page OAuth & Permissions."
        ) from error
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


async def _listen(stack: AsyncExitStack, app: web.Application, settings: Settings) -> str:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        raise Refused(nowhere(settings, error)) from error
    host, port = runner.addresses[0][:2]
    return place_of(host, port)


async def _connect(stack: AsyncExitStack, side: Side, chosen: SlackSettings) -> None:
    try:
        await stack.enter_async_context(side.socket(str(chosen.app_token)))
    except SlackApiError as error:
        why = error.response.get("error", "no reason given")
        raise Refused(
            f"Slack does not accept SLACK_APP_TOKEN: {why}. Make an app-level token with the "
            "scope connections:write, on the app's page Basic Information."
        ) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Refused(_unreachable(chosen.api_url, error)) from error


async def _invite(
    store: SqlStore,
    clock: RunningClock,
    grant: Grant,
    name: str,
    organisation: str | None,
    announce: Announce,
) -> None:
    """Make the workspace known; where nobody runs its organisation yet, print a code."""
    now = clock.now()

    def settle(tx: Tx) -> Workspace:
        if organisation is not None:
            organisation_named(tx, organisation)
        found = connected(tx, PLATFORM, grant.workspace, name, RATE, organisation or name)
        home = tx.tenant(found.org_id).programmes.organisation().name
        if organisation is not None and organisation.casefold() != home.casefold():
            raise Refused(
                f"The workspace {name} is in the organisation {home} already, not in "
                f"{organisation}. Leave --organisation out."
            )
        return found

    workspace = await store.write(settle)
    code = await store.write(lambda tx: new_code(tx, workspace, now))
    if code is not None:
        announce(
            f"Nobody runs a programme in {name} yet. To become its first facilitator, type this "
            f"in Slack within a day: /pulse claim {code}"
        )
