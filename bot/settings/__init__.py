"""The environment, read once. README lists every name; a test holds the two together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.settings import slack, teams
from bot.settings.slack import SlackSettings
from bot.settings.teams import TeamsAuth, TeamsSettings, TeamsTenant
from bot.settings.values import Names, WrongSetting, number, wrong

__all__ = [
    "NAMES",
    "Settings",
    "SlackSettings",
    "TeamsAuth",
    "TeamsSettings",
    "TeamsTenant",
    "WrongSetting",
    "read_settings",
]


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
    teams: TeamsSettings | None = None


NAMES: Names = {
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
        (
            "The address to listen on. The playground and `TEAMS_AUTH=none` take no other than "
            "this machine's own."
        ),
    ),
    "PORT": ("8080", "The port to listen on."),
    "SOUNDINGS_LOG_LEVEL": ("info", "How much is logged: debug, info, warning or error."),
    "SOUNDINGS_TICK_SECONDS": ("5", "How often due rounds are looked for, 1 to 60 seconds."),
    **slack.NAMES,
    **teams.NAMES,
}

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
        raise wrong("SOUNDINGS_LOG_LEVEL", level, f"{', '.join(_LEVELS[:-1])} or {_LEVELS[-1]}")
    host = value("SOUNDINGS_HOST")
    return Settings(
        database_url=value("DATABASE_URL"),
        secret_key=value("SOUNDINGS_SECRET_KEY") or None,
        host=host,
        port=number("PORT", value("PORT"), 0, 65535),
        log_level=level,
        tick_seconds=number("SOUNDINGS_TICK_SECONDS", value("SOUNDINGS_TICK_SECONDS"), 1, 60),
        slack=slack.read_slack(value),
        teams=teams.read_teams(value, host),
    )
