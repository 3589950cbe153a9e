"""conversations.*, usergroups.*, users.*: who and what there is in a workspace."""

from __future__ import annotations

from tests.slack.calling import Request, SlackError
from tests.slack.records import SLACKBOT, Channel, Json, User
from tests.slack.shapes import channel_json, group_json, message_json, profile_json, user_json

TYPES = {"public_channel": "channels", "private_channel": "groups", "im": "im"}


def _kind(channel: Channel) -> str:
    """The name by which scopes call a conversation."""
    return "im" if channel.is_im else "groups" if channel.is_private else "channels"


def open_im(request: Request) -> Json:
    request.need("im:write")
    if request.text("channel"):
        channel = request.channel()
    else:
        ids = [part for part in request.text("users").split(",") if part]
        if not ids:
            raise SlackError("users_list_not_supplied")
        if len(ids) > 1:
            raise SlackError("missing_scope", needed="mpim:write", provided="")
        user = request.workspace.users.get(ids[0])
        if user is None:
            raise SlackError("user_not_found")
        if user.is_bot or user.id == SLACKBOT:
            raise SlackError("cannot_dm_bot")
        if user.deleted:
            raise SlackError("user_disabled")
        channel = request.workspace.im(user.id)
    shape = channel_json(request.workspace, channel) if request.flag("return_im") else {}
    return {"channel": {**shape, "id": channel.id}}


def history(request: Request) -> Json:
    """Newest first; without ephemeral messages, and with metadata only when asked."""
    channel = request.channel()
    request.need(f"{_kind(channel)}:history")
    if request.workspace.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    oldest, latest = request.text("oldest") or "0", request.text("latest") or "9" * 10
    inclusive = request.flag("inclusive")
    found = [
        message
        for message in reversed(channel.messages)
        if _instant(oldest) < _instant(message.ts) < _instant(latest)
        or (inclusive and message.ts in {oldest, latest})
    ]
    metadata = request.flag("include_all_metadata")
    page = request.page(
        "messages",
        found,
        lambda message: message_json(request.workspace, message, metadata=metadata),
        100,
    )
    return {**page, "has_more": bool(page["response_metadata"]["next_cursor"])}


def _instant(ts: str) -> tuple[int, int]:
    """A time stamp in whole parts: as a float it would lose digits."""
    seconds, _, rest = ts.partition(".")
    if not seconds.isdecimal() or (rest and not rest.isdecimal()):
        raise SlackError("invalid_ts_oldest")
    return int(seconds), int(rest.ljust(6, "0")[:6] or 0)


def members(request: Request) -> Json:
    channel = request.channel()
    request.need(f"{_kind(channel)}:read")
    return request.page("members", channel.members, str, 100)


def list_channels(request: Request) -> Json:
    kinds = request.text("types") or "public_channel"
    names = [kind.strip() for kind in kinds.split(",")]
    for name in names:
        if name not in TYPES:
            raise SlackError("invalid_types")
        request.need(f"{TYPES[name]}:read")
    scopes = {TYPES[name] for name in names}
    bot = request.workspace.bot_user
    seen = [
        channel
        for channel in request.workspace.channels.values()
        if _kind(channel) in scopes
        and (bot in channel.members or not channel.is_private)
        and not (channel.is_archived and request.flag("exclude_archived"))
    ]
    return request.page(
        "channels", seen, lambda channel: channel_json(request.workspace, channel), 100
    )


def channel_info(request: Request) -> Json:
    channel = request.channel()
    request.need(f"{_kind(channel)}:read")
    return {"channel": channel_json(request.workspace, channel)}


def list_groups(request: Request) -> Json:
    request.need("usergroups:read")
    with_users, with_disabled = request.flag("include_users"), request.flag("include_disabled")
    shapes = []
    for group in request.workspace.groups.values():
        shape = group_json(request.workspace, group)
        if not with_users:
            del shape["users"]
        if with_disabled or not group.disabled:
            shapes.append(shape)
    return {"usergroups": shapes}


def group_users(request: Request) -> Json:
    request.need("usergroups:read")
    group = request.workspace.groups.get(request.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.members)}


def _shape(request: Request, user: User) -> Json:
    return user_json(
        request.workspace,
        user,
        request.world.now(),
        email="users:read.email" in request.workspace.scopes,
        locale=request.flag("include_locale"),
    )


def user_info(request: Request) -> Json:
    request.need("users:read")
    return {"user": _shape(request, request.user())}


def list_users(request: Request) -> Json:
    """With Slackbot and the app itself, as Slack has them too."""
    request.need("users:read")
    users = list(request.workspace.users.values())
    if not request.text("limit") and len(users) > 1000:
        raise SlackError("limit_required")
    page = request.page("members", users, lambda user: _shape(request, user), 1000)
    return {**page, "cache_ts": int(request.world.now())}


def lookup(request: Request) -> Json:
    request.need("users:read.email")
    email = request.text("email", required=True).casefold()
    for user in request.workspace.users.values():
        if user.email.casefold() == email and not user.deleted:
            return {"user": _shape(request, user)}
    raise SlackError("users_not_found")


def profile(request: Request) -> Json:
    request.need("users.profile:read")
    email = "users:read.email" in request.workspace.scopes
    return {"profile": profile_json(request.user(), email=email)}


METHODS = {
    "conversations.open": open_im,
    "conversations.history": history,
    "conversations.members": members,
    "conversations.list": list_channels,
    "conversations.info": channel_info,
    "usergroups.list": list_groups,
    "usergroups.users.list": group_users,
    "users.info": user_info,
    "users.list": list_users,
    "users.lookupByEmail": lookup,
    "users.profile.get": profile,
}
