"""A dialog of Teams in the shape in which the flows look at a form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from tests.teams.dialogs import Dialog, Entry
from tests.teams.reading import INPUTS, actions, elements, inputs, runs
from tests.teams.records import Json

PREFIX = "f."
ERROR = "Error: "
NOTHING = "~"


def form_in(dialog: Dialog) -> dict[str, Any]:
    """Its title, what stands above the fields, and the fields with what stands in them."""
    described = _described(dialog.card)
    return {
        "title": dialog.title,
        "intro": "\n".join(_above(dialog.card)),
        "keeps_draft": False,  # whoever closes a dialog leaves nothing behind
        "fields": [
            {
                "id": name.removeprefix(PREFIX),
                "label": str(found.get("label", "")),
                "hint": "\n".join(_below(dialog.card, name)),
                **_standing(found, described.get(name.removeprefix(PREFIX), {})),
            }
            for name, found in inputs(dialog.card).items()
        ],
    }


def errors_in(dialog: Dialog) -> dict[str, str]:
    """What the app says is wrong: it stands above its field, or above all of them."""
    errors: dict[str, str] = {}
    waiting: list[str] = []
    for element in elements(dialog.card):
        if _is_error(element):
            text = runs(element)
            if text.startswith(ERROR) or not waiting:
                waiting.append(text.removeprefix(ERROR))
            else:
                waiting[-1] += f"\n{text}"
            continue
        if waiting:
            name = str(element["id"]) if element.get("type") in INPUTS else ""
            errors[name.removeprefix(PREFIX)] = waiting.pop()
        if waiting:
            errors[""] = "\n".join(waiting)
            waiting.clear()
    return errors


def entry_of(dialog: Dialog, name: str, given: list[str]) -> Entry | None:
    """What a person enters to have these values in a field; None where no client lets them."""
    fields = inputs(dialog.card)
    assert f"{PREFIX}{name}" in fields, f"the form has {list(fields)}"
    found = fields[f"{PREFIX}{name}"]
    if found["type"] == "Input.Text":
        return given[0] if given else ""
    offered = {unquote(choice["value"]): choice["value"] for choice in found["choices"]}
    wanted = [each for each in given if each]
    if not wanted:
        return [NOTHING] if NOTHING in offered else []
    several = bool(found.get("isMultiSelect"))
    if not set(wanted) <= offered.keys() or (len(wanted) > 1 and not several):
        return None
    return [offered[each] for each in wanted]


def _described(card: Json) -> dict[str, Mapping[str, Any]]:
    """The fields as the form's own definition has them, which travels in its button."""
    for action in actions(card):
        definition = (action.get("data") or {}).get("form") or {}
        return {str(each.get("id")): each for each in definition.get("fields", [])}
    return {}


def _standing(found: Json, described: Mapping[str, Any]) -> dict[str, Any]:
    value = str(found.get("value") or "")
    if found["type"] == "Input.Text":
        return {"type": "text", "value": value}
    parts = value.split(",") if found.get("isMultiSelect") else [value]
    chosen = [unquote(each) for each in parts if each not in ("", NOTHING)]
    return {"type": "choice", "value": chosen, "most": described.get("most", 1)}


def _is_error(element: Json) -> bool:
    pieces = element.get("inlines") or []
    colours = {str(each.get("color", "")).lower() for each in pieces if isinstance(each, dict)}
    return element.get("type") == "RichTextBlock" and colours == {"attention"}


def _above(card: Json) -> Iterator[str]:
    for element in elements(card):
        if element.get("type") in INPUTS:
            return
        if element.get("type") == "RichTextBlock" and not _is_error(element):
            yield runs(element)


def _below(card: Json, name: str) -> Iterator[str]:
    """The words between a field and what comes next."""
    inside = False
    for element in elements(card):
        if element.get("type") in INPUTS:
            inside = element.get("id") == name
        elif inside and element.get("type") == "RichTextBlock" and not _is_error(element):
            yield runs(element)
