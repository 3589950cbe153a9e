"""Cards as Block Kit. All words are plain text: nothing that a person typed can be markup."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from adapters.slack.limits import (
    MAX_ALT,
    MAX_BLOCKS_JSON,
    MAX_CHART_TITLE,
    MAX_CHARTS,
    MAX_HEADER,
    MAX_NOTIFICATION,
    MAX_POINT_LABEL,
    MAX_POINTS,
    MAX_SAYS,
    MAX_SERIES,
)
from bot.conversation.actions import encode
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

Json = dict[str, Any]
CONTINUED = "The rest of the message before"


def render_message(card: Card, pictures: Sequence[str] = (), *, native: bool = True) -> Json:
    """A message: `blocks`, and `text` for notifications and screen readers.

    `pictures` are the ids of uploaded files, one for each chart in order. Without them up to two
    charts are Slack's own where `native`, and all others are words.
    """
    return dict(_whole(card, tuple(pictures), native))


@lru_cache(maxsize=128)
def _whole(card: Card, pictures: tuple[str, ...], native: bool) -> Json:
    """Rendered once for everyone who gets this card, so nobody may change what is in it."""
    return {"text": notification(card), "blocks": render_blocks(card, pictures, native=native)}


def render_messages(
    card: Card, pictures: Sequence[str] = (), *, native: bool = True
) -> tuple[Json, ...]:
    """The card as one message, or as several where it is more than Slack takes at once."""
    return tuple(dict(part) for part in _parts(card, tuple(pictures), native))


@lru_cache(maxsize=128)
def _parts(card: Card, pictures: tuple[str, ...], native: bool) -> tuple[Json, ...]:
    whole = render_message(card, pictures, native=native)
    parts: list[list[Json]] = [[]]
    room = MAX_BLOCKS_JSON
    for block in whole["blocks"]:
        size = len(json.dumps(block, ensure_ascii=False)) + 2
        if size > room and parts[-1]:
            parts.append([])
            room = MAX_BLOCKS_JSON
        parts[-1].append(block)
        room -= size
    first, *more = parts
    return ({**whole, "blocks": first}, *({"text": CONTINUED, "blocks": part} for part in more))


def render_blocks(card: Card, pictures: Sequence[str] = (), *, native: bool = True) -> list[Json]:
    """The blocks of a card, for a message or a view."""
    charts = charts_of(card)
    drawn = native and not pictures and len(charts) <= MAX_CHARTS
    left = list(pictures)
    blocks: list[Json] = []
    for number, block in enumerate(card.blocks):
        if isinstance(block, Chart):
            blocks += _chart(block, left.pop(0) if left else "", drawn)
        else:
            blocks.append(_block(block, number))
    return blocks


def render_home(card: Card) -> Json:
    """The Home tab."""
    return {"type": "home", "blocks": render_blocks(card, native=False)}


def render_dialog(card: Card, title: str = "Soundings", meta: str = "") -> Json:
    """A card as a modal with nothing to fill in."""
    return {
        "type": "modal",
        "title": plain(title),
        "close": plain("Close"),
        "private_metadata": meta,
        "blocks": render_blocks(card, native=False),
    }


def charts_of(card: Card) -> tuple[Chart, ...]:
    """All charts of a card, in order."""
    return tuple(block for block in card.blocks if isinstance(block, Chart))


def notification(card: Card) -> str:
    """The whole card in words. This one text is markup, so its three signs are escaped."""
    text = card.fallback
    if len(text) > MAX_NOTIFICATION:
        text = f"{text[:MAX_NOTIFICATION]}…"
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> Json:
    """A text object that means nothing but its characters."""
    return {"type": "plain_text", "text": text, "emoji": False}


def _block(block: Block, number: int) -> Json:
    match block:
        case Text(text=text, tone=tone):
            return _text(text, tone)
        case Facts(rows=rows):
            return {"type": "rich_text", "elements": [_facts(rows)]}
        case Buttons(buttons=buttons):
            elements = [_button(button, f"{number}.{n}") for n, button in enumerate(buttons)]
            return {"type": "actions", "elements": elements}
        case Divider():
            return {"type": "divider"}
        case Chart():
            raise AssertionError("a chart is more than one block")


def _text(text: str, tone: Tone) -> Json:
    if tone is Tone.QUIET:
        return {"type": "context", "elements": [plain(text)]}
    if tone is Tone.HEADING and len(text) <= MAX_HEADER and "\n" not in text:
        return {"type": "header", "text": plain(text)}
    if tone is Tone.HEADING:
        return {"type": "rich_text", "elements": [_run([_bold(text)])]}
    return {"type": "section", "text": plain(text)}


def _facts(rows: Sequence[tuple[str, str]]) -> Json:
    elements: list[Json] = []
    for name, value in rows:
        if elements:
            elements.append(_words("\n"))
        elements += [_bold(name), _words(": "), _words(value)]
    return _run(elements)


def _run(elements: list[Json]) -> Json:
    return {"type": "rich_text_section", "elements": elements}


def _words(text: str) -> Json:
    return {"type": "text", "text": text}


def _bold(text: str) -> Json:
    return {"type": "text", "text": text, "style": {"bold": True}}


def _button(button: Button, action_id: str) -> Json:
    shown: Json = {
        "type": "button",
        "action_id": action_id,
        "text": plain(button.label),
        "value": encode(button.action),
    }
    if button.emphasis is not Emphasis.PLAIN:
        shown["style"] = button.emphasis.value
    if button.says:
        shown["accessibility_label"] = button.says[:MAX_SAYS]
    return shown


# --- charts ----------------------------------------------------------------------------------


def _chart(chart: Chart, picture: str, drawn: bool) -> list[Json]:
    """The chart, and under it in words all that it shows."""
    said = {"type": "context", "elements": [plain(chart.alt)]}
    if picture:
        image = {
            "type": "image",
            "slack_file": {"id": picture},
            "alt_text": chart.alt[:MAX_ALT],
            "title": plain(chart.title),
        }
        return [image, said]
    own = _native(chart) if drawn else None
    return [own or {"type": "section", "text": plain(chart.title)}, said]


def _native(chart: Chart) -> Json | None:
    """Slack's own bar chart; None where this one does not fit into it."""
    categories = [_short(bar.label) for bar in chart.bars]
    # Slack sets the parts side by side, so each has to say by itself that there may be more.
    least = len(chart.series) - 1 if chart.rest else 0
    names = [
        _short(f"{name}, at least" if number < least else name)
        for number, name in enumerate(chart.series)
    ]
    fits = (
        len(names) <= MAX_SERIES
        and len(categories) <= MAX_POINTS
        and len(chart.title) <= MAX_CHART_TITLE
        and len(set(categories)) == len(categories)
        and len(set(names)) == len(names)
    )
    if not fits:
        return None
    series = [
        {
            "name": name,
            "data": [
                {"label": category, "value": bar.values[number]}
                for category, bar in zip(categories, chart.bars, strict=True)
            ],
        }
        for number, name in enumerate(names)
    ]
    return {
        "type": "data_visualization",
        "title": chart.title,
        "chart": {"type": "bar", "series": series, "axis_config": {"categories": categories}},
    }


def _short(label: str) -> str:
    return label if len(label) <= MAX_POINT_LABEL else f"{label[: MAX_POINT_LABEL - 1]}…"
