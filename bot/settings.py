"""The environment, read once. README lists every name; a test holds the two together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit


class WrongSetting(Exception):
    """A setting that cannot be used. The message names it and the way out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSettings:
    """How Slack is reached. Either `bot_token` is there, or `client_id` and `client_secret`; and
    `signing_secret` (HTTP), `app_token` (Socket Mode) or both.
    """

    bot_token: str | None = field(repr=False)
    signing_secret: str | None = field(repr=False)
    app_token: str | None = field(repr=False)
    client_id: str | None
    client_secret: str | None = field(repr=False)
    api_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, checked. `secret_key` is never shown."""

    database_url: str
    secret_key: str | None = field(repr=False)
    host: str
    port: int
    log_level: str
    tick_seconds: int
    slack: SlackSettings | None = None


NAMES: dict[str, tuple[str, str]] = {
    "DATABASE_URL": (
        "sqlite:///var/soundings.db",
        "Where everything is kept: `sqlite:///path` or `postgresql://user:password@host/name`.",
    ),
    "SOUNDINGS_SECRET_KEY": (
        "",
        (
            "32 bytes in base64 that seal answers and written words. On SQLite a key file is "
            "made beside the database; on PostgreSQL it must be set."
        ),
    ),
    "SOUNDINGS_HOST": (
        "127.0.0.1",
        "The address to listen on. The playground takes no other than this machine's own.",
    ),
    "PORT": ("8080", "The port to listen on."),
    "SOUNDINGS_LOG_LEVEL": ("info", "How much is logged: debug, info, warning or error."),
    "SOUNDINGS_TICK_SECONDS": ("5", "How often due rounds are looked for, 1 to 60 seconds."),
    "SLACK_BOT_TOKEN": ("", "Switches Slack on for one workspace: the bot's token, `xoxb-...`."),
    "SLACK_APP_TOKEN": ("", "Reaches Slack without a public address (Socket Mode): `xapp-...`."),
    "SLACK_SIGNING_SECRET": (
        "",
        "Believes Slack's requests at `/slack/events`; needed unless there is an app token.",
    ),
    "SLACK_CLIENT_ID": ("", "Switches Slack on for every workspace that installs the app."),
    "SLACK_CLIENT_SECRET": ("", "Goes with the client id."),
    "SLACK_API_URL": (
        "https://slack.com/api/",
        "Another Slack, such as GovSlack: `https://slack-gov.com/api/`.",
    ),
}

_SHOWN = 40  # characters of a value that is wrong
_OWN_MACHINE = ("127.0.0.1", "localhost", "::1")
_LEVELS = ("debug", "info", "warning", "error")


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings of this environment; an empty value is the same as none.

    Raises:
        WrongSetting: one of them cannot be used.
    """

    def value(name: str) -> str:
        return environment.get(name, "").strip() or NAMES[name][0]

    level = value("SOUNDINGS_LOG_LEVEL").lower()
    if level not in _LEVELS:
        raise _wrong("SOUNDINGS_LOG_LEVEL", level, f"{', '.join(_LEVELS[:-1])} or {_LEVELS[-1]}")
    return Settings(
        database_url=value("DATABASE_URL"),
        secret_key=value("SOUNDINGS_SECRET_KEY") or None,
        host=value("SOUNDINGS_HOST"),
        port=_number("PORT", value("PORT"), 0, 65535),
        log_level=level,
        tick_seconds=_number("SOUNDINGS_TICK_SECONDS", value("SOUNDINGS_TICK_SECONDS"), 1, 60),
        slack=_slack(value),
    )


def _slack(value: Callable[[str], str]) -> SlackSettings | None:
    """Slack's settings; None where none is set."""
    names = [name for name in NAMES if name.startswith("SLACK_") and not NAMES[name][0]]
    given = {name: value(name) or None for name in names}
    if not any(given.values()):
        return None
    bot, app = given["SLACK_BOT_TOKEN"], given["SLACK_APP_TOKEN"]
    client = given["SLACK_CLIENT_ID"], given["SLACK_CLIENT_SECRET"]
    _check_tokens(bot, app)
    if any(client) and not all(client):
        there, missing = ("ID", "SECRET") if client[0] else ("SECRET", "ID")
        raise WrongSetting(
            f"SLACK_CLIENT_{there} is set, but SLACK_CLIENT_{missing} is not. They go together."
        )
    if bot is None and not any(client):
        first = next(name for name, text in given.items() if text)
        raise WrongSetting(
            f"{first} is set, but no workspace can be reached. Set SLACK_BOT_TOKEN too, or "
            "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET."
        )
    if bot is not None and any(client):
        raise WrongSetting(
            "SLACK_BOT_TOKEN and SLACK_CLIENT_ID are both set. Use the token for one workspace, "
            "or the client id for many."
        )
    if bot is not None and app is None and given["SLACK_SIGNING_SECRET"] is None:
        raise WrongSetting(
            "SLACK_BOT_TOKEN is set, but Slack has no way to reach Soundings. Set SLACK_APP_TOKEN "
            "for Socket Mode, or SLACK_SIGNING_SECRET for HTTP."
        )
    if all(client) and given["SLACK_SIGNING_SECRET"] is None:
        raise WrongSetting(
            "SLACK_CLIENT_ID is set, but SLACK_SIGNING_SECRET is not. Workspaces install the app "
            "over HTTP, so it is needed."
        )
    return SlackSettings(
        bot_token=bot,
        signing_secret=given["SLACK_SIGNING_SECRET"],
        app_token=app,
        client_id=client[0],
        client_secret=client[1],
        api_url=_api_url(value("SLACK_API_URL")),
    )


def _check_tokens(bot: str | None, app: str | None) -> None:
    """Each looks like its kind, as far as that can be seen."""
    if bot is not None and bot.startswith("xapp-"):
        raise WrongSetting(
            "SLACK_BOT_TOKEN starts with xapp-, so it is the app-level token: set it as "
            "SLACK_APP_TOKEN. The bot token is on the app's page OAuth & Permissions."
        )
    if bot is not None and bot.startswith("xoxe"):
        raise WrongSetting(
            "SLACK_BOT_TOKEN ends by itself, because the app has token rotation. Make an app "
            "without it, or use SLACK_CLIENT_ID and SLACK_CLIENT_SECRET."
        )
    if bot is not None and not bot.startswith("xoxb-"):
        raise WrongSetting(
            "SLACK_BOT_TOKEN does not start with xoxb-. The bot token is on the app's page OAuth & "
            "Permissions."
        )
    if app is not None and not app.startswith("xapp-"):
        raise WrongSetting(
            "SLACK_APP_TOKEN does not start with xapp-. The app-level token is on the app's page "
            "Basic Information."
        )


def _api_url(text: str) -> str:
    parts = urlsplit(text)
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _OWN_MACHINE):
        raise _wrong("SLACK_API_URL", text, "an address like https://slack.com/api/")
    if not host:
        raise _wrong("SLACK_API_URL", text, "an address like https://slack.com/api/")
    return text.rstrip("/") + "/"


def _number(name: str, text: str, least: int, most: int) -> int:
    # So many digits are not read: Python refuses thousands of them.
    if not text.isdecimal() or len(text) > _SHOWN or not least <= int(text) <= most:
        raise _wrong(name, text, f"a whole number from {least} to {most}")
    return int(text)


def _wrong(name: str, text: str, way_out: str) -> WrongSetting:
    return WrongSetting(f'{name} is "{text[:_SHOWN]}". Use {way_out}.')
