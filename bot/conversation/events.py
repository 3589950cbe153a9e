"""What can happen on a platform, and what the core says in return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.conversation.actions import Action
from bot.conversation.card import Card, Form, Values
from bot.conversation.gathering import Gathering, NotGathered, Someone
from bot.conversation.roles import Role


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What came of a `Gather`."""

    key: str
    actor: Actor
    ask: Gather
    found: Gathering | NotGathered


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """People came into a channel or group, or went out of it. The actor is one of them, if any."""

    key: str
    actor: Actor
    source: str  # the platform's own name for it
    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shut:
    """A channel or group is not there any more, or the bot not in it."""

    key: str
    actor: Actor
    source: str  # the platform's own name for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """What came of a `Meet`: the profiles of those who came."""

    key: str
    actor: Actor
    source: str
    people: tuple[Someone, ...]


Event = (
    Command | Pressed | Submitted | Closed | Joined | Claimed | Left | Gathered | Moved | Met | Shut
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Gather:
    """Find out who is in a channel or group and come back with `Gathered`; say the card meanwhile.

    `source` is what was typed, "#ward-4" or "@nurses"; `external_id` the platform's own name for it
    where it is known from before. `team` None: nothing was said about teams.
    """

    card: Card
    source: str
    external_id: str = ""
    programme_id: str
    team: str | None = None
    role: Role = Role.PARTICIPANT


@dataclass(frozen=True, slots=True)
class Meet:
    """Find out who these are who came into a channel or group, and come back with `Met`."""

    source: str
    users: tuple[str, ...]


Shown = Say | Replace | Open | FieldErrors
Reply = Shown | Gather | Meet
