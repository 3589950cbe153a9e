"""Exports: every printed line, nothing else, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pulse.pulses import Round
from bot.pulse.questions import Kind
from bot.reciprocity.digest import build, count_names
from bot.reciprocity.export import COLUMNS, printed_lines, to_attack, to_csv
from bot.sentiment.profile import Profile
from bot.sentiment.release import Reason, Release
from bot.wording.digest import chart
from tests.core.builders import blocks, question, round_
from tests.core.closed import Closed, close, closed_rounds
from tests.core.sentiment.attacker import histograms

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " \n=1", "\uff1d1+1")


def pairs(*rounds: Closed) -> list[tuple[Round, Release]]:
    return [(closed.round, closed.release) for closed in rounds]


def parsed(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def named(name: str, text: str, option: str, group: str) -> Closed:
    asked = question(0, Kind.CHOICE, text=text, options=(option, "Other"))
    closing = round_([asked], blocks(group, "Another group"), name=name)
    ballots = [(block.name, {"q0": person % 2}) for block in closing.blocks for person in range(9)]
    return close(closing, ballots)


# --- CSV -------------------------------------------------------------------------------------


@given(st.lists(closed_rounds(), max_size=3))
def test_a_csv_read_back_is_every_printed_range(rounds: list[Closed]) -> None:
    header, *rows = parsed(to_csv(pairs(*rounds)))
    assert tuple(header) == COLUMNS
    expected = [
        [
            closed.round.name,
            f"{closed.round.close_at:%Y-%m-%d}",
            asked.text,
            group,
            str(line.n),
            name,
            str(cell.low),
            str(cell.high),
        ]
        for closed in rounds
        for asked, group, line in printed_lines(closed.round, closed.release)
        for name, cell in zip(count_names(asked), line.cells, strict=True)
    ]
    assert rows == expected


TEXTS = st.text(min_size=1, max_size=20) | st.sampled_from(FORMULAS)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_no_cell_is_a_formula_and_every_text_can_be_read_back(
    name: str, text: str, option: str, group: str
) -> None:
    _, *rows = parsed(to_csv(pairs(named(name, text, option, group))))
    for row in rows:
        assert len(row) == len(COLUMNS)
        for cell in row:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"))
    for cell, typed in (
        (rows[0][0], name),
        (rows[0][2], text),
        (rows[0][5], option),
        (rows[2][3], group),
    ):
        assert cell.removeprefix("'") == " ".join(typed.split()).removeprefix("'")


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_is_made_plain(formula: str) -> None:
    _, first, *_ = parsed(to_csv(pairs(named(formula, "Why?", "Time", "Ward"))))
    assert first[0] == f"'{formula.strip()}"


def test_a_number_stays_a_number() -> None:
    _, *rows = parsed(to_csv(pairs(named("Weekly", "Why?", "Time", "Ward"))))
    assert rows[0] == ["Weekly", "2026-06-16", "Why?", "Everyone", "18", "Time", "10", "10"]


@given(closed_rounds())
def test_the_words_of_a_csv_are_those_of_the_digest(closed: Closed) -> None:
    shown = {
        (bar.label, name, printed)
        for finding in build(closed.round, 60, closed.rate, closed.release, ()).findings
        if finding.result.organisation is not None and finding.question.kind is not Kind.PICK
        for drawn in [chart(finding)]
        for bar in drawn.bars
        for name, printed in zip(drawn.columns[:-1], bar.printed, strict=False)
    }
    picks = {q.text for q in closed.round.questionnaire.questions if q.kind is Kind.PICK}
    _, *rows = parsed(to_csv(pairs(closed)))
    assert shown == {
        (group, name, low if low == high else f"{low} to {high}")
        for _, _, text, group, _, name, low, high in rows
        if text not in picks
    }


def test_nothing_published_is_a_header_alone() -> None:
    assert to_csv([]) == ",".join(COLUMNS) + "\n"


# --- sdc-attack/1 ----------------------------------------------------------------------------


def attack(*rounds: Closed) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(json.dumps(to_attack(pairs(*rounds))))
    return written


def cells(document: dict[str, Any], group: str) -> list[dict[str, Any]]:
    return [cell for cell in document["cells"] if cell["group"] == group]


THREE = {
    "values": [1, 2, 3],
    "categories": {"unfavourable": [1], "neutral": [2], "favourable": [3]},
    "unit": "category",
}


def test_a_round_of_one_group_is_the_organisations_cell_and_its_pool() -> None:
    answers = [5] * 6 + [3] * 5 + [1] * 2
    closed = close(round_(), [("Ward", {"q0": value}) for value in answers])
    assert attack(closed) == {
        "format": "sdc-attack/1",
        "questions": {"q0": THREE},
        "rounds": ["R01"],
        "cells": [
            {
                "round": "R01",
                "question": "q0",
                "group": "org",
                "n": 13,
                "counts": {
                    "unfavourable": {"min": 0, "max": 3},
                    "neutral": {"min": 4, "max": 7},
                    "favourable": {"min": 6, "max": 6},
                },
            }
        ],
        "linear": [
            {
                "question": "q0",
                "terms": [{"round": "R01", "group": "org", "values": [1, 2], "coef": 1}],
                "min": 7,
                "max": 7,
            }
        ],
        "protect": {"min_possible": 3},
    }


def test_groups_are_told_from_the_organisation_even_one_of_that_name() -> None:
    closing = round_(groups=blocks("organisation", "Ward"))
    ballots = [(name, {"q0": 5}) for name in ("organisation", "Ward") for _ in range(9)]
    document = attack(close(closing, ballots))
    assert [(cell["group"], cell["n"]) for cell in document["cells"]] == [
        ("org", 18),
        ("block:organisation", 9),
        ("block:Ward", 9),
    ]


def test_a_group_that_is_not_shown_is_suppressed_below_the_threshold() -> None:
    closing = round_(groups=blocks("Theatre", "Ward"), profile=Profile.STRICT)
    ballots = [("Ward", {"q0": 5})] * 12 + [("Theatre", {"q0": 1})] * 10
    (hidden,) = cells(attack(close(closing, ballots)), "block:Theatre")
    assert hidden == {
        "round": "R01",
        "question": "q0",
        "group": "block:Theatre",
        "n": {"min": 0, "max": 10},
        "suppressed": True,
    }


def test_what_is_said_of_groups_shown_together_is_in_it() -> None:
    closing = round_(groups=blocks("Theatre", "Ward"))
    ballots = [(name, {"q0": 5}) for name in ("Theatre", "Ward") for _ in range(5)]
    document = attack(close(closing, ballots))
    assert [(cell["group"], "counts" in cell) for cell in document["cells"]] == [
        ("org", True),
        ("block:Theatre", False),
        ("block:Ward", False),
    ]


def test_too_few_answers_are_a_suppressed_organisation() -> None:
    document = attack(close(round_(), [("Ward", {"q0": 5})] * 6))
    (hidden,) = document["cells"]
    assert (hidden["group"], hidden["n"]) == ("org", {"min": 0, "max": 6})
    assert hidden["suppressed"] is True


def test_up_to_three_options_are_a_question_each() -> None:
    closing = round_([question(0, Kind.PICK)])
    document = attack(close(closing, [("Ward", {"q0": (0, 1)})] * 5 + [("Ward", {"q0": (1,)})] * 5))
    assert list(document["questions"]) == ["q0#1", "q0#2", "q0#3", "q0#4"]
    assert document["questions"]["q0#1"] == {
        "values": [1, 2],
        "categories": {"picked": [1], "not picked": [2]},
        "unit": "category",
    }
    assert [cell["counts"] for cell in document["cells"]] == [
        {"picked": {"min": 5, "max": 5}},
        {"picked": {"min": 7, "max": 10}},
        {"picked": {"min": 0, "max": 3}},
        {"picked": {"min": 0, "max": 3}},
    ]


def test_an_option_is_named_by_its_place_so_that_it_is_no_value_and_may_be_renamed() -> None:
    asked = question(0, Kind.CHOICE, options=("2", "1", "[change]"))
    ballots = [("Ward", {"q0": person % 3}) for person in range(15)]
    first = close(round_([asked]), ballots)
    renamed = question(0, Kind.CHOICE, options=("2", "1", "the newer rota"))
    document = attack(first, close(round_([renamed]), ballots))
    names = {"option 1": [1], "option 2": [2], "option 3": [3]}
    assert document["questions"]["q0"]["categories"] == names
    assert all(cell["counts"].keys() == names.keys() for cell in document["cells"])
    assert document["rounds"] == ["R01", "R02"]


@given(st.lists(closed_rounds(), max_size=3))
def test_every_part_of_the_document_is_known_to_the_format(rounds: list[Closed]) -> None:
    document = attack(*rounds)
    assert document.keys() == {"format", "questions", "rounds", "cells", "linear", "protect"}
    for asked in document["questions"].values():
        assert asked.keys() == {"values", "categories", "unit"}
        assert (
            sorted(v for values in asked["categories"].values() for v in values)
            == (asked["values"])
        )
    groups = set()
    for cell in document["cells"]:
        assert cell["round"] in document["rounds"]
        asked = document["questions"][cell["question"]]
        if "suppressed" in cell:
            assert cell.keys() == {"round", "question", "group", "n", "suppressed"}
        else:
            assert cell.keys() == {"round", "question", "group", "n", "counts"}
            assert cell["counts"].keys() <= asked["categories"].keys()
            for printed in cell["counts"].values():
                assert 0 <= printed["min"] <= printed["max"] <= cell["n"]
        place = (cell["round"], cell["question"], cell["group"])
        assert place not in groups
        groups.add(place)
    for rule in document["linear"]:
        assert rule.keys() == {"question", "terms", "min", "max"}
        values = document["questions"][rule["question"]]["values"]
        for term in rule["terms"]:
            assert term.keys() == {"round", "group", "values", "coef"}
            assert (term["round"], rule["question"], term["group"]) in groups
            assert set(term["values"]) <= set(values)


@given(closed_rounds(numbers=(0,)))
def test_what_the_document_allows_is_what_was_printed(closed: Closed) -> None:
    """Somebody who lists all counts that the document allows finds exactly those of the print."""
    (result,) = closed.release.questions
    document = attack(closed)
    for group, line in (
        ("org", result.organisation),
        *((f"block:{line.group}", line) for line in result.blocks),
    ):
        if line is None:
            assert result.reason is Reason.NOT_ENOUGH
            continue
        (cell,) = cells(document, group)
        rules = [
            rule for rule in document["linear"] if [t["group"] for t in rule["terms"]] == [group]
        ]
        allowed = {
            counts
            for counts in histograms(cell["n"], 3)
            if all(
                printed["min"] <= count <= printed["max"]
                for count, printed in zip(counts, cell["counts"].values(), strict=True)
            )
            and all(
                rule["min"] <= sum(counts[v - 1] for v in rule["terms"][0]["values"]) <= rule["max"]
                for rule in rules
            )
        }
        by_print = {
            counts
            for counts in histograms(line.n, 3)
            if all(r.low <= c <= r.high for c, r in zip(counts, line.cells, strict=True))
            and all(
                p.range.low <= sum(counts[i] for i in p.categories) <= p.range.high
                for p in line.pools
            )
        }
        assert allowed == by_print


@given(closed_rounds())
def test_the_organisation_is_the_sum_of_the_groups_that_are_shown(closed: Closed) -> None:
    document = attack(closed)
    sums = [rule for rule in document["linear"] if len(rule["terms"]) > 1]
    shown = [result for result in closed.release.questions if result.blocks]
    assert bool(sums) == bool(shown)
    for rule in sums:
        assert (rule["min"], rule["max"]) == (0, 0)
        groups = {term["group"]: term["coef"] for term in rule["terms"]}
        (result,) = [r for r in shown if r.question_id == rule["question"].split("#")[0]]
        assert groups == {"org": 1} | {f"block:{line.group}": -1 for line in result.blocks}
