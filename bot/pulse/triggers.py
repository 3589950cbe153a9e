"""APScheduler's triggers for each cadence, on wall time with UTC standing in for the zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.pulse.cadence import Daily, MonthlyOnDay, MonthlyOnWeekday, Weekly


class Trigger(Protocol):
    """What APScheduler's triggers have in common, as far as it is used here."""

    def get_next_fire_time(self, previous_fire_time: None, now: datetime) -> datetime: ...


def daily(cadence: Daily, anchor: date) -> Trigger:
    """Every so many days from the anchor on."""
    start = datetime.combine(anchor, cadence.at, UTC)
    trigger: Trigger = IntervalTrigger(days=cadence.every, start_date=start)
    return trigger


def weekly(cadence: Weekly, anchor: date) -> Trigger:
    """One interval trigger a weekday, each starting on its first date on or after the anchor."""
    first = datetime.combine(anchor, cadence.at, UTC)
    trigger: Trigger = OrTrigger(
        [
            IntervalTrigger(
                weeks=cadence.every,
                start_date=first + timedelta(days=(weekday - anchor.weekday()) % 7),
            )
            for weekday in cadence.weekdays
        ]
    )
    return trigger


@lru_cache(maxsize=1024)
def monthly(cadence: MonthlyOnDay | MonthlyOnWeekday) -> Trigger:
    """Every match in every month; parsing a cron expression costs more than using it."""
    hour, minute = cadence.at.hour, cadence.at.minute

    def cron(day: str, month: str = "*") -> CronTrigger:
        return CronTrigger(month=month, day=day, hour=hour, minute=minute, timezone=UTC)

    if isinstance(cadence, MonthlyOnWeekday):
        nth = {"first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "last": "last"}
        trigger: Trigger = cron(f"{nth[cadence.nth]} {cadence.weekday.name[:3].lower()}")
    elif cadence.day == 31:
        trigger = cron("last")
    elif cadence.day > 28:
        # February is the one month without a day 29 or 30.
        trigger = OrTrigger([cron(str(cadence.day)), cron("last", month="2")])
    else:
        trigger = cron(str(cadence.day))
    return trigger
