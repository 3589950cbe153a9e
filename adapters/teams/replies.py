"""What the core said in return, as the answer to a request of Teams and the calls after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adapters.teams.forms import Place, render_form
from adapters.teams.inbound import Origin, Surface
from adapters.teams.render import CARD, attachment, card_of, does, door, render_messages
from adapters.teams.words import Json, words
from bot.conversation.card import Card, Form, Text, Tone, Values
from bot.conversation.events import (
    Command,
    Event,
    FieldErrors,
    Gather,
    Open,
    Pressed,
    Replace,
    Reply,
    Say,
    Submitted,
)
from bot.wording.help import OLD_BUTTON

TOLD = "application/vnd.microsoft.activity.message"
SAID_BELOW = "The answer is below."
SAID_ALONE = "I have answered in our own chat, where only you see it."
NOT_ALONE = (
    "I answer in our own chat, but cannot write to you there. Please add the app Soundings first: "
    "in Teams, choose Apps, search for Soundings and choose Add."
)
GO_ON = "Please go on in our chat."
DONE = "This is done. There is nothing more to show."
OPEN_FORM = "Open the form"
MAX_SHORT = 2  # fields of a form that needs no tall dialog

# Where a message was pressed, so that another one can take its place.
_ON_A_MESSAGE = (Surface.CARD, Surface.BUTTON, Surface.OPENING, Surface.FORM)


@dataclass(frozen=True, slots=True)
class Call:
    """One call that follows the answer: a message that is new, or that takes another's place.

    `conversation` "" is the person's own chat with the bot; `activity` "" is a new message.
    `otherwise` is for where a call before it did not succeed.
    """

    message: Json
    conversation: str = ""
    activity: str = ""
    otherwise: Json | None = None


@dataclass(slots=True)
class Answer:
    """`body` is the JSON of the answer itself; None for an empty one."""

    body: Json | None = None
    calls: list[Call] = field(default_factory=list)


def answer(origin: Origin, event: Event, replies: Sequence[Reply], *, late: bool = False) -> Answer:
    """Where each reply goes.

    `late`: the request was answered before, so there are only calls.
    """
    said = Answer()
    if origin.surface is Surface.NONE:
        return said
    # Next to another card a door would show in the chat how somebody answered.
    no_door = any(isinstance(reply, Say | Replace | Gather) for reply in replies)
    for reply in replies:
        match reply:
            case Say(card=card) | Gather(card=card):
                _say(said, origin, card)
            case Replace(card=card):
                _replace(said, origin, card)
            case Open(form=form) if origin.surface in (Surface.OPENING, Surface.FORM) and not late:
                said.body = _dialog(form, origin.place)
            case Open(form=form) if not no_door:
                _say_message(said, origin, _door(event, form))
            case FieldErrors(errors=errors) if origin.form and isinstance(event, Submitted):
                said.body = _dialog(origin.form, origin.place, event.values, errors)
            case _:
                pass
    if late:
        said.body = None
    elif said.body is None:
        said.body = _told(origin, DONE)
    if origin.room and origin.surface in (Surface.ROOM, Surface.BUTTON) and said.calls:
        told = {"type": "message", "text": SAID_ALONE}
        failed = {"type": "message", "text": NOT_ALONE}
        said.calls.append(Call(told, origin.room, otherwise=failed))
    return said


def nothing_to_do(surface: Surface, *, is_done: bool) -> Json | None:
    """The body of an answer to what was done before, or means nothing to us."""
    return _told(Origin(surface=surface), DONE if is_done else words(OLD_BUTTON.fallback))


def _say(said: Answer, origin: Origin, card: Card) -> None:
    for message in render_messages(card):
        said.calls.append(Call(message, origin.place.conversation))
    if said.body is None:
        words_of_it = _brief(card) if origin.surface is Surface.OPENING else _where(origin)
        said.body = _told(origin, words_of_it)


def _say_message(said: Answer, origin: Origin, message: Json) -> None:
    said.calls.append(Call(message, origin.place.conversation))
    said.body = said.body or _told(origin, _where(origin))


def _replace(said: Answer, origin: Origin, card: Card) -> None:
    place = origin.place
    if origin.surface not in _ON_A_MESSAGE or not place.activity:
        _say(said, origin, card)
        return
    first, *more = render_messages(card)
    # By the answer it is there at once; by the call it stays, for whoever looks later.
    said.calls.append(Call(first, place.conversation, place.activity))
    said.calls += [Call(message, place.conversation) for message in more]
    if origin.surface is Surface.CARD:
        said.body = {"statusCode": 200, "type": CARD, "value": card_of(first)}
    elif said.body is None:
        said.body = _told(origin, _brief(card))


# --- the bodies of answers -------------------------------------------------------------------


def _told(origin: Origin, text: str) -> Json | None:
    """Words where Teams waits for something; else nothing, which closes the dialog of a form."""
    match origin.surface:
        case Surface.CARD:
            return {"statusCode": 200, "type": TOLD, "value": text}
        case Surface.OPENING:
            return {"task": {"type": "message", "value": text}}
        case _:
            return None


def _where(origin: Origin) -> str:
    return SAID_ALONE if origin.room else SAID_BELOW


def _brief(card: Card) -> str:
    """What a dialog says of a card that stands in the chat: how it begins, where that is words."""
    said: list[str] = []
    for block in card.blocks:
        if not isinstance(block, Text) or block.tone is not Tone.PLAIN:
            return "\n\n".join([*said, GO_ON])
        said.append(words(block.text))
    return "\n\n".join(said)


def _dialog(
    form: Form,
    place: Place,
    values: Values | None = None,
    errors: Mapping[str, str] | None = None,
) -> Json:
    tall = len(form.fields) > MAX_SHORT or form.read_only
    shown = {
        "title": words(form.title),
        "width": "medium",
        "height": "large" if tall else "medium",
        "card": attachment(render_form(form, place, values, errors)),
    }
    return {"task": {"type": "continue", "value": shown}}


def _door(event: Event, form: Form) -> Json:
    """Teams opens a form only after a press, so here is something to press."""
    match event:
        case Command(text=text):
            data: Json = {"run": text}
        case Pressed(action=action):
            data = does(action)
        case _:
            data = does(form.action)
    return door(f"{form.title}: this takes a form.", OPEN_FORM, data)
