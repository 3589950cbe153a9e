"""Small phrases that all audiences share: dates, lists, numbers, plain cards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.conversation.actions import Action, Verb
from bot.conversation.card import Button, Buttons, Card, Emphasis, Text, Tone

ANYBODY = "Ask the person who runs the programme in your organisation to add you."


def day(moment: date) -> str:
    """For example "Tue 24 Nov"; the year is left out."""
    return f"{moment:%a} {moment.day} {moment:%b}"


def moment(at: datetime, zone: str) -> str:
    """For example "Tue 24 Nov at 10:00", on that zone's clocks."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{day(local)} at {local:%H:%M}"


def listed(words: Sequence[str]) -> str:
    """For example "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def count(number: int, one: str, many: str | None = None) -> str:
    """For example "1 person", "2 people"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


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
