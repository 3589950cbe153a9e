"""People who come and go, in teams and in their own chats with the bot."""

from __future__ import annotations

from adapters.teams.reading import (
    PLATFORM,
    Activity,
    account_of,
    actor_of,
    bot_of,
    is_of_a_program,
    is_personal,
    key_of,
    mapping,
    optional,
    tenant_of,
)
from bot.conversation.events import Actor, Event, Left, Moved, Shut

_SHUT = ("teamArchived", "teamDeleted", "teamHardDeleted")
# Its name, or who is in it, may be another one now.
_CHANGED = ("teamRenamed", "teamRestored", "teamUnarchived")


def happened(activity: Activity) -> Event | None:
    """Who went, in an activity that nobody waits for. Who can be reached newly is an arrival."""
    about = mapping(activity.get("channelData"))
    team = optional(mapping(about.get("team")).get("id"))
    if activity["type"] == "installationUpdate":
        removed = activity.get("action") == "remove"
        return _gone(activity, team) if removed else None
    came, went = _members(activity, "membersAdded"), _members(activity, "membersRemoved")
    if bot_of(activity) in went:
        return _gone(activity, team)
    if not team:
        return None
    match about.get("eventType"):
        case str(kind) if kind in _SHUT:
            return _shut(activity, team)
        case "teamMemberAdded" | "teamMemberRemoved":
            return _moved(activity, team, came, went)
        case _:
            return None


def has_come(activity: Activity) -> bool:
    """Whether this says that the bot is newly there, or in a team that is to be looked at anew."""
    if activity.get("type") == "installationUpdate":
        return activity.get("action") in ("add", "add-upgrade")
    if activity.get("type") != "conversationUpdate":
        return False
    changed = mapping(activity.get("channelData")).get("eventType") in _CHANGED
    return changed or bot_of(activity) in _members(activity, "membersAdded")


def _members(activity: Activity, name: str) -> dict[str, str]:
    """Accounts by the ids under which the bot knows them."""
    return {
        optional(mapping(member).get("id")): account_of(member)
        for member in activity.get(name) or []
    }


def _gone(activity: Activity, team: str) -> Shut | Left | None:
    """The bot is not there any more."""
    if team:
        return _shut(activity, team)
    if not is_personal(activity) or is_of_a_program(activity):
        return None
    return Left(key=key_of(activity), actor=actor_of(activity))


def _shut(activity: Activity, team: str) -> Shut:
    """Teams tells of it twice, as two things that happened: within an hour they are one."""
    actor = Actor(PLATFORM, tenant_of(activity), "")
    hour = optional(activity.get("timestamp"))[: len("2026-06-08T10")]
    key = f"{PLATFORM}:{team}:shut:{hour}" if hour else key_of(activity)
    return Shut(key=key, actor=actor, source=team)


def _moved(
    activity: Activity, team: str, came: dict[str, str], went: dict[str, str]
) -> Moved | None:
    bot = bot_of(activity)
    joined = tuple(account for id_, account in came.items() if id_ != bot)
    left = tuple(account for id_, account in went.items() if id_ != bot)
    if not joined and not left:
        return None
    actor = Actor(PLATFORM, tenant_of(activity), (*joined, *left)[0])
    return Moved(key=key_of(activity), actor=actor, source=team, came=joined, went=left)
