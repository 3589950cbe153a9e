"""What Slack sent, as an event of the conversation, and where its answer can go."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from adapters.slack.forms import FORM, values_of
from adapters.slack.limits import MAX_METADATA
from bot.conversation.actions import Action, decode, encode
from bot.conversation.events import (
    Actor,
    Closed,
    Command,
    Event,
    Joined,
    Left,
    Moved,
    Pressed,
    Shut,
    Submitted,
)
from bot.conversation.gathering import Someone, Unfit

PLATFORM = "slack"
SLACKBOT = "USLACKBOT"
HOME = "home"  # the command whose card is the Home tab

Json = Mapping[str, Any]


class Surface(StrEnum):
    """Where somebody acted."""

    COMMAND = "command"
    CHAT = "chat"  # typed to the bot in a direct message
    MESSAGE = "message"
    DIALOG = "dialog"  # a card that is shown as a modal
    FORM = "form"
    HOME = "home"
    NONE = "none"  # an event that nobody waits for


_EVENT_SURFACES = {"app_home_opened": Surface.HOME, "message": Surface.CHAT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A message: by its `response_url` for half an hour, by channel and time for ever.

    An ephemeral message (`fleeting`) has only the first. `since` is in seconds since 1970.
    """

    response_url: str = ""
    channel: str = ""
    ts: str = ""
    fleeting: bool = False
    since: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an event came from, and so where its replies go."""

    surface: Surface
    user: str
    trigger_id: str = ""
    view_id: str = ""
    place: Place = Place()
    fields: tuple[str, ...] = ()  # of the form that was sent
    team: str = ""
    # The ids of the channels and groups in a typed line, by what people see of them.
    mentions: Mapping[str, str] = field(default_factory=dict)


def parse(payload: object) -> Event | None:
    """The event in a payload; None for anything that means nothing to us.

    Payloads are those of slash commands (the fields of the request), interactions (the JSON in
    `payload`) and events (the JSON of the request).
    """
    if not isinstance(payload, Mapping):
        return None
    try:
        return _event(payload)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return None  # not the shape that Slack documents


def origin_of(payload: Json) -> Origin:
    """Where the replies to an event of this payload can go. Only for what `parse` understood."""
    kind = payload.get("type")
    trigger = str(payload.get("trigger_id") or "")
    if kind is None:
        place = Place(response_url=str(payload.get("response_url") or ""), fleeting=True)
        return Origin(
            surface=Surface.COMMAND,
            user=payload["user_id"],
            trigger_id=trigger,
            place=place,
            team=str(payload.get("team_id") or ""),
            mentions=_mentions(payload["text"]),
        )
    if kind == "event_callback":
        event = payload["event"]
        surface = _EVENT_SURFACES.get(event["type"], Surface.NONE)
        user = event.get("user", "")  # a user group changes without one
        return Origin(
            surface=surface,
            user=user if isinstance(user, str) else user["id"],
            team=str(payload.get("team_id") or ""),
            mentions=_mentions(event["text"]) if surface is Surface.CHAT else {},
        )
    user = payload["user"]["id"]
    team = str((payload.get("team") or {}).get("id") or payload["user"].get("team_id") or "")
    view = payload.get("view")
    if not isinstance(view, Mapping):
        return Origin(
            surface=Surface.MESSAGE,
            user=user,
            trigger_id=trigger,
            place=_message(payload),
            team=team,
        )
    place = _metadata(view)[1]
    if kind in ("view_submission", "view_closed"):
        surface = Surface.FORM
    else:
        surface = Surface.HOME if view["type"] == "home" else Surface.DIALOG
    return Origin(
        surface=surface,
        user=user,
        trigger_id=trigger,
        view_id=view["id"],
        place=place,
        fields=tuple(block["block_id"] for block in view["blocks"] if block["type"] == "input"),
        team=team,
    )


def metadata(action: Action | None, place: Place) -> str:
    """What a modal carries so that it knows what it means and which message it came from."""
    kept = {
        "do": encode(action) if action else "",
        "url": place.response_url,
        "channel": place.channel,
        "ts": place.ts,
        "fleeting": place.fleeting,
        "since": place.since,
    }
    text = json.dumps({name: value for name, value in kept.items() if value})
    # Only a response_url has no bound of its own; a message can be found without it.
    if len(text) > MAX_METADATA:
        text = json.dumps({name: kept[name] for name in ("do", "channel", "ts") if kept[name]})
    return text


def _event(payload: Json) -> Event | None:
    match payload.get("type"):
        case None:
            return _command(payload)
        case "block_actions":
            action = decode(payload["actions"][0]["value"])
            if action is None:
                return None
            return Pressed(key=_key(payload), actor=_actor(payload), action=action)
        case "view_submission" | "view_closed" as kind:
            return _form(payload, kind)
        case "event_callback":
            return _happened(payload, payload["event"])
        case _:
            return None


def _command(payload: Json) -> Command | None:
    text, trigger, user = payload["text"], payload["trigger_id"], payload["user_id"]
    if not all(isinstance(each, str) for each in (text, trigger, user, payload["command"])):
        return None
    workspace = _workspace(
        payload["team_id"], payload.get("enterprise_id"), payload.get("is_enterprise_install")
    )
    actor = Actor(PLATFORM, workspace, user)
    return Command(key=f"{PLATFORM}:{workspace}:{trigger}", actor=actor, text=_readable(text))


def _form(payload: Json, kind: str) -> Submitted | Closed | None:
    view = payload["view"]
    action = decode(_metadata(view)[0])
    values = values_of(view)
    if view["callback_id"] != FORM or action is None or values is None:
        return None
    event = Submitted if kind == "view_submission" else Closed
    return event(key=_key(payload), actor=_actor(payload), action=action, values=values)


def workspace_of(payload: Json) -> str:
    """The installation that an event is about. Raises TypeError and LookupError for none."""
    grant = (payload.get("authorizations") or [payload])[0]
    return _workspace(
        grant.get("team_id") or payload.get("team_id"),
        grant.get("enterprise_id"),
        grant.get("is_enterprise_install"),
    )


def _happened(payload: Json, event: Json) -> Event | None:
    workspace = workspace_of(payload)
    key = f"{PLATFORM}:{payload['event_id']}"
    match event["type"]:
        case "app_home_opened" if event.get("tab") == "home":
            actor = Actor(PLATFORM, workspace, event["user"])
            return Command(key=key, actor=actor, text=HOME)
        case "message" if event.get("channel_type") == "im" and not _made_by_a_program(event):
            actor = Actor(PLATFORM, workspace, event["user"])
            return Command(key=key, actor=actor, text=_readable(event["text"]))
        case "team_join" | "user_change":
            return _person(key, workspace, event["user"])
        case "member_left_channel" if event["user"] == _bot_of(payload):
            return _shut(key, workspace, event["channel"])
        case "member_joined_channel" | "member_left_channel" as kind:
            one = [event["user"]]
            came, went = (one, []) if kind == "member_joined_channel" else ([], one)
            return _moved(key, workspace, event["channel"], came, went)
        case "channel_archive" | "channel_deleted" | "group_archive" | "group_deleted":
            return _shut(key, workspace, event["channel"])
        case "subteam_updated" if event["subteam"].get("date_delete"):
            return _shut(key, workspace, event["subteam"]["id"])
        case "subteam_members_changed":
            came, went = event.get("added_users") or [], event.get("removed_users") or []
            return _moved(key, workspace, event["subteam_id"], came, went)
        case _:
            return None


def _moved(
    key: str, workspace: str, source: str, came: Sequence[str], went: Sequence[str]
) -> Moved:
    if not all(isinstance(each, str) for each in (source, *came, *went)):
        raise TypeError("a channel or user without an id")
    actor = Actor(PLATFORM, workspace, next(iter((*came, *went)), ""))
    return Moved(key=key, actor=actor, source=source, came=tuple(came), went=tuple(went))


def _shut(key: str, workspace: str, source: object) -> Shut:
    if not isinstance(source, str):
        raise TypeError("a channel without an id")
    return Shut(key=key, actor=Actor(PLATFORM, workspace, ""), source=source)


def _bot_of(payload: Json) -> object:
    """The bot's own account, as far as the event says for whom it is."""
    grant = (payload.get("authorizations") or [{}])[0]
    return grant.get("user_id") if grant.get("is_bot") else None


