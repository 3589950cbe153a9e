"""Forms as modals, and the way back: what was put into one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.slack.limits import MAX_RADIO, MAX_SECTION, MAX_TYPED
from adapters.slack.render import Json, plain
from bot.conversation.card import ChoiceField, Field, Form, TextField, Values

# One choice cannot be taken back in Slack, so a choice that need not be made has this option.
NOTHING = "~"
NO_ANSWER = "No answer"
FORM = "form"  # the callback id of every form: what it means stands in its metadata
_INPUT = "value"


def render_form(form: Form, meta: str) -> Json:
    """A modal whose `private_metadata` is `meta`, which comes back when it is sent or closed."""
    intro = [{"type": "section", "text": plain(form.intro)}] if form.intro else []
    if form.read_only:
        return _to_read(form, intro, meta)
    fields = [_input(field) for field in form.fields]
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": plain(form.title),
        "submit": plain(form.submit),
        "close": plain("Cancel"),
        "notify_on_close": form.keeps_draft,
        "private_metadata": meta,
        "blocks": [*intro, *fields] or [{"type": "section", "text": plain(form.title)}],
    }


def _to_read(form: Form, intro: list[Json], meta: str) -> Json:
    """Nothing to send: the texts stand there to be copied. A choice shows what is chosen."""
    blocks = [block for field in form.fields for block in _read(field)]
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": plain(form.title),
        "close": plain(form.submit),
        "private_metadata": meta,
        "blocks": [*intro, *blocks],
    }


def _read(field: Field) -> list[Json]:
    label = {"type": "section", "text": plain(field.label)}
    hint = [{"type": "context", "elements": [plain(field.hint)]}] if field.hint else []
    if isinstance(field, ChoiceField):
        labels = "\n".join(label for value, label in field.options if value in field.value)
        return [label, {"type": "section", "text": plain(labels)}, *hint] if labels else [label]
    pieces = [field.value[n : n + MAX_SECTION] for n in range(0, len(field.value), MAX_SECTION)]
    texts: list[Json] = [
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": piece}]}
            ],
        }
        for piece in pieces
    ]
    return [label, *texts, *hint]


def values_of(view: Mapping[str, Any]) -> Values | None:
    """What stands in the fields of a modal; None for what no form of ours sends."""
    state = view.get("state")
    fields = state.get("values") if isinstance(state, dict) else None
    if not isinstance(fields, dict):
        return None
    values: Values = {}
    for field_id, elements in fields.items():
        element = elements.get(_INPUT) if isinstance(elements, dict) else None
        found = _entered(element) if isinstance(element, dict) else None
        if found is None or not isinstance(field_id, str):
            return None
        values[field_id] = found
    return values


def _input(field: Field) -> Json:
    shown: Json = {
        "type": "input",
        "block_id": field.id,
        "label": plain(field.label),
        "optional": not field.required,
        "element": _typed(field) if isinstance(field, TextField) else _chosen(field),
    }
    if field.hint:
        shown["hint"] = plain(field.hint)
    return shown


def _typed(field: TextField) -> Json:
    longest = min(field.max_length, MAX_TYPED)
    element: Json = {
        "type": "plain_text_input",
        "action_id": _INPUT,
        "multiline": field.multiline,
        "max_length": longest,
    }
    if field.value:
        element["initial_value"] = field.value[:longest]
    return element


def _chosen(field: ChoiceField) -> Json:
    options = [_option(value, label) for value, label in field.options]
    if field.most > 1:
        return _several(field, options)
    if not field.required:
        options.append({"text": plain(NO_ANSWER), "value": NOTHING})
    element: Json = {
        "type": "radio_buttons" if len(options) <= MAX_RADIO else "static_select",
        "action_id": _INPUT,
        "options": options,
    }
    chosen = _escape(field.value[0]) if field.value else NOTHING
    initial = next((option for option in options if option["value"] == chosen), None)
    if initial:
        element["initial_option"] = initial
    return element


def _several(field: ChoiceField, options: list[Json]) -> Json:
    all_fit = len(options) <= MAX_RADIO and field.most >= len(options)
    element: Json = {
        "type": "checkboxes" if all_fit else "multi_static_select",
        "action_id": _INPUT,
        "options": options,
    }
    if not all_fit:
        element["max_selected_items"] = field.most
    chosen = {_escape(value) for value in field.value}
    initial = [option for option in options if option["value"] in chosen]
    if initial:
        element["initial_options"] = initial
    return element


def _option(value: str, label: str) -> Json:
    return {"text": plain(label), "value": _escape(value)}


def _entered(element: Mapping[str, Any]) -> tuple[str, ...] | None:
    match element.get("type"):
        case "plain_text_input":
            text = element.get("value")
            return (text or "",) if text is None or isinstance(text, str) else None
        case "radio_buttons" | "static_select":
            option = element.get("selected_option")
            return _values([option] if option else [])
        case "checkboxes" | "multi_static_select":
            return _values(element.get("selected_options"))
        case _:
            return None


def _values(options: object) -> tuple[str, ...] | None:
    if not isinstance(options, list):
        return None
    values = [option.get("value") if isinstance(option, dict) else None for option in options]
    if not all(isinstance(value, str) for value in values):
        return None
    return tuple(_unescape(str(value)) for value in values if value != NOTHING)


def _escape(value: str) -> str:
    return f"{NOTHING}{value}" if value.startswith(NOTHING) else value


def _unescape(value: str) -> str:
    return value.removeprefix(NOTHING)
