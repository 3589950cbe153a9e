"""Everything that was published, for other tools: the coded lines and nothing else."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from bot.pulse.pulses import Round
from bot.pulse.questions import Kind, Question, categories
from bot.reciprocity.digest import EVERYONE, count_names
from bot.sentiment.coding import Line
from bot.sentiment.release import QuestionResult, Reason, Release

COLUMNS = ("round", "closed", "question", "group", "answers", "category", "least", "most")

# A text that starts like this is run as a formula by some spreadsheet (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def to_csv(published: Iterable[tuple[Round, Release]]) -> str:
    """One row a category of each printed line; "least" and "most" are its printed range.

    Its words are those of the digest.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for round_, release in published:
        for question, group, line in printed_lines(round_, release):
            for name, cell in zip(count_names(question), line.cells, strict=True):
                row = (
                    round_.name,
                    f"{round_.close_at:%Y-%m-%d}",
                    question.text,
                    group,
                    line.n,
                    name,
                    cell.low,
                    cell.high,
                )
                writer.writerow([_inert(value) for value in row])
    return out.getvalue()


def printed_lines(round_: Round, release: Release) -> Iterator[tuple[Question, str, Line]]:
    """Every line that the digest of this round shows, with the name of its group there."""
    questions = {question.id: question for question in round_.questionnaire.questions}
    for result in release.questions:
        question = questions[result.question_id]
        if result.organisation is not None:
            yield question, EVERYONE, result.organisation
        for line in result.blocks:
            yield question, line.group, line


def _inert(value: object) -> object:
    """A text on one line that no spreadsheet runs as a formula."""
    if not isinstance(value, str):
        return value
    text = " ".join(value.split())
    return f"'{text}" if text.startswith(_FORMULA) else text


def to_attack(published: Iterable[tuple[Round, Release]]) -> dict[str, object]:
    """All that was published as one `sdc-attack/1` document, for an attacker who is not part of
    this: the printed ranges, and what is said about groups that are not shown.

    The published categories are the attacker's answer values, numbered from 1: finer answers were
    never shown. "Up to 3" questions become one picked / not picked question an option. Groups are
    "org" and "block:<name>". The roster is not part of what was published, so it is left out.
    """
    rounds: list[str] = []
    questions: dict[str, object] = {}
    cells: list[dict[str, object]] = []
    linear: list[dict[str, object]] = []
    for number, (round_, release) in enumerate(published, start=1):
        name = f"R{number:02}"
        rounds.append(name)
        asked = {question.id: question for question in round_.questionnaire.questions}
        for result in release.questions:
            question = asked[result.question_id]
            described = _described(question)
            questions |= described
            if result.organisation is not None:
                cells += _cells(name, "org", question, result.organisation)
                linear += _pools(name, "org", question, result.organisation)
            for line in result.blocks:
                cells += _cells(name, _block(line.group), question, line)
                linear += _pools(name, _block(line.group), question, line)
            if result.blocks:
                linear += _sums(name, question, result)
            below = {"min": 0, "max": round_.profile.disclosure.k - 1}
            for group in _hidden(round_, result):
                cells += [
                    {
                        "round": name,
                        "question": id_,
                        "group": group,
                        "n": below,
                        "suppressed": True,
                    }
                    for id_ in described
                ]
    return {
        "format": "sdc-attack/1",
        "questions": questions,
        "rounds": rounds,
        "cells": cells,
        "linear": linear,
        "protect": {"min_possible": 3},
    }


def _block(name: str) -> str:
    return f"block:{name}"


def _hidden(round_: Round, result: QuestionResult) -> tuple[str, ...]:
    """The groups of which the digest says that too few people answered."""
    blocks = tuple(_block(block.name) for block in round_.blocks)
    match result.reason:
        case Reason.NOT_ENOUGH:
            return ("org",)
        case Reason.TOGETHER:
            return blocks if len(blocks) > 1 else ()
        case _:
            return tuple(_block(name) for name in result.withheld)


def _described(question: Question) -> dict[str, object]:
    """The attacker's questions that stand for this one, by id."""
    if question.kind is Kind.PICK:
        picked = {"values": [1, 2], "categories": {"picked": [1], "not picked": [2]}}
        ids = [f"{question.id}#{index}" for index in range(1, len(question.options) + 1)]
        return {id_: {**picked, "unit": "category"} for id_ in ids}
    names = _names(question)
    values = range(1, len(names) + 1)
    return {
        question.id: {
            "values": list(values),
            "categories": {name: [value] for name, value in zip(names, values, strict=True)},
            "unit": "category",
        }
    }


def _names(question: Question) -> tuple[str, ...]:
    """Categories by name. An option by its place: its words may be a number, or the name of a
    change that is called something else by the next round."""
    if question.kind is Kind.CHOICE:
        return tuple(f"option {place}" for place in range(1, len(question.options) + 1))
    return categories(question)


def _cells(name: str, group: str, question: Question, line: Line) -> Iterator[dict[str, object]]:
    printed = [{"min": cell.low, "max": cell.high} for cell in line.cells]
    place = {"round": name, "group": group, "n": line.n}
    if question.kind is Kind.PICK:
        for index, cell in enumerate(printed, start=1):
            yield {**place, "question": f"{question.id}#{index}", "counts": {"picked": cell}}
    else:
        counts = dict(zip(_names(question), printed, strict=True))
        yield {**place, "question": question.id, "counts": counts}


def _pools(name: str, group: str, question: Question, line: Line) -> Iterator[dict[str, object]]:
    for pool in line.pools:
        values = [index + 1 for index in pool.categories]
        yield {
            "question": question.id,
            "terms": [{"round": name, "group": group, "values": values, "coef": 1}],
            "min": pool.range.low,
            "max": pool.range.high,
        }


def _sums(name: str, question: Question, result: QuestionResult) -> Iterator[dict[str, object]]:
    """The figure for everyone is that of the groups shown: each count is the sum of theirs."""
    groups = [("org", 1), *((_block(line.group), -1) for line in result.blocks)]
    picks = question.kind is Kind.PICK
    for number in range(1, len(categories(question)) + 1):
        value = 1 if picks else number
        yield {
            "question": f"{question.id}#{number}" if picks else question.id,
            "terms": [
                {"round": name, "group": group, "values": [value], "coef": coef}
                for group, coef in groups
            ],
            "min": 0,
            "max": 0,
        }
