"""The exact moments at which a pulse's rounds fall due, and what to do about missed ones.

APScheduler's triggers do the calendar arithmetic on wall time, with UTC standing in for a clock
that never changes; `to_utc` then turns the wall time into a moment. Given the real zone instead,
CronTrigger fires twice when clocks go back and late when they go forward, and
CalendarIntervalTrigger leaves that day out.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import assert_never

from bot.pulse.cadence import Cadence, Daily, MonthlyOnDay, MonthlyOnWeekday, Weekly
from bot.pulse.localtime import to_utc, to_wall, zone_of


def anchor_for(cadence: Cadence, zone: str, now: datetime) -> date:
    """The anchor of a cadence set at `now`: today where its time is still to come, else tomorrow.

    Counting from there, "every 2 weeks on Tuesday" starts on the very next Tuesday.
    """
    wall = to_wall(now, zone_of(zone))
    return wall.date() if wall.time() < cadence.at else wall.date() + timedelta(days=1)


def next_fire(cadence: Cadence, zone: str, after: datetime, anchor: date) -> datetime:
    """The first due moment (UTC) later than `after`.

    Weeks, days and months are counted from the first match on or after `anchor` (for a week, from
    the first of each weekday), so an every-two-weeks rhythm keeps its parity for ever. Clocks
    going forward over the wall time: the first moment after the gap. Clocks going back over it:
    once, the first time. Raises UnknownZone.
    """
    place = zone_of(zone)
    wall = to_wall(after, place)
    while True:
        wall = _next_wall(cadence, anchor, wall)
        moment = to_utc(wall, place)
        # Between the two showings of an hour, the first showing lies in the past: go on.
        if moment > after:
            return moment


def upcoming(
    cadence: Cadence, zone: str, after: datetime, anchor: date, count: int = 3
) -> tuple[datetime, ...]:
    """The next `count` due moments (UTC) later than `after`; raises UnknownZone."""
    moments: list[datetime] = []
    for _ in range(count):
        after = next_fire(cadence, zone, after, anchor)
        moments.append(after)
    return tuple(moments)


class Due(StrEnum):
    """What to do about a due moment."""

    NOT_YET = "not yet"
    OPEN = "open"
    MISSED = "missed"


def due(next_at: datetime, now: datetime, grace: timedelta) -> Due:
    """Whether the round of a due moment opens now; it may open late by up to `grace`."""
    if now < next_at:
        return Due.NOT_YET
    return Due.OPEN if now - next_at <= grace else Due.MISSED


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUp:
    """The due moment to open now, if any; those that were missed; the next one, after now."""

    opens: datetime | None
    skipped: tuple[datetime, ...]
    next_at: datetime


def catch_up(
    cadence: Cadence,
    zone: str,
    next_at: datetime,
    now: datetime,
    grace: timedelta,
    anchor: date,
) -> CatchUp:
    """What is due at `now`, whether the clock ticked in time or nothing ran for weeks.

    Only the newest due moment may still open, and only within its grace: two rounds at once would
    ask people the same thing twice. Raises UnknownZone.
    """
    passed: list[datetime] = []
    while due(next_at, now, grace) is not Due.NOT_YET:
        passed.append(next_at)
        next_at = next_fire(cadence, zone, next_at, anchor)
    opens = passed.pop() if passed and due(passed[-1], now, grace) is Due.OPEN else None
    return CatchUp(opens=opens, skipped=tuple(passed), next_at=next_at)


def _next_wall(cadence: Cadence, anchor: date, after: datetime) -> datetime:
    """The first wall time of the cadence later than wall time `after`, both naive."""
    # Imported here: APScheduler takes a while, and a start does not need it.
    from bot.pulse import triggers

    # Cadences are in whole minutes: later than 10:00:30 is the same as 10:01 or later.
    floor = after.replace(second=0, microsecond=0, fold=0, tzinfo=UTC) + timedelta(minutes=1)
    match cadence:
        case Daily():
            found = triggers.daily(cadence, anchor).get_next_fire_time(None, floor)
        case Weekly():
            found = triggers.weekly(cadence, anchor).get_next_fire_time(None, floor)
        case MonthlyOnDay() | MonthlyOnWeekday():
            found = _next_month(cadence, anchor, floor)
        case _:
            assert_never(cadence)
    return found.replace(tzinfo=None)


def _next_month(
    cadence: MonthlyOnDay | MonthlyOnWeekday, anchor: date, floor: datetime
) -> datetime:
    from bot.pulse import triggers

    trigger = triggers.monthly(cadence)
    first = trigger.get_next_fire_time(None, datetime.combine(anchor, time(0), UTC))
    if floor <= first:
        return first
    found = trigger.get_next_fire_time(None, floor)
    wait = -(_months(found) - _months(first)) % cadence.every
    if wait == 0:
        return found
    year, month = divmod(_months(found) + wait, 12)
    return trigger.get_next_fire_time(None, datetime(year, month + 1, 1, tzinfo=UTC))


def _months(moment: datetime) -> int:
    """Months since year 0, January = 0."""
    return moment.year * 12 + moment.month - 1
