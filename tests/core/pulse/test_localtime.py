"""Wall time to moments, in zones with every kind of change of clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pulse.localtime import UnknownZone, to_utc, to_wall, zone_of


def wall(shown: str) -> datetime:
    """What a clock shows: a naive datetime."""
    return datetime.fromisoformat(shown)


ZONES = st.sampled_from(
    [
        "Europe/London",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/Havana",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "UTC",
    ]
).map(ZoneInfo)
# Apia had no 30 December 2011: the longest gap of all.
WALLS = st.datetimes(wall("2011-01-01"), wall("2035-01-01"))
MOMENTS = WALLS.map(lambda shown: shown.replace(tzinfo=UTC))


@given(MOMENTS, ZONES)
def test_what_the_clock_shows_names_the_moment_again(moment: datetime, zone: ZoneInfo) -> None:
    assert to_utc(to_wall(moment, zone), zone) == moment


@given(WALLS, ZONES, st.sampled_from([0, 1]))
def test_a_wall_time_that_is_never_shown_names_the_first_moment_after_the_gap(
    named: datetime, zone: ZoneInfo, fold: int
) -> None:
    moment = to_utc(named.replace(fold=fold), zone)
    shown = to_wall(moment, zone)
    if shown != named:
        assert shown > named
        assert to_wall(moment - timedelta(seconds=1), zone) < named


def test_a_day_that_a_country_left_out_is_one_long_gap() -> None:
    apia = ZoneInfo("Pacific/Apia")
    moment = to_utc(wall("2011-12-30 10:00"), apia)
    assert to_wall(moment, apia) == wall("2011-12-31")


def test_a_wall_time_that_is_shown_twice_names_the_first_showing() -> None:
    london = ZoneInfo("Europe/London")
    shown = wall("2026-10-25 01:30")
    assert to_utc(shown, london) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert to_utc(shown.replace(fold=1), london) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Europe/Londn", "Europe", "", "../etc/passwd", "\ud800"])
def test_an_unknown_zone_is_named(name: str) -> None:
    with pytest.raises(UnknownZone) as raised:
        zone_of(name)
    assert f'"{name}" is not a time zone' in str(raised.value)


def test_an_unknown_zone_comes_with_the_nearest_one() -> None:
    with pytest.raises(UnknownZone, match="Did you mean Europe/London"):
        zone_of("Europe/Londn")
