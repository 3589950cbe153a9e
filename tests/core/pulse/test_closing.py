"""Closing a round: the counts are those that anyone would get by hand, and no more."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pulse.closing import count
from bot.pulse.pulses import Round
from bot.pulse.questions import (
    Branch,
    Favour,
    Kind,
    Question,
    Value,
    categories,
    favour,
    parse_value,
    response_options,
)
from bot.sentiment.release import Coding, Tally
from tests.core.builders import blocks, question, round_

GROUPS = ("Theatre", "Ward")

Ballot = tuple[str, Mapping[str, Value]]


def raw_values(asked: Question) -> st.SearchStrategy[str]:
    if asked.kind is Kind.TEXT:
        return st.sampled_from(["Fine", "Not so good"])
    offered = [value for value, _ in response_options(asked)]
    if asked.kind is Kind.PICK:
        return st.lists(st.sampled_from(offered), min_size=1, max_size=3, unique=True).map(",".join)
    return st.sampled_from(offered)


@st.composite
def closed_rounds(draw: st.DrawFn) -> tuple[Round, list[Ballot]]:
    """A round of any questions, the last of them perhaps a follow-up to the first."""
    kinds = draw(st.lists(st.sampled_from(Kind), min_size=1, max_size=6))
    asked = [
        question(number, kind, reverse=draw(st.booleans())) for number, kind in enumerate(kinds)
    ]
    if len(asked) > 1 and favour(asked[0], 1) is not None:
        when = draw(st.sampled_from(Favour))
        asked[0] = question(0, asked[0].kind, branch=Branch(when, asked[-1].id))
    ballots: list[Ballot] = [
        (
            draw(st.sampled_from(GROUPS)),
            {q.id: parse_value(q, draw(raw_values(q))) for q in asked if draw(st.booleans())},
        )
        for _ in range(draw(st.integers(0, 20)))
    ]
    invited = draw(st.integers(len(ballots), 30))
    return round_(asked, blocks(*GROUPS), invited=invited), ballots


def _counts_for(asked: Question, category: str, value: Value) -> bool:
    match asked.kind:
        case Kind.AGREE | Kind.SCALE:
            return favour(asked, value) == category
        case Kind.YES_NO:
            return value == (category == "yes")
        case _:
            index = asked.options.index(category)
            return index in value if isinstance(value, tuple) else index == value


@given(closed_rounds())
def test_the_counts_are_those_of_counting_by_hand(closed: tuple[Round, list[Ballot]]) -> None:
    closing, ballots = closed
    counted = count(closing, ballots)
    asked = {q.id: q for q in closing.questionnaire.asked}
    for tallied in counted.questions:
        one = asked[tallied.question_id]
        for group, tally in zip(GROUPS, tallied.tallies, strict=True):
            given_ = [b[one.id] for block, b in ballots if block == group and one.id in b]
            by_hand = tuple(
                sum(_counts_for(one, category, value) for value in given_)
                for category in categories(one)
            )
            assert tally == Tally(group, len(given_), by_hand)


@given(closed_rounds())
def test_follow_ups_and_words_have_no_counts(closed: tuple[Round, list[Ballot]]) -> None:
    closing, ballots = closed
    follow_ups = {q.branch.then for q in closing.questionnaire.questions if q.branch}
    expected = [
        q.id
        for q in closing.questionnaire.questions
        if q.kind is not Kind.TEXT and q.id not in follow_ups
    ]
    assert [t.question_id for t in count(closing, ballots).questions] == expected


@given(closed_rounds())
def test_the_rate_is_rounded_down_to_five_and_at_most_ninety(
    closed: tuple[Round, list[Ballot]],
) -> None:
    closing, ballots = closed
    rate = count(closing, ballots).rate
    assert rate % 5 == 0
    assert 0 <= rate <= 90
    assert rate * closing.invited <= 100 * sum(bool(values) for _, values in ballots)


@pytest.mark.parametrize(
    ("answered", "rate"), [(0, 0), (1, 5), (9, 45), (17, 85), (18, 90), (19, 90), (20, 90)]
)
def test_the_rate_in_steps(answered: int, rate: int) -> None:
    ballots = [("Ward", {"q0": 4})] * answered + [("Ward", {})] * (20 - answered)
    assert count(round_(invited=20), ballots).rate == rate


def test_the_answer_to_a_follow_up_that_no_answer_calls_for_is_no_part_in_the_round() -> None:
    asked = [question(0, branch=Branch(Favour.UNFAVOURABLE, "q1")), question(1, Kind.TEXT)]
    stale = count(round_(asked, invited=10), [("Ward", {"q1": "Too few of us"})])
    assert stale.rate == 0
    assert stale.questions[0].tallies == (Tally("Ward", 0, (0, 0, 0)),)


def test_someone_who_skipped_everything_has_not_answered() -> None:
    assert count(round_(invited=10), [("Ward", {})] * 10).rate == 0


def test_each_kind_has_its_coding() -> None:
    kinds = (Kind.AGREE, Kind.SCALE, Kind.YES_NO, Kind.CHOICE, Kind.PICK)
    closing = round_([question(number, kind) for number, kind in enumerate(kinds)])
    codings = [(t.coding, t.most_picks) for t in count(closing, []).questions]
    assert codings == [
        (Coding.THREE, 1),
        (Coding.THREE, 1),
        (Coding.MANY, 1),
        (Coding.MANY, 1),
        (Coding.PICKS, 3),
    ]


def test_counts_do_not_show_in_a_repr() -> None:
    ballots = [("Ward", {"q0": 4})] * 17
    assert "(0, 0, 17)" not in repr(count(round_(), ballots))
