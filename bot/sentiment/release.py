"""What a closed round may show, decided by how many answered and never by what they answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.sentiment.blocks import Block
from bot.sentiment.coding import Line, Pool, Range, code_many, code_picks, code_three
from bot.sentiment.lines import ORGANISATION, total
from bot.sentiment.profile import Disclosure

# Rates are rounded down to steps of 5 per cent: of 20 people a step is one person.
LEAST_FOR_RATE = 20


class Coding(StrEnum):
    """How the counts of a question become a line."""

    THREE = "three"  # unfavourable, neutral, favourable
    MANY = "many"  # options without order, one per person; also yes / no
    PICKS = "picks"  # options of which a person picks several


class Reason(StrEnum):
    """Why a result has the shape that it has."""

    EVERY_BLOCK = "every_block"
    SOME_BLOCKS = "some_blocks"  # the blocks withheld are outside the organisation's line
    TOGETHER = "together"  # all answers as one line, no block by itself
    NOT_ENOUGH = "not_enough"


@dataclass(frozen=True, slots=True)
class Tally:
    """Raw counts of one block: `n` people answered; `counts` per category, or per option the
    people who picked it. Lives only while a round closes and never shows its counts.
    """

    block: str
    n: int
    counts: tuple[int, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionTally:
    """One question's raw counts. `most_picks` is how many options one person may pick.

    Raises ValueError if counts cannot come from `n` people.
    """

    question_id: str
    coding: Coding
    tallies: tuple[Tally, ...]
    most_picks: int = 1

    def __post_init__(self) -> None:
        for tally in self.tallies:
            answers = sum(tally.counts)
            fits = (
                answers <= tally.n * self.most_picks
                if self.coding is Coding.PICKS
                else answers == tally.n
            )
            if not fits or any(not 0 <= count <= tally.n for count in tally.counts):
                raise ValueError(
                    f"the counts of {self.question_id} in {tally.block} do not fit its answers"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionResult:
    """One question as it may be shown. `withheld` names the blocks with too few answers, `groups`
    those whose answers are in the organisation's line: lines of other groups are not compared.
    """

    question_id: str
    organisation: Line | None
    blocks: tuple[Line, ...]
    withheld: tuple[str, ...]
    reason: Reason
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """All that is ever kept of a round's answers, one result per question in the order asked."""

    questions: tuple[QuestionResult, ...]


def release(
    blocks: Sequence[Block], questions: Sequence[QuestionTally], disclosure: Disclosure
) -> Release:
    """Decide and code one round with its frozen blocks.

    A block without a tally had no answers. Raises ValueError for a tally of an unknown block or a
    second one of the same block.
    """
    names = tuple(block.name for block in blocks)
    return Release(tuple(_result(names, question, disclosure) for question in questions))


def _result(
    names: tuple[str, ...], question: QuestionTally, disclosure: Disclosure
) -> QuestionResult:
    tallies = {tally.block: tally for tally in question.tallies}
    if not tallies.keys() <= set(names) or len(tallies) != len(question.tallies):
        raise ValueError(f"{question.question_id} takes one tally for each of the round's blocks")
    reached = [tallies[name] for name in names if name in tallies]
    printed = [tally for tally in reached if tally.n >= disclosure.k]
    if printed and len(names) > 1:
        lines = tuple(_code(question, tally, disclosure) for tally in printed)
        shown = {tally.block for tally in printed}
        withheld = tuple(name for name in names if name not in shown)
        return QuestionResult(
            question_id=question.question_id,
            organisation=total(lines),
            blocks=lines,
            withheld=withheld,
            reason=Reason.SOME_BLOCKS if withheld else Reason.EVERY_BLOCK,
            groups=tuple(tally.block for tally in printed),
        )
    enough = sum(tally.n for tally in reached) >= disclosure.k
    return QuestionResult(
        question_id=question.question_id,
        organisation=_code(question, _together(reached), disclosure) if enough else None,
        blocks=(),
        withheld=(),
        reason=Reason.TOGETHER if enough else Reason.NOT_ENOUGH,
        groups=names if enough else (),
    )


def stated_rate(rate: int, asked: int, everyone: bool, published: Release) -> int:
    """The response rate (per cent) that may stand beside a release; 0 where none may.

    Never below the organisation (`everyone` was asked), never without a line for everyone, and
    never where a step of the rate is less than one person: it would count those who answered.
    """
    line = any(result.organisation is not None for result in published.questions)
    return rate if everyone and line and asked >= LEAST_FOR_RATE else 0


def _together(tallies: Sequence[Tally]) -> Tally:
    columns = zip(*(tally.counts for tally in tallies), strict=True)
    return Tally(ORGANISATION, sum(tally.n for tally in tallies), tuple(map(sum, columns)))


def _code(question: QuestionTally, tally: Tally, disclosure: Disclosure) -> Line:
    line: Line | None
    match question.coding:
        case Coding.THREE:
            line = code_three(question.question_id, tally.block, tally.counts, disclosure)
        case Coding.MANY:
            line = code_many(question.question_id, tally.block, tally.counts, disclosure)
        case Coding.PICKS:
            line = code_picks(
                question.question_id,
                tally.block,
                tally.n,
                tally.counts,
                question.most_picks,
                disclosure,
            )
    if line is None:
        raise ValueError(f"{tally.block} has too few answers to {question.question_id} for a line")
    return line


def to_json(value: Release) -> dict[str, Any]:
    """The release as plain dicts, lists, strings and whole numbers."""
    return {
        "questions": [
            {
                "question_id": result.question_id,
                "organisation": result.organisation and _line_to_json(result.organisation),
                "blocks": [_line_to_json(line) for line in result.blocks],
                "withheld": list(result.withheld),
                "reason": result.reason.value,
                "groups": list(result.groups),
            }
            for result in value.questions
        ]
    }


def from_json(value: Mapping[str, Any]) -> Release:
    """The release that `to_json` wrote. Raises KeyError or ValueError for anything else."""
    return Release(tuple(_result_from_json(result) for result in value["questions"]))


def _result_from_json(value: Mapping[str, Any]) -> QuestionResult:
    question_id = value["question_id"]
    organisation = value["organisation"]
    return QuestionResult(
        question_id=question_id,
        organisation=organisation and _line_from_json(question_id, organisation),
        blocks=tuple(_line_from_json(question_id, line) for line in value["blocks"]),
        withheld=tuple(value["withheld"]),
        reason=Reason(value["reason"]),
        # Not kept at first: then it is not known, and the line is compared with none.
        groups=tuple(value.get("groups", ())),
    )


def _line_to_json(line: Line) -> dict[str, Any]:
    return {
        "group": line.group,
        "n": line.n,
        "cells": [[cell.low, cell.high] for cell in line.cells],
        "pools": [
            {"categories": list(pool.categories), "range": [pool.range.low, pool.range.high]}
            for pool in line.pools
        ],
    }


def _line_from_json(question_id: str, value: Mapping[str, Any]) -> Line:
    return Line(
        question_id=question_id,
        group=value["group"],
        n=value["n"],
        cells=tuple(Range(low, high) for low, high in value["cells"]),
        pools=tuple(
            Pool(tuple(pool["categories"]), Range(*pool["range"])) for pool in value["pools"]
        ),
    )
