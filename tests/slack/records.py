"""What stands in our stand-in for Slack, as plain records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

SLACKBOT = "USLACKBOT"
# What the app may do unless a test grants less.
ALL_SCOPES = frozenset(
    "channels:history channels:read chat:write commands files:read files:write groups:history "
    "groups:read im:history im:read im:write team:read usergroups:read users.profile:read "
    "users:read users:read.email".split()
)


@dataclass
class User:
    id: str
    name: str
    real_name: str
    email: str
    tz: str = "Europe/London"
    locale: str = "en-GB"
    deleted: bool = False
    is_bot: bool = False
    is_guest: bool = False


@dataclass
class Message:
    """One message; with `only_for` an ephemeral one, which only that person sees."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json]
    bot_id: str = ""
    metadata: Json | None = None
    edited: str = ""
    only_for: str = ""
    thread_ts: str = ""
    files: list[Json] = field(default_factory=list)


@dataclass
class Channel:
    """A channel, or with `user` the app's direct messages with that person."""

    id: str
    name: str
    members: list[str] = field(default_factory=list)
    user: str = ""
    is_private: bool = False
    is_archived: bool = False
    messages: list[Message] = field(default_factory=list)

    @property
    def is_im(self) -> bool:
        return bool(self.user)

    def message(self, ts: str) -> Message | None:
        return next((message for message in self.messages if message.ts == ts), None)


@dataclass
class UserGroup:
    id: str
    handle: str
    name: str
    members: list[str] = field(default_factory=list)
    disabled: bool = False


@dataclass
class View:
    """A form or a home tab. `values` is what the person has entered: block, action, state."""

    id: str
    user: str
    body: Json
    hash: str
    root: str
    previous: str = ""
    values: dict[str, dict[str, Json]] = field(default_factory=dict)

    @property
    def external_id(self) -> str:
        return str(self.body.get("external_id") or "")


@dataclass
class File:
    id: str
    name: str
    owner: str
    length: int
    made_at: float
    data: bytes | None = None
    title: str = ""
    complete: bool = False
    channels: list[str] = field(default_factory=list)


@dataclass
class Token:
    value: str
    team: str
    expires_at: float | None = None
    refresh: str = ""
    refreshed: bool = False
    revoked: bool = False


@dataclass
class Code:
    """What a person who installs the app brings back to it."""

    value: str
    team: str
    user: str
    redirect_uri: str
    made_at: float
    used: bool = False


@dataclass
class Trigger:
    id: str
    team: str
    user: str
    made_at: float
    in_view: bool = False
    used: bool = False


@dataclass
class ResponseUrl:
    """Where the app may answer one interaction; `original` is the message that was pressed."""

    id: str
    team: str
    user: str
    channel: str
    made_at: float
    original: Message | None = None
    uses: int = 0


@dataclass
class Call:
    """One request that the app made; `answer` is what it got."""

    method: str
    arguments: Json
    team: str
    at: float
    number: int
    answer: Json = field(default_factory=dict)


@dataclass
class Workspace:
    """One workspace with the app in it. With `org_install` the app belongs to its enterprise."""

    team: str
    name: str
    domain: str
    app_id: str
    bot_user: str
    bot_id: str
    fresh: Callable[[str], str]
    scopes: set[str] = field(default_factory=lambda: set(ALL_SCOPES))
    enterprise: str = ""
    enterprise_name: str = ""
    org_install: bool = False
    inactive: bool = False
    token: str = ""
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    groups: dict[str, UserGroup] = field(default_factory=dict)
    ephemerals: list[Message] = field(default_factory=list)
    views: dict[str, list[View]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)

    def add_user(self, real_name: str, **more: Any) -> User:
        """Somebody new; name and address are made from the real name unless given."""
        name = more.pop("name", "") or real_name.lower().replace(" ", ".")
        email = more.pop("email", None)
        address = f"{name}@example.org" if email is None else email
        user = User(self.fresh("U"), name, real_name, address, **more)
        self.users[user.id] = user
        return user

    def add_channel(self, name: str, members: list[User], **more: Any) -> Channel:
        """A channel with these people; the app is in it only if its user is among them."""
        channel = Channel(self.fresh("C"), name, [user.id for user in members], **more)
        self.channels[channel.id] = channel
        return channel

    def add_group(self, handle: str, members: list[User]) -> UserGroup:
        group = UserGroup(self.fresh("S"), handle, handle.title(), [user.id for user in members])
        self.groups[group.id] = group
        return group

    def im(self, user: str) -> Channel:
        """The app's direct messages with a person, opened if they were not."""
        for channel in self.channels.values():
            if channel.user == user:
                return channel
        channel = Channel(self.fresh("D"), "directmessage", [user, self.bot_user], user=user)
        self.channels[channel.id] = channel
        return channel

    def view(self, view_id: str = "", external_id: str = "") -> View | None:
        """An open form or a home tab, by one of its ids."""
        standing = [view for stack in self.views.values() for view in stack]
        for view in (*standing, *self.homes.values()):
            if (view_id and view.id == view_id) or (
                external_id and view.external_id == external_id
            ):
                return view
        return None
