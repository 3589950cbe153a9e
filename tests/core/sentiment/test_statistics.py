import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sentiment.coding import FAVOURABLE, NEUTRAL, Line, Range, code_three
from bot.sentiment.profile import Profile
from bot.sentiment.statistics import (
    Interval,
    Trend,
    difference,
    net,
    net_interval,
    nonresponse_bound,
    percentage,
    response_rate,
    trend,
    wilson,
)


def line(n: int, *cells: tuple[int, int]) -> Line:
    return Line(question_id="q", group="g", n=n, cells=tuple(Range(*cell) for cell in cells))


def share(count: int, n: int) -> Line:
    """A yes / no line with `count` in category 1."""
    return line(n, (n - count, n - count), (count, count))


def three(unfavourable: int, neutral: int, favourable: int) -> Line:
    n = unfavourable + neutral + favourable
    return line(n, *((c, c) for c in (unfavourable, neutral, favourable)))


@st.composite
def coded(draw: st.DrawFn) -> tuple[Line, Line]:
    """A coded three-way line and the exact one behind it."""
    counts = draw(st.tuples(*[st.integers(0, 60)] * 3).filter(lambda c: sum(c) >= 7))
    printed = code_three("q", "g", counts, Profile.STANDARD.disclosure)
    assert printed is not None
    return printed, three(*counts)


def within(inner: Interval, outer: Interval) -> bool:
    # A hundredth of a point: near 0 and 100 % the adjusted Wald interval is not quite monotone.
    return outer.low <= inner.low + 0.01 and inner.high <= outer.high + 0.01


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, 857-872, table I.
        (81, 263, 25.53, 36.62),
        (15, 148, 6.24, 16.05),
        (0, 20, 0, 16.11),
        (1, 29, 0.61, 17.18),
    ],
)
def test_wilson_intervals_agree_with_published_ones(
    count: int, n: int, low: float, high: float
) -> None:
    interval = wilson(share(count, n), 1)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.005)


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10.
        ((56, 70), (48, 80), 5.24, 33.39),
        ((9, 10), (3, 10), 17.05, 80.90),
        ((10, 10), (0, 10), 60.75, 100),
    ],
)
def test_intervals_of_a_difference_agree_with_published_ones(
    now: tuple[int, int], before: tuple[int, int], low: float, high: float
) -> None:
    interval = difference(share(*now), share(*before), 1)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.006)


def test_the_net_score_is_favourable_minus_unfavourable() -> None:
    assert net(three(4, 4, 12)) == Interval(40, 40)
    assert net(line(20, (0, 3), (0, 3), (17, 20))) == Interval(70, 100)


def test_the_net_interval_follows_its_formula() -> None:
    interval = net_interval(three(4, 4, 12))
    assert interval is not None
    # (12.75 - 4.75) / 23 = 34.78 points, 1.96 * sqrt(0.63989 / 23) = 32.69 points.
    assert (interval.low, interval.high) == pytest.approx((2.09, 67.47), abs=0.01)


def test_below_twenty_answers_there_is_no_net_score() -> None:
    assert net(three(4, 4, 11)) is None
    assert net_interval(three(4, 4, 11)) is None


@given(coded())
def test_statistics_of_ranges_contain_those_of_the_exact_counts(pair: tuple[Line, Line]) -> None:
    printed, exact = pair
    for category in range(3):
        assert within(percentage(exact, category), percentage(printed, category))
        assert within(wilson(exact, category), wilson(printed, category))
        asked = printed.n + 10
        assert within(
            nonresponse_bound(exact, asked, category), nonresponse_bound(printed, asked, category)
        )
    for statistic in (net, net_interval):
        inner, outer = statistic(exact), statistic(printed)
        assert (inner is None) == (outer is None) == (printed.n < 20)
        if inner and outer:
            assert within(inner, outer)


@given(coded(), coded())
def test_the_difference_of_ranges_contains_that_of_the_exact_counts(
    now: tuple[Line, Line], before: tuple[Line, Line]
) -> None:
    assert within(difference(now[1], before[1]), difference(now[0], before[0]))


