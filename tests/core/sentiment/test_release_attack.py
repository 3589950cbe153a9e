"""Attacks on whole digests: nobody's answer may follow, not even for someone who knows the rules,
everyone's answers outside the block and some inside it.
"""

import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sentiment.blocks import Block
from bot.sentiment.coding import Line
from bot.sentiment.profile import Profile
from bot.sentiment.release import Coding, QuestionTally, Reason, Release, Tally, release, to_json
from tests.core.sentiment.attacker import Histogram, histograms, pinned

World = tuple[Histogram, ...]
"""The counts of every block."""

STANDARD = Profile.STANDARD


def published(world: World, coding: Coding, profile: Profile) -> Release:
    names = "ABC"[: len(world)]
    tallies = tuple(Tally(n, sum(counts), counts) for n, counts in zip(names, world, strict=True))
    question = QuestionTally(question_id="q", coding=coding, tallies=tallies)
    return release([Block(n, (n,)) for n in names], [question], profile.disclosure)


@pytest.mark.parametrize("coding", [Coding.THREE, Coding.MANY])
@pytest.mark.parametrize(
    ("profile", "sizes"),
    [
        (Profile.MINIMUM, (5, 6)),
        (Profile.MINIMUM, (7, 8)),
        (Profile.MINIMUM, (5, 5, 5)),
        (Profile.MINIMUM, (6, 4, 5)),
        (Profile.STANDARD, (7, 8)),
        (Profile.STANDARD, (9, 10)),
        (Profile.STANDARD, (7, 3, 7)),
    ],
)
def test_a_digest_of_blocks_rules_no_answer_out(
    coding: Coding, profile: Profile, sizes: tuple[int, ...]
) -> None:
    digests: dict[str, list[World]] = {}
    for world in product(*(list(histograms(size, 3)) for size in sizes)):
        digest = json.dumps(to_json(published(world, coding, profile)))
        digests.setdefault(digest, []).append(world)
    for digest, worlds in digests.items():
        for block in range(len(sizes)):
            # Everybody outside the block colludes, whatever they answered.
            views: dict[World, list[Histogram]] = {}
            for world in worlds:
                views.setdefault(world[:block] + world[block + 1 :], []).append(world[block])
            # Blocks of one size and output share their views: each is attacked once.
            for view in {frozenset(view) for view in views.values()}:
                assert pinned(view, profile.disclosure.colluders) is None, digest


@pytest.mark.parametrize("coding", [Coding.THREE, Coding.MANY])
@pytest.mark.parametrize(
    ("profile", "sizes"),
    [(Profile.MINIMUM, (4, 4)), (Profile.MINIMUM, (2, 3, 4)), (Profile.STANDARD, (4, 3, 2))],
)
def test_a_digest_of_all_answers_together_rules_no_answer_out(
    coding: Coding, profile: Profile, sizes: tuple[int, ...]
) -> None:
    digests: dict[str, set[Histogram]] = {}
    for world in product(*(list(histograms(size, 3)) for size in sizes)):
        released = published(world, coding, profile)
        assert released.questions[0].reason is Reason.TOGETHER
        everyone = tuple(map(sum, zip(*world, strict=True)))
        digests.setdefault(json.dumps(to_json(released)), set()).add(everyone)
    for digest, same in digests.items():
        assert pinned(same, profile.disclosure.colluders) is None, digest


def fits(counts: Histogram, line: Line) -> bool:
    """Whether the counts could stand behind the print, read as it is."""
    return (
        sum(counts) == line.n
        and all(
            cell.low <= count <= cell.high for count, cell in zip(counts, line.cells, strict=True)
        )
        and all(
            pool.range.low <= sum(counts[i] for i in pool.categories) <= pool.range.high
            for pool in line.pools
        )
    )


@given(
    st.lists(
        st.tuples(*[st.integers(0, 9)] * 3).filter(lambda c: sum(c) >= STANDARD.disclosure.k),
        min_size=2,
        max_size=3,
    ),
    st.sampled_from([Coding.THREE, Coding.MANY]),
)
def test_the_organisations_line_adds_nothing_to_a_blocks_line(
    world: list[Histogram], coding: Coding
) -> None:
    result = published(tuple(world), coding, STANDARD).questions[0]
    assert result.organisation is not None
    for block, line in enumerate(result.blocks):
        others = world[:block] + world[block + 1 :]
        possible = [counts for counts in histograms(line.n, 3) if fits(counts, line)]
        with_total = [
            counts
            for counts in possible
            if fits(tuple(map(sum, zip(counts, *others, strict=True))), result.organisation)
        ]
        assert with_total == possible
        assert pinned(with_total, STANDARD.disclosure.colluders) is None
