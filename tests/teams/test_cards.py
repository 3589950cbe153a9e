"""What Teams would not show as it is meant is found, and what it would show is not."""

import copy
from typing import Any

import pytest

from tests.teams.cards import card_faults, dialog_faults, message_faults
from tests.teams.examples import ASK, FETCH, card, dialog, execute, message, words
from tests.teams.reading import words as words_of
from tests.teams.records import Json

PICTURE: Json = {"type": "Image", "url": "data:image/png;base64,AAAA", "altText": "Half agree"}
CHART: Json = {
    "type": "Chart.HorizontalBar.Stacked",
    "title": "Mood",
    "data": [{"title": "Ward", "data": [{"legend": "Agree", "value": 3, "color": "good"}]}],
    "fallback": PICTURE,
}
CHOICE: Json = {
    "type": "Input.ChoiceSet",
    "id": "f.team",
    "label": "Team",
    "isMultiSelect": True,
    "choices": [{"title": "Ward", "value": "w"}, {"title": "Theatre", "value": "t"}],
    "value": "w,t",
}


def without(value: Json, name: str) -> Json:
    return {key: item for key, item in value.items() if key != name}


def row(*actions: Json) -> Json:
    return {"type": "ActionSet", "actions": list(actions)}


def test_what_teams_shows_has_no_faults() -> None:
    rich = card(
        {**words("A heading"), "spacing": "Large", "separator": True},
        {
            "type": "RichTextBlock",
            "inlines": [{"type": "TextRun", "text": "x", "color": "attention", "weight": "Bolder"}],
        },
        {"type": "Container", "items": [CHART]},
        row(execute("Yes", {"do": "y"}), FETCH),
    )
    rich["$schema"] = "https://adaptivecards.io/schemas/adaptive-card.json"
    assert message_faults(message(rich)) == []
    assert message_faults(message(ASK)) == []
    assert dialog_faults(dialog()["task"]["value"]) == []
    assert words_of(rich, old=True) == "A heading\nx\nHalf agree"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ([], "empty"),
        ([{"type": "Paragraph"}], "no type that Teams knows"),
        ([{**words("x"), "colour": "good"}], "no 'colour'"),
        ([{**words("x"), "spacing": "Huge"}], "spacing"),
        ([words("")], "no words"),
        ([words("on {{DATE(2026-06-08T10:00:00Z, SHORT)}}")], "expand"),
        ([row()], "1 to 6"),
        ([row(*[execute(f"{number}", {}) for number in range(7)])], "1 to 6"),
        ([row(without(execute("Yes", {}), "fallback"))], "old clients"),
        ([row(without(execute("Yes", {}), "verb"))], "no verb"),
        ([row({**execute("Yes", {}), "title": "No"})], "another title"),
        ([row(execute("Yes", {"msteams": {"type": "task/fetch"}}))], "opens no dialog"),
        ([row({**FETCH, "data": "form"})], "must be an object"),
        ([row({**FETCH, "title": ""})], "no words"),
        ([row({**FETCH, "style": "loud"})], "style"),
        ([row({"type": "Action.OpenUrl", "title": "x", "url": "https://x.example"})], "not used"),
        ([without(CHART, "fallback")], "no charts"),
        ([{**CHART, "data": []}], "no data"),
        ([{**CHART, "fallback": {**PICTURE, "altText": ""}}], "no words"),
        ([{**PICTURE, "url": "http://x.example/a.png"}], "no picture"),
        ([without(CHOICE, "id")], "no id"),
        ([without(CHOICE, "label")], "no words"),
        ([CHOICE, CHOICE], "more than once"),
        ([{**CHOICE, "isRequired": True}], "errorMessage"),
        ([{**CHOICE, "choices": []}], "no choices"),
        ([{**CHOICE, "choices": [{"title": "x", "value": "a,b"}], "value": ""}], "comma"),
        ([{**CHOICE, "value": "z"}], "none of the choices"),
        ([{"type": "Input.Text", "id": "a", "label": "x", "maxLength": 0}], "maxLength"),
        ([{"type": "Input.Text", "id": "do", "label": "x"}, row(FETCH)], "hides"),
    ],
)
def test_what_teams_would_not_show_as_it_is_meant_is_a_fault(body: list[Json], fault: str) -> None:
    found = card_faults(card(*body), "message")
    assert any(fault in each for each in found), found


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"title": ""}, "no words"),
        ({"title": "x" * 65}, "64"),
        ({"width": "huge"}, "no size"),
        ({"url": "https://x.example"}, "url"),
        ({"card": {}}, "no Adaptive Card"),
    ],
)
def test_a_dialog_has_a_title_a_size_and_a_card(changed: Json, fault: str) -> None:
    found = dialog_faults({**dialog()["task"]["value"], **changed})
    assert any(fault in each for each in found), found


def test_a_dialog_neither_executes_nor_opens_another_one() -> None:
    value: dict[str, Any] = copy.deepcopy(dialog()["task"]["value"])
    value["card"]["content"]["body"].append(row(execute("Yes", {}), FETCH))
    found = dialog_faults(value)
    assert any("does nothing in a dialog" in each for each in found)
    assert any("cannot open another one" in each for each in found)


def test_a_message_has_words_for_its_notification() -> None:
    assert message_faults(without(message(ASK), "summary")) == [
        "message: there are no words for its notification"
    ]
    assert message_faults({"type": "message", "text": "Hello"}) == []