@given(coded(), coded())
def test_a_difference_turned_round_changes_its_sign(
    now: tuple[Line, Line], before: tuple[Line, Line]
) -> None:
    forth, back = difference(now[0], before[0]), difference(before[0], now[0])
    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low))


@given(coded())
def test_every_interval_stays_on_its_scale_and_holds_the_printed_range(
    pair: tuple[Line, Line],
) -> None:
    printed = pair[0]
    for category in range(3):
        shown, interval = percentage(printed, category), wilson(printed, category)
        assert 0 <= interval.low <= shown.low <= shown.high <= interval.high <= 100
    points, around = net(printed), net_interval(printed)
    if points and around:
        assert -100 <= around.low <= around.high <= 100


@pytest.mark.parametrize("n", [5, 7, 12, 60, 997])
def test_none_and_all_have_an_interval_that_ends_at_the_scale(n: int) -> None:
    nobody, everyone = wilson(share(0, n), 1), wilson(share(n, n), 1)
    assert nobody.low == 0 < nobody.high
    assert everyone.low < everyone.high == 100


def test_a_change_that_chance_explains_is_no_real_change() -> None:
    assert trend(share(130, 250), share(120, 250), 1) is Trend.NO_REAL_CHANGE


def test_a_change_that_leaves_chance_out_has_a_direction() -> None:
    assert trend(share(160, 250), share(120, 250), 1) is Trend.HIGHER
    assert trend(share(120, 250), share(160, 250), 1) is Trend.LOWER


def test_a_wide_interval_around_no_change_is_too_few_to_tell() -> None:
    assert trend(share(6, 12), share(6, 12), 1) is Trend.TOO_FEW


def test_a_change_is_real_even_among_few_when_chance_cannot_explain_it() -> None:
    wide = difference(share(10, 12), share(3, 12), 1)
    assert wide.half_width > 25
    assert trend(share(10, 12), share(3, 12), 1) is Trend.HIGHER


def test_wide_ranges_hide_a_change_that_their_middles_would_show() -> None:
    now, before = line(500, (200, 240), (260, 300)), line(500, (240, 280), (220, 260))
    assert trend(now, before, 1) is Trend.NO_REAL_CHANGE
    assert trend(share(280, 500), share(240, 500), 1) is Trend.HIGHER


def test_a_line_compared_with_itself_has_not_changed() -> None:
    for count in range(0, 101, 10):
        assert trend(share(count, 100), share(count, 100), 1) is Trend.NO_REAL_CHANGE


def test_statistics_can_be_asked_of_any_category() -> None:
    assert percentage(three(5, 10, 5)) == percentage(three(5, 10, 5), FAVOURABLE)
    assert percentage(three(5, 10, 5), NEUTRAL) == Interval(50, 50)


@pytest.mark.parametrize(
    ("answered", "asked", "rate"),
    [(0, 60, 0), (44, 60, 70), (45, 60, 75), (54, 60, 90), (59, 60, 90), (60, 60, 90), (0, 0, 0)],
)
def test_the_response_rate_is_rounded_down_and_capped(answered: int, asked: int, rate: int) -> None:
    assert response_rate(answered, asked) == rate


@given(st.integers(1, 3000), st.data())
def test_the_response_rate_never_overstates(asked: int, data: st.DataObject) -> None:
    answered = data.draw(st.integers(0, asked))
    rate = response_rate(answered, asked)
    assert rate % 5 == 0
    assert rate * asked <= 100 * answered
    assert rate == 90 or (rate + 5) * asked > 100 * answered


def test_the_silent_may_all_be_on_either_side() -> None:
    assert nonresponse_bound(three(10, 10, 40), 100) == Interval(40, 80)
    assert nonresponse_bound(line(60, (5, 8), (5, 8), (47, 50)), 60) == Interval(
        100 * 47 / 60, 100 * 50 / 60
    )


def test_more_answers_than_people_asked_are_refused() -> None:
    with pytest.raises(ValueError, match="fewer people"):
        nonresponse_bound(three(10, 10, 40), 59)
