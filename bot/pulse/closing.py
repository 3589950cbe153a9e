"""Closing a round: from everyone's counting answers to counts per reporting group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.pulse.pulses import Round
from bot.pulse.questionnaire import counting
from bot.pulse.questions import MAX_PICKS, Kind, Question, Value, categories, category
from bot.sentiment.release import Coding, QuestionTally, Tally
from bot.sentiment.statistics import response_rate

_CODING = {
    Kind.AGREE: Coding.THREE,
    Kind.SCALE: Coding.THREE,
    Kind.YES_NO: Coding.MANY,
    Kind.CHOICE: Coding.MANY,
    Kind.PICK: Coding.PICKS,
}


@dataclass(frozen=True, slots=True)
class Count:
    """The raw counts of a round. Lives only while it closes. `rate` is rounded down, per cent."""

    questions: tuple[QuestionTally, ...]
    rate: int


def count(round_: Round, ballots: Iterable[tuple[str, Mapping[str, Value]]]) -> Count:
    """Count (block, one person's answers). Skipped questions and stale follow-ups are left out.

    Free text has no counts. A follow-up has none either: who is asked it depends on an answer, so
    its number of answers would tell how the question before was answered.
    """
    cast = [(block, counting(round_.questionnaire, values)) for block, values in ballots]
    answered = sum(bool(values) for _, values in cast)
    return Count(
        questions=tuple(
            _tally(round_, question, cast)
            for question in round_.questionnaire.asked
            if question.kind in _CODING
        ),
        rate=response_rate(answered, round_.invited),
    )


def _tally(
    round_: Round, question: Question, cast: Iterable[tuple[str, Mapping[str, Value]]]
) -> QuestionTally:
    people: Counter[str] = Counter()
    counts: dict[str, Counter[int]] = {block.name: Counter() for block in round_.blocks}
    for block, values in cast:
        value = values.get(question.id)
        if value is None:
            continue
        people[block] += 1
        if isinstance(value, tuple):
            counts[block].update(value)
        else:
            counts[block][category(question, value)] += 1
    width = range(len(categories(question)))
    return QuestionTally(
        question_id=question.id,
        coding=_CODING[question.kind],
        tallies=tuple(
            Tally(block.name, people[block.name], tuple(counts[block.name][i] for i in width))
            for block in round_.blocks
        ),
        most_picks=MAX_PICKS if question.kind is Kind.PICK else 1,
    )
