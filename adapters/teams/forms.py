"""Forms as dialogs, and the way back: what was put into one.

What a form looks like travels along with it, so that it can be shown again with what was typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from adapters.teams.render import adaptive
from adapters.teams.words import BOLD, ERROR, TONES, Json, rich, run, unmarked, words
from bot.conversation.actions import Action, decode, encode
from bot.conversation.card import ChoiceField, Field, Form, TextField, Tone, Values

# One choice cannot be taken back, so a choice that need not be made has this option.
NOTHING = "~"
NO_ANSWER = "No answer"
MAX_EXPANDED = 10  # options that stand below each other; more take a menu
MAX_NUMBER = 1_000_000  # in what a form says of itself when it comes back
PREFIX = "f."  # of an input's id, so that it cannot be mistaken for what else a form sends


@dataclass(frozen=True, slots=True)
class Place:
    """A message: the conversation that it stands in, and its own id."""

    conversation: str = ""
    activity: str = ""


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was sent: how it looked, what stands in it, and the message it came from."""

    form: Form
    values: Values
    place: Place


def render_form(
    form: Form,
    place: Place,
    values: Values | None = None,
    errors: Mapping[str, str] | None = None,
) -> Json:
    """A card for a dialog; `values` stand in it where somebody has typed before."""
    found = errors or {}
    own = {field.id for field in form.fields}
    shown = _intro(form.intro)
    shown += [element for name in found if name not in own for element in _error(found[name])]
    for field in form.fields:
        given = (values or {}).get(field.id, _given(field))
        entry = _read(field, given) if form.read_only else _entry(field, given)
        entry[0]["spacing"] = "Small" if field.id in found else "Large"
        shown += [*(_error(found[field.id]) if field.id in found else []), *entry]
    if form.read_only:
        return adaptive(shown)
    data = {
        "do": encode(form.action),
        "form": _definition(form),
        "at": {"conversation": place.conversation, "activity": place.activity},
    }
    submit = {"type": "Action.Submit", "title": words(form.submit), "style": "positive"}
    return adaptive(shown, [{**submit, "data": data}])


def sent_form(data: Mapping[str, Any]) -> Sent | None:
    """What a dialog sends; None for what no form of ours does."""
    action = decode(data["do"])
    form = _form(data["form"], action) if action else None
    values = _values(form, data) if form else None
    if form is None or values is None:
        return None
    at = data.get("at") or {}
    return Sent(form, values, Place(str(at.get("conversation", "")), str(at.get("activity", ""))))


# --- to look at ------------------------------------------------------------------------------


def _intro(text: str) -> list[Json]:
    return rich([run(text)]) if text.strip() else []


def _error(text: str) -> list[Json]:
    return rich([run(f"Error: {text}", ERROR)], "Large")


def _quiet(text: str) -> list[Json]:
    return rich([run(text, TONES[Tone.QUIET])], "Small") if text.strip() else []


def _given(field: Field) -> tuple[str, ...]:
    return (field.value,) if isinstance(field, TextField) else field.value


def _entry(field: Field, given: tuple[str, ...]) -> list[Json]:
    shown: Json = {"id": f"{PREFIX}{field.id}", "label": words(field.label)}
    if isinstance(field, TextField):
        shown |= _typed(field, given[0] if given else "")
    else:
        shown |= _chosen(field, given)
    if field.required:
        ask = "Type something here." if isinstance(field, TextField) else "Choose an answer."
        shown |= {"isRequired": True, "errorMessage": ask}
    return [shown, *_quiet(field.hint), *_quiet(_most(field))]


def _most(field: Field) -> str:
    """Teams lets people choose as many as they like."""
    some = isinstance(field, ChoiceField) and 1 < field.most < len(field.options)
    return f"Choose up to {field.most}." if some and isinstance(field, ChoiceField) else ""


