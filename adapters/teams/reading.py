"""What every activity says: who acts, in which organisation, and in what kind of conversation.

Raises KeyError, TypeError, ValueError and the like for what has not the shape of an activity.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from bot.conversation.events import Actor

PLATFORM = "teams"
Activity = Mapping[str, Any]

# What the reading of JSON that is no activity raises.
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError)

_AT = re.compile(r"<at\b[^<>]*>(.*?)</at>", re.DOTALL)


def text_of(value: object) -> str:
    """A text that must be there."""
    if not isinstance(value, str) or not value:
        raise TypeError("a text is missing")
    return value


def mapping(value: object) -> Mapping[str, Any]:
    """An object that may be left out."""
    return value if isinstance(value, dict) else {}


def optional(value: object) -> str:
    """A text that may be left out."""
    return value if isinstance(value, str) else ""


def key_of(activity: Activity) -> str:
    """The same when Teams repeats itself. Ids are moments: two chats may have the same one."""
    conversation = text_of(mapping(activity["conversation"]).get("id"))
    return f"{PLATFORM}:{conversation}:{text_of(activity['id'])}"


def tenant_of(activity: Activity) -> str:
    """The organisation's Microsoft Entra tenant."""
    tenant = mapping(mapping(activity.get("channelData")).get("tenant"))
    return text_of(mapping(activity["conversation"]).get("tenantId") or tenant.get("id"))


def account_of(person: object) -> str:
    """Who it is: the id of the organisation's directory, which is the same everywhere."""
    return text_of(mapping(person).get("aadObjectId") or mapping(person).get("id"))


def actor_of(activity: Activity) -> Actor:
    """Who acts, as the service vouches for it."""
    return Actor(PLATFORM, tenant_of(activity), account_of(activity["from"]))


def bot_of(activity: Activity) -> str:
    """The bot's own account."""
    return optional(mapping(activity.get("recipient")).get("id"))


def is_personal(activity: Activity) -> bool:
    """Whether this is a chat of one person with the bot. Not every activity says so."""
    conversation = mapping(activity["conversation"])
    kind = conversation.get("conversationType")
    if isinstance(kind, str):
        return kind == "personal"
    in_team = bool(mapping(mapping(activity.get("channelData")).get("team")))
    # A chat with the bot alone is "a:..."; all that several people see is "19:...".
    room = optional(conversation.get("id")).startswith("19:")
    return not (conversation.get("isGroup") is True or in_team or room)


def is_unseen(activity: Activity) -> bool:
    """Whether this was typed where others are, but only the bot was shown it (a slash command)."""
    return mapping(activity.get("recipient")).get("isTargeted") is True


def is_of_a_program(activity: Activity) -> bool:
    """Whether the bot itself, or another program, said this."""
    sender = mapping(activity["from"])
    return sender.get("role") in ("bot", "skill") or sender.get("id") == bot_of(activity)


# --- a typed line ----------------------------------------------------------------------------


def typed(activity: Activity) -> str:
    """A line as it was typed: without the bot's name, and other mentions by their names."""
    text = activity["text"]
    if not isinstance(text, str):
        raise TypeError("a message without words")
    called = [entity for entity in _mentions(activity) if _mentioned(entity) == bot_of(activity)]
    for entity in called:
        text = text.replace(text_of(entity["text"]), " ")
    if not called and not is_personal(activity):  # a room is only heard where the bot is named
        text = _AT.sub(" ", text, count=1)
    return unescape(_AT.sub(r"\1", text)).strip()


def mentions_of(activity: Activity) -> dict[str, str]:
    """The ids of what is mentioned beside the bot, by what people see of it."""
    found: dict[str, str] = {}
    for entity in _mentions(activity):
        label = _AT.fullmatch(optional(entity.get("text")).strip())
        if label and _mentioned(entity) != bot_of(activity):
            found[unescape(label[1]).strip().casefold()] = _mentioned(entity)
    return found


def _mentions(activity: Activity) -> list[Mapping[str, Any]]:
    entities = activity.get("entities")
    found = [mapping(entity) for entity in (entities if isinstance(entities, list) else [])]
    return [entity for entity in found if entity.get("type") == "mention"]


def _mentioned(entity: Mapping[str, Any]) -> str:
    return optional(mapping(entity.get("mentioned")).get("id"))
