"""How one value is read, and how a wrong one is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from bot.loopback import is_own_machine

Value = Callable[[str], str]  # of the setting with this name; what is usual where it is not set
Names = Mapping[str, tuple[str, str]]  # what is usual, and what the setting is for

_SHOWN = 40  # characters of a value that is wrong
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


class WrongSetting(Exception):
    """A setting that cannot be used. The message names it and the way out."""


def number(name: str, text: str, least: int, most: int) -> int:
    """A whole number within these bounds."""
    # So many digits are not read: Python refuses thousands of them.
    if not text.isdecimal() or len(text) > _SHOWN or not least <= int(text) <= most:
        raise wrong(name, text, f"a whole number from {least} to {most}")
    return int(text)


def address(name: str, text: str, example: str) -> str:
    """A URL with TLS, or of this very machine; in the form of the example, as to its end."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:  # such as a bracket that is not closed, or a port above 65535
        raise wrong(name, text, f"an address like {example}") from None
    if "@" in parts.netloc:  # not shown: it may be a password
        raise WrongSetting(f"{name} has an @ in it. Leave out the name and password before it.")
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_own_machine(host))
    if not host or not safe:
        raise wrong(name, text, f"an address like {example}")
    return text.rstrip("/") + ("/" if example.endswith("/") else "")


def guid(text: str) -> str | None:
    """In small letters; None for what is none."""
    small = text.lower()
    return small if _GUID.fullmatch(small) else None


def shown(text: str) -> str:
    """As much of a wrong value as is repeated."""
    return f'"{text[:_SHOWN]}"'


def wrong(name: str, text: str, way_out: str) -> WrongSetting:
    """To be raised."""
    return WrongSetting(f"{name} is {shown(text)}. Use {way_out}.")
