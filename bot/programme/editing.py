"""A programme as a facilitator types it: every field checked, every error at its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from bot.programme.programmes import Level, Programme
from bot.programme.zones import find_zone

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeDraft:
    """The fields of a programme that people choose; the rest (ids) is not theirs."""

    name: str
    change: str
    level: Level
    starts_on: date
    ends_on: date
    zone: str
    country: str
    subdivision: str | None
    profile: str
    expected_rate: int
    working_days: tuple[int, ...]
    quiet_from: time
    quiet_to: time


def read_programme(typed: Mapping[str, str]) -> ProgrammeDraft | dict[str, str]:
    """The typed fields as a draft, or a message for each field that is wrong.

    `country` is "GB" or "GB-ENG"; `working_days` "mon tue wed"; `quiet` "19:00-08:00".
    """
    errors: dict[str, str] = {}

    def field(name: str) -> str:
        return " ".join(typed.get(name, "").split())

    for name, label in (("name", "a name"), ("change", "what the change is called")):
        if not 2 <= len(field(name)) <= 80:
            errors[name] = f"Type {label}, 2 to 80 characters."
    days = {name: _date(field(name)) for name in ("starts_on", "ends_on")}
    for name, day in days.items():
        if day is None:
            errors[name] = f'"{field(name)[:20]}" is not a date. Type it like 2026-09-30.'
    starts, ends = days["starts_on"], days["ends_on"]
    if starts and ends and ends <= starts:
        errors["ends_on"] = "The programme must end after it starts."
    zone = find_zone(field("zone"))
    if zone.name is None:
        errors["zone"] = zone.message
    level = field("level").lower()
    if level not in {one.value for one in Level}:
        errors["level"] = f'"{level[:20]}" is not a level. Use gold, silver or bronze.'
    rate = field("expected_rate").rstrip("% ")
    if not rate.isdecimal() or not 1 <= int(rate) <= 100:
        errors["expected_rate"] = "Type a number from 1 to 100, for example 50."
    working = tuple(word[:3].lower() for word in field("working_days").replace(",", " ").split())
    unknown = [word for word in working if word not in DAYS]
    if unknown or not working:
        errors["working_days"] = f"Type days such as mon tue wed thu fri{_named(unknown)}."
    quiet = [_time(part) for part in field("quiet").split("-")]
    if len(quiet) != 2 or None in quiet or quiet[0] == quiet[1]:
        errors["quiet"] = "Type two times, for example 19:00-08:00."
    if errors or starts is None or ends is None or zone.name is None:
        return errors
    country, _, subdivision = field("country").upper().partition("-")
    return ProgrammeDraft(
        name=field("name"),
        change=field("change"),
        level=Level(level),
        starts_on=starts,
        ends_on=ends,
        zone=zone.name,
        country=country or "GB",
        subdivision=subdivision or None,
        profile=field("profile") or "standard",
        expected_rate=int(rate),
        working_days=tuple(sorted({DAYS.index(word) for word in working})),
        quiet_from=quiet[0] or time(19),
        quiet_to=quiet[1] or time(8),
    )


def typed_fields(programme: Programme) -> dict[str, str]:
    """The programme as `read_programme` would read it back."""
    subdivision = f"-{programme.subdivision}" if programme.subdivision else ""
    return {
        "name": programme.name,
        "change": programme.change,
        "level": programme.level.value,
        "starts_on": programme.starts_on.isoformat(),
        "ends_on": programme.ends_on.isoformat(),
        "zone": programme.zone,
        "country": programme.country + subdivision,
        "profile": programme.profile,
        "expected_rate": str(programme.expected_rate),
        "working_days": " ".join(DAYS[day] for day in programme.working_days),
        "quiet": f"{programme.quiet_from:%H:%M}-{programme.quiet_to:%H:%M}",
    }


def _named(words: list[str]) -> str:
    return f'; "{words[0]}" is not a day' if words else ""


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _time(text: str) -> time | None:
    try:
        clock = time.fromisoformat(text.strip())
    except ValueError:
        return None
    # Each person's own clocks, to the minute: a zone or seconds would be lost.
    return clock if clock == time(clock.hour, clock.minute) else None
