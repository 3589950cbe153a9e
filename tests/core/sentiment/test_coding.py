from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sentiment.coding import Line, Pool, Range, code_many, code_three
from bot.sentiment.profile import Disclosure, Profile
from tests.core.sentiment.attacker import Histogram, histograms, pinned

Coder = Callable[[str, str, Sequence[int], Disclosure], Line | None]

STANDARD = Profile.STANDARD.disclosure


def exactly(count: int) -> Range:
    return Range(count, count)


def three(*counts: int) -> Line:
    line = code_three("q", "g", counts, STANDARD)
    assert line is not None
    return line


def many(*counts: int) -> Line:
    line = code_many("q", "g", counts, STANDARD)
    assert line is not None
    return line


@pytest.mark.parametrize("profile", [Profile.MINIMUM, Profile.STANDARD])
@pytest.mark.parametrize(
    ("code", "categories", "largest"),
    [
        (code_three, 3, 36),
        (code_many, 2, 100),
        (code_many, 3, 28),
        (code_many, 4, 16),
        (code_many, 5, 12),
        (code_many, 6, 10),
    ],
)
def test_no_line_rules_an_answer_out_for_anyone(
    code: Coder, categories: int, largest: int, profile: Profile
) -> None:
    disclosure = profile.disclosure
    for n in range(disclosure.k, largest + 1):
        worlds: dict[Line | None, list[Histogram]] = {}
        for counts in histograms(n, categories):
            worlds.setdefault(code("q", "g", counts, disclosure), []).append(counts)
        for line, same in worlds.items():
            assert pinned(same, disclosure.colluders) is None, line


def test_the_attacker_finds_what_exact_counts_give_away() -> None:
    assert pinned([(7, 0, 0)], colluders=1) is not None
    assert pinned([(4, 2, 4)], colluders=2) is not None
    assert pinned([(4, 4, 4)], colluders=2) is None


@given(
    counts=st.lists(st.integers(0, 30), min_size=2, max_size=8), profile=st.sampled_from(Profile)
)
def test_ranges_and_pools_contain_the_truth(counts: list[int], profile: Profile) -> None:
    lines = [code_many("q", "g", counts, profile.disclosure)]
    if len(counts) == 3:
        lines.append(code_three("q", "g", counts, profile.disclosure))
    for line in lines:
        if line is None:
            assert sum(counts) < profile.disclosure.k
            continue
        assert line.n == sum(counts)
        for count, cell in zip(counts, line.cells, strict=True):
            assert cell.low <= count <= cell.high
        for pool in line.pools:
            assert len(pool.categories) >= 2
            assert pool.range.low <= sum(counts[i] for i in pool.categories) <= pool.range.high


@pytest.mark.parametrize("profile", Profile)
def test_a_line_exists_by_the_number_of_answers_alone(profile: Profile) -> None:
    disclosure = profile.disclosure
    for n in range(disclosure.k + 2):
        for counts in histograms(n, 3):
            for code in (code_three, code_many):
                line = code("q", "g", counts, disclosure)
                assert (line is not None) == (n >= disclosure.k)


def test_a_line_below_every_profile_cannot_be_made_by_hand() -> None:
    with pytest.raises(ValueError, match="at least 5 answers"):
        Line(question_id="q", group="g", n=4, cells=(Range(0, 4), Range(0, 4)))


def test_a_cell_cannot_hold_more_people_than_its_line() -> None:
    with pytest.raises(ValueError, match="more people than its line"):
        Line(question_id="q", group="g", n=7, cells=(Range(0, 8),))


@pytest.mark.parametrize(("low", "high"), [(-1, 2), (3, 2)])
def test_a_range_is_never_negative_or_upside_down(low: int, high: int) -> None:
    with pytest.raises(ValueError, match="high end"):
        Range(low, high)


