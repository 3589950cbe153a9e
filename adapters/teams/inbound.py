"""What Teams sent, as an event of the conversation, and where its answer can go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from adapters.teams.forms import NOWHERE, Place, sent_form
from adapters.teams.happenings import happened, has_come
from adapters.teams.reading import (
    PLATFORM,
    UNREADABLE,
    Activity,
    account_of,
    actor_of,
    is_of_a_program,
    is_personal,
    is_unseen,
    key_of,
    mapping,
    mentions_of,
    optional,
    tenant_of,
    text_of,
    typed,
)
from bot.conversation.actions import decode
from bot.conversation.card import Form
from bot.conversation.events import Actor, Command, Event, Pressed, Submitted


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """How the bot reaches somebody. `conversation` is their own chat, "" where it is not known.

    A team has one too, without a user. `zone` and `language` are of the client that they use.
    `name` finds them again: an address, or a team's name; "" while Teams has not told it.
    `through` is why they can be reached: "" where they have the app themselves, or have written to
    the bot; else the ids of the teams that have it, with a space between.
    """

    service_url: str
    tenant: str
    bot: str
    user: str = ""  # as this bot knows them, "29:..."
    account: str = ""  # as the organisation's directory knows them
    conversation: str = ""
    zone: str = ""
    language: str = ""
    name: str = ""
    through: str = ""
    welcomed: str = ""  # "yes" once they were looked up because they added the app

    def to_json(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Reference | None:
        """What was kept; None for anything else."""
        try:
            kept = json.loads(text)
            return cls(**{name: value for name, value in kept.items() if isinstance(value, str)})
        except UNREADABLE:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The bot was added: by or for somebody, or to a team (then it is the team's reference)."""

    actor: Actor
    reference: Reference
    is_team: bool = False


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


def reference_of(payload: object) -> Reference | None:
    """How the person who acts can be reached; None where that cannot be seen."""
    try:
        activity = mapping(payload)
        client = _client_of(activity)
        return Reference(
            service_url=text_of(activity["serviceUrl"]),
            tenant=tenant_of(activity),
            bot=text_of(activity["recipient"]["id"]),
            user=text_of(activity["from"]["id"]),
            account=account_of(activity["from"]),
            zone=optional(client.get("timezone")) or optional(activity.get("localTimezone")),
            language=optional(client.get("locale")) or optional(activity.get("locale")),
            conversation=text_of(activity["conversation"]["id"]) if is_personal(activity) else "",
            through="" if is_personal(activity) else _team_of(activity),
        )
    except UNREADABLE:
        return None


def _team_of(activity: Activity) -> str:
    return optional(mapping(mapping(activity.get("channelData")).get("team")).get("id"))


def _client_of(activity: Activity) -> Mapping[str, Any]:
    """What an activity says of the client somebody uses, where it says so."""
    entities = activity.get("entities")
    found = [mapping(entity) for entity in (entities if isinstance(entities, list) else [])]
    return next((entity for entity in found if entity.get("type") == "clientInfo"), {})


def arrival_of(payload: object) -> Arrival | None:
    """The bot was added somewhere; None for everything else."""
    reference = reference_of(payload)
    if reference is None:
        return None
    activity = mapping(payload)
    try:
        if not has_come(activity):
            return None
        return _arrival(activity, reference)
    except UNREADABLE:
        return None


def _arrival(activity: Activity, told: Reference) -> Arrival | None:
    team = _team_of(activity)
    if team:
        found = Reference(
            service_url=told.service_url,
            tenant=told.tenant,
            bot=told.bot,
            account=team,
            conversation=team,
        )
        return Arrival(actor=Actor(PLATFORM, told.tenant, team), reference=found, is_team=True)
    if not told.conversation or told.user == told.bot:
        return None
    return Arrival(actor=actor_of(activity), reference=told)


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