def _person(key: str, workspace: str, user: Json) -> Joined | Left | None:
    actor = Actor(PLATFORM, workspace, user["id"])
    if user.get("deleted"):
        return Left(key=key, actor=actor)
    return joined(key, actor, user)


def joined(key: str, actor: Actor, user: Json) -> Joined | None:
    """A user object of Slack as someone who can be reached; None for a program or no address."""
    profile = user.get("profile") or {}
    email = profile.get("email")
    if not email or user.get("is_bot"):
        return None
    return Joined(
        key=key,
        actor=actor,
        name=_name(user) or email,
        email=email,
        zone=user.get("tz"),
        language=user.get("locale"),
    )


def someone(workspace: str, user: Json) -> Someone:
    """A user object of Slack as one of the people in a channel of this workspace."""
    return Someone(
        user=user["id"],
        name=_name(user) or user["id"],
        email=(user.get("profile") or {}).get("email") or "",
        zone=user.get("tz"),
        language=user.get("locale"),
        unfit=_unfit(workspace, user),
    )


def _name(user: Json) -> str:
    profile = user.get("profile") or {}
    return str(profile.get("real_name") or user.get("real_name") or user.get("name") or "")


def _unfit(workspace: str, user: Json) -> Unfit | None:
    if user.get("is_bot") or user["id"] == SLACKBOT:
        return Unfit.PROGRAM
    if user.get("deleted"):
        return Unfit.SWITCHED_OFF
    return Unfit.STRANGER if _is_foreign(workspace, user) else None


