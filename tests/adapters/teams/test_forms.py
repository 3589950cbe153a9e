"""Forms in dialogs: what was typed is never lost, and comes back as it was put in."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.teams.forms import NOTHING, Place, render_form, sent_form
from bot.conversation.actions import Action, Verb
from bot.conversation.card import ChoiceField, Form, TextField, Values
from tests.adapters.teams.cards import card_faults
from tests.adapters.teams.client import elements, fill
from tests.adapters.teams.payloads import CHAT, MESSAGE
from tests.strategies import JSON, LABELS, PARAGRAPHS, filled_in, forms

AT = Place(CHAT, MESSAGE)
ROLE = ChoiceField(id="role", label="Role", options=(("lead", "Lead"), ("~", "Nobody")))
FORM = Form(
    title="Add a person",
    action=Action(Verb.FORM, ("people-add", "p1")),
    fields=(TextField(id="name", label="Name", hint="As it is known."), ROLE),
    intro="They are asked first.",
)


def inputs(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = (each for each in elements(card) if each["type"].startswith("Input."))
    return {each["id"]: each for each in found}


def before(card: dict[str, Any], id_: str) -> str:
    """The words directly above an input."""
    body = card["body"]
    at = next(n for n, each in enumerate(body) if each.get("id") == id_)
    above = body[at - 1] if at else {}
    return "".join(run["text"] for run in above.get("inlines", []))


@given(forms(), st.dictionaries(LABELS, PARAGRAPHS, max_size=3))
def test_every_form_is_one_that_teams_takes(form: Form, errors: dict[str, str]) -> None:
    assert card_faults(render_form(form, AT, None, errors)) == []


@given(st.data())
def test_a_form_with_errors_comes_back_with_all_that_was_typed(data: st.DataObject) -> None:
    form = replace(data.draw(forms()), read_only=False)
    typed = data.draw(filled_in(form))
    sent = sent_form(fill(render_form(form, AT), typed)["value"]["data"])
    assert sent is not None
    assert (sent.values, sent.place) == (typed, AT)
    # Shown again with an error, and sent again as it stands.
    again = render_form(sent.form, sent.place, sent.values, {form.fields[0].id: "No."})
    assert card_faults(again) == []
    back = sent_form(fill(again, standing(again, form))["value"]["data"])
    assert back is not None
    assert (back.values, back.form) == (typed, sent.form)


def standing(card: dict[str, Any], form: Form) -> Values:
    """What a client sends of a form that nobody touched."""
    values: Values = {}
    shown = inputs(card)
    for field in form.fields:
        element = shown[f"f.{field.id}"]
        text = element.get("value", "")
        if isinstance(field, TextField):
            values[field.id] = (text,)
            continue
        chosen = [value for value in text.split(",") if value not in ("", NOTHING)]
        places = [choice["value"] for choice in element["choices"]]
        values[field.id] = tuple(field.options[places.index(value)][0] for value in chosen)
    return values


@given(st.data())
def test_what_a_form_looks_like_travels_along_without_what_stands_in_it(
    data: st.DataObject,
) -> None:
    form = replace(data.draw(forms()), read_only=False)
    secret = TextField(id="secret", label="Comment", value="nobody may see this")
    form = replace(form, fields=(*form.fields, secret))
    carried = render_form(form, AT)["actions"][0]["data"]
    assert secret.value not in json.dumps(carried)
    sent = sent_form(carried)
    assert sent is not None
    empty = tuple(
        replace(field, value="") if isinstance(field, TextField) else replace(field, value=())
        for field in form.fields
    )
    assert sent.form == replace(form, fields=empty, keeps_draft=True)


@given(JSON, JSON, JSON)
def test_what_no_form_of_ours_sends_is_refused_or_read_and_breaks_nothing(
    form: Any, at: Any, entered: Any
) -> None:
    honest = render_form(FORM, AT)["actions"][0]["data"]
    for forged in ({"form": form}, {"at": at}, {"f.name": entered}, {"do": form}):
        try:
            sent_form({**honest, **forged})
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            continue  # `parse` makes nothing of it


def test_an_error_stands_directly_above_its_field_and_one_of_no_field_at_the_top() -> None:
    errors = {"name": "Type a name.", "elsewhere": "Not today."}
    card = render_form(FORM, AT, {"name": ("",)}, errors)
    assert before(card, "f.name") == "Error: Type a name."
    said = ["".join(r["text"] for r in e.get("inlines", [])) for e in card["body"]]
    assert said.index("Error: Not today.") < said.index("Error: Type a name.")
    assert [e["inlines"][0]["color"] for e in card["body"] if before_is_error(e)] == [
        "Attention",
        "Attention",
    ]


def before_is_error(element: dict[str, Any]) -> bool:
    return bool(element.get("inlines")) and element["inlines"][0]["text"].startswith("Error")


def test_the_client_asks_for_what_is_needed_and_takes_no_more_than_fits() -> None:
    name = inputs(render_form(FORM, AT))["f.name"]
    assert name["isRequired"] is True
    assert name["errorMessage"] == "Type something here."
    assert name["maxLength"] == 3000
    # What stood in it before is never cut, in the units that browsers count in.
    long = inputs(render_form(FORM, AT, {"name": ("\U0001f600" * 2000,)}))["f.name"]
    assert long["maxLength"] == len(long["value"].encode("utf-16-le")) // 2 == 4000


def test_a_choice_that_need_not_be_made_can_be_taken_back() -> None:
    form = replace(FORM, fields=(replace(ROLE, required=False),))
    role = inputs(render_form(form, AT))["f.role"]
    assert (role["choices"][-1]["title"], role["value"]) == ("No answer", NOTHING)
    # A value of ours that looks like it is another one.
    assert [choice["value"] for choice in role["choices"]] == ["lead", "%7E", NOTHING]
    data = render_form(form, AT)["actions"][0]["data"]
    for entered, values in ((NOTHING, ()), ("", ()), (None, ()), ("%7E", ("~",))):
        sent = sent_form({**data, "f.role": entered})
        assert sent is not None
        assert sent.values == {"role": values}


def test_several_choices_come_back_whatever_is_in_their_values() -> None:
    options = tuple((value, value) for value in ("a,b", "c", "é %2C", " ", "~"))
    teams = ChoiceField(id="teams", label="Teams", options=options, most=3)
    card = render_form(replace(FORM, fields=(teams,)), AT)
    sent = sent_form(fill(card, {"teams": ("a,b", "é %2C", "~")})["value"]["data"])
    assert sent is not None
    assert sent.values == {"teams": ("a,b", "é %2C", "~")}
    assert "Choose up to 3." in json.dumps(card["body"])


def test_many_options_are_a_menu() -> None:
    many = tuple((str(number), f"Team {number}") for number in range(11))
    form = replace(FORM, fields=(ROLE, ChoiceField(id="team", label="Team", options=many)))
    shown = inputs(render_form(form, AT))
    assert (shown["f.role"]["style"], shown["f.team"]["style"]) == ("expanded", "compact")


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("Time", "Time"),
        ("2 * 3", "2 * 3"),
        ("*all* of it", "\u2060*\u200aall* of it"),
        ("a __b__ c", "a __\u200ab__ c"),
        ("[here](https://evil.example)", "[here]\u2060(https://evil.example)"),
        ("- nothing", "\u2060- nothing"),
        ("1. first", "\u20601. first"),
        ("10", "10"),
    ],
)
def test_an_option_is_no_markup(label: str, shown: str) -> None:
    form = replace(FORM, fields=(replace(ROLE, options=(("x", label),)),))
    assert inputs(render_form(form, AT))["f.role"]["choices"][0]["title"] == shown


def test_what_is_only_to_be_read_can_be_copied_and_sends_nothing() -> None:
    csv = TextField(id="csv", label="Results", value="round,n\nWeekly,12\n", multiline=True)
    chosen = replace(ROLE, value=("lead",))
    card = render_form(replace(FORM, fields=(csv, chosen), read_only=True), AT)
    assert "actions" not in card
    assert inputs(card)["f.csv"]["value"] == csv.value
    assert "Lead" in json.dumps(card)
    assert "Nobody" not in json.dumps(card)
