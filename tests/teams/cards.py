"""What Teams would not show as it is meant: cards, messages and dialogs, checked as a whole.

Sources: the package microsoft-teams-cards (types, properties, values); learn.microsoft.com, "Cards
reference", "Universal Actions for Adaptive Cards" and "Use dialogs with bots"; adaptivecards.io.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.teams.findings import Findings, Surface
from tests.teams.reading import actions, elements, inputs, opens_dialog
from tests.teams.records import CARD, Json

MAX_ACTIONS = 6
VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5")
PICTURES = ("https://", "data:image/png;base64,", "data:image/jpeg;base64,")
SIZES = ("small", "medium", "large")


def message_faults(body: Json) -> list[str]:
    """What is wrong with a message; a text alone has no faults."""
    faults = []
    attached = body.get("attachments") or []
    if attached and not str(body.get("summary") or body.get("text") or "").strip():
        faults.append("message: there are no words for its notification")
    for number, each in enumerate(attached):
        if each.get("contentType") == CARD:
            faults += card_faults(each.get("content"), "message")
        else:
            faults.append(f"message: attachment {number} is no Adaptive Card")
    return faults


def dialog_faults(value: object) -> list[str]:
    """What is wrong with the value of a task that goes on: a dialog's title, size and card."""
    if not isinstance(value, dict):
        return ["dialog: must be an object"]
    found = Findings("dialog")
    found.text("dialog.title", value.get("title"), 64)
    for name in ("width", "height"):
        size = value.get(name, "medium")
        if size not in SIZES and not (isinstance(size, int) and 100 <= size <= 2000):
            found.add(f"dialog.{name}", f"{size!r} is no size")
    for name in sorted(value.keys() - {"title", "width", "height", "card"}):
        found.add("dialog", f"has {name!r}, which no dialog with a card has")
    attachment = value.get("card")
    if not isinstance(attachment, dict) or attachment.get("contentType") != CARD:
        return [*found.faults, "dialog.card: is no Adaptive Card that is attached"]
    return found.faults + card_faults(attachment.get("content"), "dialog")


def card_faults(card: object, surface: Surface) -> list[str]:
    """What is wrong with an Adaptive Card in a message or in a dialog."""
    if not isinstance(card, dict):
        return [f"{surface}: the card must be an object"]
    found = Findings(surface)
    if card.get("type") != "AdaptiveCard" or card.get("version") not in VERSIONS:
        found.add(surface, f"{card.get('type')} {card.get('version')} is no card up to 1.5")
    found.described(surface, card)
    if not card.get("body"):
        found.add(surface, "the card is empty")
    _each(found, f"{surface}.body", card.get("body") or [])
    if card.get("actions"):
        _actions(found, f"{surface}.actions", card)
    ids = [str(each["id"]) for each in elements(card) if each.get("id")]
    for name in sorted({each for each in ids if ids.count(each) > 1}):
        found.add(surface, f"id {name!r} stands there more than once")
    _collisions(found, card)
    return found.faults


def _collisions(found: Findings, card: Json) -> None:
    """An input's value is put beside the data of the action: it would hide what stands there."""
    for action in actions(card):
        data = action.get("data")
        both = inputs(card).keys() & (data.keys() if isinstance(data, dict) else set())
        for name in sorted(both):
            found.add(found.surface, f"the input {name!r} hides what its button carries")


def _each(found: Findings, where: str, items: object) -> None:
    if not isinstance(items, list):
        found.add(where, "must be a list")
        return
    for number, element in enumerate(items):
        place = f"{where}[{number}]"
        if not isinstance(element, dict):
            found.add(place, "must be an object")
            continue
        found.described(place, element)
        kind = str(element.get("type"))
        check = CHECKS.get("Chart" if kind.startswith("Chart.") else kind)
        if check:
            check(found, place, element)
        if isinstance(element.get("fallback"), dict):
            _each(found, f"{place}.fallback", [element["fallback"]])


def _actions(found: Findings, where: str, holder: Json) -> None:
    listed = holder.get("actions")
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_ACTIONS:
        found.add(where, f"must have 1 to {MAX_ACTIONS} actions")
        return
    for number, action in enumerate(listed):
        place = f"{where}[{number}]"
        if isinstance(action, dict):
            _action(found, place, action)
        else:
            found.add(place, "must be an object")


