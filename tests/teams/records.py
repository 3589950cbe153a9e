"""What stands in our stand-in for Microsoft's servers, as plain records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]

CARD = "application/vnd.microsoft.card.adaptive"
Kind = Literal["personal", "channel", "groupChat"]
# How Teams words a refusal is documented in more than one way: see `World.refusals`.
Refusal = Literal["blocked", "uninstalled", "not in roster"]


@dataclass
class User:
    """A person of a tenant: `id` is what bots call them, `aad` what Entra does."""

    id: str
    aad: str
    name: str
    email: str
    upn: str
    zone: str = "Europe/London"
    locale: str = "en-GB"
    is_guest: bool = False
    role: str = ""  # where it is not that of a guest or a user
    home: str = ""  # the tenant that they are of, where it is another one
    is_gone: bool = False  # the account was deleted

    @property
    def given_name(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def surname(self) -> str:
        return self.name.partition(" ")[2]


@dataclass
class Message:
    """One message; `sender` is a user's id, or the bot's. `local` is what somebody's client shows
    instead, since the bot said so in answer to a press; an update takes it away."""

    id: str
    conversation: str
    sender: str
    body: Json
    edited: int = 0
    local: dict[str, Json] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return str(self.body.get("text") or "")

    @property
    def cards(self) -> list[Json]:
        return cards_of(self.body)

    def seen_by(self, user: str) -> list[Json]:
        """The cards as this person's client shows them."""
        return [self.local[user]] if user in self.local else self.cards


def cards_of(body: Json) -> list[Any]:
    """The Adaptive Cards that are attached, whatever they are."""
    attached = body.get("attachments") or []
    return [each.get("content") for each in attached if each.get("contentType") == CARD]


@dataclass
class Conversation:
    """A personal chat (of `user`), a channel (of `team`) or a group chat (of `members`)."""

    id: str
    kind: Kind
    tenant: str
    name: str | None = None
    user: str = ""
    team: str = ""
    members: list[str] = field(default_factory=list)
    has_app: bool = False  # of a group chat
    messages: list[Message] = field(default_factory=list)

    def message(self, message_id: str) -> Message | None:
        return next((message for message in self.messages if message.id == message_id), None)


@dataclass
class Team:
    """`id` is that of its General channel too; `channels` are conversations."""

    id: str
    aad_group: str
    name: str
    members: list[str] = field(default_factory=list)
    channels: list[Conversation] = field(default_factory=list)
    has_app: bool = False
    is_archived: bool = False
    is_deleted: bool = False


@dataclass
class AccessToken:
    """What lets the app in at the service ("connector") or at Graph ("graph")."""

    value: str
    audience: Literal["connector", "graph"]
    tenant: str
    expires_at: float


@dataclass
class Call:
    """One request that the app made; `status` and `answer` are what it got."""

    method: str
    arguments: Json
    tenant: str
    at: float
    number: int
    status: int = 0
    answer: Json = field(default_factory=dict)


@dataclass
class Tenant:
    """One organisation. `consented` says whether Graph may install the app for people."""

    id: str
    name: str
    domain: str
    fresh_guid: Callable[[], str]
    fresh_pairwise: Callable[[], str]
    fresh_thread: Callable[[], str]
    consented: bool = True
    users: dict[str, User] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    # By user: who has the app, who ever had it, and who blocks it.
    installed: set[str] = field(default_factory=set)
    greeted: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)

    def add_user(self, name: str, **more: Any) -> User:
        """Somebody new; the addresses are made from the name unless given."""
        local = name.lower().replace(" ", ".")
        email = more.pop("email", None)
        upn = more.pop("upn", None)
        user = User(
            id=self.fresh_pairwise(),
            aad=self.fresh_guid(),
            name=name,
            email=f"{local}@{self.domain}" if email is None else email,
            upn=upn or email or f"{local}@{self.domain}",
            **more,
        )
        self.users[user.id] = user
        return user

    def add_team(self, name: str, members: list[User], *, has_app: bool = False) -> Team:
        """A team with its General channel, whose name Teams never tells."""
        team = Team(
            self.fresh_thread(),
            self.fresh_guid(),
            name,
            [user.id for user in members],
            has_app=has_app,
        )
        self.teams[team.id] = team
        self._add_channel(team, Conversation(team.id, "channel", self.id, team=team.id))
        return team

    def add_channel(self, team: Team, name: str) -> Conversation:
        made = Conversation(self.fresh_thread(), "channel", self.id, name, team=team.id)
        return self._add_channel(team, made)

    def _add_channel(self, team: Team, channel: Conversation) -> Conversation:
        team.channels.append(channel)
        self.conversations[channel.id] = channel
        return channel

    def add_group_chat(self, members: list[User], *, has_app: bool = True) -> Conversation:
        ids = [user.id for user in members]
        made = Conversation(self.fresh_thread(), "groupChat", self.id, members=ids, has_app=has_app)
        self.conversations[made.id] = made
        return made

    def find_user(self, name: str) -> User | None:
        """By what bots call them, by what Entra does, or by user principal name."""
        for user in self.users.values():
            if name in (user.id, user.aad) or name.lower() == user.upn.lower():
                return None if user.is_gone else user
        return None

    def reaches(self, user: str) -> bool:
        """Whether the app may write to this person: it is theirs, or in a team of theirs."""
        teams = (team for team in self.teams.values() if team.has_app and not team.is_deleted)
        return user in self.installed or any(user in team.members for team in teams)

    def members_of(self, conversation: Conversation) -> list[User]:
        match conversation.kind:
            case "personal":
                ids = [conversation.user]
            case "channel":
                ids = self.teams[conversation.team].members
            case _:
                ids = conversation.members
        return [self.users[each] for each in ids if not self.users[each].is_gone]
