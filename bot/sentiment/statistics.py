"""Honest statistics of small groups, computed from printed ranges and from nothing else.

An exact percentage or interval beside a range would give the exact count away, so every function
takes the coded line and reports the worst case over its ranges. Units are per cent (0 to 100) and
percentage points unless a docstring says otherwise; confidence is 95 %.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import hypot, sqrt

from bot.sentiment.coding import FAVOURABLE, UNFAVOURABLE, Line

# Standard normal quantile at 0.975.
_Z = 1.959963984540054

# At 12 answers a net score is +-36 points wide: below 20 the distribution says more.
NET_FROM = 20

# Points. A change that could be this much either way says nothing about "no change".
_WIDEST_HALF = 25

# Per cent. The rate is rounded down to steps, and a full one would name everyone as a respondent.
_RATE_STEP = 5
_RATE_CAP = 90


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, in per cent or percentage points."""

    low: float
    high: float

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2


class Trend(StrEnum):
    """What may honestly be said about a change."""

    HIGHER = "higher"
    LOWER = "lower"
    NO_REAL_CHANGE = "no_real_change"
    TOO_FEW = "too_few"


def percentage(line: Line, category: int = FAVOURABLE) -> Interval:
    """The percentage of answers in the category as printed: 100 * cell / n at both ends."""
    cell = line.cells[category]
    return Interval(100 * cell.low / line.n, 100 * cell.high / line.n)


def wilson(line: Line, category: int = FAVOURABLE) -> Interval:
    """The Wilson score interval: the low end of the cell's low, the high end of its high.

    (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n). Source: Wilson (1927), Journal of
    the American Statistical Association 22, 209-212.
    """
    cell = line.cells[category]
    return Interval(_wilson(cell.low, line.n)[0], _wilson(cell.high, line.n)[1])


def margin(line: Line) -> float:
    """Points: the furthest that any end of a Wilson interval lies from the printed share."""
    return max(
        max(printed.low - likely.low, likely.high - printed.high)
        for printed, likely in (
            (percentage(line, category), wilson(line, category))
            for category in range(len(line.cells))
        )
    )


def net(line: Line) -> Interval | None:
    """Favourable minus unfavourable of a three-way line, -100 to 100 points; None below 20."""
    if line.n < NET_FROM:
        return None
    unfavourable, favourable = line.cells[UNFAVOURABLE], line.cells[FAVOURABLE]
    return Interval(
        100 * (favourable.low - unfavourable.high) / line.n,
        100 * (favourable.high - unfavourable.low) / line.n,
    )


def net_interval(line: Line) -> Interval | None:
    """The adjusted Wald interval of `net`, worst case over the ranges; None below 20 answers.

    With p and q the favourable and unfavourable shares after adding 3 to n and 3/4 to each of the
    two: p - q -+ z sqrt((p + q - (p - q)^2) / (n + 3)), cut at -100 and 100. Source: Rocks (2016),
    Interval estimation for the Net Promoter Score, The American Statistician 70, 365-372.
    """
    if line.n < NET_FROM:
        return None
    unfavourable, favourable = line.cells[UNFAVOURABLE], line.cells[FAVOURABLE]
    low, _ = _adjusted_wald(favourable.low, unfavourable.high, line.n)
    _, high = _adjusted_wald(favourable.high, unfavourable.low, line.n)
    return Interval(low, high)


def difference(now: Line, before: Line, category: int = FAVOURABLE) -> Interval:
    """Newcombe's interval of the change in percentage points, worst case over both ranges.

    With (l, u) the Wilson interval of each share p: low end p1 - p2 - sqrt((p1-l1)^2 + (u2-p2)^2),
    high end p1 - p2 + sqrt((u1-p1)^2 + (p2-l2)^2). Both ends rise with p1 and fall with p2, so the
    ends of the ranges are the worst case. Source: Newcombe (1998), Statistics in Medicine 17,
    873-890, method 10.
    """
    this, that = now.cells[category], before.cells[category]
    low, _ = _newcombe(this.low, now.n, that.high, before.n)
    _, high = _newcombe(this.high, now.n, that.low, before.n)
    return Interval(low, high)


def trend(now: Line, before: Line, category: int = FAVOURABLE) -> Trend:
    """The word for the change: higher or lower if its interval leaves 0 out, else none that is
    real, or too few answers to tell when the interval is more than 25 points to each side.
    """
    change = difference(now, before, category)
    if change.low > 0:
        return Trend.HIGHER
    if change.high < 0:
        return Trend.LOWER
    return Trend.TOO_FEW if change.half_width > _WIDEST_HALF else Trend.NO_REAL_CHANGE


def response_rate(answered: int, asked: int) -> int:
    """Per cent rounded down to 5 points; 90 stands for "90% or more"; 0 when nobody was asked.

    Only for the whole organisation after close: who took part is protected too.
    """
    if asked == 0:
        return 0
    return min(100 * answered // asked // _RATE_STEP * _RATE_STEP, _RATE_CAP)


def nonresponse_bound(line: Line, asked: int, category: int = FAVOURABLE) -> Interval:
    """Where the percentage among all `asked` people lies, whatever the silent ones think.

    100 * low / asked if none of them belongs to the category, 100 * (high + asked - n) / asked if
    all do. Assumes nothing about them. Source: Manski (1989), Journal of Human Resources 24,
    343-360. Raises ValueError if fewer people were asked than answered.
    """
    if asked < line.n:
        raise ValueError("no fewer people can be asked than answered")
    cell = line.cells[category]
    return Interval(100 * cell.low / asked, 100 * (cell.high + asked - line.n) / asked)


def _wilson(count: int, n: int) -> tuple[float, float]:
    p, spread = count / n, _Z * _Z / n
    centre = p + spread / 2
    half = _Z * sqrt(p * (1 - p) / n + spread / (4 * n))
    low, high = (centre - half) / (1 + spread), (centre + half) / (1 + spread)
    # Rounding must not lift an end past the share itself at 0 and n.
    return 100 * max(0.0, min(low, p)), 100 * min(1.0, max(high, p))


def _adjusted_wald(favourable: int, unfavourable: int, n: int) -> tuple[float, float]:
    p, q = (favourable + 0.75) / (n + 3), (unfavourable + 0.75) / (n + 3)
    half = _Z * sqrt((p + q - (p - q) ** 2) / (n + 3))
    return 100 * max(-1.0, p - q - half), 100 * min(1.0, p - q + half)


def _newcombe(count1: int, n1: int, count2: int, n2: int) -> tuple[float, float]:
    p1, p2 = 100 * count1 / n1, 100 * count2 / n2
    (low1, high1), (low2, high2) = _wilson(count1, n1), _wilson(count2, n2)
    return p1 - p2 - hypot(p1 - low1, high2 - p2), p1 - p2 + hypot(high1 - p1, p2 - low2)
