"""How often a pulse is asked: the values, and the JSON that a row keeps."""

import json
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import assert_never

from bot.pulse.localtime import Weekday

MOST_DAYS = 365
MOST_WEEKS = 52
MOST_MONTHS = 12


class Nth(StrEnum):
    """Which of a month's Mondays, Tuesdays and so on."""

    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    FOURTH = "fourth"
    LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """Every so many days, weekends included, at a wall time."""

    every: int
    at: time

    def __post_init__(self) -> None:
        _check(self.every, MOST_DAYS, self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """On given weekdays of every so many weeks."""

    every: int
    weekdays: frozenset[Weekday]
    at: time

    def __post_init__(self) -> None:
        _check(self.every, MOST_WEEKS, self.at)
        if not self.weekdays:
            raise ValueError("a weekly cadence needs a weekday")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyOnDay:
    """On a day, 1 to 31, of every so many months; a shorter month uses its last day."""

    every: int
    day: int
    at: time

    def __post_init__(self) -> None:
        _check(self.every, MOST_MONTHS, self.at)
        if not 1 <= self.day <= 31:
            raise ValueError(f"day {self.day} is not between 1 and 31")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyOnWeekday:
    """On the first, second, third, fourth or last of a weekday in every so many months."""

    every: int
    nth: Nth
    weekday: Weekday
    at: time

    def __post_init__(self) -> None:
        _check(self.every, MOST_MONTHS, self.at)


Cadence = Daily | Weekly | MonthlyOnDay | MonthlyOnWeekday


def _check(every: int, most: int, at: time) -> None:
    if not 1 <= every <= most:
        raise ValueError(f"every {every} is not between 1 and {most}")
    if at.second or at.microsecond or at.tzinfo:
        raise ValueError(f"{at} is not a wall time in whole minutes")


def to_json(cadence: Cadence) -> str:
    """The cadence as a JSON object, for a row."""
    fields: dict[str, object] = {"every": cadence.every, "at": cadence.at.isoformat("minutes")}
    match cadence:
        case Daily():
            fields["unit"] = "day"
        case Weekly():
            fields |= {"unit": "week", "weekdays": sorted(cadence.weekdays)}
        case MonthlyOnDay():
            fields |= {"unit": "month", "day": cadence.day}
        case MonthlyOnWeekday():
            fields |= {"unit": "month", "nth": cadence.nth, "weekday": cadence.weekday}
        case _:
            assert_never(cadence)
    return json.dumps(fields, sort_keys=True)


def from_json(text: str) -> Cadence:
    """The cadence that `to_json` wrote; raises ValueError or KeyError on anything else."""
    fields = json.loads(text)
    every, at = int(fields["every"]), time.fromisoformat(fields["at"])
    match fields["unit"]:
        case "day":
            return Daily(every=every, at=at)
        case "week":
            return Weekly(every=every, weekdays=frozenset(map(Weekday, fields["weekdays"])), at=at)
        case "month" if "day" in fields:
            return MonthlyOnDay(every=every, day=int(fields["day"]), at=at)
        case "month":
            nth, weekday = Nth(fields["nth"]), Weekday(fields["weekday"])
            return MonthlyOnWeekday(every=every, nth=nth, weekday=weekday, at=at)
        case unit:
            raise ValueError(f'"{unit}" is not a unit of a cadence')
