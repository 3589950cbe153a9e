"""Events that nobody types or presses: the app is installed and removed, people come and go."""

from __future__ import annotations

from tests.teams.delivery import Answer, Delivery
from tests.teams.payloads import Place, event
from tests.teams.records import Conversation, Json, Team, Tenant, User
from tests.teams.world import World


class Happenings:
    """Changes a tenant and tells the app about it.

    `sent` holds every event, oldest first, so that a test can deliver it again, or out of order.
    With `mute` nothing is delivered: what the app would have heard only stands in `sent`.
    """

    def __init__(self, world: World, tenant: Tenant, delivery: Delivery) -> None:
        self.world = world
        self.tenant = tenant
        self.delivery = delivery
        self.mute = False
        self.sent: list[Json] = []

    async def tell(self, *events: Json) -> list[Answer]:
        """Deliver these, one after the other."""
        self.sent += events
        return [] if self.mute else [await self.delivery.send(each) for each in events]

    async def again(self, *numbers: int) -> list[Answer]:
        """Deliver events of before once more: all, or these in this order."""
        chosen = [self.sent[number] for number in numbers] if numbers else list(self.sent)
        return [await self.delivery.send(each) for each in chosen]

    async def install(self, user: User) -> None:
        """The person has the app in their chats."""
        self.tenant.installed.add(user.id)
        self.tenant.blocked.discard(user.id)
        chat = self.world.chat(self.tenant, user)
        events = [self._installation(chat, user, "add")]
        if user.id not in self.tenant.greeted:
            # For a personal chat it comes only once, even if the app is removed and comes back.
            self.tenant.greeted.add(user.id)
            members = [{"id": self.world.bot_id}, {"id": user.id, "aadObjectId": user.aad}]
            events.insert(0, self._update(chat, user, {"membersAdded": members}))
        await self.tell(*events)

    async def uninstall(self, user: User) -> None:
        """The person removes the app."""
        self.tenant.installed.discard(user.id)
        chat = self.world.chat(self.tenant, user)
        await self.tell(self._installation(chat, user, "remove"))

    def _installation(
        self, place: Conversation, by: User, action: str, team: Team | None = None
    ) -> Json:
        made = event(self._place(place, by), "installationUpdate", {}, team)
        made |= {
            "action": action,
            "locale": by.locale,
            "entities": [{"type": "clientInfo", "locale": by.locale}],
        }
        made["channelData"]["source"] = {"name": "message"}
        if team:
            made["channelData"]["settings"] = {"selectedChannel": {"id": place.id}}
            made["channelData"]["channel"] = {"id": place.id}
        return made

    def _update(
        self,
        place: Conversation,
        by: User,
        more: Json,
        team: Team | None = None,
        event_type: str = "",
    ) -> Json:
        kind = "conversationUpdate"
        return event(self._place(place, by), kind, more, team, event_type)

    def _place(self, conversation: Conversation, by: User) -> Place:
        return Place(self.world, self.tenant, conversation, by)

    def _general(self, team: Team) -> Conversation:
        return self.tenant.conversations[team.id]

    async def install_in_team(self, team: Team, by: User) -> None:
        """An owner puts the app into a team."""
        team.has_app = True
        general = self._general(team)
        added = {"membersAdded": [{"id": self.world.bot_id}]}
        await self.tell(
            self._update(general, by, added, team, "teamMemberAdded"),
            self._installation(general, by, "add", team),
        )

    async def uninstall_in_team(self, team: Team, by: User) -> None:
        team.has_app = False
        general = self._general(team)
        removed = {"membersRemoved": [{"id": self.world.bot_id}]}
        await self.tell(
            self._update(general, by, removed, team, "teamMemberRemoved"),
            self._installation(general, by, "remove", team),
        )

    async def come(self, team: Team, *users: User) -> None:
        """People come into a team; the first of them is said to have done it."""
        team.members += [user.id for user in users if user.id not in team.members]
        await self._moved(team, "membersAdded", "teamMemberAdded", users)

    async def go(self, team: Team, *users: User) -> None:
        gone = {user.id for user in users}
        team.members[:] = [each for each in team.members if each not in gone]
        await self._moved(team, "membersRemoved", "teamMemberRemoved", users)

    async def _moved(self, team: Team, name: str, kind: str, users: tuple[User, ...]) -> None:
        if not team.has_app:
            return
        people = [{"id": user.id, "aadObjectId": user.aad} for user in users]
        await self.tell(self._update(self._general(team), users[0], {name: people}, team, kind))

    async def rename(self, team: Team, name: str, by: User) -> None:
        team.name = name
        await self._changed(team, by, "teamRenamed")

    async def archive(self, team: Team, by: User) -> None:
        team.is_archived = True
        await self._changed(team, by, "teamArchived")

    async def unarchive(self, team: Team, by: User) -> None:
        team.is_archived = False
        await self._changed(team, by, "teamUnarchived")

    async def delete(self, team: Team, by: User) -> None:
        team.is_deleted = True
        await self._changed(team, by, "teamDeleted")

    async def _changed(self, team: Team, by: User, kind: str) -> None:
        if team.has_app:
            await self.tell(self._update(self._general(team), by, {}, team, kind))

    async def channel(self, channel: Conversation, by: User, kind: str = "channelCreated") -> None:
        """A channel is created (`tenant.add_channel` first), renamed or deleted."""
        team = self.tenant.teams[channel.team]
        if kind == "channelDeleted":
            team.channels.remove(channel)
            del self.tenant.conversations[channel.id]
        made = self._update(self._general(team), by, {}, team, kind)
        made["channelData"]["channel"] = {"id": channel.id, "name": channel.name}
        await self.tell(made)

    async def react(self, user: User, message: str) -> None:
        """Somebody likes a message."""
        chat = self.world.chat(self.tenant, user)
        more = {"reactionsAdded": [{"type": "like"}], "replyToId": message}
        await self.tell(event(self._place(chat, user), "messageReaction", more))
