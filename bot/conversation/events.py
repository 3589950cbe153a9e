"""What can happen on a platform, and what the core says in return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.conversation.actions import Action
from bot.conversation.card import Card, Form, Values


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as the platform vouches for it."""

    platform: str
    workspace: str
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Someone typed `/pulse <text>`. `key` is the same when the platform repeats itself."""

    key: str
    actor: Actor
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """Someone pressed a button of a card."""

    key: str
    actor: Actor
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """Someone sent a form."""

    key: str
    actor: Actor
    action: Action
    values: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Someone closed a form without sending it; `values` is what stood in it."""

    key: str
    actor: Actor
    action: Action
    values: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Someone can now be reached on this platform."""

    key: str
    actor: Actor
    name: str
    email: str
    zone: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Someone typed a code that makes them a facilitator; the platform says who they are."""

    key: str
    actor: Actor
    code: str
    name: str
    email: str
    zone: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Someone can no longer be reached on this platform."""

    key: str
    actor: Actor


Event = Command | Pressed | Submitted | Closed | Joined | Claimed | Left


@dataclass(frozen=True, slots=True)
class Say:
    """Tell the actor alone. Never holds an answer: a chat history can be exported."""

    card: Card


@dataclass(frozen=True, slots=True)
class Replace:
    """Put this card where the pressed button was; where there was none, say it."""

    card: Card


@dataclass(frozen=True, slots=True)
class Open:
    """Open this form."""

    form: Form


@dataclass(frozen=True, slots=True)
class FieldErrors:
    """Keep the form open and put each message at its field."""

    errors: Mapping[str, str]


Reply = Say | Replace | Open | FieldErrors
