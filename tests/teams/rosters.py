"""The methods that tell who is in a conversation, and what a team is."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from tests.teams.calling import BotError, Request
from tests.teams.conversations import Answer
from tests.teams.records import Json, Team, Tenant, User
from tests.teams.world import World


def member_json(world: World, tenant: Tenant, user: User) -> Json:
    """A person as the service tells of them."""
    found = {
        "id": user.id,
        world.object_id: user.aad,
        "name": user.name,
        "givenName": user.given_name,
        "surname": user.surname,
        "userPrincipalName": user.upn,
        "tenantId": user.home or tenant.id,
        "userRole": user.role or ("guest" if user.is_guest else "user"),
    }
    return {**found, "email": user.email} if user.email else found


def member(request: Request) -> Answer:
    tenant, conversation = request.to_read()
    user = request.member(tenant, conversation, request.path["member"])
    return 200, member_json(request.world, tenant, user)


def paged_members(request: Request) -> Answer:
    """Pages have at least 50 people, and at most 500: a wish beyond that is bent."""
    tenant, conversation = request.to_read()
    members = tenant.members_of(conversation)
    world = request.world
    try:
        wanted = int(request.arguments.get("pageSize") or world.smallest_page)
    except ValueError:
        raise BotError(400, "BadArgument", "pageSize is not a number") from None
    size = min(max(wanted, world.smallest_page), world.largest_page)
    begin = _position(str(request.arguments.get("continuationToken") or ""))
    page = [member_json(world, tenant, user) for user in members[begin : begin + size]]
    answer: Json = {"members": page}
    if begin + size < len(members):
        answer["continuationToken"] = _token(begin + size)
    return 200, answer


def activity_members(request: Request) -> Answer:
    tenant, conversation = request.to_read()
    if conversation.message(request.path["activity"]) is None:
        raise BotError(404, "ActivityNotFoundInConversation")
    people = tenant.members_of(conversation)
    return 200, [member_json(request.world, tenant, user) for user in people]


def _token(position: int) -> str:
    """Opaque, and with signs in it that must be escaped in an address."""
    return base64.b64encode(b"\xfb\xff" + f"{position:04d}".encode()).decode()


def _position(token: str) -> int:
    if not token:
        return 0
    try:
        plain = base64.b64decode(token, validate=True)
    except binascii.Error:
        plain = b""
    if plain[:2] != b"\xfb\xff":
        raise BotError(400, "BadArgument", "The continuation token is not valid")
    return int(plain[2:])


def _team(request: Request) -> Team:
    found = request.world.team(request.path["team"])
    if found is None or found[1].is_deleted:
        raise BotError(404, "ConversationNotFound")
    if not found[1].has_app:
        raise request.refuse("not in roster")
    return found[1]


def team_details(request: Request) -> Answer:
    team = _team(request)
    return 200, {
        "id": team.id,
        "name": team.name,
        "aadGroupId": team.aad_group,
        "channelCount": len(team.channels),
        "memberCount": len(team.members),
    }


def team_channels(request: Request) -> Answer:
    """The General channel has no name: each client calls it by its own language's word."""
    channels = [{"id": channel.id, "name": channel.name} for channel in _team(request).channels]
    return 200, {"conversations": channels}


METHODS: dict[str, Callable[[Request], Answer]] = {
    "getConversationMember": member,
    "getConversationPagedMembers": paged_members,
    "getActivityMembers": activity_members,
    "fetchTeamDetails": team_details,
    "fetchChannelList": team_channels,
}
