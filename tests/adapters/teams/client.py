"""Teams' own client, as far as it decides what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapters.teams.forms import PREFIX
from bot.conversation.card import Values
from tests.adapters.teams.payloads import execute, fallback, fetch, submit

Json = Any


def elements(card: Json) -> Iterator[Json]:
    """Everything in a card that has a type, in reading order, fallbacks left out."""
    for name, value in card.items():
        if name == "fallback":
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                if "type" in each:
                    yield each
                yield from elements(each)


def buttons(card: Json) -> list[Json]:
    """What can be pressed in a message."""
    return [action for e in card["body"] if e["type"] == "ActionSet" for action in e["actions"]]


def press(button: Json, *, modern: bool = True) -> Json:
    """The activity of a press. An older client falls back where it does not know an action."""
    if button["type"] == "Action.Execute" and not modern:
        button = button["fallback"]
    data = button["data"]
    if button["type"] == "Action.Execute":
        return execute(data)
    return fetch(data) if "msteams" in data else fallback(data)


def fill(card: Json, values: Values) -> Json:
    """The activity of a form that was sent with these values, each as the card offers it."""
    fields = {field["id"]: field for field in card["actions"][0]["data"]["form"]["fields"]}
    entered: Json = {}
    for each in elements(card):
        if not each["type"].startswith("Input."):
            continue
        field = fields[each["id"].removeprefix(PREFIX)]
        texts = values.get(field["id"], ())
        if each["type"] == "Input.Text":
            entered[each["id"]] = texts[0] if texts else ""
            continue
        # In the order of the options; beyond them there may be one for no answer.
        offered = {
            option[0]: choice["value"] for option, choice in zip(*_both(field, each), strict=True)
        }
        chosen = [offered[text] for text in texts]
        if not chosen and len(each["choices"]) > len(offered):
            chosen = [each["choices"][-1]["value"]]
        if chosen:  # Teams leaves out what stands empty
            entered[each["id"]] = ",".join(chosen)
    return submit(card, entered)


def _both(field: Json, element: Json) -> tuple[list[Json], list[Json]]:
    options = field["options"]
    return options, element["choices"][: len(options)]


def words(shown: Json) -> Iterator[str]:
    """Every line of a message or dialog that a person reads or hears, as it was meant.

    Left out is what we send to ourselves, and the summary that says all of it once more.
    """
    if isinstance(shown, str):
        yield from lines(shown)
    elif isinstance(shown, dict):
        hidden = ("data", "summary") if "Chart" not in str(shown.get("type")) else ()
        yield from (line for k, v in shown.items() if k not in hidden for line in words(v))
    elif isinstance(shown, list):
        yield from (line for value in shown for line in words(value))


def lines(text: str) -> list[str]:
    """The lines of a text, without the marks that keep it from being markup."""
    plain = text.replace("/pulse", "pulse").replace("\u2060", "").replace("\u200a", "")
    return [line for line in plain.split("\n") if line.strip()]
