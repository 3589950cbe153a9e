"""The methods that open conversations, and write into them."""

from __future__ import annotations

from collections.abc import Callable

from tests.teams.calling import BotError, Request
from tests.teams.records import Conversation, Json, Message, Tenant, User

Answer = tuple[int, Json | list[Json] | None]


def create_conversation(request: Request) -> Answer:
    """A personal chat: the same one for the same person every time."""
    body = request.arguments
    if (body.get("bot") or {}).get("id") != request.world.bot_id:
        raise BotError(400, "BadArgument", "The bot is missing, or is another one")
    if body.get("isGroup"):
        raise BotError(400, "BadArgument", "Group conversations are not made by this stand-in")
    tenant = _tenant(request)
    user = _member(request, tenant)
    if user.id in tenant.blocked:
        raise request.refuse("blocked")
    if not tenant.reaches(user.id):
        raise BotError(403, "ForbiddenOperationException")
    chat = request.world.chat(tenant, user)
    answer: Json = {"id": chat.id}
    if body.get("activity"):
        posted = request.world.post(chat, request.activity(body["activity"]))
        answer["activityId"] = posted.id
    return 201, answer


def _tenant(request: Request) -> Tenant:
    body = request.arguments
    data = (body.get("channelData") or {}).get("tenant") or {}
    named = body.get("tenantId") or data.get("id") or ""
    if named not in request.world.tenants:
        raise BotError(400, "BadArgument", "The tenant is missing, or is not known")
    return request.world.tenants[named]


def _member(request: Request, tenant: Tenant) -> User:
    members = request.arguments.get("members") or []
    if len(members) != 1:
        raise BotError(400, "BadArgument", "There must be one member")
    name = str(members[0].get("id") or "")
    found = tenant.find_user(name)
    if found is None and name.startswith("29:"):
        raise BotError(400, "BadArgument", "Failed to decrypt pairwise id")
    if found is None or "@" in name:
        raise BotError(404, "NotFound", "The user was not found")
    return found


def send(request: Request) -> Answer:
    _, conversation = request.to_write()
    body = request.activity(request.arguments)
    if body["type"] == "typing":
        return 202, None
    return 201, {"id": request.world.post(conversation, body).id}


def update(request: Request) -> Answer:
    _, conversation = request.to_write()
    message = _own(request, conversation)
    message.body = request.activity(request.arguments)
    message.edited += 1
    message.local.clear()
    return 200, {"id": message.id}


def delete(request: Request) -> Answer:
    _, conversation = request.to_write()
    conversation.messages.remove(_own(request, conversation))
    return 200, None


def _own(request: Request, conversation: Conversation) -> Message:
    message = conversation.message(request.path["activity"])
    if message is None:
        raise BotError(404, "ActivityNotFoundInConversation")
    if message.sender != request.world.bot_id:
        raise BotError(403, "NotEnoughPermissions", "This message was written by somebody else")
    return message


METHODS: dict[str, Callable[[Request], Answer]] = {
    "createConversation": create_conversation,
    "sendToConversation": send,
    "replyToActivity": send,
    "updateActivity": update,
    "deleteActivity": delete,
}
