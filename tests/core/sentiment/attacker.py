"""An attacker who knows the rules: lists every world that looks the same from outside."""

from collections.abc import Collection, Iterator

Histogram = tuple[int, ...]


def histograms(n: int, categories: int) -> Iterator[Histogram]:
    """Every way in which `n` people can spread over the categories."""
    if categories == 1:
        yield (n,)
        return
    for count in range(n + 1):
        for rest in histograms(n - count, categories - 1):
            yield (count, *rest)


def pinned(worlds: Collection[Histogram], colluders: int) -> Histogram | None:
    """Answers of `colluders` people who can rule an answer out for all others, if there are any.

    `worlds` are the histograms that the attacker cannot tell apart.
    """

    def possible(known: Histogram) -> bool:
        return any(all(a >= b for a, b in zip(world, known, strict=True)) for world in worlds)

    categories = len(next(iter(worlds)))
    for known in histograms(colluders, categories):
        if possible(known):
            for category in range(categories):
                another = (*known[:category], known[category] + 1, *known[category + 1 :])
                if not possible(another):
                    return known
    return None
