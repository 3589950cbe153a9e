"""What the page sent, as an event of the conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard

from bot.conversation.actions import decode
from bot.conversation.card import Values
from bot.conversation.events import Actor, Closed, Command, Event, Pressed, Submitted

PLATFORM = "playground"

MAX_COMMAND = 4000  # characters
MAX_NAME = 320  # characters in a user (an e-mail address fits), a key or a field's id
MAX_VALUE = 200_000  # characters in one value of a form; a pasted roster is the longest
MAX_VALUES = 200  # fields in a form, and values in a field

_PREFIX = "/pulse"


def parse(payload: object, workspace: str) -> Event | None:
    """The event in a payload; None for anything that the page would not send.

    A payload is {"type", "key", "user"} and, by type: "command": "text"; "press": "action";
    "submit" and "close": "action" and "values" (field id -> list of texts). `key` names the
    request, so that a repeated one is known.
    """
    event = _read(payload, workspace)
    return None if isinstance(event, str) else event


def refusal(payload: object) -> str:
    """Why `parse` makes nothing of this payload: a sentence that names the field."""
    event = _read(payload, "")
    return event if isinstance(event, str) else ""


def _read(payload: object, workspace: str) -> Event | str:
    if not isinstance(payload, Mapping):
        return "The body has to be a JSON object."
    user, key = payload.get("user"), payload.get("key")
    if not _is_text(user, MAX_NAME) or not user:
        return "user: name the person who acts."
    if not _is_text(key, MAX_NAME) or not key:
        return "key: give the request a name of its own."
    actor = Actor(PLATFORM, workspace, user)
    key = f"{PLATFORM}:{workspace}:{user}:{key}"
    match payload.get("type"):
        case "command":
            text = payload.get("text")
            if not _is_text(text, MAX_COMMAND):
                return f"text: type a command of at most {MAX_COMMAND} characters."
            return Command(key=key, actor=actor, text=_without_prefix(text))
        case "press" | "submit" | "close" as kind:
            sent = payload.get("action")
            action = decode(sent) if _is_text(sent, MAX_NAME) else None
            if action is None or not all(_is_storable(part) for part in action.arguments):
                return "action: no button or form of Soundings means this."
            if kind == "press":
                return Pressed(key=key, actor=actor, action=action)
            values = _values(payload.get("values"))
            if isinstance(values, str):
                return values
            event = Submitted if kind == "submit" else Closed
            return event(key=key, actor=actor, action=action, values=values)
        case _:
            return "type: say command, press, submit or close."


def _without_prefix(text: str) -> str:
    """`/pulse help` and `help` are the same command."""
    first, *rest = text.split(maxsplit=1) or [""]
    return "".join(rest).strip() if first.lower() == _PREFIX else text.strip()


def _values(sent: object) -> Values | str:
    if not isinstance(sent, Mapping) or len(sent) > MAX_VALUES:
        return "values: send an object with a list of texts for each field."
    values: Values = {}
    for name, texts in sent.items():
        if not _is_text(name, MAX_NAME):
            return "values: a field has a name that no form uses."
        if (
            not isinstance(texts, list)
            or len(texts) > MAX_VALUES
            or not all(_is_text(text, MAX_VALUE) for text in texts)
        ):
            return f"values: {name} has to be a list of texts."
        values[name] = tuple(texts)
    return values


def _is_text(value: object, longest: int) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= longest and _is_storable(value)


def _is_storable(text: str) -> bool:
    """Not every database holds NUL, and half a surrogate pair is no character at all."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
