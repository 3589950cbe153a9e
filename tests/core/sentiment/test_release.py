import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sentiment.blocks import Block
from bot.sentiment.coding import Range, code_three
from bot.sentiment.lines import ORGANISATION, total
from bot.sentiment.profile import Profile
from bot.sentiment.release import (
    Coding,
    QuestionResult,
    QuestionTally,
    Reason,
    Release,
    Tally,
    from_json,
    release,
    stated_rate,
    to_json,
)
from bot.sentiment.statistics import response_rate

STANDARD = Profile.STANDARD.disclosure


def blocks(count: int) -> tuple[Block, ...]:
    return tuple(Block(name, (name,)) for name in "ABCDEFG"[:count])


def tally(coding: Coding, *counts: tuple[int, ...]) -> QuestionTally:
    return QuestionTally(
        question_id="q",
        coding=coding,
        tallies=tuple(
            Tally(name, sum(block), block) for name, block in zip("ABCDEFG", counts, strict=False)
        ),
        most_picks=3,
    )


def three(*counts: tuple[int, int, int]) -> QuestionResult:
    released = release(blocks(len(counts)), [tally(Coding.THREE, *counts)], STANDARD)
    return released.questions[0]


@st.composite
def rounds(draw: st.DrawFn) -> tuple[tuple[Block, ...], list[QuestionTally]]:
    names = blocks(draw(st.integers(1, 4)))
    questions = []
    for number in range(draw(st.integers(0, 3))):
        coding = draw(st.sampled_from(Coding))
        options = 3 if coding is Coding.THREE else draw(st.integers(2, 5))
        tallies = []
        for block in names:
            counts = draw(st.tuples(*[st.integers(0, 6)] * options))
            # As if everyone had picked one option.
            tallies.append(Tally(block.name, sum(counts), counts))
        questions.append(
            QuestionTally(question_id=f"q{number}", coding=coding, tallies=tuple(tallies))
        )
    return names, questions


def test_every_block_with_enough_answers_is_printed() -> None:
    result = three((4, 4, 4), (0, 1, 9))
    assert [line.group for line in result.blocks] == ["A", "B"]
    assert result.organisation == total(result.blocks)
    assert result.withheld == ()
    assert result.reason is Reason.EVERY_BLOCK


def test_a_block_with_too_few_answers_is_outside_the_organisations_line() -> None:
    result = three((4, 4, 4), (0, 1, 5), (4, 5, 6))
    assert [line.group for line in result.blocks] == ["A", "C"]
    assert result.withheld == ("B",)
    assert result.organisation is not None
    assert result.organisation.n == 27
    assert result.reason is Reason.SOME_BLOCKS


def test_small_blocks_that_are_enough_together_are_one_line() -> None:
    result = three((1, 1, 4), (4, 0, 2))
    assert result.organisation == code_three("q", ORGANISATION, (5, 1, 6), STANDARD)
    assert (result.blocks, result.withheld) == ((), ())
    assert result.reason is Reason.TOGETHER


def test_the_only_block_is_printed_once_as_the_organisation() -> None:
    result = three((4, 5, 6))
    assert result.organisation == code_three("q", ORGANISATION, (4, 5, 6), STANDARD)
    assert result.blocks == ()


@pytest.mark.parametrize("counts", [((1, 1, 1), (0, 1, 2)), ((6, 0, 0),), ((0, 0, 0),) * 3])
def test_too_few_answers_show_nothing_else(counts: Sequence[tuple[int, int, int]]) -> None:
    assert three(*counts) == QuestionResult(
        question_id="q",
        organisation=None,
        blocks=(),
        withheld=(),
        reason=Reason.NOT_ENOUGH,
        groups=(),
    )


def test_a_round_that_nobody_answered_shows_nothing() -> None:
    empty = QuestionTally(question_id="q", coding=Coding.THREE, tallies=())
    for count in range(4):
        result = release(blocks(count), [empty], STANDARD).questions[0]
        assert result.reason is Reason.NOT_ENOUGH


def test_a_block_that_nobody_answered_is_withheld() -> None:
    result = release(blocks(2), [tally(Coding.THREE, (4, 4, 4))], STANDARD).questions[0]
    assert result.withheld == ("B",)


def test_people_and_not_picks_make_a_line_of_picks() -> None:
    question = QuestionTally(
        question_id="q",
        coding=Coding.PICKS,
        tallies=(Tally("A", 6, (5, 5, 5, 3)), Tally("B", 10, (6, 5, 3, 0))),
        most_picks=3,
    )
    result = release(blocks(2), [question], STANDARD).questions[0]
    assert result.withheld == ("A",)
    assert result.organisation is not None
    assert result.organisation.n == 10
    assert result.organisation.cells == (Range(6, 6), Range(5, 5), Range(0, 3), Range(0, 3))


