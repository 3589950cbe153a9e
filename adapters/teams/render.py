"""Cards as Adaptive Cards of version 1.5, the newest that Teams shows everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from adapters.teams.charts import STACKED, chart_elements, picture
from adapters.teams.limits import (
    BUTTON_WIDTH,
    LETTER_WIDTH,
    MAX_ACTIONS,
    MAX_MESSAGE,
    MAX_SUMMARY,
    ROW_WIDTH,
    SHORT_LABEL,
    weight,
)
from adapters.teams.words import BOLD, TONES, Json, heading, rich, run, words
from bot.conversation.actions import Action, Verb, encode
from bot.conversation.card import (
    Block,
    Button,
    Buttons,
    Card,
    Chart,
    Divider,
    Emphasis,
    Facts,
    Text,
    Tone,
)
from bot.conversation.opening import may_open

CARD = "application/vnd.microsoft.card.adaptive"
VERB = "do"  # of every Action.Execute: what it does stands in its data
CONTINUED = "The rest of the message before"
OPENS = {"type": "task/fetch"}  # marks the buttons for which Teams asks us for a dialog

_STYLES = {Emphasis.PRIMARY: "positive", Emphasis.DANGER: "destructive"}


def render_message(card: Card) -> Json:
    """The card as one message, for cards that are known to be small."""
    return render_messages(card)[0]


def render_messages(card: Card) -> tuple[Json, ...]:
    """The card as one message, or as several where it is more than Teams takes at once."""
    return tuple(dict(part) for part in _parts(card))


def adaptive(body: list[Json], actions: Sequence[Json] = ()) -> Json:
    """A card as the clients take it. `full` is as wide as a chat allows."""
    shown: Json = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "msteams": {"width": "full"},
        "body": body,
    }
    return {**shown, "actions": list(actions)} if actions else shown


def message(body: list[Json], summary: str) -> Json:
    """An activity with one card. `summary` is what a notification says."""
    return {"type": "message", "summary": summary, "attachments": [attachment(adaptive(body))]}


def attachment(card: Json) -> Json:
    """A card as it travels."""
    return {"contentType": CARD, "content": card}


def card_of(message: Json) -> Json:
    """The card in a message."""
    card: Json = message["attachments"][0]["content"]
    return card


def summary(card: Card) -> str:
    """The card in words, as far as a notification goes."""
    text = words(card.fallback)
    return text if len(text) <= MAX_SUMMARY else f"{text[: MAX_SUMMARY - 1]}…"


@lru_cache(maxsize=128)
def _parts(card: Card) -> tuple[Json, ...]:
    """Rendered once for everyone who gets this card, so nobody may change what is in it."""
    parts: list[Json] = [message([], summary(card))]
    room = MAX_MESSAGE - weight(parts[0])
    for element in _body(card):
        size = weight(element) + weight(", ")
        if size > room and card_of(parts[-1])["body"]:
            parts.append(message([], CONTINUED))
            room = MAX_MESSAGE - weight(parts[-1])
        card_of(parts[-1])["body"].append(element)
        room -= size
    pictures = [picture(block) for block in card.blocks if isinstance(block, Chart)]
    for part in parts if pictures else ():
        _illustrate(part, pictures)
    return tuple(parts)


def _illustrate(part: Json, pictures: list[Json]) -> None:
    """Pictures for clients that know no charts, as many as there is room for."""
    room = MAX_MESSAGE - weight(part)
    for element in card_of(part)["body"]:
        if element["type"] != STACKED:
            continue
        drawn = pictures.pop(0)
        if weight(drawn) <= room:
            element["fallback"] = drawn
            room -= weight(drawn)


def _body(card: Card) -> list[Json]:
    body: list[Json] = []
    divided = False
    for block in card.blocks:
        if isinstance(block, Divider):
            divided = bool(body)
            continue
        elements = _elements(block)
        if divided:
            elements[0] |= {"separator": True, "spacing": "Large"}
            divided = False
        body += elements
    return body


def _elements(block: Block) -> list[Json]:
    match block:
        case Text(text=text, tone=Tone.HEADING):
            return heading(text)
        case Text(text=text, tone=tone):
            return rich([run(text, TONES[tone])])
        case Facts(rows=rows):
            return [
                element
                for number, (name, value) in enumerate(rows)
                for element in _fact(name, value, "Small" if number else "Default")
            ]
        case Buttons(buttons=buttons):
            first, *more = [_set(row) for row in rows_of(buttons)]
            return [first, *({**row, "spacing": "Small"} for row in more)]
        case Chart():
            return chart_elements(block)
        case Divider():
            raise AssertionError("a divider is a part of what comes after it")


def _fact(name: str, value: str, spacing: str) -> list[Json]:
    return rich([run(name, BOLD), run(": "), run(value)], spacing)


# --- buttons ---------------------------------------------------------------------------------


def rows_of(buttons: Sequence[Button]) -> list[Sequence[Button]]:
    """Rows that a phone shows whole: there, what is too long for the screen is out of sight.

    Answers stand in one line or below each other, so that they read as a list; those of a scale
    fill even lines. Other buttons share as few lines as they can.
    """
    if all(len(button.label) <= SHORT_LABEL for button in buttons):
        lines = -(-len(buttons) // MAX_ACTIONS)
        size = -(-len(buttons) // lines)
        return [buttons[start : start + size] for start in range(0, len(buttons), size)]
    rows = _packed(buttons)
    if len(rows) > 1 and all(button.action.verb is Verb.ANSWER for button in buttons):
        return [[button] for button in buttons]
    return rows


def _packed(buttons: Sequence[Button]) -> list[Sequence[Button]]:
    rows: list[list[Button]] = []
    room = 0
    for button in buttons:
        width = BUTTON_WIDTH + LETTER_WIDTH * len(button.label)
        if width > room or len(rows[-1]) == MAX_ACTIONS:
            rows.append([])
            room = ROW_WIDTH
        rows[-1].append(button)
        room -= width
    return list(rows)


def _set(buttons: Sequence[Button]) -> Json:
    return {"type": "ActionSet", "actions": [_button(button) for button in buttons]}


def _button(button: Button) -> Json:
    shown: Json = {"title": words(button.label)}
    if button.says:
        shown["tooltip"] = words(button.says)
    if button.emphasis in _STYLES:
        shown["style"] = _STYLES[button.emphasis]
    data = does(button.action)
    if may_open(button):
        # Only this kind can open a dialog.
        opening = {**data, "msteams": OPENS}
        return {"type": "Action.Submit", **shown, "associatedInputs": "none", "data": opening}
    return {
        "type": "Action.Execute",
        **shown,
        "verb": VERB,
        "associatedInputs": "none",
        "data": data,
        # For clients that know no Action.Execute: it arrives as a message.
        "fallback": {
            "type": "Action.Submit",
            **shown,
            "associatedInputs": "none",
            "data": data,
        },
    }


def does(action: Action) -> Json:
    """What a button carries."""
    return {"do": encode(action)}


def door(title: str, label: str, data: Json) -> Json:
    """A message with one button that opens a dialog: something to press where only that can."""
    opening: Json = {
        "type": "Action.Submit",
        "title": label,
        "style": "positive",
        "data": {**data, "msteams": OPENS},
    }
    body = [*rich([run(title)]), {"type": "ActionSet", "actions": [opening]}]
    return message(body, words(title))
