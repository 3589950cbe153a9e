"""A member of a conversation, as the Bot Connector service tells of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.conversation.events import Actor, Joined
from bot.conversation.gathering import Someone, Unfit

Json = Mapping[str, Any]


def user_of(member: Json) -> str:
    """By what they are known here: their id in Entra, or in this bot alone."""
    return _first(member, "aadObjectId", "objectId", "id")


def address_of(member: Json) -> str:
    """Their address; in some organisations only the name with which they sign in is one."""
    found = _first(member, "email", "userPrincipalName").lower()
    return found if "@" in found else ""


def joined(
    key: str, actor: Actor, member: Json, zone: str = "", language: str = ""
) -> Joined | None:
    """Someone who can be reached; None for whom Teams gives no address."""
    email = address_of(member)
    if not email:
        return None
    return Joined(
        key=key,
        actor=actor,
        name=_first(member, "name") or email,
        email=email,
        zone=zone or None,
        language=language or None,
    )


def someone(tenant: str, member: Json) -> Someone:
    """One of the people in a team."""
    return Someone(
        user=user_of(member),
        name=_first(member, "name") or user_of(member),
        email=address_of(member),
        unfit=_unfit(tenant, member),
    )


def _unfit(tenant: str, member: Json) -> Unfit | None:
    if _first(member, "userRole").lower() in ("bot", "agent") or user_of(member).startswith("28:"):
        return Unfit.PROGRAM
    home = _first(member, "tenantId")
    return Unfit.STRANGER if home and home != tenant else None


def _first(member: Json, *names: str) -> str:
    """The first of these that is a text with something in it."""
    for name in names:
        found = member.get(name)
        if isinstance(found, str) and found.strip():
            return found.strip()
    return ""
