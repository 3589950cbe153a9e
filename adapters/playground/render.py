"""Cards, forms and replies as the JSON that the page shows."""

from __future__ import annotations

from typing import Any

from bot.conversation.actions import encode
from bot.conversation.card import (
    Bar,
    Block,
    Button,
    Buttons,
    Card,
    Chart,
    ChoiceField,
    Divider,
    Facts,
    Field,
    Form,
    Text,
    TextField,
)
from bot.conversation.events import FieldErrors, Open, Replace, Say, Shown

Json = dict[str, Any]


def render_card(card: Card) -> Json:
    """{"blocks": [...]}; each block has a "type" and its own fields under their own names."""
    return {"blocks": [_block(block) for block in card.blocks]}


def render_form(form: Form) -> Json:
    """A form with its fields; "action" is what sending it says."""
    return {
        "title": form.title,
        "intro": form.intro,
        "action": encode(form.action),
        "submit": form.submit,
        "keeps_draft": form.keeps_draft,
        "read_only": form.read_only,
        "fields": [_field(field) for field in form.fields],
    }


def render_reply(reply: Shown) -> Json:
    """A reply with its "type": say, replace, open or errors."""
    match reply:
        case Say(card=card):
            return {"type": "say", "card": render_card(card)}
        case Replace(card=card):
            return {"type": "replace", "card": render_card(card)}
        case Open(form=form):
            return {"type": "open", "form": render_form(form)}
        case FieldErrors(errors=errors):
            return {"type": "errors", "errors": dict(errors)}


def actions(card: Json) -> tuple[str, ...]:
    """The action strings of a rendered card's buttons, in reading order."""
    rows = (block["buttons"] for block in card["blocks"] if block["type"] == "buttons")
    return tuple(button["action"] for row in rows for button in row)


def _block(block: Block) -> Json:
    match block:
        case Text(text=text, tone=tone):
            return {"type": "text", "text": text, "tone": tone.value}
        case Facts(rows=rows):
            return {"type": "facts", "rows": [list(row) for row in rows]}
        case Buttons(buttons=buttons):
            return {"type": "buttons", "buttons": [_button(button) for button in buttons]}
        case Chart():
            return {
                "type": "chart",
                "title": block.title,
                "series": list(block.series),
                "columns": list(block.columns),
                "bars": [_bar(bar) for bar in block.bars],
                "alt": block.alt,
            }
        case Divider():
            return {"type": "divider"}


def _bar(bar: Bar) -> Json:
    return {"label": bar.label, "values": list(bar.values), "printed": list(bar.printed)}


def _button(button: Button) -> Json:
    return {
        "label": button.label,
        "says": button.says,
        "emphasis": button.emphasis.value,
        "action": encode(button.action),
    }


def _field(field: Field) -> Json:
    shared = {
        "id": field.id,
        "label": field.label,
        "hint": field.hint,
        "required": field.required,
    }
    match field:
        case TextField():
            return shared | {
                "type": "text",
                "value": field.value,
                "multiline": field.multiline,
                "max_length": field.max_length,
            }
        case ChoiceField():
            return shared | {
                "type": "choice",
                "value": list(field.value),
                "options": [list(option) for option in field.options],
                "most": field.most,
            }
