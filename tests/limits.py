"""What every card and form must keep to, so that no renderer ever has to cut."""

from __future__ import annotations

from collections.abc import Iterator

from bot.conversation.actions import encode
from bot.conversation.card import (
    MAX_BLOCKS,
    MAX_BUTTONS,
    MAX_LABEL,
    MAX_OPTIONS,
    MAX_TEXT,
    MAX_TITLE,
    MAX_VALUE,
    Buttons,
    Card,
    Chart,
    ChoiceField,
    Facts,
    Form,
    Text,
)
from bot.conversation.events import Open, Replace, Reply, Say


def card_faults(card: Card) -> tuple[str, ...]:
    """Where a card is larger than the smallest platform allows, or says nothing."""
    return tuple(_card_faults(card))


def form_faults(form: Form) -> tuple[str, ...]:
    """The same for a form."""
    return tuple(_form_faults(form))


def assert_fits(reply: Reply) -> None:
    """Fails with what is too large."""
    match reply:
        case Say(card=card) | Replace(card=card):
            faults = card_faults(card)
        case Open(form=form):
            faults = form_faults(form)
        case _:
            faults = ()
    assert not faults, faults


def _card_faults(card: Card) -> Iterator[str]:
    if not 1 <= len(card.blocks) <= MAX_BLOCKS:
        yield f"{len(card.blocks)} blocks"
    if not isinstance(card.blocks[0], Text):
        yield "a card that starts with no words has no notification"
    for block in card.blocks:
        match block:
            case Text(text=text):
                if not 1 <= len(text.strip()) <= MAX_TEXT:
                    yield f"a text of {len(text)} characters"
            case Facts(rows=rows):
                if not rows or sum(len(name) + len(value) + 3 for name, value in rows) > MAX_TEXT:
                    yield f"facts of {len(rows)} rows that are empty or too long"
            case Buttons(buttons=buttons):
                if not 1 <= len(buttons) <= MAX_BUTTONS:
                    yield f"{len(buttons)} buttons in a row"
                for button in buttons:
                    encode(button.action)
                    if not 1 <= len(button.label) <= MAX_LABEL:
                        yield f"a label of {len(button.label)} characters"
            case Chart():
                if not block.alt or len(block.alt) > MAX_TEXT:
                    yield f"an alt text of {len(block.alt)} characters"
                if any(len(bar.values) != len(block.series) for bar in block.bars):
                    yield "a bar that has not one value for each series"
                if any(len(bar.printed) != len(block.columns) for bar in block.bars):
                    yield "a bar that has not one text for each column"
            case _:
                pass


def _form_faults(form: Form) -> Iterator[str]:
    encode(form.action)
    if not 1 <= len(form.title) <= MAX_TITLE or not 1 <= len(form.submit) <= MAX_TITLE:
        yield f"a title or submit button that is too long: {form.title}, {form.submit}"
    ids = [field.id for field in form.fields]
    if len(set(ids)) != len(ids) or not ids:
        yield f"fields {ids}"
    for field in form.fields:
        if not isinstance(field, ChoiceField):
            continue
        if not 1 <= len(field.options) <= MAX_OPTIONS:
            yield f"{field.id} has {len(field.options)} options"
        known = {value for value, _ in field.options}
        if not set(field.value) <= known:
            yield f"{field.id} is set to what it does not offer"
        if any(not 1 <= len(value) <= MAX_VALUE for value, _ in field.options):
            yield f"{field.id} has an option whose value is empty or too long"
        if any(not 1 <= len(label) <= MAX_LABEL for _, label in field.options):
            yield f"{field.id} has an option whose label is too long"
