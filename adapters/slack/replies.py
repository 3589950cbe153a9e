"""What the core said in return, as the answer to a request of Slack and the calls after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.slack.forms import render_form
from adapters.slack.inbound import Origin, Place, Surface, metadata
from adapters.slack.render import (
    Json,
    render_dialog,
    render_home,
    render_message,
    render_messages,
)
from bot.conversation.actions import Action, Verb, encode
from bot.conversation.card import Button, Buttons, Card, Emphasis, Form, Text
from bot.conversation.events import (
    Command,
    Event,
    FieldErrors,
    Gather,
    Open,
    Replace,
    Reply,
    Say,
)
from bot.wording.help import NO_FORM, NOT_SHOWN

# A response_url lives for 30 minutes from the press; a few are left for the clocks to differ.
RESPONSE_SECONDS = 25 * 60


@dataclass(frozen=True, slots=True)
class Call:
    """One call that follows the answer: a method of the Web API, or a post to a response_url.

    `replaces` is what it takes the place of: of several for one place only the newest counts.
    `otherwise` is made instead of a form that Slack had no time to open.
    """

    method: str
    body: Mapping[str, Any]
    url: str = ""
    replaces: str = ""
    otherwise: tuple[Call, ...] = ()


EPHEMERAL = {"response_type": "ephemeral"}
RESPOND = "respond"  # the method of a post to a response_url


@dataclass(slots=True)
class Answer:
    """`ack` is the body of the answer itself; None for an empty one."""

    ack: Json | None = None
    calls: list[Call] = field(default_factory=list)


def answer(
    origin: Origin, event: Event, replies: Sequence[Reply], now: float, *, late: bool = False
) -> Answer:
    """Where each reply goes. `now` is in seconds since 1970.

    `late`: the request was answered before, so there are only calls.
    """
    said = Answer({} if late else None)
    for reply in replies:
        match reply:
            case Say(card=card) | Gather(card=card):
                _say(said, origin, card)
            case Replace(card=card):
                _replace(said, origin, card, now)
            case Open(form=form):
                _open(said, origin, event, form)
            case FieldErrors(errors=errors):
                said.ack = {"response_action": "errors", "errors": _at_fields(origin, errors)}
    return said


def _say(said: Answer, origin: Origin, card: Card) -> None:
    place = origin.place
    match origin.surface:
        case Surface.COMMAND | Surface.MESSAGE:
            parts = _alone(card)
            if origin.surface is Surface.COMMAND and said.ack is None:
                said.ack = parts.pop(0)
            said.calls += [Call(RESPOND, part, place.response_url) for part in parts]
        case Surface.CHAT:
            said.calls += _in_chat(origin, card)
        case Surface.FORM:
            said.ack = {"response_action": "update", "view": _dialog(card, place)}
        case Surface.DIALOG:
            body = {"view_id": origin.view_id, "view": _dialog(card, place)}
            said.calls.append(Call("views.update", body, replaces=origin.view_id))
        case Surface.HOME if origin.trigger_id:
            body = {"trigger_id": origin.trigger_id, "view": _dialog(card, place)}
            # Not the card itself: what is shown here is for one look, and then gone.
            missed = _where_they_acted(origin, NOT_SHOWN)
            said.calls.append(Call("views.open", body, otherwise=missed))
        case Surface.HOME:
            body = {"user_id": origin.user, "view": render_home(card)}
            said.calls.append(Call("views.publish", body, replaces=f"home of {origin.user}"))
        case Surface.NONE:
            pass


def _replace(said: Answer, origin: Origin, card: Card, now: float) -> None:
    place = origin.place
    if origin.surface is Surface.MESSAGE:
        said.calls.append(_replaced(place, card))
    elif origin.surface is Surface.FORM and place.ts:
        fresh = place.response_url and now < place.since + RESPONSE_SECONDS
        if fresh:
            said.calls.append(_replaced(place, card))
        elif place.fleeting:  # nothing can reach it any more
            _say(said, origin, card)
        else:
            body = {"channel": place.channel, "ts": place.ts, **render_message(card)}
            said.calls.append(Call("chat.update", body, replaces=_which(place)))
    else:
        _say(said, origin, card)


def _open(said: Answer, origin: Origin, event: Event, form: Form) -> None:
    view = render_form(form, metadata(form.action, origin.place))
    if origin.surface is Surface.FORM:
        said.ack = {"response_action": "update", "view": view}
    elif not origin.trigger_id:
        _say(said, origin, _door(event, form))
    else:
        # From a modal the form lies on top of it, so that closing it leads back.
        method = "views.push" if origin.surface is Surface.DIALOG else "views.open"
        body = {"trigger_id": origin.trigger_id, "view": view}
        said.calls.append(Call(method, body, otherwise=_where_they_acted(origin, NO_FORM)))


def _where_they_acted(origin: Origin, card: Card) -> tuple[Call, ...]:
    """To one person alone: where they typed or pressed, else in the direct chat."""
    url = origin.place.response_url
    if origin.surface in (Surface.COMMAND, Surface.MESSAGE) and url:
        return tuple(Call(RESPOND, part, url) for part in _alone(card))
    return tuple(_in_chat(origin, card))


def _alone(card: Card) -> list[Json]:
    return [{**EPHEMERAL, **part} for part in render_messages(card, native=False)]


def _in_chat(origin: Origin, card: Card) -> list[Call]:
    bodies = ({"channel": origin.user, **part} for part in render_messages(card))
    return [Call("chat.postMessage", body) for body in bodies]


def _door(event: Event, form: Form) -> Card:
    """Slack opens a form only after a press or a slash command, so here is something to press."""
    typed = Text(f"{form.title}: this takes a form.")
    if not isinstance(event, Command):
        return Card((typed,))
    action = Action(Verb.RUN, (event.text,))
    try:
        encode(action)
    except ValueError:  # too long for a button
        return Card((typed, Text("Type it as a slash command instead, with /pulse before it.")))
    return Card((typed, Buttons((Button("Open the form", action, Emphasis.PRIMARY),))))


def _dialog(card: Card, place: Place) -> Json:
    return render_dialog(card, meta=metadata(None, place))


def _replaced(place: Place, card: Card) -> Call:
    body = {"replace_original": True, **render_message(card, native=not place.fleeting)}
    return Call(RESPOND, body, place.response_url, replaces=_which(place))


def _which(place: Place) -> str:
    """A name of the message; each press of it has a response_url of its own."""
    return f"{place.channel} {place.ts}" if place.ts else place.response_url


def _at_fields(origin: Origin, errors: Mapping[str, str]) -> dict[str, str]:
    """Errors where Slack can show them: what belongs to no field stands at the first one."""
    first = origin.fields[0] if origin.fields else ""
    placed: dict[str, str] = {}
    for name, message in errors.items():
        at = name if name in origin.fields else first
        placed[at] = f"{placed[at]}\n{message}" if at in placed else message
    return placed
