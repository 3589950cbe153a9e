"""Events that nobody types or presses: people come and go, and the app is removed."""

from __future__ import annotations

from tests.slack import payloads
from tests.slack.delivery import Ack, Delivery, Kind
from tests.slack.records import Channel, Json, Message, User, UserGroup, Workspace
from tests.slack.shapes import group_json, message_json, user_json, view_json
from tests.slack.world import World


class Happenings:
    """Changes a workspace and tells the app about it."""

    def __init__(self, world: World, workspace: Workspace, delivery: Delivery) -> None:
        self.world = world
        self.workspace = workspace
        self.delivery = delivery

    async def raw(self, inner: Json) -> Ack:
        """Any event, as it is."""
        payload = payloads.event(self.world, self.workspace, inner)
        return await self.delivery.send(Kind.EVENT, payload)

    async def app_home_opened(self, user: User, tab: str = "home") -> Ack:
        inner: Json = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": self.workspace.im(user.id).id,
            "tab": tab,
        }
        home = self.workspace.homes.get(user.id)
        if home and tab == "home":
            inner["view"] = view_json(self.workspace, home)
        return await self.raw(inner)

    def _user(self, user: User) -> Json:
        email = "users:read.email" in self.workspace.scopes
        return user_json(self.workspace, user, self.world.now(), email=email, locale=True)

    async def team_join(self, user: User) -> Ack:
        return await self.raw({"type": "team_join", "user": self._user(user)})

    async def user_change(self, user: User) -> Ack:
        """Say that a person has another name, zone or account; change the record first."""
        shape = self._user(user)
        return await self.raw({"type": "user_change", "user": shape, "cache_ts": shape["updated"]})

    async def member_joined_channel(
        self, user: User, channel: Channel, inviter: User | None = None
    ) -> Ack:
        if user.id not in channel.members:
            channel.members.append(user.id)
        inner = self._membership("member_joined_channel", user, channel)
        return await self.raw({**inner, "inviter": inviter.id} if inviter else inner)

    async def member_left_channel(self, user: User, channel: Channel) -> Ack:
        if user.id in channel.members:
            channel.members.remove(user.id)
        return await self.raw(self._membership("member_left_channel", user, channel))

    def _membership(self, kind: str, user: User, channel: Channel) -> Json:
        return {
            "type": kind,
            "user": user.id,
            "channel": channel.id,
            "channel_type": "G" if channel.is_private else "C",
            "team": self.workspace.team,
        }

    async def subteam_members_changed(self, group: UserGroup, members: list[User]) -> Ack:
        """The group has these members from now on."""
        before, after = list(group.members), [user.id for user in members]
        group.members = after
        now = int(self.world.now())
        added = [user for user in after if user not in before]
        removed = [user for user in before if user not in after]
        return await self.raw(
            {
                "type": "subteam_members_changed",
                "subteam_id": group.id,
                "team_id": self.workspace.team,
                "date_previous_update": now,
                "date_update": now,
                "added_users": added,
                "added_users_count": len(added),
                "removed_users": removed,
                "removed_users_count": len(removed),
            }
        )

    async def channel_shut(self, kind: str, channel: Channel) -> Ack:
        """`channel_archive`, `channel_deleted`, or the same of a private one (`group_...`)."""
        inner: Json = {"type": kind, "channel": channel.id}
        if kind.endswith("archive"):
            inner["user"] = next(iter(self.workspace.users))
        return await self.raw(inner)

    async def subteam_updated(self, group: UserGroup) -> Ack:
        shape = group_json(self.workspace, group)
        return await self.raw({"type": "subteam_updated", "subteam": shape})

    async def app_uninstalled(self) -> Ack:
        """From now on every call of the app is refused."""
        self.workspace.inactive = True
        return await self.raw({"type": "app_uninstalled"})

    async def tokens_revoked(self) -> Ack:
        for token in self.world.tokens.values():
            if token.team == self.workspace.team:
                token.revoked = True
        tokens = {"oauth": [], "bot": [self.workspace.bot_user]}
        return await self.raw({"type": "tokens_revoked", "tokens": tokens})

    async def message(self, user: User, text: str, channel: Channel | None = None) -> Ack:
        """A person writes, in the direct messages unless a channel is given."""
        place = channel or self.workspace.im(user.id)
        written = payloads.escaped(self.workspace, text)
        message = self.world.post(self.workspace, place.id, written, [], user=user.id)
        return await self.echo(message)

    async def echo(self, message: Message) -> Ack:
        """Tell the app of a message; Slack tells it of its own messages too."""
        channel = self.workspace.channels[message.channel]
        kind = "im" if channel.is_im else "group" if channel.is_private else "channel"
        shape = message_json(self.workspace, message)
        return await self.raw({**shape, "channel": channel.id, "channel_type": kind})

    async def app_rate_limited(self) -> Ack:
        """The app has had its 30,000 events of this hour; this comes without an envelope."""
        payload = {
            "token": payloads.OLD_TOKEN,
            "type": "app_rate_limited",
            "team_id": self.workspace.team,
            "minute_rate_limited": int(self.world.now()) // 60 * 60,
            "api_app_id": self.workspace.app_id,
        }
        return await self.delivery.send(Kind.EVENT, payload)
