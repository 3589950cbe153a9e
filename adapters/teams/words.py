"""Words in Adaptive Cards: nothing that a person typed can become markup or a macro."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.conversation.card import Tone

Json = dict[str, Any]

BOLD: Json = {"weight": "Bolder"}
ERROR: Json = {"color": "Attention", "weight": "Bolder"}
TONES: dict[Tone, Json] = {
    Tone.PLAIN: {},
    Tone.HEADING: {"weight": "Bolder", "size": "Large"},  # in Teams, Medium is no larger than text
    Tone.QUIET: {"isSubtle": True, "size": "Small"},
}

# Both have no width: a joiner between two signs keeps them from meaning something together.
_JOINER = "\u2060"
_HAIR = "\u200a"
_SLASH = re.compile(r"(?<![\w/])/pulse(?![\w/-])")
_MACRO = re.compile(r"\{(?=\{)")  # "{{DATE(...)}}" would be replaced by a date
_EMPHASIS = re.compile(r"([*_]+)(?=[^\s*_])")
_LINK = re.compile(r"\](?=\()")
# Letters, digits and signs that no markdown knows; "1. " would begin a list.
_CALM = re.compile(r"(?!\d+[.)])[^\W_](?:[^\W_]|[ .,:;?!'\u2019\"\u201c\u201d()%/\u2013-])*")
_LIST = re.compile(r"^\s*(?:[-+*>#]|\d+[.)])")


def words(text: str) -> str:
    """As Teams shows it. Here commands are typed without a slash."""
    return _MACRO.sub(f"{{{_JOINER}", _SLASH.sub("pulse", text))


def unmarked(text: str) -> str:
    """The same for the few places of a card where markdown is read: emphasis, links and lists."""
    shown = _LINK.sub(f"]{_JOINER}", _EMPHASIS.sub(rf"\1{_HAIR}", words(text)))
    return f"{_JOINER}{shown}" if _LIST.match(shown) else shown


def run(text: str, style: Json | None = None) -> Json:
    """A piece of a line. A TextRun knows no markdown."""
    return {"type": "TextRun", "text": words(text), **(style or {})}


def heading(text: str) -> list[Json]:
    """One that screen readers know as such. Only a TextBlock can be that, and it reads markdown.

    So what might mean something there is a line in larger letters.
    """
    if not _CALM.fullmatch(text):
        return rich([run(text, TONES[Tone.HEADING])])
    shown = {"type": "TextBlock", "style": "heading", "text": words(text), "wrap": True}
    return [{**shown, **TONES[Tone.HEADING]}]


def rich(runs: Sequence[Json], spacing: str = "Default") -> list[Json]:
    """One element for each line, the first with some space above it. Blank lines are space."""
    elements: list[Json] = []
    blank = False
    for line in _lines(runs):
        if not any(piece["text"].strip() for piece in line):
            blank = True
            continue
        element: Json = {"type": "RichTextBlock", "inlines": line}
        if elements:
            element["spacing"] = "Medium" if blank else "None"
        elif spacing != "Default":
            element["spacing"] = spacing
        elements.append(element)
        blank = False
    return elements


def _lines(runs: Sequence[Json]) -> list[list[Json]]:
    lines: list[list[Json]] = [[]]
    for piece in runs:
        first, *more = piece["text"].split("\n")
        for number, text in enumerate((first, *more)):
            if number:
                lines.append([])
            if text:
                lines[-1].append({**piece, "text": text})
    return lines