@pytest.mark.parametrize("code", [code_three, code_many])
def test_negative_counts_are_refused(code: Coder) -> None:
    with pytest.raises(ValueError, match="none below 0"):
        code("q", "g", (-1, 4, 9), STANDARD)


def test_nearly_all_favourable_prints_at_least() -> None:
    line = three(1, 2, 9)
    assert line.cells == (Range(0, 3), Range(0, 3), Range(9, 12))
    assert line.pools == (Pool((0, 1), Range(0, 3)),)
    assert line == three(0, 0, 12)


def test_nearly_all_unfavourable_prints_at_least() -> None:
    line = three(9, 2, 1)
    assert line.cells == (Range(9, 12), Range(0, 3), Range(0, 3))
    assert line.pools == (Pool((1, 2), Range(0, 3)),)


def test_three_large_counts_print_as_they_are() -> None:
    line = three(4, 5, 6)
    assert line.cells == (exactly(4), exactly(5), exactly(6))
    assert line.pools == ()


@pytest.mark.parametrize(
    ("counts", "cells"),
    [
        ((2, 6, 5), (Range(0, 3), Range(5, 8), exactly(5))),
        ((6, 2, 5), (Range(5, 8), Range(0, 3), exactly(5))),
    ],
)
def test_a_small_count_beside_a_large_one_hides_in_their_exact_pool(
    counts: Histogram, cells: tuple[Range, ...]
) -> None:
    line = three(*counts)
    assert line.cells == cells
    assert line.pools == (Pool((0, 1), exactly(8)),)


def test_a_small_pool_does_not_say_which_part_is_small() -> None:
    assert three(1, 4, 7) == three(4, 1, 7) == three(2, 3, 7) == three(0, 5, 7)
    assert three(1, 4, 7).cells == (Range(0, 5), Range(0, 5), exactly(7))


def test_few_favourable_prints_the_unfavourable_and_a_pool() -> None:
    line = three(5, 4, 2)
    assert line.cells == (exactly(5), Range(3, 6), Range(0, 3))
    assert line.pools == (Pool((1, 2), exactly(6)),)


def test_few_on_both_sides_prints_mostly_neutral() -> None:
    line = three(2, 6, 3)
    assert line.cells == (Range(0, 3), Range(5, 11), Range(0, 3))
    assert line.pools == ()


def test_options_that_are_all_common_print_as_they_are() -> None:
    assert many(4, 9, 5).cells == (exactly(4), exactly(9), exactly(5))


def test_options_that_are_all_rare_print_what_the_number_of_answers_says_anyway() -> None:
    assert many(3, 2, 2, 0).cells == (Range(0, 3),) * 4
    assert many(3, 2, 3).cells == (Range(2, 3),) * 3


def test_rare_options_that_are_enough_together_are_pooled() -> None:
    line = many(10, 3, 2)
    assert line.cells == (exactly(10), Range(0, 5), Range(0, 5))
    assert line.pools == (Pool((1, 2), exactly(5)),)
    assert many(10, 3, 2, 2, 2).cells == (exactly(10), *[Range(0, 3)] * 4)
    assert many(10, 3, 3, 2).cells == (exactly(10), *[Range(2, 3)] * 3)


def test_one_common_option_prints_at_least() -> None:
    line = many(1, 11, 1)
    assert line.cells == (Range(0, 3), Range(10, 13), Range(0, 3))
    assert line.pools == (Pool((0, 2), Range(0, 3)),)
    assert many(2, 8) == many(0, 10)


def test_the_smallest_common_option_hides_a_rare_one() -> None:
    line = many(1, 9, 7)
    assert line.cells == (Range(0, 3), exactly(9), Range(5, 8))
    assert line.pools == (Pool((0, 2), exactly(8)),)
    assert many(0, 9, 5) == many(5, 9, 0) == many(2, 9, 3)


def test_of_equal_common_options_the_first_hides_the_rare_one() -> None:
    assert many(0, 9, 9).pools == (Pool((0, 1), exactly(9)),)
