"""Cadences in words: "every 2 weeks on Tuesday at 10:00" to a value, and back.

Why the grammar is our own: docs/decisions/0003-cadence-grammar.md.
"""

import re
from dataclasses import replace
from datetime import time
from enum import StrEnum
from typing import assert_never

from bot.pulse.cadence import (
    MOST_DAYS,
    MOST_MONTHS,
    MOST_WEEKS,
    Cadence,
    Daily,
    MonthlyOnDay,
    MonthlyOnWeekday,
    Nth,
    Weekly,
)
from bot.pulse.localtime import MONDAY_TO_FRIDAY, Weekday
from bot.pulse.phrases import Problem, Refused, Words, parse_count, parse_time, quoted

DEFAULT_TIME = time(10)
EXAMPLE = 'For example: "every 2 weeks on Tuesday at 10:00".'
MONTH_EXAMPLE = 'For example: "every month on the first Tuesday at 10:00".'


class _Unit(StrEnum):
    DAY = "days"
    WEEKDAY = "weekdays"
    WEEK = "weeks"
    MONTH = "months"


_MOST = {
    _Unit.DAY: MOST_DAYS,
    _Unit.WEEKDAY: 1,
    _Unit.WEEK: MOST_WEEKS,
    _Unit.MONTH: MOST_MONTHS,
}
_RHYTHMS = {
    "daily": (1, _Unit.DAY),
    "weekly": (1, _Unit.WEEK),
    "fortnightly": (2, _Unit.WEEK),
    "monthly": (1, _Unit.MONTH),
    "quarterly": (3, _Unit.MONTH),
}
_UNITS = {
    "day": (1, _Unit.DAY),
    "weekday": (1, _Unit.WEEKDAY),
    "workday": (1, _Unit.WEEKDAY),
    "week": (1, _Unit.WEEK),
    "fortnight": (2, _Unit.WEEK),
    "month": (1, _Unit.MONTH),
    "quarter": (3, _Unit.MONTH),
}
_UNITS |= {f"{word}s": unit for word, unit in _UNITS.items()}
_TWO_MEANINGS = {
    "biweekly": 'twice a week or every 2 weeks. Use "every 2 weeks on Tuesday".',
    "bimonthly": 'twice a month or every 2 months. Use "every 2 months on day 15".',
}
_WEEKDAY_NAMES = tuple(day.name.capitalize() for day in Weekday)
_WEEKDAYS = {
    form.lower(): day for day in Weekday for form in (day.name, f"{day.name}S", day.name[:3])
} | {
    "tues": Weekday.TUESDAY,
    "weds": Weekday.WEDNESDAY,
    "thur": Weekday.THURSDAY,
    "thurs": Weekday.THURSDAY,
}
_NTHS = {"1st": Nth.FIRST, "2nd": Nth.SECOND, "3rd": Nth.THIRD, "4th": Nth.FOURTH}
_NTHS |= {nth.value: nth for nth in Nth}
_NUMBERS = {Nth.FIRST: 1, Nth.SECOND: 2, Nth.THIRD: 3, Nth.FOURTH: 4}


def parse_cadence(text: str) -> Cadence | Problem:
    """What was typed as a cadence, or the word that was not understood and the way out.

    Without a time of day it is 10:00.
    """
    words = Words(text, EXAMPLE)
    try:
        every, unit = _rhythm(words)
        # The time may come before the days: "every week at 10 on Tuesday".
        at = _clock(words)
        cadence = _pattern(words, every, unit)
        at = _clock(words) if at is None else at
        words.end()
    except Refused as refused:
        return refused.problem
    return cadence if at is None else replace(cadence, at=at)


def in_words(cadence: Cadence, zone: str | None = None) -> str:
    """The cadence in plain words; without a zone, `parse_cadence` reads them back."""
    at = f"{cadence.at:%H:%M}"
    match cadence:
        case Daily():
            when = _every(cadence.every, "day")
        case Weekly(every=1, weekdays=days) if days == MONDAY_TO_FRIDAY:
            when = "every weekday"
        case Weekly():
            names = [_WEEKDAY_NAMES[day] for day in sorted(cadence.weekdays)]
            listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
            when = f"{_every(cadence.every, 'week')} on {listed}"
        case MonthlyOnDay(day=31):
            when = f"{_every(cadence.every, 'month')} on the last day"
        case MonthlyOnDay():
            shorter = " or the last day" if cadence.day > 28 else ""
            when = f"{_every(cadence.every, 'month')} on day {cadence.day}{shorter}"
        case MonthlyOnWeekday():
            day = _WEEKDAY_NAMES[cadence.weekday]
            when = f"{_every(cadence.every, 'month')} on the {cadence.nth} {day}"
        case _:
            assert_never(cadence)
    return f"{when} at {at}{_zone_in_words(zone)}"


def _every(count: int, unit: str) -> str:
    return f"every {unit}" if count == 1 else f"every {count} {unit}s"


def _zone_in_words(zone: str | None) -> str:
    if zone is None:
        return ""
    city = zone.rpartition("/")[2].replace("_", " ")
    return f" ({city} time)" if "/" in zone else f" ({city})"