def _typed(field: TextField, text: str) -> Json:
    # In the units that browsers count in; what was typed before is never cut.
    longest = max(field.max_length, len(text.encode("utf-16-le", "surrogatepass")) // 2)
    return {
        "type": "Input.Text",
        "value": text,
        "isMultiline": field.multiline,
        "maxLength": longest,
    }


def _chosen(field: ChoiceField, given: tuple[str, ...]) -> Json:
    choices = [{"title": unmarked(label), "value": _escape(v)} for v, label in field.options]
    offered = {choice["value"] for choice in choices}
    chosen = [value for value in map(_escape, given) if value in offered]
    if field.most == 1 and not field.required:
        choices.append({"title": NO_ANSWER, "value": NOTHING})
        chosen = chosen or [NOTHING]
    shown: Json = {
        "type": "Input.ChoiceSet",
        "choices": choices,
        "style": "expanded" if len(choices) <= MAX_EXPANDED else "compact",
        "isMultiSelect": field.most > 1,
        "wrap": True,
    }
    return {**shown, "value": ",".join(chosen)} if chosen else shown


def _read(field: Field, given: tuple[str, ...]) -> list[Json]:
    """To be copied: a box in which all can be selected. A choice shows what is chosen."""
    if isinstance(field, TextField):
        box: Json = {"type": "Input.Text", "id": f"{PREFIX}{field.id}", "isMultiline": True}
        return [{**box, "label": words(field.label), "value": given[0]}, *_quiet(field.hint)]
    labels = "\n".join(label for value, label in field.options if value in given)
    return [*rich([run(field.label, BOLD)]), *_intro(labels), *_quiet(field.hint)]


# --- there and back --------------------------------------------------------------------------


def _definition(form: Form) -> Json:
    """How a form looks, without what stands in it."""
    return {
        "title": form.title,
        "submit": form.submit,
        "intro": form.intro,
        "fields": [_described(field) for field in form.fields],
    }


def _described(field: Field) -> Json:
    shared = {"id": field.id, "label": field.label, "hint": field.hint, "required": field.required}
    if isinstance(field, TextField):
        return {**shared, "multiline": field.multiline, "max_length": field.max_length}
    return {**shared, "options": [list(option) for option in field.options], "most": field.most}


def _form(data: Mapping[str, Any], action: Action) -> Form:
    """The form of a definition. Raises LookupError, TypeError and ValueError for any other JSON."""
    return Form(
        title=_text(data["title"]),
        action=action,
        fields=tuple(_field(field) for field in data["fields"]),
        submit=_text(data["submit"]),
        intro=_text(data["intro"]),
    )


def _field(data: Mapping[str, Any]) -> Field:
    id_, label, hint = (_text(data[name]) for name in ("id", "label", "hint"))
    required = data["required"] is True
    if "options" not in data:
        return TextField(
            id=id_,
            label=label,
            hint=hint,
            required=required,
            multiline=data["multiline"] is True,
            max_length=_number(data["max_length"]),
        )
    options = tuple((_text(value), _text(label)) for value, label in data["options"])
    return ChoiceField(
        id=id_,
        label=label,
        hint=hint,
        required=required,
        options=options,
        most=_number(data["most"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a form whose words are none")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or not 0 < value <= MAX_NUMBER:
        raise ValueError("a form whose numbers are none")
    return value


def _values(form: Form, data: Mapping[str, Any]) -> Values | None:
    values: Values = {}
    for field in form.fields:
        entered = data.get(f"{PREFIX}{field.id}")
        if entered is None:  # Teams leaves out what stands empty
            entered = ""
        if not isinstance(entered, str):
            return None
        if isinstance(field, TextField):
            values[field.id] = (entered,)
        else:
            chosen = entered.split(",") if field.most > 1 else [entered]
            values[field.id] = tuple(unquote(v) for v in chosen if v not in ("", NOTHING))
    return values


def _escape(value: str) -> str:
    """Several values are joined with commas, so none may have one."""
    return quote(value, safe="", errors="replace").replace(NOTHING, "%7E")
