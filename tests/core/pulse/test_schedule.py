"""Fire times against a plain calendar walked day by day, at every change of clocks, and misses."""

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.pulse.cadence import Cadence, Daily, MonthlyOnDay, MonthlyOnWeekday, Nth, Weekly
from bot.pulse.localtime import UnknownZone, Weekday, to_utc, to_wall, zone_of
from bot.pulse.schedule import (
    CatchUp,
    Due,
    anchor_for,
    catch_up,
    due,
    next_fire,
    upcoming,
)
from tests.core.pulse.test_cadence import CADENCES

LONDON = "Europe/London"
NEW_YORK = "America/New_York"
LORD_HOWE = "Australia/Lord_Howe"
ANCHOR = date(2026, 1, 1)
HOUR = timedelta(hours=1)

ZONES = st.sampled_from([LONDON, NEW_YORK, LORD_HOWE, "Asia/Kathmandu", "America/Havana", "UTC"])
ANCHORS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
AFTERS = st.datetimes(
    datetime.fromisoformat("2023-01-01"),
    datetime.fromisoformat("2032-01-01"),
    timezones=st.just(UTC),
)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def tuesdays(every: int = 1, at: time = time(10)) -> Weekly:
    return Weekly(every=every, weekdays=frozenset({Weekday.TUESDAY}), at=at)


# --- against a plain calendar ----------------------------------------------------------------


def matcher(cadence: Cadence, anchor: date) -> Callable[[date], bool]:
    """Whether the cadence falls on a day: the definition, without any cleverness."""

    def first(matches: Callable[[date], bool]) -> date:
        day = anchor
        while not matches(day):
            day += timedelta(days=1)
        return day

    def monthly(matches: Callable[[date], bool]) -> Callable[[date], bool]:
        start = first(matches)

        def in_step(day: date) -> bool:
            months = (day.year - start.year) * 12 + day.month - start.month
            return matches(day) and months % cadence.every == 0

        return in_step

    match cadence:
        case Daily(every=every):
            return lambda day: (day - anchor).days % every == 0
        case Weekly(every=every, weekdays=weekdays):
            starts = {w: first(lambda day, w=w: day.weekday() == w) for w in weekdays}  # type: ignore[misc]
            return lambda day: (
                day.weekday() in starts
                and (day - starts[Weekday(day.weekday())]).days % (7 * every) == 0
            )
        case MonthlyOnDay(day=number):
            return monthly(lambda day: day.day == min(number, monthrange(day.year, day.month)[1]))
        case MonthlyOnWeekday(nth=nth, weekday=weekday):

            def is_nth(day: date) -> bool:
                length = monthrange(day.year, day.month)[1]
                days = [n for n in range(1, length + 1) if day.replace(day=n).weekday() == weekday]
                return day.day == days[-1 if nth is Nth.LAST else list(Nth).index(nth)]

            return monthly(is_nth)


@given(CADENCES, ZONES, AFTERS, ANCHORS)
def test_the_next_moment_is_the_first_that_a_plain_calendar_finds(
    cadence: Cadence, zone: str, after: datetime, anchor: date
) -> None:
    falls_on = matcher(cadence, anchor)
    place = zone_of(zone)
    day = max(anchor, to_wall(after, place).date())
    while not falls_on(day) or to_utc(datetime.combine(day, cadence.at), place) <= after:
        day += timedelta(days=1)
    expected = to_utc(datetime.combine(day, cadence.at), place)
    assert next_fire(cadence, zone, after, anchor) == expected


@given(CADENCES, ZONES, AFTERS, ANCHORS)
@example(
    MonthlyOnDay(every=9, day=9, at=time(0, 0)),
    "America/Havana",
    datetime(2028, 1, 1, tzinfo=UTC),
    date(2025, 12, 1),
)
def test_moments_rise_and_show_the_time_of_the_cadence(
    cadence: Cadence, zone: str, after: datetime, anchor: date
) -> None:
    place = zone_of(zone)
    moments = upcoming(cadence, zone, after, anchor, count=5)
    assert len(moments) == 5
    assert all(one < next_one for one, next_one in pairwise((after, *moments)))
    for moment in moments:
        wall = to_wall(moment, place)
        # In whole moments: a gap may begin at midnight.
        skipped = datetime.combine(wall.date(), cadence.at)
        in_gap = to_wall(moment - timedelta(seconds=1), place) < skipped < wall
        assert wall.time() == cadence.at or in_gap
        assert wall.date() >= anchor


