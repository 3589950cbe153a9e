"""What Teams sent, as an event of the conversation, and where its answer can go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from adapters.teams.forms import NOWHERE, Place, sent_form
from adapters.teams.happenings import happened
from adapters.teams.reading import (
    UNREADABLE,
    Activity,
    actor_of,
    is_of_a_program,
    is_personal,
    is_unseen,
    key_of,
    mapping,
    mentions_of,
    optional,
    text_of,
    typed,
)
from bot.conversation.actions import decode
from bot.conversation.card import Form
from bot.conversation.events import Command, Event, Pressed, Submitted


class Surface(StrEnum):
    """Where somebody acted."""

    CHAT = "chat"  # typed to the bot alone
    ROOM = "room"  # typed in a channel or a group chat
    CARD = "card"
    BUTTON = "button"  # of a card, in a client that knows no Action.Execute
    OPENING = "opening"  # a button for which Teams waits for a dialog
    FORM = "form"
    NONE = "none"  # an event that nobody waits for


# The invokes that we answer, and where somebody acted to make them.
_WAITING = {
    "adaptiveCard/action": Surface.CARD,
    "task/fetch": Surface.OPENING,
    "task/submit": Surface.FORM,
}
_TYPED = (Surface.CHAT, Surface.ROOM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an event came from, and so where its replies go.

    `place` is the message whose button was pressed, in the person's own chat; both of it are ""
    where that is not known. `room` is the conversation, where it is not the person's own and others
    saw what was typed.
    """

    surface: Surface
    place: Place = NOWHERE
    room: str = ""
    form: Form | None = None  # that was sent
    team: str = ""
    team_name: str = ""
    channel: str = ""
    channel_name: str = ""
    # The ids of what is mentioned in a typed line, by what people see of it.
    mentions: Mapping[str, str] = field(default_factory=dict)


def parse(payload: object) -> Event | None:
    """The event in an activity; None for anything that means nothing to us."""
    if not isinstance(payload, Mapping):
        return None
    try:
        return _event(payload)
    except UNREADABLE:
        return None  # not the shape that Teams documents


def origin_of(payload: Activity) -> Origin:
    """Where the replies to an event of this payload can go. Only for what `parse` understood."""
    conversation = text_of(payload["conversation"]["id"])
    personal = is_personal(payload)
    surface = _surface(payload, personal)
    pressed = "" if surface in _TYPED else optional(payload.get("replyToId"))
    place = Place(conversation, pressed) if personal else NOWHERE
    about = mapping(payload.get("channelData"))
    team, channel = mapping(about.get("team")), mapping(about.get("channel"))
    sent = sent_form(payload["value"]["data"]) if surface is Surface.FORM else None
    # A dialog names its message itself, but only one of this very chat is believed.
    if sent is not None and sent.place.conversation == place.conversation:
        place = sent.place
    return Origin(
        surface=surface,
        place=place,
        room="" if personal or is_unseen(payload) else conversation,
        form=sent.form if sent else None,
        team=optional(team.get("id")),
        team_name=optional(team.get("name")),
        channel=optional(channel.get("id")),
        channel_name=optional(channel.get("name")),
        mentions=mentions_of(payload) if surface in _TYPED else {},
    )


def waiting(payload: Activity) -> Surface:
    """Where somebody waits for an answer, whatever it was that they sent; else NONE."""
    name = payload.get("name") if payload.get("type") == "invoke" else None
    return _WAITING.get(name, Surface.NONE) if isinstance(name, str) else Surface.NONE


# --- what people do --------------------------------------------------------------------------


def _event(activity: Activity) -> Event | None:
    text_of(activity["conversation"]["id"])  # the answer needs it
    match activity.get("type"):
        case "message" if not is_of_a_program(activity):
            return _said(activity)
        case "invoke":
            return _asked(activity)
        case "conversationUpdate" | "installationUpdate":
            return happened(activity)
        case _:
            return None


def _said(activity: Activity) -> Event | None:
    value = mapping(activity.get("value"))
    if "do" in value:
        return _pressed(activity, value)
    return Command(key=key_of(activity), actor=actor_of(activity), text=typed(activity))


def _asked(activity: Activity) -> Event | None:
    value = activity["value"]
    match _WAITING.get(activity["name"]):
        case Surface.CARD:
            return _pressed(activity, value["action"]["data"])
        case Surface.OPENING if "run" in value["data"]:
            line = text_of(value["data"]["run"])
            return Command(key=key_of(activity), actor=actor_of(activity), text=line)
        case Surface.OPENING:
            return _pressed(activity, value["data"])
        case Surface.FORM:
            sent = sent_form(value["data"])
            if sent is None:
                return None
            return Submitted(
                key=key_of(activity),
                actor=actor_of(activity),
                action=sent.form.action,
                values=sent.values,
            )
        case _:
            return None


def _pressed(activity: Activity, data: Activity) -> Pressed | None:
    action = decode(data["do"])
    if action is None:
        return None
    return Pressed(key=key_of(activity), actor=actor_of(activity), action=action)


def _surface(activity: Activity, personal: bool) -> Surface:
    match activity["type"]:
        case "invoke":
            return _WAITING[activity["name"]]
        case "message" if "do" in mapping(activity.get("value")):
            return Surface.BUTTON
        case "message":
            return Surface.CHAT if personal else Surface.ROOM
        case _:
            return Surface.NONE
