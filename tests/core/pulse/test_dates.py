"""When pulses fall due: never before the programme's first day, and by its clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pulse.cadence import Cadence, Daily, Weekly
from bot.pulse.dates import first_anchor, has_started, next_round, next_rounds, replanned
from bot.pulse.localtime import Weekday, to_wall, zone_of
from bot.pulse.pulses import Pulse
from tests.core.builders import NOW, programme, pulse

TUESDAYS = Weekly(every=1, weekdays=frozenset({Weekday.TUESDAY}), at=time(10))
LATER = programme(starts_on=date(2026, 12, 1))  # a Tuesday


def planned(cadence: Cadence = TUESDAYS, now: datetime = NOW, **changes: Any) -> Pulse:
    """A pulse as it is kept when it is planned at `now`."""
    whole = programme(**changes)
    made = pulse(cadence=cadence, anchor=first_anchor(cadence, whole, now))
    return pulse(cadence=cadence, anchor=made.anchor, next_at=next_round(made, whole, now))


def test_a_programme_starts_at_midnight_on_its_own_clocks() -> None:
    # 23:30 in London is 00:30 of the next day in Paris.
    late = datetime(2026, 6, 9, 22, 30, tzinfo=UTC)
    assert not has_started(programme(starts_on=date(2026, 6, 10)), late)
    assert has_started(programme(starts_on=date(2026, 6, 10), zone="Europe/Paris"), late)


def test_no_round_falls_due_before_the_first_day() -> None:
    first, second, third = next_rounds(planned(starts_on=LATER.starts_on), LATER, NOW)
    assert first == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert second - first == third - second == timedelta(weeks=1)


def test_every_other_week_counts_from_the_first_day() -> None:
    fortnightly = Weekly(every=2, weekdays=frozenset({Weekday.TUESDAY}), at=time(10))
    for weeks in range(4):
        now = NOW + timedelta(weeks=weeks)
        found = planned(fortnightly, now, starts_on=LATER.starts_on)
        assert found.next_at == datetime(2026, 12, 1, 10, tzinfo=UTC)


def test_a_round_may_be_due_in_the_first_minute_of_the_first_day() -> None:
    found = planned(Daily(every=1, at=time(0)), starts_on=LATER.starts_on)
    assert found.next_at == datetime(2026, 12, 1, 0, 0, tzinfo=UTC)


def test_a_pulse_that_is_asked_once_has_no_dates() -> None:
    once = pulse(cadence=None)
    assert next_round(once, programme(), NOW) is None
    assert next_rounds(once, programme(), NOW) == ()
    assert replanned(once, programme(), LATER, NOW) == once


def test_other_clocks_keep_the_time_on_the_wall() -> None:
    kept = replanned(planned(), programme(), programme(zone="Asia/Tokyo"), NOW)
    assert kept.next_at == datetime(2026, 6, 16, 1, tzinfo=UTC)


def test_a_round_that_was_asked_is_not_asked_again_where_it_is_still_early() -> None:
    asked_at_ten = datetime(2026, 6, 9, 9, 0, 1, tzinfo=UTC)
    west = programme(zone="America/New_York")
    moved = replanned(planned(now=asked_at_ten), programme(), west, asked_at_ten)
    assert moved.next_at == datetime(2026, 6, 16, 14, tzinfo=UTC)


def test_a_time_that_has_passed_on_the_new_clocks_waits_for_the_next() -> None:
    early = datetime(2026, 6, 9, 8, tzinfo=UTC)
    moved = replanned(planned(now=early), programme(), programme(zone="Asia/Tokyo"), early)
    assert moved.next_at == datetime(2026, 6, 16, 1, tzinfo=UTC)


def test_what_is_due_already_keeps_its_moment() -> None:
    due = planned()
    assert due.next_at is not None
    assert replanned(due, programme(), programme(zone="Asia/Tokyo"), due.next_at) == due


@pytest.mark.parametrize("first", [date(2026, 9, 1), date(2026, 12, 1), date(2027, 3, 2)])
def test_another_first_day_moves_the_first_round(first: date) -> None:
    moved = replanned(planned(starts_on=LATER.starts_on), LATER, programme(starts_on=first), NOW)
    assert moved.next_at is not None
    assert to_wall(moved.next_at, zone_of("Europe/London")) == datetime.combine(first, time(10))


def test_a_running_programme_that_is_put_off_asks_nothing_until_then() -> None:
    moved = replanned(planned(), programme(), LATER, NOW)
    assert moved.next_at == datetime(2026, 12, 1, 10, tzinfo=UTC)


@given(
    st.sampled_from(["Europe/London", "Asia/Tokyo", "America/New_York", "Pacific/Auckland"]),
    st.sampled_from(["Europe/London", "Asia/Tokyo", "America/New_York", "Pacific/Auckland"]),
    st.integers(0, 23),
    st.integers(0, 24 * 14),
)
def test_a_moved_date_is_still_to_come_and_shows_the_time_of_the_rhythm(
    before: str, after: str, hour: int, hours: int
) -> None:
    now = NOW + timedelta(hours=hours)
    cadence = Weekly(every=1, weekdays=frozenset({Weekday.TUESDAY}), at=time(hour))
    moved = replanned(
        planned(cadence, now, zone=before), programme(zone=before), programme(zone=after), now
    )
    assert moved.next_at is not None
    assert moved.next_at > now
    wall = to_wall(moved.next_at, zone_of(after))
    assert (wall.weekday(), wall.time()) == (Weekday.TUESDAY, time(hour))
