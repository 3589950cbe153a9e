"""chat.*: messages that stay, and messages that one person sees."""

from __future__ import annotations

from tests.slack.calling import Request, SlackError
from tests.slack.records import SLACKBOT, Channel, Json, Message
from tests.slack.shapes import message_json


def target(request: Request) -> Channel:
    """Where a message goes; the id of a person opens their direct messages with the app."""
    name, workspace = request.text("channel"), request.workspace
    user = workspace.users.get(name)
    if user is not None:
        if user.is_bot or user.id == SLACKBOT:
            raise SlackError("cannot_dm_bot")
        if user.deleted:
            raise SlackError("channel_not_found")
        return workspace.im(user.id)
    channel = request.channel()
    partner = workspace.users.get(channel.user)
    if channel.is_archived or (partner and partner.deleted):
        raise SlackError("is_archived")
    open_to_all = "chat:write.public" in workspace.scopes and not channel.is_private
    if workspace.bot_user not in channel.members and not open_to_all:
        raise SlackError("not_in_channel")
    return channel


def metadata_of(request: Request) -> Json | None:
    """What the app wants to find again with a message; an empty object takes it away."""
    metadata = request.json("metadata")
    if metadata is None or metadata == "":
        return None
    if not isinstance(metadata, dict):
        raise SlackError("invalid_metadata_format")
    named = isinstance(metadata.get("event_type"), str)
    if metadata and not (named and isinstance(metadata.get("event_payload"), dict)):
        raise SlackError("invalid_metadata_format")
    return metadata


def post_message(request: Request) -> Json:
    request.need("chat:write")
    channel = target(request)
    blocks = request.blocks("chat.postMessage")
    text = request.text("text")
    if not text.strip() and not blocks:
        raise SlackError("no_text")
    message = request.world.post(
        request.workspace,
        channel.id,
        text,
        blocks or [],
        metadata=metadata_of(request) or None,
        thread_ts=request.text("thread_ts"),
    )
    shape = message_json(request.workspace, message, metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shape}


def post_ephemeral(request: Request) -> Json:
    request.need("chat:write")
    channel = request.channel()
    if channel.is_archived:
        raise SlackError("is_archived")
    user = request.user()
    if request.workspace.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    if user.id not in channel.members or user.deleted:
        raise SlackError("user_not_in_channel")
    blocks = request.blocks("chat.postEphemeral")
    text = request.text("text")
    if not text.strip() and not blocks:
        raise SlackError("no_text")
    message = request.world.post(
        request.workspace, channel.id, text, blocks or [], only_for=user.id
    )
    return {"message_ts": message.ts}


def _own_message(request: Request, refusal: str) -> tuple[Channel, Message]:
    """A message that the app has written; ephemeral ones cannot be found."""
    request.need("chat:write")
    channel = request.channel()
    message = channel.message(request.text("ts", required=True))
    if message is None:
        raise SlackError("message_not_found")
    if message.bot_id != request.workspace.bot_id:
        raise SlackError(refusal)
    return channel, message


def update(request: Request) -> Json:
    """Blocks and metadata that are not in the call stay as they are."""
    channel, message = _own_message(request, "cant_update_message")
    if channel.is_archived:
        raise SlackError("is_archived")
    blocks = request.blocks("chat.update")
    text, metadata = request.text("text"), metadata_of(request)
    if not text.strip() and not blocks:
        raise SlackError("no_text")
    request.world.edit(message, text, blocks)
    if metadata is not None:
        message.metadata = metadata or None
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": message_json(request.workspace, message),
    }


def delete(request: Request) -> Json:
    channel, message = _own_message(request, "cant_delete_message")
    channel.messages.remove(message)
    return {"channel": channel.id, "ts": message.ts}


METHODS = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
}
