"""Neutral cards, forms and charts: what every platform can show, no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.conversation.actions import Action

# The tightest limit of any platform that we speak to; a renderer never has to cut.
MAX_BLOCKS = 45
MAX_TEXT = 2800
MAX_LABEL = 75
MAX_BUTTONS = 12
MAX_TITLE = 24
MAX_OPTIONS = 100
MAX_VALUE = 70  # of an option


class Tone(StrEnum):
    """How a text stands on the card."""

    PLAIN = "plain"
    HEADING = "heading"
    QUIET = "quiet"


class Emphasis(StrEnum):
    """How a button stands out; its label alone always says what it does."""

    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph. Line breaks are kept; there is no other markup."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows of (name, value)."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Button:
    """One tap. `says` is read out where the label alone is too short ("4": "4, agree").

    With `opens` it may open a form although its action does not say so (see opening.py): some
    platforms have to know that before it is pressed.
    """

    label: str
    action: Action
    emphasis: Emphasis = Emphasis.PLAIN
    says: str = ""
    opens: bool = False


@dataclass(frozen=True, slots=True)
class Buttons:
    """A row of buttons, which may wrap."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One stacked bar: a label and one whole number for each series of its chart.

    `printed` is its row in the table of numbers: a text for each column of its chart.
    """

    label: str
    values: tuple[int, ...]
    printed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Stacked bars. `alt` says in words all that the picture shows.

    `columns` are the heads of the table of numbers, in which a range stands as a range. With
    `rest` the last series is what the others leave open: of them there are at least so many.
    """

    title: str
    series: tuple[str, ...]
    columns: tuple[str, ...]
    bars: tuple[Bar, ...]
    alt: str
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Divider:
    """A thin line."""


Block = Text | Facts | Buttons | Chart | Divider


@dataclass(frozen=True, slots=True)
class Card:
    """One message. Its first text is what a notification shows."""

    blocks: tuple[Block, ...]

    @property
    def buttons(self) -> tuple[Button, ...]:
        """All buttons, in reading order."""
        rows = (block.buttons for block in self.blocks if isinstance(block, Buttons))
        return tuple(button for row in rows for button in row)

    @property
    def fallback(self) -> str:
        """The whole card as plain text, for notifications and screen readers."""
        return "\n".join(_lines(self.blocks))


def _lines(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Text(text=text):
                yield text
            case Facts(rows=rows):
                yield from (f"{name}: {value}" for name, value in rows)
            case Buttons(buttons=buttons):
                yield " | ".join(f"[{button.says or button.label}]" for button in buttons)
            case Chart(alt=alt):
                yield alt
            case Divider():
                pass


@dataclass(frozen=True, slots=True, kw_only=True)
class TextField:
    """A box to type in. `value` is what stands in it when the form opens."""

    id: str
    label: str
    value: str = ""
    hint: str = ""
    required: bool = True
    multiline: bool = False
    max_length: int = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceField:
    """Options to choose from: one, or up to `most` of them. `options` are (value, label)."""

    id: str
    label: str
    options: tuple[tuple[str, str], ...]
    value: tuple[str, ...] = ()
    hint: str = ""
    required: bool = True
    most: int = 1


Field = TextField | ChoiceField

# What a form sends back for a field: always a tuple, with one text for a TextField.
Values = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Fields behind one submit button; `action` says what sending it does."""

    title: str
    action: Action
    fields: tuple[Field, ...]
    submit: str = "Save"
    intro: str = ""
    # A form that holds answers must leave no draft behind when it is closed.
    keeps_draft: bool = True
    # Only to read and copy: its button closes it, and nothing is sent.
    read_only: bool = False
