"""How long a round stays open, and when its invitation and reminders reach a person."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from bot.pulse.calendars import Calendar, PersonRules
from bot.pulse.localtime import to_utc, to_wall, zone_of
from bot.pulse.phrases import Problem, Refused, Words, parse_count, quoted

ANSWERING_TIME = timedelta(hours=4)
"""What an invitation leaves of the window, or half of a window shorter than twice this."""
LATE = timedelta(hours=1)
"""A message that goes out this long after its moment was held up: a lane alone takes minutes."""
NO_CLOSE = timedelta(days=366)
"""What belongs to no round may wait out a long leave."""
LATER_BY = timedelta(hours=3)
MORNING = time(9, 30)
MOST_REMINDERS = 2
LONGEST_DAYS = 31


class Unit(StrEnum):
    """What a window is counted in."""

    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working days"


@dataclass(frozen=True, slots=True)
class Window:
    """How long a round stays open, up to 31 days."""

    length: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 1 <= self.length <= _MOST[self.unit]:
            raise ValueError(f"{self.length} is not between 1 and {_MOST[self.unit]} {self.unit}")

    def in_words(self) -> str:
        """ "5 working days"; `parse_window` reads it back."""
        return f"{self.length} {self.unit if self.length > 1 else self.unit.removesuffix('s')}"


_MOST = {Unit.HOURS: LONGEST_DAYS * 24, Unit.DAYS: LONGEST_DAYS, Unit.WORKING_DAYS: 23}
_UNITS = {
    "hour": (1, Unit.HOURS),
    "day": (1, Unit.DAYS),
    "week": (7, Unit.DAYS),
    "fortnight": (14, Unit.DAYS),
    "weekday": (1, Unit.WORKING_DAYS),
    "workday": (1, Unit.WORKING_DAYS),
}
_UNITS |= {f"{word}s": unit for word, unit in _UNITS.items()}
_EXAMPLE = 'For example: "5 working days".'

DEFAULT_WINDOW = Window(5, Unit.WORKING_DAYS)
"""Shift workers need 10 to 14 days: `Window(10, Unit.DAYS)`."""


def parse_window(text: str) -> Window | Problem:
    """A window: "5 working days", "2 days", "1 week", "36 hours", "a fortnight"."""
    words = Words(text, _EXAMPLE)
    try:
        count = parse_count(words.peek())
        if count is None:
            words.refuse(f"How long? {_EXAMPLE}")
        typed = words.read()
        if words.take("working", "work", "business"):
            words.expect("days", "day")
            factor, unit = 1, Unit.WORKING_DAYS
        elif words.peek() in _UNITS:
            factor, unit = _UNITS[words.read().lower()]
        else:
            words.refuse(f"Hours, days or weeks? {_EXAMPLE}", _UNITS)
        words.end()
    except Refused as refused:
        return refused.problem
    if not 1 <= count * factor <= _MOST[unit]:
        most = Window(_MOST[unit], unit).in_words()
        return Problem(typed, f"{quoted(typed)} is not possible. Use 1 hour to {most}.")
    return Window(count * factor, unit)


def close_at(opened_at: datetime, window: Window, calendar: Calendar) -> datetime:
    """When a round closes (UTC): counted in days, at the wall time at which it opened.

    Working days skip weekends and public holidays; one opened on such a day counts from the next
    working day. Raises UnknownZone and UnknownHolidays.
    """
    if window.unit is Unit.HOURS:
        return opened_at + timedelta(hours=window.length)
    zone = zone_of(calendar.zone)
    wall = to_wall(opened_at, zone)
    if window.unit is Unit.DAYS:
        return to_utc(wall + timedelta(days=window.length), zone)
    wall = _on_working_day(wall, calendar)
    for _ in range(window.length):
        wall = _on_working_day(wall + timedelta(days=1), calendar)
    return to_utc(wall, zone)


def _on_working_day(wall: datetime, calendar: Calendar) -> datetime:
    while not calendar.works_on(wall.date()):
        wall += timedelta(days=1)
    return wall


def send_at(rules: PersonRules, opened_at: datetime, close_at: datetime) -> datetime | None:
    """The earliest moment in [opened_at, close_at) at which an invitation or reminder may be sent.

    It is moved inside the window, never out of it. Where the rules leave no moment that gives the
    person time to answer, they yield in this order: the preferred time; weekends and public
    holidays; leave; the time to answer. Quiet hours never yield: None means that the whole window
    lies within them. Raises UnknownZone and UnknownHolidays.
    """
    latest = close_at - min(ANSWERING_TIME, (close_at - opened_at) / 2)
    if rules.preferred is not None:
        preferred = _first_at(rules, rules.preferred, opened_at, latest)
        if preferred is not None:
            return preferred
    return (
        _first_awake(rules, rules.works_on, opened_at, latest)
        or _first_awake(rules, rules.is_there, opened_at, latest)
        or _first_awake(rules, _any_day, opened_at, close_at)
    )


def contact_at(rules: PersonRules, start: datetime) -> datetime:
    """The earliest moment from `start` on for a message that belongs to no round.

    Raises UnknownZone and UnknownHolidays.
    """
    # Quiet hours end every day, so there always is one.
    return send_at(rules, start, start + NO_CLOSE) or start


def awake_at(rules: PersonRules, moment: datetime) -> datetime:
    """The moment, or the end of the quiet hours in which it lies, on any day."""
    return _first_awake(rules, _any_day, moment, moment + NO_CLOSE) or moment


def goes_at(
    rules: PersonRules, due_at: datetime, now: datetime, close_at: datetime
) -> datetime | None:
    """When a message goes out that was due at `due_at` and is about to be sent at `now`.

    Now, as it was planned; but never in quiet hours or while the person is away, and where it is
    late (nothing ran, say) on a day on which an invitation would be sent too. Its own time has
    passed by then, so the person's preferred one is not waited for. None: no such moment is left.
    Raises UnknownZone and UnknownHolidays.
    """
    today = to_wall(now, zone_of(rules.calendar.zone)).date()
    if now - due_at <= LATE and _may_wake(rules, now) and rules.is_there(today):
        return now
    return send_at(replace(rules, preferred=None), now, close_at)


def reminder_times(
    opened_at: datetime, close_at: datetime, count: int, calendar: Calendar
) -> tuple[datetime, ...]:
    """When the reminders of a round are due: the same for everyone, `send_at` then moves them.

    One or two, at about a half and four fifths of the working days on which the round is open,
    at the wall time at which it opened; a round open on fewer days than that has fewer reminders,
    and one that is over within a day has its only one half-way. Raises ValueError unless `count`
    is 0, 1 or 2; UnknownZone and UnknownHolidays.
    """
    if not 0 <= count <= MOST_REMINDERS:
        raise ValueError(f"{count} reminders are not 0 to {MOST_REMINDERS}")
    zone = zone_of(calendar.zone)
    mornings: list[datetime] = []
    wall = to_wall(opened_at, zone) + timedelta(days=1)
    while (moment := to_utc(wall, zone)) < close_at:
        if calendar.works_on(wall.date()):
            mornings.append(moment)
        wall += timedelta(days=1)
    if not mornings:
        return (opened_at + (close_at - opened_at) / 2,)[:count]
    tenths = (5, 8)[:count]
    places = sorted({part * (len(mornings) + 1) // 10 for part in tenths})
    return tuple(mornings[place - 1] for place in places)


class Snooze(StrEnum):
    """ "Ask me later today" and "ask me tomorrow"."""

    LATER = "later"
    TOMORROW = "tomorrow"


def snooze(
    choice: Snooze, now: datetime, rules: PersonRules, close_at: datetime
) -> datetime | None:
    """When to ask a person again; None if that would be after the round has closed.

    Later is in 3 hours, or when the quiet hours after that are over. Tomorrow is their next
    working day at their preferred time, else at 09:30 or when their quiet hours are over.
    Raises UnknownZone and UnknownHolidays.
    """
    zone = zone_of(rules.calendar.zone)
    today = to_wall(now, zone).date()
    if choice is Snooze.LATER:
        # Whoever asks for it today is there today, whatever the calendar says.
        return _first_awake(
            rules, lambda day: day == today or rules.works_on(day), now + LATER_BY, close_at
        )
    midnight = to_utc(datetime.combine(today + timedelta(days=1), time(0)), zone)
    if rules.preferred is not None:
        return _first_at(rules, rules.preferred, midnight, close_at)
    morning = _first_at(rules, MORNING, midnight, close_at)
    return None if morning is None else _first_awake(rules, rules.works_on, morning, close_at)


def _may_wake(rules: PersonRules, now: datetime) -> bool:
    """Outside quiet hours, or at the time that the person chose instead."""
    zone = zone_of(rules.calendar.zone)
    wall = to_wall(now, zone)
    if not rules.quiet.hold_at(wall.time()):
        return True
    if rules.preferred is None:
        return False
    chosen = datetime.combine(to_wall(now - LATE, zone).date(), rules.preferred)
    days = (chosen, chosen + timedelta(days=1))
    return any(timedelta() <= now - to_utc(day, zone) <= LATE for day in days)


def _any_day(_: date) -> bool:
    return True


def _first_awake(
    rules: PersonRules, allowed: Callable[[date], bool], start: datetime, until: datetime
) -> datetime | None:
    """The first moment in [start, until) on an allowed day and outside quiet hours."""
    zone = zone_of(rules.calendar.zone)
    moment = start
    while moment < until:
        wall = to_wall(moment, zone)
        if not allowed(wall.date()):
            moment = to_utc(datetime.combine(wall.date() + timedelta(days=1), time(0)), zone)
        elif rules.quiet.hold_at(wall.time()):
            moment = to_utc(rules.quiet.end_after(wall), zone)
        else:
            return moment
    return None


def _first_at(rules: PersonRules, clock: time, start: datetime, until: datetime) -> datetime | None:
    """The first moment in [start, until) at this wall time on a day the person works."""
    zone = zone_of(rules.calendar.zone)
    wall = datetime.combine(to_wall(start, zone).date(), clock)
    while (moment := to_utc(wall, zone)) < until:
        if moment >= start and rules.works_on(wall.date()):
            return moment
        wall += timedelta(days=1)
    return None
