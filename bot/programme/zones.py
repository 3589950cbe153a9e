"""Time zones by their IANA names, forgiving about case and spaces."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones


@dataclass(frozen=True, slots=True)
class FoundZone:
    """`name` is the IANA name, or None with a `message` that says what to type instead."""

    name: str | None
    message: str = ""


@cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones() if not name.startswith("posix")}


def known_zone(text: str | None) -> str | None:
    """The IANA name that a platform's profile means; None where there is none that we know."""
    return find_zone(text).name if text else None


def find_zone(text: str) -> FoundZone:
    """The zone that is meant by "Europe/London", "europe/london" or "Europe / London"."""
    wanted = text.strip().lower().replace(" / ", "/").replace(" ", "_")
    zones = _zones()
    if wanted in zones:
        return FoundZone(zones[wanted])
    near = get_close_matches(wanted, zones, n=1, cutoff=0.6)
    cities = [name for low, name in sorted(zones.items()) if low.rpartition("/")[2] == wanted]
    hint = (cities or [zones[low] for low in near] or ["Europe/London"])[0]
    return FoundZone(None, f'"{text[:40]}" is not a time zone. Did you mean {hint}?')
