import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sentiment.coding import Line, Pool, Range, code_many, code_three
from bot.sentiment.lines import ORGANISATION, total
from bot.sentiment.profile import Profile

STANDARD = Profile.STANDARD.disclosure

THREE_COUNTS = st.tuples(*[st.integers(0, 20)] * 3).filter(lambda c: sum(c) >= STANDARD.k)


def three(*counts: int) -> Line:
    line = code_three("q", "block", counts, STANDARD)
    assert line is not None
    return line


@given(st.lists(THREE_COUNTS, min_size=1, max_size=5))
def test_the_total_contains_the_true_counts_and_pools(blocks: list[tuple[int, int, int]]) -> None:
    whole = total([three(*counts) for counts in blocks])
    truth = [sum(column) for column in zip(*blocks, strict=True)]
    assert whole.n == sum(truth)
    assert whole.group == ORGANISATION
    for count, cell in zip(truth, whole.cells, strict=True):
        assert cell.low <= count <= cell.high
    for pool in whole.pools:
        assert pool.range.low <= sum(truth[i] for i in pool.categories) <= pool.range.high


def test_the_total_is_the_sum_of_the_printed_ranges() -> None:
    whole = total([three(4, 5, 6), three(1, 4, 7), three(0, 1, 9)])
    assert whole.n == 37
    assert whole.cells == (Range(4, 12), Range(5, 13), Range(20, 23))
    # 9 exact, 5 as a pool, and none to 3.
    assert whole.pools == (Pool((0, 1), Range(14, 17)),)


def test_a_pool_of_one_line_takes_from_the_others_what_their_print_says() -> None:
    whole = total([three(6, 4, 2), three(0, 0, 9)])
    # The first prints 6, 3 to 6, 0 to 3 and the pool of the last two; the second at least 6 of 9.
    assert whole.pools == (
        Pool((0, 1), Range(9, 15)),
        Pool((1, 2), Range(12, 15)),
    )


def test_one_line_is_its_own_total() -> None:
    line = three(1, 4, 7)
    whole = total([line], "all")
    assert (whole.group, whole.cells, whole.pools) == ("all", line.cells, line.pools)


def test_no_lines_have_no_total() -> None:
    with pytest.raises(ValueError, match="at least one line"):
        total([])


def test_lines_of_different_questions_are_not_added() -> None:
    other = code_many("r", "block", (4, 4, 4), STANDARD)
    assert other is not None
    with pytest.raises(ValueError, match="one question"):
        total([three(4, 4, 4), other])
