"""The question bank: every file reads, says where it is from, and matches its page in docs."""

import tomllib
from pathlib import Path

import pytest

from bot.pulse.bank import (
    FIRST_PULSE,
    find_instrument,
    find_question,
    instruments,
    read_instrument,
)
from bot.pulse.questionnaire import Questionnaire, follow_up
from bot.pulse.questions import Kind, fill, parse_value, response_options

DOCS = (Path(__file__).parents[3] / "docs" / "question-bank.md").read_text(encoding="utf-8")
EVERY = [item for instrument in instruments() for item in instrument.items]


def test_every_question_in_the_bank_has_an_id_of_its_own() -> None:
    assert len({item.id for item in EVERY}) == len(EVERY)


def test_every_instrument_says_where_it_is_from_and_on_what_terms() -> None:
    for instrument in instruments():
        assert all(
            [instrument.title, instrument.source, instrument.licence, instrument.attribution]
        )
        assert all(item.instrument == instrument.id for item in instrument.items)
        assert all(item.id.startswith(f"{instrument.id}.") for item in instrument.items)


def test_every_question_fits_its_instrument_and_offers_only_answers_it_takes() -> None:
    for item in EVERY:
        assert 5 <= len(item.text) <= 200
        for raw, label in response_options(item):
            parse_value(item, raw)
            assert 1 <= len(label) <= 75


def test_every_placeholder_in_the_bank_is_one_that_can_be_filled() -> None:
    for item in EVERY:
        filled = fill(item, organisation="the Trust", change="the new rota")
        assert "[" not in filled.text
        assert filled.text[0].isupper()
        assert filled.validated is item.validated


def test_a_question_is_found_by_its_id() -> None:
    proud = find_question("csps.proud")
    assert proud is not None
    assert proud.text == "I am proud when I tell others I am part of [organisation]"
    assert proud.validated
    assert find_question("csps.no-such-item") is None


def test_a_satisfaction_question_is_answered_in_words_of_satisfaction() -> None:
    job = find_question("fevs.job")
    assert job is not None
    assert response_options(job)[0] == ("1", "Very dissatisfied")


def test_the_first_pulse_is_three_scales_and_one_open_question_with_a_follow_up() -> None:
    starter = find_instrument(FIRST_PULSE)
    assert starter is not None
    questionnaire = Questionnaire(starter.items)
    assert [item.kind for item in questionnaire.asked] == [*[Kind.AGREE] * 3, Kind.TEXT]
    support = questionnaire.asked[1]
    asked_next = follow_up(questionnaire, support, {support.id: 2}, ())
    assert asked_next is not None
    assert asked_next.kind is Kind.PICK
    assert not any(item.validated for item in starter.items)


def test_what_is_not_licensed_for_bundling_is_not_in_the_bank() -> None:
    assert {instrument.id for instrument in instruments()} == {
        "csps",
        "fevs",
        "first",
        "recommend",
    }


def test_an_unknown_instrument_is_not_found() -> None:
    assert find_instrument("who5") is None


def test_a_mistyped_key_in_an_instrument_file_is_named() -> None:
    data = tomllib.loads(
        """
        id = "mine"
        title = "Mine"
        source = "Me"
        licence = "Mine"
        attribution = "Me"
        scoring = "None"
        validated = false
        sensitive = true
        [[items]]
        id = "load"
        kind = "agree"
        text = "My work wears me out."
        revers = true
        """
    )
    with pytest.raises(ValueError, match=r"mine\.load: unknown key revers"):
        read_instrument(data)
    data["items"][0]["reverse"] = data["items"][0].pop("revers")
    (item,) = read_instrument(data).items
    assert item.reverse
    assert item.sensitive


def test_the_docs_list_exactly_what_ships() -> None:
    shipped = {
        f"| `{found.id}` | {found.title} | {len(found.items)} | {found.source} | {found.licence} |"
        for found in instruments()
    }
    assert {line for line in DOCS.splitlines() if line.startswith("| `") and "|" in line} >= shipped
    table = DOCS.split("## What ships")[1].split("## ")[0]
    assert {line for line in table.splitlines() if line.startswith("| `")} == shipped


def test_the_docs_give_every_attribution() -> None:
    lines = DOCS.splitlines()
    assert all(f"- {instrument.attribution}" in lines for instrument in instruments())