def _is_foreign(workspace: str, user: Json) -> bool:
    """Channels can be shared with another organisation."""
    enterprise = (user.get("enterprise_user") or {}).get("enterprise_id")
    if enterprise:  # whose teams share their people, whichever of them the app is installed in
        return workspace.startswith("E") and enterprise != workspace
    return bool(user.get("is_stranger")) or user.get("team_id", workspace) != workspace


def _made_by_a_program(event: Json) -> bool:
    return bool(event.get("bot_id") or event.get("subtype"))


def _actor(payload: Json) -> Actor:
    user = payload["user"]
    team = payload.get("team") or {}
    enterprise = payload.get("enterprise") or {}
    workspace = _workspace(
        team.get("id") or user.get("team_id"),
        enterprise.get("id"),
        payload.get("is_enterprise_install"),
    )
    if not isinstance(user["id"], str):
        raise TypeError("a user without an id")
    return Actor(PLATFORM, workspace, user["id"])


def _workspace(team: object, enterprise: object, for_all_of_it: object) -> str:
    """One team, or the whole enterprise where the app was installed for all of its teams."""
    # Slash commands are forms, so everything in them is text.
    whole = for_all_of_it in (True, "true")
    found = enterprise if whole else team
    if not isinstance(found, str) or not found:
        raise TypeError("a payload of no workspace")
    return found


def _key(payload: Json) -> str:
    """The same when Slack repeats itself. Nothing but a time of its own names a closed form."""
    view = payload.get("view")
    mark = payload.get("trigger_id")
    if not mark and isinstance(view, Mapping):
        mark = f"{view['id']}:{view.get('hash', '')}"
    return f"{PLATFORM}:{payload['user']['id']}:{mark}"


def _message(payload: Json) -> Place:
    container = payload["container"]
    return Place(
        response_url=payload.get("response_url", ""),
        channel=container.get("channel_id", ""),
        ts=container.get("message_ts", ""),
        fleeting=bool(container.get("is_ephemeral")),
        since=float(payload["actions"][0].get("action_ts") or 0),
    )


def _metadata(view: Json) -> tuple[str, Place]:
    """The action of a modal, and the message that it came from."""
    try:
        kept = json.loads(view.get("private_metadata") or "{}")
    except json.JSONDecodeError:
        kept = {}
    place = Place(
        response_url=str(kept.get("url", "")),
        channel=str(kept.get("channel", "")),
        ts=str(kept.get("ts", "")),
        fleeting=bool(kept.get("fleeting")),
        since=float(kept.get("since", 0)),
    )
    return str(kept.get("do", "")), place


_SUBTEAM = "!subteam^"
_MENTION = re.compile(r"<(?:#|!subteam\^)(\w+)(?:\|[^<>]*)?>")


def _mentions(text: str) -> dict[str, str]:
    return {_readable(found[0]).casefold(): found[1] for found in _MENTION.finditer(text)}


def _readable(text: str) -> str:
    """A typed line as it was typed: Slack escapes three signs, and wraps what it recognises.

    `<mailto:a@b.org|a@b.org>` and `<https://b.org|b.org>` become their label, and so do people
    (`<@U1|sam>`). Channels and groups keep their sign: `<#C1|ward-4>`, `<!subteam^S1|@nurses>`.
    """
    parts: list[str] = []
    for piece in text.split("<"):
        inside, closed, after = piece.partition(">")
        if not parts or not closed:
            parts.append(piece if not parts else f"<{piece}")
            continue
        target, _, label = inside.partition("|")
        if target.startswith("#"):
            label = f"#{label.removeprefix('#') or target[1:]}"
        elif target.startswith(_SUBTEAM):
            label = f"@{label.removeprefix('@') or target.removeprefix(_SUBTEAM)}"
        parts.append((label or target.removeprefix("mailto:")) + after)
    joined_up = "".join(parts)
    return joined_up.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()