# --- clocks go forward and back --------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "at", "before", "expected"),
    [
        # 01:00 GMT becomes 02:00 BST.
        (LONDON, time(1, 30), utc(2026, 3, 28, 12), utc(2026, 3, 29, 1)),
        # 02:00 EST becomes 03:00 EDT.
        (NEW_YORK, time(2, 30), utc(2026, 3, 7, 12), utc(2026, 3, 8, 7)),
        # 02:00 becomes 02:30: half an hour.
        (LORD_HOWE, time(2, 15), utc(2026, 10, 3, 12), utc(2026, 10, 3, 15, 30)),
    ],
)
def test_a_time_that_the_clocks_skip_fires_at_the_first_moment_after_the_gap(
    zone: str, at: time, before: datetime, expected: datetime
) -> None:
    daily = Daily(every=1, at=at)
    assert next_fire(daily, zone, before, ANCHOR) == expected
    following = to_wall(next_fire(daily, zone, expected, ANCHOR), zone_of(zone))
    assert following.time() == at
    assert following.date() == to_wall(expected, zone_of(zone)).date() + timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "at", "before", "expected"),
    [
        # 02:00 BST becomes 01:00 GMT.
        (LONDON, time(1, 30), utc(2026, 10, 24, 12), utc(2026, 10, 25, 0, 30)),
        # 02:00 EDT becomes 01:00 EST.
        (NEW_YORK, time(1, 30), utc(2026, 10, 31, 12), utc(2026, 11, 1, 5, 30)),
        # 02:00 becomes 01:30: half an hour.
        (LORD_HOWE, time(1, 45), utc(2026, 4, 4, 12), utc(2026, 4, 4, 14, 45)),
    ],
)
def test_a_time_that_the_clocks_show_twice_fires_once_the_first_time(
    zone: str, at: time, before: datetime, expected: datetime
) -> None:
    daily = Daily(every=1, at=at)
    assert next_fire(daily, zone, before, ANCHOR) == expected
    following = next_fire(daily, zone, expected, ANCHOR)
    assert following - expected > timedelta(hours=24)
    # Asked at any moment up to the second showing, it does not go back to the first.
    for minute in range(61):
        assert next_fire(daily, zone, expected + timedelta(minutes=minute), ANCHOR) == following


def test_a_weekly_time_stays_put_on_the_wall_when_the_clocks_change() -> None:
    moments = upcoming(tuesdays(), LONDON, utc(2026, 3, 20), ANCHOR, count=2)
    assert moments == (utc(2026, 3, 24, 10), utc(2026, 3, 31, 9))


# --- rhythm ----------------------------------------------------------------------------------


def test_every_two_weeks_keeps_its_weeks_for_years() -> None:
    anchor = date(2026, 1, 6)
    moments = upcoming(tuesdays(every=2), LONDON, utc(2026, 1, 1), anchor, count=260)
    days = [(to_wall(moment, zone_of(LONDON)).date() - anchor).days for moment in moments]
    assert days == [14 * n for n in range(260)]


def test_every_two_weeks_starts_on_the_very_next_of_its_days() -> None:
    cadence = tuesdays(every=2)
    wednesday, tuesday_early, tuesday_late = (
        utc(2026, 1, 7, 12),
        utc(2026, 1, 6, 9),
        utc(2026, 1, 6, 11),
    )
    for now, first in [
        (wednesday, utc(2026, 1, 13, 10)),
        (tuesday_early, utc(2026, 1, 6, 10)),
        (tuesday_late, utc(2026, 1, 13, 10)),
    ]:
        anchor = anchor_for(cadence, LONDON, now)
        assert next_fire(cadence, LONDON, now, anchor) == first