def _action(found: Findings, where: str, action: Json) -> None:
    found.described(where, action)
    found.text(f"{where}.title", action.get("title"), 256)
    if not isinstance(action.get("data", {}), dict):
        found.add(f"{where}.data", "must be an object")
    if action.get("type") == "Action.Execute":
        _execute(found, where, action)
    elif action.get("type") != "Action.Submit":
        found.add(where, f"{action.get('type')} is not used by this app")
    elif found.surface == "dialog" and opens_dialog(action):
        found.add(where, "a dialog cannot open another one")


def _execute(found: Findings, where: str, action: Json) -> None:
    if found.surface == "dialog":
        found.add(where, "Action.Execute does nothing in a dialog")
    if not action.get("verb"):
        found.add(where, "has no verb")
    if opens_dialog(action):
        found.add(where, "Action.Execute opens no dialog")
    fallback = action.get("fallback")
    if not isinstance(fallback, dict) or fallback.get("type") != "Action.Submit":
        found.add(where, "has no Action.Submit for old clients")
        return
    _action(found, f"{where}.fallback", fallback)
    for name in ("title", "tooltip", "style", "data"):
        if fallback.get(name) != action.get(name):
            found.add(f"{where}.fallback", f"has another {name}")


def _rich_text(found: Findings, where: str, element: Json) -> None:
    inlines = element.get("inlines")
    if not isinstance(inlines, list) or not inlines:
        found.add(where, "has no words")
        return
    for number, run in enumerate(inlines):
        place = f"{where}.inlines[{number}]"
        if isinstance(run, dict):
            found.described(place, run)
            run = run.get("text")
        found.text(place, run)


def _text_block(found: Findings, where: str, element: Json) -> None:
    found.text(where, element.get("text"))


def _image(found: Findings, where: str, element: Json) -> None:
    if not str(element.get("url")).startswith(PICTURES):
        found.add(where, "has no picture that Teams can fetch or read")
    found.text(f"{where}.altText", element.get("altText"))


def _chart(found: Findings, where: str, element: Json) -> None:
    if not element.get("fallback"):
        found.add(where, "has neither a fallback nor 'drop' for clients that know no charts")
    if not element.get("data"):
        found.add(where, "has no data")


def _input(found: Findings, where: str, element: Json) -> None:
    if not element.get("id"):
        found.add(where, "has no id, so its value is never sent")
    found.text(f"{where}.label", element.get("label"))
    if element.get("isRequired"):
        found.text(f"{where}.errorMessage", element.get("errorMessage"))


def _text_input(found: Findings, where: str, element: Json) -> None:
    _input(found, where, element)
    longest = element.get("maxLength")
    if longest is not None and not (isinstance(longest, int) and longest >= 1):
        found.add(f"{where}.maxLength", "must be a number above 0")
    elif longest is not None and len(element.get("value") or "") > longest:
        found.add(f"{where}.value", "is longer than may be typed")


def _choice_set(found: Findings, where: str, element: Json) -> None:
    _input(found, where, element)
    choices = element.get("choices") or []
    values = [each.get("value") for each in choices]
    if not choices or not all(values):
        found.add(where, "has no choices, or one without a value")
    if len(set(values)) != len(values):
        found.add(where, "has a value twice")
    for each in choices:
        found.text(f"{where}.choices", each.get("title"))
    several = bool(element.get("isMultiSelect"))
    if several and any("," in str(value) for value in values):
        found.add(where, "has a value with a comma, at which Teams would part it")
    standing = str(element.get("value") or "")
    for value in (standing.split(",") if several else [standing]) if standing else []:
        if value not in values:
            found.add(f"{where}.value", f"{value!r} is none of the choices")


def _container(found: Findings, where: str, element: Json) -> None:
    _each(found, f"{where}.items", element.get("items") or [])


def _column_set(found: Findings, where: str, element: Json) -> None:
    _each(found, f"{where}.columns", element.get("columns") or [])


CHECKS: dict[str, Callable[[Findings, str, Json], None]] = {
    "ActionSet": _actions,
    "Chart": _chart,
    "Column": _container,
    "ColumnSet": _column_set,
    "Container": _container,
    "Image": _image,
    "Input.ChoiceSet": _choice_set,
    "Input.Text": _text_input,
    "RichTextBlock": _rich_text,
    "TextBlock": _text_block,
}
