"""Closed rounds of any kind, as hypothesis draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from bot.pulse.closing import count
from bot.pulse.pulses import Round, RoundState
from bot.pulse.questions import Branch, Favour, Kind, Question, Value, parse_value, response_options
from bot.sentiment.blocks import block_name
from bot.sentiment.profile import Profile
from bot.sentiment.release import Coding, QuestionTally, Release, Tally, release
from tests.core.builders import blocks, question, round_

COUNTED = (Kind.AGREE, Kind.SCALE, Kind.YES_NO, Kind.CHOICE, Kind.PICK)
GROUPS = ("Estates", "Theatre", "Ward")


@dataclass(frozen=True)
class Closed:
    """What is left of a round."""

    round: Round
    release: Release
    rate: int


def close(round_: Round, ballots: Sequence[tuple[str, Mapping[str, Value]]]) -> Closed:
    counted = count(round_, ballots)
    return Closed(
        round_,
        release(round_.blocks, counted.questions, round_.profile.disclosure),
        counted.rate,
    )


@st.composite
def closed_rounds(draw: st.DrawFn, numbers: tuple[int, ...] = (0, 1, 2, 3, 4)) -> Closed:
    """Some of the questions q0 to q4, each of its own kind, and up to three groups."""
    asked = [
        question(number, COUNTED[number])
        for number in draw(st.sets(st.sampled_from(numbers), min_size=1))
    ]
    names = GROUPS[: draw(st.integers(1, 3))]
    closing = round_(
        asked,
        blocks(*names),
        state=RoundState.CLOSED,
        profile=draw(st.sampled_from(Profile)),
        invited=60,
    )
    tallies = tuple(
        QuestionTally(
            question_id=q.question_id,
            coding=q.coding,
            tallies=tuple(draw(_tallies(q, name)) for name in names),
            most_picks=q.most_picks,
        )
        for q in count(closing, []).questions
    )
    released = release(closing.blocks, tallies, closing.profile.disclosure)
    return Closed(closing, released, draw(st.sampled_from(range(0, 95, 5))))


@st.composite
def _tallies(draw: st.DrawFn, asked: QuestionTally, block: str) -> Tally:
    width = len(asked.tallies[0].counts)
    counts = draw(st.tuples(*[st.integers(0, 9)] * width))
    people = sum(counts)
    if asked.coding is Coding.PICKS:
        people = max(*counts, -(-people // asked.most_picks)) + draw(st.integers(0, 3))
    return Tally(block, people, counts)


@st.composite
def largest_rounds(draw: st.DrawFn) -> Closed:
    """As long as everything may be: many groups, long names, long options, all kinds."""
    letters = draw(st.sampled_from(["w", "W", "\u0175", "\U0001f600"]))
    size = draw(st.integers(1, 40))
    teams = [(f"{number:02} " + letters * 60)[:60] for number in range(3 * size)]
    names = [
        block_name(teams[3 * number : 3 * number + draw(st.integers(1, 3))])
        for number in range(size)
    ]
    options = tuple((f"{number} " + letters * 75)[:75] for number in range(10))
    asked = []
    for number in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(Kind))
        listed = options if kind in (Kind.CHOICE, Kind.PICK) else ()
        text = f"{number} " + letters * 195
        asked.append(question(number, kind, text=text[:200], options=listed))
    if draw(st.booleans()):
        # Every question with an order calls for one more that is never printed.
        follow_ups = []
        for number, parent in enumerate(asked):
            if parent.kind in (Kind.AGREE, Kind.SCALE, Kind.YES_NO):
                asked[number] = question(
                    number,
                    parent.kind,
                    text=parent.text,
                    branch=Branch(Favour.UNFAVOURABLE, f"q{number + 10}"),
                )
                follow_ups.append(
                    question(number + 10, Kind.CHOICE, text=parent.text, options=options)
                )
        asked += follow_ups
    closing = round_(
        asked, blocks(*names), name=letters * 60, invited=size * 60, state=RoundState.CLOSED
    )
    spread = draw(st.lists(st.integers(0, 30), min_size=1, max_size=10))
    ballots = [
        (name, {q.id: _nth(q, person * (number + 1)) for q in asked[:6]})
        for number, name in enumerate(names)
        for person in range(spread[number % len(spread)])
    ]
    return close(closing, ballots)


def _nth(asked: Question, number: int) -> Value:
    if asked.kind is Kind.TEXT:
        return "Fine"
    offered = response_options(asked)
    return parse_value(asked, offered[number % len(offered)][0])
