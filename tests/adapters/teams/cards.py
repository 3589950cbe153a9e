"""What is wrong with an Adaptive Card: by Microsoft's own models of it, and by our rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from microsoft_teams import cards
from pydantic import BaseModel, ValidationError

from adapters.teams.limits import MAX_MESSAGE, weight
from adapters.teams.render import card_of

Json = Any

_MODELS: dict[str, type[BaseModel]] = {
    model.model_fields["type"].default: model
    for model in vars(cards).values()
    if isinstance(model, type)
    and issubclass(model, BaseModel)
    and "type" in model.model_fields
    and isinstance(model.model_fields["type"].default, str)
}
# What we send along to ourselves is nobody's business.
_OURS = frozenset({"data"})

# What could mean something in markdown, anywhere or at the beginning of a line.
_MARKUP = re.compile(r"[*_\[\]#>`~|\\<&{}\n]|^\s*(?:[-+]|\d+[.)])")


def message_faults(message: Json) -> list[str]:
    """What is wrong with a message that holds a card."""
    faults = card_faults(card_of(message))
    if weight(message) > MAX_MESSAGE:
        faults.append(f"a message of {weight(message)} bytes")
    if not message["summary"].strip():
        faults.append("nothing for a notification to say")
    return faults


def card_faults(card: Json) -> list[str]:
    """What is wrong with a card."""
    faults = list(_unknown(card))
    found = list(_typed(card))
    ids = [element["id"] for element in found if "id" in element]
    if len(ids) != len(set(ids)):
        faults.append(f"inputs share an id: {ids}")
    return [*faults, *(fault for element in found for fault in _own(element))]


def _own(element: Json) -> Iterator[str]:
    match element:
        case {"type": "TextBlock", "style": "heading", "text": text} if not _MARKUP.search(text):
            pass
        case {"type": "TextBlock" | "FactSet"}:
            yield "words where markdown is read"
        case {"type": "ActionSet", "actions": actions} if not 1 <= len(actions) <= 6:
            yield f"{len(actions)} buttons in a set"
        case {"type": "Action.Execute", "fallback": {"type": "Action.Submit", **rest}}:
            same = {name: rest.get(name) == element.get(name) for name in ("title", "data")}
            if not all(same.values()):
                yield f"a fallback that is another button: {same}"
        case {"type": "Action.Execute"}:
            yield "a button that old clients do not show"
        case {"type": "RichTextBlock", "inlines": inlines}:
            if any("\n" in run["text"] for run in inlines):
                yield "a line that breaks"
        case {"type": "Input.Text" | "Input.ChoiceSet"}:
            if element.get("isRequired") and not element.get("errorMessage"):
                yield f"{element['id']} does not say what is missing"
            if not element.get("label"):
                yield f"{element['id']} has no label"
            values = [choice["value"] for choice in element.get("choices", [])]
            if any("," in value or not value for value in values):
                yield f"{element['id']} offers what does not come back"


def _typed(value: Json) -> Iterator[Json]:
    if isinstance(value, dict):
        if isinstance(value.get("type"), str):
            yield value
        for name, inner in value.items():
            if name not in _OURS or value.get("type", "").startswith("Chart."):
                yield from _typed(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _typed(inner)


def _unknown(card: Json) -> Iterator[str]:
    """Types, values and properties that Microsoft's models do not know."""
    for element in _typed(card):
        model = _MODELS.get(element["type"])
        if model is None:
            yield f"there is no {element['type']}"
            continue
        try:
            read = model.model_validate(element)
        except ValidationError as error:
            yield str(error)
            continue
        yield from _extras(element["type"], read)


def _extras(where: str, read: BaseModel) -> Iterator[str]:
    for name, value in read:
        if name in _OURS and not where.startswith("Chart."):
            continue
        for inner in value if isinstance(value, list) else [value]:
            # What has a type of its own is looked at by itself.
            if isinstance(inner, BaseModel) and not getattr(inner, "type", None):
                yield from _extras(where, inner)
    yield from (f"{where} has no {name}" for name in read.model_extra or {} if name != "$schema")
