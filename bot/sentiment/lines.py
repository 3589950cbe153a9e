"""The organisation's line: arithmetic on the printed lines of its blocks and on nothing else."""

from collections.abc import Sequence

from bot.sentiment.coding import Line, Pool, Range

ORGANISATION = "organisation"


def total(lines: Sequence[Line], group: str = ORGANISATION) -> Line:
    """The sum of the printed ranges of one question's lines; of one line, that line renamed.

    A set of categories that any line pools is a pool of the total too. Raises ValueError without
    lines, or if they are of different questions.
    """
    questions = {line.question_id for line in lines}
    if len(questions) != 1:
        raise ValueError("a total takes at least one line, all of one question")
    pooled = sorted({pool.categories for line in lines for pool in line.pools})
    return Line(
        question_id=questions.pop(),
        group=group,
        n=sum(line.n for line in lines),
        cells=tuple(_sum(column) for column in zip(*(line.cells for line in lines), strict=True)),
        pools=tuple(
            Pool(categories, _sum([_pool(line, categories) for line in lines]))
            for categories in pooled
        ),
    )


def _pool(line: Line, categories: tuple[int, ...]) -> Range:
    """What the line's print says about these categories together."""
    for pool in line.pools:
        if pool.categories == categories:
            return pool.range
    inside = _sum([line.cells[i] for i in categories])
    outside = _sum([cell for i, cell in enumerate(line.cells) if i not in categories])
    return Range(max(inside.low, line.n - outside.high), min(inside.high, line.n - outside.low))


def _sum(ranges: Sequence[Range]) -> Range:
    return sum(ranges, start=Range(0, 0))
