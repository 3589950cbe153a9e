"""An organisation, where it can be reached, and its programmes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum


class Level(StrEnum):
    """What the organisation bought."""

    GOLD = "gold"
    SILVER = "silver"
    BRONZE = "bronze"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """The tenant: nothing crosses from one to another."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A Slack team or enterprise, a Teams tenant, or the playground."""

    id: str
    org_id: str
    platform: str
    external_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """One change programme. `change` is what `[change]` stands for in questions.

    `expected_rate` (percent) plans the reporting groups until there is a round to learn from.
    `working_days` are weekdays, Monday 0; quiet hours are wall-clock times of each person.
    """

    id: str
    org_id: str
    name: str
    change: str
    level: Level
    starts_on: date
    ends_on: date
    zone: str
    country: str = "GB"
    subdivision: str | None = "ENG"
    profile: str = "standard"
    expected_rate: int = 50
    working_days: tuple[int, ...] = (0, 1, 2, 3, 4)
    quiet_from: time = time(19, 0)
    quiet_to: time = time(8, 0)
    paused: bool = False
