"""What a button means, and the one short string that carries it through a platform.

The string says what was pressed, never who pressed it: that is what the platform vouches for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote, unquote

MAX_LENGTH = 255  # the shortest carrier of any platform: an action id


class Verb(StrEnum):
    """Everything that a button or a form can ask for."""

    CONSENT = "consent"
    ANSWER = "answer"
    WRITE = "write"
    SKIP = "skip"
    CHANGE = "change"
    SNOOZE = "snooze"
    RUN = "run"
    RUN_IN = "run-in"
    FORM = "form"
    CLOSE_ROUND = "close-round"
    CANCEL_ROUND = "cancel-round"
    START = "start"
    SEND = "send"
    DISCARD = "discard"
    STOP_PULSE = "stop-pulse"
    IMPORT = "import"
    REMOVE_ABSENT = "remove-absent"
    REMOVE_PERSON = "remove-person"
    GATHER = "gather"
    TAKE_IN = "take-in"
    TAKE_OUT = "take-out"
    UNFOLLOW = "unfollow"
    STRICTER = "stricter"
    LEAVE = "leave"
    ERASE = "erase"


# The names of each verb's arguments: a string with any other number of them means nothing.
ARGUMENTS: dict[Verb, tuple[str, ...]] = {
    Verb.CONSENT: ("programme", "choice"),
    Verb.ANSWER: ("round", "question", "value"),
    Verb.WRITE: ("round", "question"),
    Verb.SKIP: ("round", "question"),
    Verb.CHANGE: ("round",),
    Verb.SNOOZE: ("round", "choice"),
    Verb.RUN: ("command",),
    Verb.RUN_IN: ("programme", "command"),
    Verb.FORM: ("name", "programme"),
    Verb.CLOSE_ROUND: ("round",),
    Verb.CANCEL_ROUND: ("round",),
    Verb.START: ("round",),
    Verb.SEND: ("pulse",),
    Verb.DISCARD: ("pulse",),
    Verb.STOP_PULSE: ("pulse",),
    Verb.IMPORT: ("programme", "list", "choice"),
    Verb.REMOVE_ABSENT: ("programme", "list"),
    Verb.REMOVE_PERSON: ("programme", "person"),
    Verb.GATHER: ("programme", "source"),
    Verb.TAKE_IN: ("programme", "list", "choice"),
    Verb.TAKE_OUT: ("programme", "person"),
    Verb.UNFOLLOW: ("programme", "source"),
    Verb.STRICTER: ("programme", "kept"),
    Verb.LEAVE: ("programme",),
    Verb.ERASE: ("programme",),
}

_VERBS = {verb.value: verb for verb in Verb}


@dataclass(frozen=True, slots=True)
class Action:
    """A verb and its arguments, in the order of `ARGUMENTS`."""

    verb: Verb
    arguments: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.arguments) != len(ARGUMENTS[self.verb]):
            raise ValueError(f"{self.verb} takes {ARGUMENTS[self.verb]}")


@lru_cache(maxsize=1024)
def encode(action: Action) -> str:
    """The action as one string of at most `MAX_LENGTH` characters.

    Raises:
        ValueError: the arguments are too long to travel.
    """
    text = _written(action)
    if len(text) > MAX_LENGTH:
        raise ValueError(f"a {action.verb} action of {len(text)} characters cannot travel")
    return text


@lru_cache(maxsize=4096)
def decode(text: str) -> Action | None:
    """The action that `encode` wrote; None for anything that it did not write."""
    name, *parts = text.split(":")
    verb = _VERBS.get(name)
    if verb is None or len(parts) != len(ARGUMENTS[verb]):
        return None
    if len(text) > MAX_LENGTH or not text.isascii():
        return None
    action = Action(verb, tuple(unquote(part) for part in parts))
    return action if _written(action) == text else None


def _written(action: Action) -> str:
    return ":".join([action.verb.value, *(quote(part, safe=" ,") for part in action.arguments)])
