"""Microsoft Teams: every tenant of the settings, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp import web

from adapters.teams.app import MESSAGES, AnyoneHere, Guard
from adapters.teams.authentication import Audience, Authentication
from adapters.teams.connector import Connector
from adapters.teams.credentials import (
    CONNECTOR,
    Ask,
    NoToken,
    Tokens,
    by_certificate,
    by_managed_identity,
    by_password,
)
from adapters.teams.installing import Installing
from adapters.teams.platform import Teams, rate_of
from adapters.teams.reading import PLATFORM
from adapters.teams.references import References
from adapters.teams.side import Side
from adapters.teams.signing_keys import SigningKeys
from bot.ports import Clock
from bot.service.inviting import Connected, claim_code
from bot.service.parts import Handle
from bot.service.running import Announce, Refused
from bot.settings import TeamsAuth, TeamsSettings, WrongSetting
from storage.store import SqlStore


@asynccontextmanager
async def teams_part(
    chosen: TeamsSettings,
    store: SqlStore,
    clock: Clock,
    organisation: str | None,
    announce: Announce,
) -> AsyncIterator[TeamsPart]:
    """Teams, for the tenants of the settings.

    Raises Refused where Entra does not let it in, and WrongSetting.
    """
    if organisation is not None and len(chosen.tenants) > 1:
        raise Refused(
            "--organisation puts one tenant into an organisation, but TEAMS_TENANT_IDS holds "
            "several. Start once with each of them alone: after that they stay where they are."
        )
    ask = await _asking(chosen)
    async with aiohttp.ClientSession() as session:
        tokens = None
        if ask is not None:
            tokens = Tokens(session, clock, ask(chosen.app_tenant_id, CONNECTOR))
            await _check(tokens, chosen, announce)
        installing = None
        if ask is not None and chosen.catalog_app_id is not None:
            resource = chosen.graph_url.rstrip("/")
            bearers = {
                tenant.id: Tokens(session, clock, ask(tenant.id, resource))
                for tenant in chosen.tenants
            }
            installing = Installing(
                session, bearers.__getitem__, clock, chosen.graph_url, chosen.catalog_app_id
            )
        references = References(store)
        connector = Connector(session, tokens)
        teams = Teams(connector, references, rate_of(chosen.messages_per_second))
        guard = _guard(chosen, session, clock)
        yield TeamsPart(
            chosen, teams, connector, references, guard, installing, store, clock, organisation
        )


@dataclass(frozen=True, slots=True)
class TeamsPart:
    """Implements `bot.service.parts.Part`."""

    chosen: TeamsSettings
    platform: Teams
    connector: Connector
    references: References
    guard: Guard
    installing: Installing | None
    store: SqlStore
    clock: Clock
    organisation: str | None
    title: str = "Teams"

    def attach(self, handle: Handle) -> TeamsSide:
        side = Side(
            self.platform,
            self.connector,
            self.references,
            self.store,
            handle,
            self.clock,
            self.installing,
        )
        return TeamsSide(self, side)


@dataclass(frozen=True, slots=True)
class TeamsSide:
    """Implements `bot.service.parts.Attached`."""

    part: TeamsPart
    side: Side

    def routes(self) -> list[web.RouteDef]:
        return self.side.routes(self.part.guard)

    def running(self) -> AbstractAsyncContextManager[None]:
        return self.side.running()

    def announce(self, address: str) -> list[str]:
        """How Teams, or a local client, reaches it."""
        whom = "local clients" if self.part.chosen.auth is TeamsAuth.NONE else "Teams"
        return [f"Listening for {whom} at {address}{MESSAGES} (Ctrl+C stops it)"]

    async def invite(self) -> list[str]:
        """A code for each tenant that nobody runs yet."""
        part, said = self.part, []
        for tenant in part.chosen.tenants:
            name = tenant.name or part.organisation or f"Teams tenant {tenant.id[:8]}"
            here = Connected(PLATFORM, tenant.id, name, part.platform.rate)
            code = await claim_code(part.store, part.clock, here, part.organisation)
            if code is not None:
                said.append(
                    f"Nobody runs a programme in {name} yet. To become its first "
                    f"facilitator, type this to Soundings in Teams within a day: claim {code}"
                )
        return said


# A token of the bot: in which tenant, and for which service.
Asking = Callable[[str, str], Ask]


async def _asking(chosen: TeamsSettings) -> Asking | None:
    """How tokens are asked for; None for local clients, which want none. Raises WrongSetting."""
    app_id, login = str(chosen.app_id), chosen.login_url
    match chosen.auth:
        case TeamsAuth.NONE:
            return None
        case TeamsAuth.PASSWORD:
            password = str(chosen.app_password)
            return lambda tenant, to: by_password(login, tenant, app_id, password, to)
        case TeamsAuth.CERTIFICATE:
            pem = await asyncio.to_thread(_certificate, chosen)
            return lambda tenant, to: by_certificate(login, tenant, app_id, pem, to)
        case TeamsAuth.MANAGED_IDENTITY:
            where, header = chosen.identity_endpoint, chosen.identity_header
            if where is None or header is None:
                raise WrongSetting(
                    "TEAMS_AUTH is managed-identity, but this machine has none: Azure App Service "
                    "sets IDENTITY_ENDPOINT and IDENTITY_HEADER where it is switched on."
                )
            return lambda _, to: by_managed_identity(where, header, app_id, to)


def _certificate(chosen: TeamsSettings) -> bytes:
    """Raises WrongSetting."""
    path = chosen.app_certificate
    if path is None:
        raise WrongSetting("TEAMS_APP_CERTIFICATE is not set.")
    try:
        pem = path.read_bytes()
        by_certificate(chosen.login_url, chosen.app_tenant_id, str(chosen.app_id), pem)
    except OSError as error:
        raise WrongSetting(
            f"TEAMS_APP_CERTIFICATE: {path} cannot be read: {error.strerror}."
        ) from error
    except (TypeError, ValueError) as error:
        raise WrongSetting(
            f"TEAMS_APP_CERTIFICATE: {path} is not a PEM file with a certificate and its RSA key, "
            "which must have no password."
        ) from error
    return pem


async def _check(tokens: Tokens, chosen: TeamsSettings, announce: Announce) -> None:
    """Whether Entra knows the bot. Raises Refused.

    Where nobody answers, the other platform goes on, and what is to be sent waits.
    """
    try:
        await tokens.token()
    except NoToken as error:
        if error.refused:
            raise Refused(
                f"Microsoft Entra does not let the bot in: {error}. Look at TEAMS_APP_ID, "
                f"TEAMS_APP_TENANT_ID and {_HINTS[chosen.auth]}."
            ) from error
        place, setting = chosen.login_url, "TEAMS_LOGIN_URL"
        if chosen.auth is TeamsAuth.MANAGED_IDENTITY:
            place, setting = str(chosen.identity_endpoint), "IDENTITY_ENDPOINT"
        announce(
            f"Microsoft Entra cannot be reached at {place}: {error}. Check the network, or "
            f"{setting}. Messages in Teams wait until it answers."
        )


_HINTS = {
    TeamsAuth.PASSWORD: "TEAMS_APP_PASSWORD",
    TeamsAuth.CERTIFICATE: "TEAMS_APP_CERTIFICATE",
    TeamsAuth.MANAGED_IDENTITY: "the managed identity of this machine",
}


def _guard(chosen: TeamsSettings, session: aiohttp.ClientSession, clock: Clock) -> Guard:
    tenants = frozenset(tenant.id for tenant in chosen.tenants)
    if chosen.auth is TeamsAuth.NONE:
        return AnyoneHere(tenants)
    keys = SigningKeys(session, clock, chosen.openid_url)
    return Authentication(keys, Audience(str(chosen.app_id), tenants), clock)
