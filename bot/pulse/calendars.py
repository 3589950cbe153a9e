"""Whose days and hours count: working days, public holidays, leave, quiet hours, shifts."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from bot.pulse.localtime import MONDAY_TO_FRIDAY, Weekday
from bot.pulse.phrases import did_you_mean


class UnknownHolidays(ValueError):
    """A country, or a part of one, whose public holidays are not known."""


@lru_cache(maxsize=256)
def public_holidays(country: str, subdivision: str | None = None) -> Container[date]:
    """The public holidays of a country ("GB") or a part of it ("ENG"), of any year.

    Raises UnknownHolidays.
    """
    # Importing it takes 200 ms and many programmes never ask.
    import holidays

    try:
        whole = holidays.country_holidays(country.upper())
    except NotImplementedError as error:
        raise UnknownHolidays(
            f'"{country}" is not a country whose public holidays are known. '
            "Use its two-letter code, for example GB."
        ) from error
    if subdivision is None:
        return whole
    try:
        return holidays.country_holidays(country.upper(), subdiv=subdivision.upper())
    except NotImplementedError as error:
        hint = did_you_mean(subdivision, whole.subdivisions)
        raise UnknownHolidays(
            f'"{subdivision}" is not a part of {country.upper()} whose public holidays are known.'
            f"{hint or ' Use one of: ' + ', '.join(whole.subdivisions) + '.'}"
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A zone, its working days, and the public holidays of a country (None: none)."""

    zone: str
    working_days: frozenset[Weekday] = MONDAY_TO_FRIDAY
    country: str | None = None
    subdivision: str | None = None

    def __post_init__(self) -> None:
        if not self.working_days:
            raise ValueError("a calendar needs a working day")

    def works_on(self, day: date) -> bool:
        """Whether people are expected at work; raises UnknownHolidays."""
        if day.weekday() not in self.working_days:
            return False
        return self.country is None or day not in public_holidays(self.country, self.subdivision)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Wall times between which nothing is sent, from `start` up to `end`; may cross midnight."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError("quiet hours need an end that differs from their start")

    def hold_at(self, clock: time) -> bool:
        """Whether this wall time is quiet."""
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def end_after(self, wall: datetime) -> datetime:
        """When the quiet that holds at this wall time ends. It stays in the same showing of it."""
        end = wall.replace(hour=self.end.hour, minute=self.end.minute, second=0, microsecond=0)
        return end if end > wall else end + timedelta(days=1)


DEFAULT_QUIET_HOURS = QuietHours(time(20), time(8))


@dataclass(frozen=True, slots=True)
class Leave:
    """Days away, both ends included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRules:
    """When one person may be written to.

    `preferred` is the time that they chose for themselves, for example the start of their shift:
    it wins over the programme's quiet hours.
    """

    calendar: Calendar
    quiet: QuietHours = DEFAULT_QUIET_HOURS
    leave: tuple[Leave, ...] = ()
    preferred: time | None = None

    def is_there(self, day: date) -> bool:
        """Not on leave."""
        return not any(away.first <= day <= away.last for away in self.leave)

    def works_on(self, day: date) -> bool:
        """Expected at work and not on leave; raises UnknownHolidays."""
        return self.is_there(day) and self.calendar.works_on(day)
