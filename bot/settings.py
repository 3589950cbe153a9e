"""The environment, read once. README lists every name; a test holds the two together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class WrongSetting(Exception):
    """A setting that cannot be used. The message names it and the way out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, checked. `secret_key` is never shown."""

    database_url: str
    secret_key: str | None = field(repr=False)
    host: str
    port: int
    log_level: str
    tick_seconds: int


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
}

_SHOWN = 40  # characters of a value that is wrong
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
    )


def _number(name: str, text: str, least: int, most: int) -> int:
    # So many digits are not read: Python refuses thousands of them.
    if not text.isdecimal() or len(text) > _SHOWN or not least <= int(text) <= most:
        raise _wrong(name, text, f"a whole number from {least} to {most}")
    return int(text)


def _wrong(name: str, text: str, way_out: str) -> WrongSetting:
    return WrongSetting(f'{name} is "{text[:_SHOWN]}". Use {way_out}.')
