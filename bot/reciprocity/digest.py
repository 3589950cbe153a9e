"""The digest of a closed round: what was asked, the coded lines, and what changed since last time.

Everything here is arithmetic on what was released; no answer can reach it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.pulse.pulses import Round
from bot.pulse.questions import Kind, Question, categories
from bot.sentiment.release import QuestionResult, Release
from bot.sentiment.statistics import Interval, Trend, margin, trend, wilson

THREE_WAY = frozenset({Kind.AGREE, Kind.SCALE})

# What people read: the line for the whole organisation, and the counts of a three-way line.
EVERYONE = "Everyone"
POSITIVE = ("negative", "in between", "positive")


def count_names(question: Question) -> tuple[str, ...]:
    """The names under which people read the counts of a question, in their order."""
    return POSITIVE if question.kind in THREE_WAY else categories(question)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A result that was released before, and when."""

    released_at: datetime
    release: Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One question with its result, and the change since it was last asked.

    `interval` is of the favourable share; where there is none, `margin` is how many points each
    share could be off. `since` and `change` are None where the question has no order, or no
    earlier line; `change` alone where that line was of other groups.
    """

    question: Question
    result: QuestionResult
    interval: Interval | None
    margin: float | None
    change: Trend | None
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What leads and participants both get. `asked` is people, `response_rate` per cent.

    `unprinted` are questions whose answers are never counted in public: free text, and
    follow-ups, whose number of answers would show how the question before was answered.
    """

    round: Round
    asked: int
    response_rate: int
    findings: tuple[Finding, ...]
    unprinted: tuple[Question, ...]


def build(
    round_: Round, asked: int, response_rate: int, release: Release, earlier: Iterable[Earlier]
) -> Digest:
    """The digest of a round. `earlier` are older releases of the programme, newest first."""
    results = {result.question_id: result for result in release.questions}
    ordered = {
        question.id
        for question in round_.questionnaire.questions
        if question.kind in THREE_WAY
        and question.id in results
        and results[question.id].organisation is not None
    }
    before = _last_lines(ordered, earlier)
    return Digest(
        round=round_,
        asked=asked,
        response_rate=response_rate,
        findings=tuple(
            _finding(question, results[question.id], before.get(question.id))
            for question in round_.questionnaire.questions
            if question.id in results
        ),
        unprinted=tuple(q for q in round_.questionnaire.questions if q.id not in results),
    )


def _finding(
    question: Question, result: QuestionResult, before: tuple[datetime, QuestionResult] | None
) -> Finding:
    line = result.organisation
    ordered = question.kind in THREE_WAY
    return Finding(
        question=question,
        result=result,
        interval=wilson(line) if ordered and line is not None else None,
        margin=None if ordered or line is None else margin(line),
        change=_change(result, before[1]) if before else None,
        since=before[0] if before else None,
    )


def _change(result: QuestionResult, before: QuestionResult) -> Trend | None:
    """None where the two lines are not of the same groups, so that no change can be told."""
    now, then = result.organisation, before.organisation
    if now is None or then is None or set(result.groups) != set(before.groups):
        return None
    return trend(now, then)


def _last_lines(
    wanted: Collection[str], earlier: Iterable[Earlier]
) -> dict[str, tuple[datetime, QuestionResult]]:
    """The newest earlier line of each question; looks no further back than it has to."""
    found: dict[str, tuple[datetime, QuestionResult]] = {}
    if not wanted:
        return found
    for old in earlier:
        for result in old.release.questions:
            if result.question_id in wanted and result.organisation is not None:
                found.setdefault(result.question_id, (old.released_at, result))
        if len(found) == len(wanted):
            break
    return found