def _rhythm(words: Words) -> tuple[int, _Unit]:
    """ "every 2 weeks" -> 2 weeks; "every Tuesday" -> 1 week, with Tuesday still to be read."""
    first = words.peek()
    if first in _RHYTHMS:
        words.read()
        return _RHYTHMS[first]
    if first in _TWO_MEANINGS:
        word = words.read()
        raise Refused(word, f"{quoted(word)} can mean {_TWO_MEANINGS[first]}")
    if not words.take("every", "each"):
        words.refuse(f"How often? {EXAMPLE}", ("every", *_RHYTHMS))

    typed, count = _count(words)
    unit_word = words.peek()
    if words.take("working", "work"):
        words.expect("days", "day")
        unit_word, factor, unit = "working days", 1, _Unit.WEEKDAY
    elif unit_word in _UNITS:
        words.read()
        factor, unit = _UNITS[unit_word]
    elif unit_word in _WEEKDAYS:
        factor, unit = 1, _Unit.WEEK
    elif unit_word in _NTHS and not typed:
        _refuse_two_meanings(words)
        factor, unit = 1, _Unit.MONTH
    else:
        words.refuse(f"Every what? {EXAMPLE}", (*_UNITS, *_WEEKDAY_NAMES))
    every, most = count * factor, _MOST[unit]
    if not 1 <= every <= most:
        way_out = f"Use 1 to {most // factor}." if most > 1 else "Leave it out."
        raise Refused(typed, f"{quoted(typed)} {unit_word} is not possible. {way_out}")
    return every, unit


def _count(words: Words) -> tuple[str, int]:
    """The typed number and what it counts: "two" is 2, "other" too; ("", 1) if there is none."""
    word = words.peek()
    if word == "other":
        return words.read(), 2
    if words.peek(1) in _UNITS and _NUMBERS.get(_NTHS.get(word, Nth.LAST), 1) > 1:
        return words.read(), _NUMBERS[_NTHS[word]]
    count = parse_count(word)
    return ("", 1) if count is None else (words.read(), count)


def _refuse_two_meanings(words: Words) -> None:
    """ "every second Tuesday" may mean alternate weeks; "... of the month" makes it clear."""
    number = _NUMBERS.get(_NTHS[words.peek()], 1)
    if number > 1 and words.peek(2) != "of":
        word = words.read()
        raise Refused(
            word,
            f"{quoted(word)} can mean every {number} weeks or once a month. "
            f'Use "every {number} weeks on Tuesday" or "monthly on the {_NTHS[word.lower()]} '
            'Tuesday".',
        )


def _pattern(words: Words, every: int, unit: _Unit) -> Cadence:
    """The days of the rhythm, at the default time."""
    match unit:
        case _Unit.DAY:
            return Daily(every=every, at=DEFAULT_TIME)
        case _Unit.WEEKDAY:
            return Weekly(every=1, weekdays=MONDAY_TO_FRIDAY, at=DEFAULT_TIME)
        case _Unit.WEEK:
            return Weekly(every=every, weekdays=_weekdays(words), at=DEFAULT_TIME)
        case _Unit.MONTH:
            cadence = _month_pattern(words, every)
            if words.take("of"):
                words.expect("the", "each", "every")
                words.expect("month")
            return cadence


def _weekdays(words: Words) -> frozenset[Weekday]:
    words.take("on")
    found: set[Weekday] = set()
    while True:
        if words.peek() not in _WEEKDAYS:
            words.refuse(f"On which day of the week? {EXAMPLE}", _WEEKDAY_NAMES)
        found.add(_WEEKDAYS[words.read().lower()])
        if not words.take("and") and words.peek() not in _WEEKDAYS:
            return frozenset(found)


def _month_pattern(words: Words, every: int) -> MonthlyOnDay | MonthlyOnWeekday:
    words.take("on")
    words.take("the")
    nth = _NTHS.get(words.peek())
    if nth is not None and words.peek(1) in _WEEKDAYS:
        words.read()
        weekday = _WEEKDAYS[words.read().lower()]
        return MonthlyOnWeekday(every=every, nth=nth, weekday=weekday, at=DEFAULT_TIME)
    if nth is Nth.LAST:
        words.read()
        if not words.take("day"):
            words.refuse(f"The last what? {MONTH_EXAMPLE}", ("day", *_WEEKDAY_NAMES))
        return MonthlyOnDay(every=every, day=31, at=DEFAULT_TIME)
    if nth is not None:
        words.read()
        words.take("day")
        return MonthlyOnDay(every=every, day=_NUMBERS[nth], at=DEFAULT_TIME)
    words.take("day")
    number = re.fullmatch(r"([0-9]{1,3})(st|nd|rd|th)?", words.peek())
    if number is None:
        words.refuse(
            f"On which day of the month? {MONTH_EXAMPLE}", ("day", *_NTHS, *_WEEKDAY_NAMES)
        )
    word = words.read()
    day = int(number[1])
    if not 1 <= day <= 31:
        raise Refused(word, f'There is no day {quoted(word)}. Use 1 to 31, or "the last day".')
    if day > 28 and words.take("or"):
        for expected in ("the", "last", "day"):
            words.expect(expected)
    return MonthlyOnDay(every=every, day=day, at=DEFAULT_TIME)


def _clock(words: Words) -> time | None:
    """A time of day if one comes next; a bare number is one only after "at"."""
    said_at = words.take("at")
    word, split = words.peek(), words.peek(1) in ("am", "pm", "a.m", "p.m")
    if said_at and not word:
        words.refuse(f"At what time? {EXAMPLE}")
    bare = word.isdigit() or (":" not in word and isinstance(parse_time(word), Problem))
    if bare and not said_at and not split:
        return None
    typed = f"{words.read()} {words.read()}" if split else words.read()
    clock = parse_time(typed)
    if isinstance(clock, Problem):
        raise Refused(clock.word, clock.message)
    return clock
