"""Microsoft Teams: its settings, and which of them go together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bot.loopback import is_own_machine
from bot.programme.roster import hidden_character
from bot.settings.values import (
    Names,
    Value,
    WrongSetting,
    address,
    guid,
    number,
    shown,
    wrong,
)

# Of the Microsoft 365 Agents Playground: fixed, and one digit too long for a GUID.
PLAYGROUND_TENANT = "00000000-0000-0000-0000-0000000000001"
MAX_PER_SECOND = 50

NAMES: Names = {
    "TEAMS_APP_ID": ("", "Switches Microsoft Teams on: the bot's app id, a GUID."),
    "TEAMS_APP_PASSWORD": ("", "Signs the bot in with a client secret."),
    "TEAMS_APP_CERTIFICATE": (
        "",
        "Signs the bot in with a certificate: the path of a PEM file with it and its private key.",
    ),
    "TEAMS_AUTH": (
        "",
        (
            "`managed-identity` signs the bot in without a secret, on Azure; `none` serves clients "
            "on this machine and believes them all. Else `password` or `certificate`, by what is "
            "set."
        ),
    ),
    "TEAMS_TENANT_IDS": (
        "",
        (
            "The tenants that are served, with commas between them. Each may have the name of its "
            "organisation: `GUID=Riverside Trust`."
        ),
    ),
    "TEAMS_APP_TENANT_ID": (
        "",
        "The tenant in which the bot is registered; needed where several are served.",
    ),
    "TEAMS_MESSAGES_PER_SECOND": (
        "30",
        f"How many messages are sent to one tenant in a second, 1 to {MAX_PER_SECOND}.",
    ),
    "TEAMS_CATALOG_APP_ID": (
        "",
        (
            "The app's id in the organisation's app catalogue: whoever has not installed the app "
            "then gets it through Microsoft Graph."
        ),
    ),
    "TEAMS_LOGIN_URL": (
        "https://login.microsoftonline.com/",
        "Where the bot signs in; another one for a national cloud.",
    ),
    "TEAMS_GRAPH_URL": (
        "https://graph.microsoft.com/",
        "Microsoft Graph; another one for a national cloud.",
    ),
    "TEAMS_OPENID_URL": (
        "https://login.botframework.com/v1/.well-known/openidconfiguration",
        "Whose requests are believed; another one for a national cloud.",
    ),
    "IDENTITY_ENDPOINT": ("", "Set by Azure App Service where it has a managed identity."),
    "IDENTITY_HEADER": ("", "Goes with it."),
}


class TeamsAuth(StrEnum):
    """How the bot signs in. With `NONE` it does not, and believes every request."""

    PASSWORD = "password"  # noqa: S105  what this way is called
    CERTIFICATE = "certificate"
    MANAGED_IDENTITY = "managed-identity"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class TeamsTenant:
    """`id` in small letters. `name` of the organisation; None where the operator gave none."""

    id: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsSettings:
    """How Teams is reached. There is an `app_id` unless `auth` is NONE, and the one credential
    that `auth` asks for. There is at least one tenant.
    """

    auth: TeamsAuth
    app_id: str | None
    app_password: str | None = field(repr=False)
    app_certificate: Path | None
    app_tenant_id: str
    tenants: tuple[TeamsTenant, ...]
    messages_per_second: int
    catalog_app_id: str | None
    login_url: str
    graph_url: str
    openid_url: str
    identity_endpoint: str | None = None
    identity_header: str | None = field(default=None, repr=False)


_CREDENTIALS = {
    TeamsAuth.PASSWORD: "TEAMS_APP_PASSWORD",
    TeamsAuth.CERTIFICATE: "TEAMS_APP_CERTIFICATE",
}
_EXAMPLE = "1b4e28ba-2fa1-41d2-883f-0016d3cca427"


def read_teams(value: Value, host: str) -> TeamsSettings | None:
    """The settings of Teams; None where none is set. `host`: where this process listens."""
    names = [name for name in NAMES if name.startswith("TEAMS_") and not NAMES[name][0]]
    given = {name: text for name in names if (text := value(name))}
    if not given:
        return None
    auth = _auth(given)
    if auth is TeamsAuth.NONE and not is_own_machine(host):
        raise WrongSetting(
            "TEAMS_AUTH is none, which believes everyone and so is for this machine alone, but "
            f"SOUNDINGS_HOST is {shown(host)}. Set it to 127.0.0.1, or choose another TEAMS_AUTH."
        )

    def url(name: str) -> str:
        return address(name, value(name), NAMES[name][0])

    tenants = _tenants(given, auth)
    certificate = given.get("TEAMS_APP_CERTIFICATE")
    return TeamsSettings(
        auth=auth,
        app_id=_id(given, "TEAMS_APP_ID"),
        app_password=given.get("TEAMS_APP_PASSWORD"),
        app_certificate=Path(certificate) if certificate else None,
        app_tenant_id=_home(given, auth, tenants),
        tenants=tenants,
        messages_per_second=number(
            "TEAMS_MESSAGES_PER_SECOND", value("TEAMS_MESSAGES_PER_SECOND"), 1, MAX_PER_SECOND
        ),
        catalog_app_id=_id(given, "TEAMS_CATALOG_APP_ID"),
        login_url=url("TEAMS_LOGIN_URL"),
        graph_url=url("TEAMS_GRAPH_URL"),
        openid_url=url("TEAMS_OPENID_URL"),
        identity_endpoint=value("IDENTITY_ENDPOINT") or None,
        identity_header=value("IDENTITY_HEADER") or None,
    )


def _auth(given: Mapping[str, str]) -> TeamsAuth:
    """How the bot signs in, with all that this needs and nothing that contradicts it."""
    chosen = given.get("TEAMS_AUTH", "").lower()
    if chosen and chosen not in [*TeamsAuth]:
        ways = [str(way) for way in TeamsAuth]
        raise wrong("TEAMS_AUTH", chosen, f"{', '.join(ways[:-1])} or {ways[-1]}")
    if "TEAMS_APP_ID" not in given and chosen != TeamsAuth.NONE:
        raise WrongSetting(
            f"{next(iter(given))} is set, but TEAMS_APP_ID is not. Set it too, or for clients on "
            "this machine alone TEAMS_AUTH=none."
        )
    there = [way for way, name in _CREDENTIALS.items() if name in given]
    if len(there) > 1:
        raise WrongSetting(
            "TEAMS_APP_PASSWORD and TEAMS_APP_CERTIFICATE are both set. Leave one of them out."
        )
    if not chosen and not there:
        raise WrongSetting(
            "TEAMS_APP_ID is set, but the bot has no way to sign in. Set TEAMS_APP_PASSWORD or "
            "TEAMS_APP_CERTIFICATE, or on Azure TEAMS_AUTH=managed-identity."
        )
    auth = TeamsAuth(chosen) if chosen else there[0]
    if auth in _CREDENTIALS and not there:
        raise WrongSetting(
            f"TEAMS_AUTH is {auth}, but {_CREDENTIALS[auth]} is not set. They go together."
        )
    if there and there != [auth]:
        raise WrongSetting(
            f"TEAMS_AUTH is {auth}, but {_CREDENTIALS[there[0]]} is set. Leave one of them out."
        )
    return auth


def _tenants(given: Mapping[str, str], auth: TeamsAuth) -> tuple[TeamsTenant, ...]:
    text = given.get("TEAMS_TENANT_IDS")
    if text is None and auth is TeamsAuth.NONE:
        return (TeamsTenant(PLAYGROUND_TENANT),)
    if text is None:
        raise WrongSetting(
            "TEAMS_APP_ID is set, but TEAMS_TENANT_IDS is not. Set it to the ids of the tenants "
            "that Soundings serves: they are on the overview page of Microsoft Entra."
        )
    tenants = tuple(_tenant(part.strip(), auth) for part in text.split(","))
    ids = [tenant.id for tenant in tenants]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice is not None:
        raise WrongSetting(f"TEAMS_TENANT_IDS holds {twice} twice. Leave one of them out.")
    return tenants


def _tenant(text: str, auth: TeamsAuth) -> TeamsTenant:
    before, equals, after = text.partition("=")
    playground = auth is TeamsAuth.NONE and before.strip() == PLAYGROUND_TENANT
    found = PLAYGROUND_TENANT if playground else guid(before.strip())
    if found is None:
        raise WrongSetting(
            f"TEAMS_TENANT_IDS holds {shown(text)}. Use ids like {_EXAMPLE} with commas between "
            "them, each with = and a name if you like."
        )
    name = " ".join(after.split())
    if equals and (not 2 <= len(name) <= 80 or hidden_character(name)):
        raise WrongSetting(
            f"TEAMS_TENANT_IDS calls {found} {shown(name)}. Use a name of 2 to 80 characters "
            "that can be seen, or none."
        )
    return TeamsTenant(found, name or None)


def _home(given: Mapping[str, str], auth: TeamsAuth, tenants: tuple[TeamsTenant, ...]) -> str:
    """Where the bot is registered."""
    chosen = _id(given, "TEAMS_APP_TENANT_ID")
    if chosen is None and len(tenants) > 1 and auth is not TeamsAuth.NONE:
        raise WrongSetting(
            "TEAMS_TENANT_IDS holds several tenants. Say in TEAMS_APP_TENANT_ID in which one the "
            "bot is registered."
        )
    return chosen or tenants[0].id


def _id(given: Mapping[str, str], name: str) -> str | None:
    if name not in given:
        return None
    found = guid(given[name])
    if found is None:
        # What was set is not shown: it may be the secret, in the wrong place.
        raise WrongSetting(
            f"{name} is not a GUID, which looks like {_EXAMPLE}. The bot's id is on its page "
            "Configuration in the Azure portal; a secret belongs into TEAMS_APP_PASSWORD."
        )
    return found
