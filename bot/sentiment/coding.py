"""Counts to a coded line: the only form in which answers leave a round.

Every rule maps a whole family of histograms to one output, so that someone who knows the rules
and the answers of `colluders` respondents still cannot tell what any other respondent answered.
The tests check this by listing, for every output, all histograms that lead to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.sentiment.profile import Disclosure, Profile

UNFAVOURABLE, NEUTRAL, FAVOURABLE = range(3)

_SMALLEST_K = min(profile.disclosure.k for profile in Profile)


@dataclass(frozen=True, slots=True)
class Range:
    """A count of answers from `low` to `high`, both included."""

    low: int
    high: int

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high:
            raise ValueError("a range runs from 0 or more up to its high end")

    def __add__(self, other: "Range") -> "Range":
        return Range(self.low + other.low, self.high + other.high)


@dataclass(frozen=True, slots=True)
class Pool:
    """What two or more categories add up to."""

    categories: tuple[int, ...]
    range: Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What may be printed about one question and one group.

    `cells` holds one range per category in their order (three-way: unfavourable, neutral,
    favourable). Where people could pick several options the cells are the people who picked each,
    and do not add up to `n`. Raises ValueError for a line of fewer answers than any profile allows.
    """

    question_id: str
    group: str
    n: int
    cells: tuple[Range, ...]
    pools: tuple[Pool, ...] = ()

    def __post_init__(self) -> None:
        if self.n < _SMALLEST_K:
            raise ValueError(f"a line needs at least {_SMALLEST_K} answers")
        if any(cell.high > self.n for cell in self.cells):
            raise ValueError("a cell cannot hold more people than its line")


def code_three(
    question_id: str, group: str, counts: Sequence[int], disclosure: Disclosure
) -> Line | None:
    """The line of (unfavourable, neutral, favourable) counts; None below k answers."""
    n = _answers(counts)
    if n < disclosure.k:
        return None
    unfavourable, neutral, favourable = counts
    floor = disclosure.floor
    few = Range(0, floor - 1)
    nearly_all = Range(n - few.high, n)
    pools: tuple[Pool, ...] = ()

    if favourable >= floor:
        rest = unfavourable + neutral
        if rest < floor:
            cells = (few, few, nearly_all)
            pools = (Pool((UNFAVOURABLE, NEUTRAL), few),)
        elif unfavourable >= floor and neutral >= floor:
            cells = (_exactly(unfavourable), _exactly(neutral), _exactly(favourable))
        else:
            if rest < 2 * floor - 1:
                # Too few to say which of the two is the small one.
                small = large = Range(0, rest)
            else:
                small, large = few, Range(rest - few.high, rest)
            pair = (small, large) if unfavourable < floor else (large, small)
            cells = (*pair, _exactly(favourable))
            pools = (Pool((UNFAVOURABLE, NEUTRAL), _exactly(rest)),)
    elif unfavourable >= floor:
        rest = neutral + favourable
        if rest < floor:
            cells = (nearly_all, few, few)
            pools = (Pool((NEUTRAL, FAVOURABLE), few),)
        else:
            cells = (_exactly(unfavourable), Range(rest - few.high, rest), few)
            pools = (Pool((NEUTRAL, FAVOURABLE), _exactly(rest)),)
    else:
        cells = (few, Range(n - 2 * few.high, n), few)
    return Line(question_id=question_id, group=group, n=n, cells=cells, pools=pools)


def code_many(
    question_id: str, group: str, counts: Sequence[int], disclosure: Disclosure
) -> Line | None:
    """The line of any two or more categories without order, one per person; None below k.

    An option is rare below the floor and common from it on.
    """
    n = _answers(counts)
    if n < disclosure.k:
        return None
    floor = disclosure.floor
    few = floor - 1
    rare = tuple(i for i, count in enumerate(counts) if count < floor)
    common = tuple(i for i, count in enumerate(counts) if count >= floor)
    total = sum(counts[i] for i in rare)
    cells = [_exactly(count) for count in counts]
    pool = rare
    pooled = _exactly(total)

    if not rare:
        pass
    elif not common:
        pool = ()
        cells = [_share(n, len(counts), few)] * len(counts)
    elif total >= floor and len(rare) >= 2:
        member = _share(total, len(rare), few) if total >= 2 * floor - 1 else Range(0, total)
        for i in rare:
            cells[i] = member
    elif len(common) == 1:
        pooled = Range(0, few)
        for i in rare:
            cells[i] = pooled
        cells[common[0]] = Range(n - few, n)
    else:
        # The rare ones alone would stand out: the smallest common option hides them.
        partner = min(common, key=lambda i: counts[i])
        pool = tuple(sorted((*rare, partner)))
        total += counts[partner]
        pooled = _exactly(total)
        wide = total >= 2 * floor - 1
        for i in rare:
            cells[i] = Range(0, few if wide else total)
        cells[partner] = Range(total - few if wide else 0, total)
    return Line(
        question_id=question_id,
        group=group,
        n=n,
        cells=tuple(cells),
        pools=(Pool(pool, pooled),) if len(pool) >= 2 else (),
    )


def code_picks(
    question_id: str,
    group: str,
    n: int,
    picked: Sequence[int],
    most_picks: int,
    disclosure: Disclosure,
) -> Line | None:
    """The line of "pick up to `most_picks`": how many of `n` people picked each; None below k.

    Each option is a cell of its own, picked or not. When nearly everyone used all their picks,
    the printed counts would leave no picks over and so show that nobody picked a rare option;
    then the smallest counts are not told apart from the rare ones: "no more than the smallest
    that is printed".
    """
    if any(not 0 <= count <= n for count in picked):
        raise ValueError("an option is picked by 0 to n people")
    if n < disclosure.k:
        return None
    floor = disclosure.floor
    few = floor - 1
    cells = [
        Range(0, few) if p < floor else Range(n - few, n) if n - p < floor else _exactly(p)
        for p in picked
    ]
    # Ordered by what is printed, ties by position: the order itself then tells nothing more.
    shown = sorted((i for i, p in enumerate(picked) if p >= floor), key=lambda i: cells[i].low)
    common = len(shown)
    if common < len(picked) and most_picks < len(picked):
        # All picks of everyone but the colluders, less enough to make one more option common.
        room = most_picks * (n - disclosure.colluders) - floor - 1
        while shown and sum(cells[i].low for i in shown) > room:
            shown.pop(0)
    if len(shown) < common:
        smallest = cells[shown[0]].high if shown else n
        cells = [cell if i in shown else Range(0, smallest) for i, cell in enumerate(cells)]
    return Line(question_id=question_id, group=group, n=n, cells=tuple(cells))


def _answers(counts: Sequence[int]) -> int:
    if len(counts) < 2 or min(counts) < 0:
        raise ValueError("counts are two or more categories, none below 0")
    return sum(counts)


def _exactly(count: int) -> Range:
    return Range(count, count)


def _share(total: int, members: int, few: int) -> Range:
    """What one of `members` that are each at most `few` can hold of `total`."""
    return Range(max(total - (members - 1) * few, 0), few)
