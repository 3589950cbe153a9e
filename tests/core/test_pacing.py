"""Laws of the pace of a lane; no test sleeps."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pacing import LONGEST_RETRY, RECOVERY, SLOWER, SLOWEST, Bucket, filled, retry_after
from bot.ports import Rate

RATES = st.builds(Rate, st.floats(0.1, 1000), st.integers(1, 100))
MOMENTS = st.floats(0, 1e6)


def full(rate: Rate, now: float = 0.0) -> Bucket:
    return filled(rate, rate, now)


def starts(bucket: Bucket, count: int, now: float) -> list[float]:
    """When `count` messages start that are all reserved at once."""
    moments = []
    for _ in range(count):
        start, bucket = bucket.reserve(now)
        moments.append(start)
    return moments


@given(RATES, MOMENTS, st.integers(1, 300))
def test_n_messages_take_the_ideal_time(rate: Rate, now: float, count: int) -> None:
    last = starts(full(rate, now), count, now)[-1]
    ideal = max(0.0, (count - rate.burst) / rate.per_second)
    assert last - now == pytest.approx(ideal, rel=1e-6, abs=1e-6)


@given(RATES, st.lists(st.floats(0, 5), min_size=1, max_size=80))
def test_no_stretch_of_time_holds_more_than_burst_and_rate_allow(
    rate: Rate, gaps: list[float]
) -> None:
    bucket, now = full(rate), 0.0
    moments: list[float] = []
    for gap in gaps:
        # A message is reserved only once the one before it has started.
        now = max([now + gap, *moments[-1:]])
        start, bucket = bucket.reserve(now)
        moments.append(start)
    for i, first in enumerate(moments):
        for j in range(i, len(moments)):
            assert j - i + 1 <= rate.burst + (moments[j] - first) * rate.per_second + 1e-6


@given(RATES, MOMENTS, st.integers(0, 50), st.floats(0, 3))
def test_as_many_can_be_claimed_ahead_as_start_in_time(
    rate: Rate, now: float, used: int, ahead: float
) -> None:
    bucket = full(rate, now)
    for _ in range(used):
        _, bucket = bucket.reserve(now)
    count = bucket.within(now, ahead)
    moments = starts(bucket, count + 1, now)
    assert all(start <= now + ahead + 1e-6 for start in moments[:count])
    assert moments[count] > now + ahead - 1e-6


@given(RATES, MOMENTS)
def test_an_idle_lane_saves_no_more_than_one_burst(rate: Rate, now: float) -> None:
    bucket = full(rate)
    assert bucket.within(now, 0) == rate.burst


def test_a_rate_limit_slows_the_lane_and_it_recovers_slowly() -> None:
    rate = Rate(10, 1)
    slowed = full(rate).slowed(0)
    assert slowed.per_second == pytest.approx(10 * SLOWER)
    seconds = [RECOVERY * (1 - SLOWER) * part for part in (0.5, 0.999, 1.5)]
    recovered = [slowed.reserve(moment)[1].per_second for moment in seconds]
    assert recovered[0] == pytest.approx(10 * (1 + SLOWER) / 2)
    assert recovered[1] < 10
    assert recovered[2] == 10


@given(RATES, st.integers(1, 200))
def test_however_often_it_is_slowed_a_lane_does_not_stop(rate: Rate, times: int) -> None:
    bucket = full(rate)
    for _ in range(times):
        bucket = bucket.slowed(0)
    assert bucket.per_second >= rate.per_second * SLOWEST


def test_a_lane_goes_on_at_the_rate_that_was_kept_but_no_faster_than_the_platform_allows() -> None:
    assert filled(Rate(10, 2), Rate(4, 2), 0).per_second == 4
    assert filled(Rate(10, 2), Rate(40, 9), 0).per_second == 10
    assert filled(Rate(10, 2), Rate(40, 9), 0).within(0, 0) == 2


def test_a_message_is_tried_again_at_once_and_then_ever_later() -> None:
    waits = [retry_after(attempt) for attempt in range(1, 40)]
    assert waits[:4] == [timedelta(seconds=seconds) for seconds in (0, 15, 45, 105)]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_RETRY
