"""Everything that was published, for other tools: the coded lines and nothing else."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from bot.pulse.pulses import Round
from bot.pulse.questions import Kind, Question, categories
from bot.sentiment.coding import Line
from bot.sentiment.release import QuestionResult, Release

COLUMNS = ("round", "closed", "question", "group", "answers", "category", "least", "most")


def to_csv(published: Iterable[tuple[Round, Release]]) -> str:
    """One row a category of each printed line; "least" and "most" are its printed range."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for round_, release in published:
        for question, line in printed_lines(round_, release):
            for name, cell in zip(categories(question), line.cells, strict=True):
                row = (
                    round_.name,
                    f"{round_.close_at:%Y-%m-%d}",
                    question.text,
                    line.group,
                    line.n,
                    name,
                    cell.low,
                    cell.high,
                )
                writer.writerow([_inert(value) for value in row])
    return out.getvalue()


def printed_lines(round_: Round, release: Release) -> Iterator[tuple[Question, Line]]:
    """Every line that the digest of this round shows."""
    questions = {question.id: question for question in round_.questionnaire.questions}
    for result in release.questions:
        for line in _lines(result):
            yield questions[result.question_id], line


def _lines(result: QuestionResult) -> Iterator[Line]:
    if result.organisation is not None:
        yield result.organisation
    yield from result.blocks


def _inert(value: object) -> object:
    """A text that a spreadsheet would run as a formula is made plain (OWASP: CSV injection)."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value


def to_attack(published: Iterable[tuple[Round, Release]]) -> dict[str, object]:
    """The same lines as one `sdc-attack/1` document, for an attacker who is not part of this.

    "Up to 3" questions become one yes/no question an option. The roster is not part of what was
    published, so it is left out.
    """
    rounds: list[str] = []
    questions: dict[str, object] = {}
    cells: list[dict[str, object]] = []
    linear: list[dict[str, object]] = []
    for number, (round_, release) in enumerate(published, start=1):
        name = f"R{number:02}"
        rounds.append(name)
        for question, line in printed_lines(round_, release):
            names = categories(question)
            if question.kind is Kind.PICK:
                for index, cell in enumerate(line.cells):
                    option = f"{question.id}#{index}"
                    questions[option] = _described(("picked", "not picked"))
                    counts = {"picked": {"min": cell.low, "max": cell.high}}
                    cells.append(_cell(name, option, line, counts))
                continue
            questions[question.id] = _described(names)
            counts = {
                category: {"min": cell.low, "max": cell.high}
                for category, cell in zip(names, line.cells, strict=True)
            }
            cells.append(_cell(name, question.id, line, counts))
            linear += [
                {
                    "question": question.id,
                    "terms": [
                        {
                            "round": name,
                            "group": line.group,
                            "values": [index + 1 for index in pool.categories],
                            "coef": 1,
                        }
                    ],
                    "min": pool.range.low,
                    "max": pool.range.high,
                }
                for pool in line.pools
            ]
    return {
        "format": "sdc-attack/1",
        "questions": questions,
        "rounds": rounds,
        "cells": cells,
        "linear": linear,
        "protect": {"min_possible": 3},
    }


def _described(names: tuple[str, ...]) -> dict[str, object]:
    # The published categories are the attacker's values: finer answers were never shown.
    values = list(range(1, len(names) + 1))
    return {
        "values": values,
        "categories": {name: [value] for name, value in zip(names, values, strict=True)},
        "unit": "category",
    }


def _cell(
    name: str, question: str, line: Line, counts: dict[str, dict[str, int]]
) -> dict[str, object]:
    return {"round": name, "question": question, "group": line.group, "n": line.n, "counts": counts}