def test_the_anchor_is_a_day_in_the_zone_of_the_schedule() -> None:
    assert anchor_for(tuesdays(), "Pacific/Auckland", utc(2026, 1, 5, 12)) == date(2026, 1, 6)


def test_a_day_that_a_month_lacks_is_its_last_day() -> None:
    moments = upcoming(
        MonthlyOnDay(every=1, day=31, at=time(10)), "UTC", utc(2027, 1, 1), ANCHOR, count=4
    )
    assert [(m.month, m.day) for m in moments] == [(1, 31), (2, 28), (3, 31), (4, 30)]
    leap = next_fire(MonthlyOnDay(every=1, day=30, at=time(10)), "UTC", utc(2028, 2, 1), ANCHOR)
    assert leap == utc(2028, 2, 29, 10)


def test_every_five_months_crosses_the_years_in_step() -> None:
    last_friday = MonthlyOnWeekday(every=5, nth=Nth.LAST, weekday=Weekday.FRIDAY, at=time(16))
    moments = upcoming(last_friday, "UTC", utc(2026, 1, 1), ANCHOR, count=4)
    assert [m.date() for m in moments] == [
        date(2026, 1, 30),
        date(2026, 6, 26),
        date(2026, 11, 27),
        date(2027, 4, 30),
    ]


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(UnknownZone, match="Europe/Londn"):
        next_fire(tuesdays(), "Europe/Londn", utc(2026, 1, 1), ANCHOR)


# --- what was missed -------------------------------------------------------------------------

GRACE = timedelta(hours=6)
SLOT = utc(2026, 1, 6, 10)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (SLOT - timedelta(seconds=1), Due.NOT_YET),
        (SLOT, Due.OPEN),
        (SLOT + GRACE, Due.OPEN),
        (SLOT + GRACE + timedelta(seconds=1), Due.MISSED),
    ],
)
def test_a_round_opens_from_its_moment_until_its_grace_is_over(
    now: datetime, expected: Due
) -> None:
    assert due(SLOT, now, GRACE) is expected


def test_before_its_moment_nothing_happens() -> None:
    assert catch_up(tuesdays(), "UTC", SLOT, SLOT - HOUR, GRACE, ANCHOR) == CatchUp(
        opens=None, skipped=(), next_at=SLOT
    )


def test_a_round_that_is_due_opens_and_the_next_is_set() -> None:
    assert catch_up(tuesdays(), "UTC", SLOT, SLOT + HOUR, GRACE, ANCHOR) == CatchUp(
        opens=SLOT, skipped=(), next_at=utc(2026, 1, 13, 10)
    )


def test_after_weeks_of_silence_only_the_newest_round_opens() -> None:
    assert catch_up(tuesdays(), "UTC", SLOT, utc(2026, 1, 20, 12), GRACE, ANCHOR) == CatchUp(
        opens=utc(2026, 1, 20, 10),
        skipped=(SLOT, utc(2026, 1, 13, 10)),
        next_at=utc(2026, 1, 27, 10),
    )


def test_a_round_missed_by_more_than_its_grace_is_skipped() -> None:
    assert catch_up(tuesdays(), "UTC", SLOT, utc(2026, 1, 14), GRACE, ANCHOR) == CatchUp(
        opens=None, skipped=(SLOT, utc(2026, 1, 13, 10)), next_at=utc(2026, 1, 20, 10)
    )


@given(CADENCES, ZONES, AFTERS, ANCHORS, st.timedeltas(timedelta(0), timedelta(days=90)))
def test_catching_up_accounts_for_every_moment_once(
    cadence: Cadence, zone: str, after: datetime, anchor: date, silence: timedelta
) -> None:
    first = next_fire(cadence, zone, after, anchor)
    now = first + silence
    caught = catch_up(cadence, zone, first, now, GRACE, anchor)
    passed = [*caught.skipped, *([caught.opens] if caught.opens else [])]
    assert (*passed, caught.next_at) == (
        first,
        *upcoming(cadence, zone, first, anchor, count=len(passed)),
    )
    assert passed[-1] <= now < caught.next_at
    assert (caught.opens is not None) == (now - passed[-1] <= GRACE)
