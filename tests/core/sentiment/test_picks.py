"""Questions of which a person picks several options: every option safe, and all of them together.

The limit on picks ties the options to each other, so worlds are whole answer sheets here.
"""

from itertools import combinations, combinations_with_replacement, product
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sentiment.coding import Line, Range, code_picks
from bot.sentiment.profile import Disclosure, Profile

Sheet = tuple[int, ...]
"""One person's picks: 1 or 0 for each option."""

MINIMUM = Profile.MINIMUM.disclosure
STANDARD = Profile.STANDARD.disclosure


def picked(sheets: tuple[Sheet, ...]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*sheets, strict=True)))


def code(sheets: tuple[Sheet, ...], most: int, disclosure: Disclosure) -> Line | None:
    return code_picks("q", "g", len(sheets), picked(sheets), most, disclosure)


def standard(n: int, counts: tuple[int, ...], most: int = 3) -> tuple[Range, ...]:
    line = code_picks("q", "g", n, counts, most, STANDARD)
    assert line is not None
    assert line.n == n
    assert line.pools == ()
    return line.cells


@pytest.mark.parametrize("least", [0, 1])
@pytest.mark.parametrize(
    ("disclosure", "n", "options", "most"),
    [
        (MINIMUM, 5, 2, 2),
        (MINIMUM, 5, 3, 3),
        (MINIMUM, 5, 3, 1),
        (MINIMUM, 8, 3, 2),
        (MINIMUM, 5, 4, 2),
        (MINIMUM, 6, 4, 2),
        (MINIMUM, 5, 4, 3),
        (STANDARD, 8, 3, 2),
        (STANDARD, 7, 4, 2),
    ],
)
def test_no_line_of_picks_rules_a_pick_in_or_out_for_anyone(
    disclosure: Disclosure, n: int, options: int, most: int, least: int
) -> None:
    sheets = [s for s in product((0, 1), repeat=options) if least <= sum(s) <= most]
    # For each line and what colluders picked: per option, whether another person can have
    # picked it and can have left it.
    seen: dict[tuple[Line | None, tuple[Sheet, ...]], set[tuple[int, bool]]] = {}
    for world in combinations_with_replacement(sheets, n):
        line = code(world, most, disclosure)
        counts = picked(world)
        for known in set(combinations(world, disclosure.colluders)):
            possible = seen.setdefault((line, known), set())
            for option, (count, ours) in enumerate(zip(counts, picked(known), strict=True)):
                if count > ours:
                    possible.add((option, True))
                if count - ours < n - len(known):
                    possible.add((option, False))
    assert all(len(possible) == 2 * options for possible in seen.values())


@st.composite
def eager_worlds(draw: st.DrawFn) -> tuple[tuple[Sheet, ...], int]:
    """People who use all of their picks, but for a few, on some of the options."""
    options = draw(st.integers(4, 9))
    most = draw(st.integers(2, 3))
    favourites = range(draw(st.integers(most + 1, options)))
    sheets = [
        tuple(int(option in chosen) for option in range(options))
        for size in (most, most - 1)
        for chosen in combinations(favourites, size)
    ]
    eager = sheets[: comb(len(favourites), most)]
    people = draw(st.lists(st.sampled_from(eager), min_size=STANDARD.k, max_size=20))
    people[:0] = draw(st.lists(st.sampled_from(sheets), max_size=4))
    return tuple(people), most


@given(eager_worlds())
def test_one_other_persons_pick_can_always_be_moved_unseen(
    world: tuple[tuple[Sheet, ...], int],
) -> None:
    sheets, most = world
    line = code(sheets, most, STANDARD)
    others = sheets[STANDARD.colluders :]
    for option, count in enumerate(picked(others)):
        if 0 < count < len(others):
            continue
        wanted = int(count == 0)
        assert any(
            code((*sheets[:i], sheet, *sheets[i + 1 :]), most, STANDARD) == line
            for i in range(STANDARD.colluders, len(sheets))
            for sheet in _neighbours(sheets[i], option, wanted, most)
        )


def _neighbours(sheet: Sheet, option: int, wanted: int, most: int) -> list[Sheet]:
    """The sheet with `option` set as wanted, and the same with one other pick moved as well."""
    changed = (*sheet[:option], wanted, *sheet[option + 1 :])
    moved = [
        (*changed[:other], 1 - wanted, *changed[other + 1 :])
        for other in range(len(sheet))
        if other != option
    ]
    return [s for s in (changed, *moved) if sum(s) <= most]


@given(eager_worlds())
def test_ranges_of_picks_contain_the_truth(world: tuple[tuple[Sheet, ...], int]) -> None:
    sheets, most = world
    line = code(sheets, most, STANDARD)
    assert line is not None
    for count, cell in zip(picked(sheets), line.cells, strict=True):
        assert cell.low <= count <= cell.high


@given(st.integers(0, 12), st.data())
def test_picks_are_printed_by_the_number_of_answers_alone(n: int, data: st.DataObject) -> None:
    counts = data.draw(st.lists(st.integers(0, n), min_size=2, max_size=6))
    for profile in Profile:
        line = code_picks("q", "g", n, counts, len(counts), profile.disclosure)
        assert (line is not None) == (n >= profile.disclosure.k)


def test_each_option_is_rare_exact_or_nearly_everyones() -> None:
    assert standard(20, (3, 4, 16, 17)) == (
        Range(0, 3),
        Range(4, 4),
        Range(16, 16),
        Range(17, 20),
    )


def test_when_all_picks_are_used_small_counts_are_not_told_from_rare_ones() -> None:
    assert standard(12, (8, 7, 6, 5, 4, 3, 2, 1)) == (
        Range(8, 8),
        Range(7, 7),
        Range(6, 6),
        *[Range(0, 6)] * 5,
    )


def test_without_a_rare_option_all_picks_may_be_used_openly() -> None:
    assert standard(12, (8, 8, 8, 8, 4)) == (*[Range(8, 8)] * 4, Range(4, 4))


def test_without_a_limit_on_picks_nothing_is_hidden() -> None:
    assert standard(12, (8, 8, 8, 0), most=4) == (*[Range(8, 8)] * 3, Range(0, 3))


def test_nobody_can_pick_an_option_twice() -> None:
    with pytest.raises(ValueError, match="0 to n people"):
        code_picks("q", "g", 7, (8, 0), 2, STANDARD)
