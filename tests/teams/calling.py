"""One call of the Bot Connector service: what it is about, and how it is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.teams.cards import message_faults
from tests.teams.records import Conversation, Json, Refusal, Tenant, User, cards_of
from tests.teams.world import World

# Of a message, in UTF-16. Source: learn.microsoft.com, "Format your bot messages".
MAX_BYTES = 100 * 1024

# Source: learn.microsoft.com, "Status codes from bot conversational APIs".
MESSAGES = {
    "MessageWritesBlocked": "Thread is blocked from message writes.",
    "ConversationBlockedByUser": "User blocked the conversation with the bot.",
    "BotNotInConversationRoster": "The bot is not part of the conversation roster.",
    "ForbiddenOperationException": "Bot is not installed in user's personal scope",
    "ConversationNotFound": "Conversation not found.",
    "ActivityNotFoundInConversation": "Conversation not found.",
    "MemberNotFoundInConversation": "Member not found in conversation.",
    "MessageSizeTooBig": "Message size too large.",
    "PreconditionFailed": "Precondition failed, please try again.",
    "Throttled": "Too many requests.",
    "Unauthorized": "Authorization has been denied for this request.",
}
BLOCKED = (
    '{\r\n  "subCode": "MessageWritesBlocked",\r\n  "details": "Thread is blocked from message '
    'writes.",\r\n  "errorCode": null,\r\n  "errorSubCode": null\r\n}'
)


class BotError(Exception):
    """The service refuses. Without a code it is the answer in which the code is a `subCode`."""

    def __init__(self, status: int, code: str, message: str = "", *, retry_after: int = 0) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.headers = {"Retry-After": str(retry_after)} if retry_after else {}
        text = message or MESSAGES.get(code, code)
        self.answer: Json = {"error": {"code": code, "message": text}}
        if not code:
            self.answer = {"errorCode": 209, "message": BLOCKED}


@dataclass(frozen=True, slots=True)
class Request:
    """What a method works with: the body and the query, and what the path names."""

    world: World
    arguments: Json
    path: dict[str, str]

    def conversation(self) -> tuple[Tenant, Conversation]:
        found = self.world.conversation(self.path["conversation"])
        if found is None:
            raise BotError(404, "ConversationNotFound")
        return self.world.tenants[found.tenant], found

    def refuse(self, why: Refusal) -> BotError:
        return BotError(*self.world.refusals[why])

    def to_write(self) -> tuple[Tenant, Conversation]:
        """The conversation, if the app may write there."""
        tenant, found = self.conversation()
        if found.kind == "personal":
            if found.user in tenant.blocked:
                raise self.refuse("blocked")
            if tenant.users[found.user].is_gone:
                raise BotError(404, "ConversationNotFound")
            if not tenant.reaches(found.user):
                raise self.refuse("uninstalled")
        elif not self._has_app(tenant, found):
            raise self.refuse("not in roster")
        return tenant, found

    def to_read(self) -> tuple[Tenant, Conversation]:
        """The conversation, if the app may see who is in it."""
        tenant, found = self.conversation()
        if not self._has_app(tenant, found):
            raise self.refuse("not in roster")
        return tenant, found

    def _has_app(self, tenant: Tenant, conversation: Conversation) -> bool:
        match conversation.kind:
            case "personal":
                return tenant.reaches(conversation.user)
            case "channel":
                team = tenant.teams[conversation.team]
                if team.is_deleted:
                    raise BotError(404, "ConversationNotFound")
                return team.has_app
        return conversation.has_app

    def member(self, tenant: Tenant, conversation: Conversation, name: str) -> User:
        for user in tenant.members_of(conversation):
            if name in (user.id, user.aad):
                return user
        raise BotError(404, "MemberNotFoundInConversation")

    def activity(self, body: Json) -> Json:
        """What the app wants to have shown, checked; all that is wrong stands in `faults` too."""
        kind = body.get("type")
        if kind == "typing":
            return body
        if kind != "message" or not (body.get("text") or body.get("attachments")):
            raise BotError(400, "BadSyntax", "Activity must include text or attachments")
        if length(body) > MAX_BYTES:
            raise BotError(413, "MessageSizeTooBig")
        self.world.faults += message_faults(body)
        for card in cards_of(body):
            if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
                raise BotError(400, "BadSyntax", "Failed to parse the attached card")
        return body


def length(body: Json) -> int:
    """How long a message is for Teams, in bytes."""
    return len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-16-le"))
