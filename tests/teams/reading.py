"""What a person sees on a card, and what there is to press and to fill in."""

from __future__ import annotations

from collections.abc import Iterator

from tests.teams.records import Json

INPUTS = frozenset({"Input.Text", "Input.ChoiceSet"})
# Where other elements stand in an element.
INSIDE = ("body", "items", "columns", "rows", "cells")
NEWER = ("Action.Execute", "Chart.")


def elements(card: Json) -> Iterator[Json]:
    """All elements from top to bottom, each before what is in it."""
    for name in INSIDE:
        for element in card.get(name) or []:
            yield element
            yield from elements(element)


def shown(element: Json, *, old: bool) -> Json | None:
    """The element as a client shows it: an old one knows no charts and no Action.Execute."""
    if not old or not str(element.get("type")).startswith(NEWER):
        return element
    fallback = element.get("fallback")
    return fallback if isinstance(fallback, dict) else None


def words(card: Json, *, old: bool = False) -> str:
    """Everything that is written on it, without what stands on buttons."""
    return "\n".join(line for line in _lines(card, old) if line)


def _lines(card: Json, old: bool) -> Iterator[str]:
    for element in elements(card):
        found = shown(element, old=old) or {}
        match found.get("type"):
            case "TextBlock":
                yield str(found.get("text", ""))
            case "RichTextBlock":
                yield runs(found)
            case "FactSet":
                yield from (f"{fact['title']}: {fact['value']}" for fact in found["facts"])
            case "Image":
                yield str(found.get("altText", ""))
            case kind if kind in INPUTS:
                yield str(found.get("label", ""))


def runs(block: Json) -> str:
    """The words of a RichTextBlock."""
    inlines = block.get("inlines") or []
    return "".join(each if isinstance(each, str) else each.get("text", "") for each in inlines)


def actions(card: Json, *, old: bool = False) -> list[Json]:
    """Everything to press, from top to bottom; the card's own actions come last."""
    found = [
        action
        for element in elements(card)
        if element.get("type") == "ActionSet"
        for action in element.get("actions") or []
    ]
    every = [*found, *(card.get("actions") or [])]
    return [action for each in every if (action := shown(each, old=old))]


def inputs(card: Json) -> dict[str, Json]:
    """The fields by their ids."""
    return {str(each.get("id")): each for each in elements(card) if each.get("type") in INPUTS}


def opens_dialog(action: Json) -> bool:
    data = action.get("data")
    teams = data.get("msteams") if isinstance(data, dict) else None
    return isinstance(teams, dict) and teams.get("type") == "task/fetch"