def test_an_unknown_block_is_refused() -> None:
    with pytest.raises(ValueError, match="one tally for each"):
        release(blocks(1), [tally(Coding.THREE, (4, 4, 4), (4, 4, 4))], STANDARD)


def test_a_block_is_not_counted_twice() -> None:
    twice = QuestionTally(
        question_id="q",
        coding=Coding.THREE,
        tallies=(Tally("A", 12, (4, 4, 4)), Tally("A", 12, (4, 4, 4))),
    )
    with pytest.raises(ValueError, match="one tally for each"):
        release(blocks(2), [twice], STANDARD)


@pytest.mark.parametrize(
    ("coding", "n", "counts"),
    [
        (Coding.THREE, 13, (4, 4, 4)),
        (Coding.MANY, 3, (4, -1)),
        (Coding.PICKS, 7, (8, 0)),
        (Coding.PICKS, 7, (-1, 0)),
        (Coding.PICKS, 7, (7, 7, 7, 1)),
    ],
)
def test_counts_that_do_not_fit_the_answers_are_refused_without_being_shown(
    coding: Coding, n: int, counts: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match="do not fit") as refusal:
        QuestionTally(
            question_id="q", coding=coding, tallies=(Tally("A", n, counts),), most_picks=3
        )
    assert not set(str(refusal.value)) & set("0123456789")


def test_raw_counts_do_not_show_in_a_repr() -> None:
    assert "777" not in repr(tally(Coding.MANY, (777, 777)))


@given(rounds(), st.data(), st.sampled_from(Profile))
def test_what_is_released_depends_on_who_answered_and_not_on_what(
    closed: tuple[tuple[Block, ...], list[QuestionTally]], data: st.DataObject, profile: Profile
) -> None:
    names, questions = closed
    others = [
        QuestionTally(
            question_id=q.question_id,
            coding=q.coding,
            tallies=tuple(
                Tally(t.block, t.n, tuple(data.draw(st.permutations(t.counts)))) for t in q.tallies
            ),
        )
        for q in questions
    ]
    shapes = [
        [
            (
                result.organisation and result.organisation.n,
                [(line.group, line.n) for line in result.blocks],
                result.withheld,
                result.reason,
            )
            for result in release(names, asked, profile.disclosure).questions
        ]
        for asked in (questions, others)
    ]
    assert shapes[0] == shapes[1]


@given(rounds(), st.sampled_from(Profile))
def test_no_released_line_is_below_the_profile(
    closed: tuple[tuple[Block, ...], list[QuestionTally]], profile: Profile
) -> None:
    for result in release(*closed, profile.disclosure).questions:
        for line in (result.organisation, *result.blocks):
            assert line is None or line.n >= profile.disclosure.k


@given(rounds(), st.sampled_from(Profile))
def test_a_release_survives_storage(
    closed: tuple[tuple[Block, ...], list[QuestionTally]], profile: Profile
) -> None:
    released = release(*closed, profile.disclosure)
    assert from_json(json.loads(json.dumps(to_json(released)))) == released


def test_a_stored_line_below_every_profile_is_refused() -> None:
    stored = to_json(Release((three((4, 4, 4)),)))
    stored["questions"][0]["organisation"]["n"] = 4
    with pytest.raises(ValueError, match="at least 5 answers"):
        from_json(stored)


def test_a_rate_stands_only_beside_a_line_for_everyone() -> None:
    printed = release(blocks(1), [tally(Coding.THREE, (9, 9, 9))], STANDARD)
    nothing = release(blocks(1), [tally(Coding.THREE, (1, 1, 1))], STANDARD)
    assert stated_rate(45, 60, True, printed) == 45
    assert stated_rate(45, 60, True, nothing) == 0
    assert stated_rate(45, 60, False, printed) == 0


def test_a_rate_never_counts_those_who_answered() -> None:
    printed = release(blocks(1), [tally(Coding.THREE, (4, 4, 4))], STANDARD)
    assert stated_rate(60, 19, True, printed) == 0
    for asked in range(20, 200):
        rates = [response_rate(answered, asked) for answered in range(asked + 1)]
        # Somebody more or less who answered does not always show, and a full house never does.
        assert stated_rate(rates[-1], asked, True, printed) == rates[-2]


def test_the_groups_of_a_line_are_those_whose_answers_it_holds() -> None:
    assert three((4, 4, 4), (5, 5, 5)).groups == ("A", "B")
    assert three((4, 4, 4), (1, 1, 1)).groups == ("A",)
    assert three((2, 2, 2), (2, 2, 2)).groups == ("A", "B")
    assert three((4, 5, 6)).groups == ("A",)
    assert three((1, 1, 1)).groups == ()
