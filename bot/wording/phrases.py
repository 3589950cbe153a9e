"""Small phrases that all audiences share: dates, lists, numbers, plain cards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.conversation.actions import Action, Verb
from bot.conversation.card import Button, Buttons, Card, Emphasis, Text, Tone
from bot.pulse.pulses import Pulse, Round

SUPPORT = (
    "If you need support now, in the UK call Samaritans on 116 123 (free, day and night) "
    "or NHS 111."
)
_SHOWN_NAMES = 20
ANYBODY = "Ask the person who runs the programme in your organisation to add you."


def day(moment: date) -> str:
    """For example "Tue 24 Nov"; the year is left out."""
    return f"{moment:%a} {moment.day} {moment:%b}"


def date_of(day_: date) -> str:
    """For example "24 Nov 2026", for days that may be in another year."""
    return f"{day_.day} {day_:%b %Y}"


def moment(at: datetime, zone: str) -> str:
    """For example "Tue 24 Nov at 10:00", on that zone's clocks."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{day(local)} at {local:%H:%M}"


def listed(words: Sequence[str]) -> str:
    """For example "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def some(names: Sequence[str]) -> str:
    """As `listed`, with the first names alone where there are many."""
    more = len(names) - _SHOWN_NAMES
    return listed(names if more <= 0 else [*names[:_SHOWN_NAMES], f"{more} more"])


def count(number: int, one: str, many: str | None = None) -> str:
    """For example "1 person", "2 people"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def shortened(text: str, most: int) -> str:
    """At most so many characters, cut at a word where something had to go."""
    if len(text) <= most:
        return text
    cut = text[:most].rpartition(" ")[0] or text[:most]
    return cut[: most - 1].rstrip(" ,;:(") + "…"


def called(one: Pulse | Round) -> str:
    """Its name inside a sentence: the words of a question stand in quotes."""
    if isinstance(one, Pulse):
        return one.name if one.cadence else f'"{one.name}"'
    return f'"{one.name}"' if is_worded(one) else one.name


def is_worded(round_: Round) -> bool:
    """Whether a round is called by the words of its question."""
    words = round_.name.rstrip(".…")
    return any(question.text.startswith(words) for question in round_.questionnaire.questions)


def plain(text: str, *more: str) -> Card:
    """A card of a few paragraphs."""
    return Card(tuple(Text(part) for part in (text, *more)))


def titled(title: str, *paragraphs: str) -> Card:
    """A heading and a few paragraphs."""
    return Card((Text(title, Tone.HEADING), *(Text(part) for part in paragraphs)))


def with_buttons(card: Card, *buttons: Button) -> Card:
    """The card with one more row of buttons."""
    return Card((*card.blocks, Buttons(buttons)))


def run(label: str, command: str, emphasis: Emphasis = Emphasis.PLAIN) -> Button:
    """A button that does the same as typing a command."""
    return Button(label, Action(Verb.RUN, (command,)), emphasis)
