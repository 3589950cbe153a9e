"""How Slack writes down its people, channels, messages and views."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.slack.limits import elements_of
from tests.slack.records import Channel, File, Json, Message, User, UserGroup, View, Workspace


def user_json(
    workspace: Workspace, user: User, now: float, *, email: bool = True, locale: bool = False
) -> Json:
    """A person. Slack tells the address only with a scope, and the locale only when asked."""
    profile = profile_json(user, email=email)
    found: Json = {
        "id": user.id,
        "team_id": workspace.team,
        "name": user.name,
        "deleted": user.deleted,
        "is_bot": user.is_bot,
        "updated": int(now),
        "profile": {**profile, "team": workspace.team},
    }
    if workspace.enterprise:
        found["enterprise_user"] = {"id": user.id, "enterprise_id": workspace.enterprise}
    if user.deleted:
        # A deactivated account has lost its time zone and its roles.
        return found
    zone = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(user.tz))
    offset = zone.utcoffset()
    found |= {
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": zone.tzname() or user.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.is_guest,
        "is_ultra_restricted": False,
        "is_app_user": False,
        "is_email_confirmed": bool(user.email),
    }
    if locale:
        found["locale"] = user.locale
    return found


def profile_json(user: User, *, email: bool = True) -> Json:
    first_name, _, last_name = user.real_name.partition(" ")
    profile = {
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.name,
        "display_name_normalized": user.name,
        "first_name": first_name,
        "last_name": last_name,
        "title": "",
    }
    return {**profile, "email": user.email} if email and user.email else profile


def channel_json(workspace: Workspace, channel: Channel) -> Json:
    if channel.is_im:
        user = workspace.users.get(channel.user)
        return {
            "id": channel.id,
            "is_im": True,
            "is_archived": channel.is_archived,
            "is_user_deleted": bool(user and user.deleted),
            "user": channel.user,
            "context_team_id": workspace.team,
        }
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_general": False,
        "is_member": workspace.bot_user in channel.members,
        "num_members": len(channel.members),
        "context_team_id": workspace.team,
    }


def group_json(workspace: Workspace, group: UserGroup) -> Json:
    return {
        "id": group.id,
        "team_id": workspace.team,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "date_delete": 1 if group.disabled else 0,
        "user_count": len(group.members),
        "users": list(group.members),
    }


def message_json(workspace: Workspace, message: Message, *, metadata: bool = False) -> Json:
    found: Json = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": workspace.team,
    }
    if message.blocks:
        found["blocks"] = message.blocks
    if message.bot_id:
        found |= {"bot_id": message.bot_id, "app_id": workspace.app_id}
    if message.edited:
        found["edited"] = {"user": message.user, "ts": message.edited}
    if message.thread_ts:
        found["thread_ts"] = message.thread_ts
    if message.files:
        found["files"] = message.files
    if metadata and message.metadata:
        found["metadata"] = message.metadata
    return found


def view_json(workspace: Workspace, view: View) -> Json:
    body = view.body
    return {
        "id": view.id,
        "team_id": workspace.team,
        "type": body.get("type"),
        "blocks": body["blocks"],
        "private_metadata": body.get("private_metadata", ""),
        "callback_id": body.get("callback_id", ""),
        "external_id": view.external_id,
        "state": {"values": state_values(body["blocks"], view.values)},
        "hash": view.hash,
        "title": body.get("title"),
        "submit": body.get("submit"),
        "close": body.get("close"),
        "clear_on_close": bool(body.get("clear_on_close")),
        "notify_on_close": bool(body.get("notify_on_close")),
        "submit_disabled": bool(body.get("submit_disabled")),
        "root_view_id": view.root,
        "previous_view_id": view.previous or None,
        "app_id": workspace.app_id,
        "app_installed_team_id": workspace.enterprise if workspace.org_install else workspace.team,
        "bot_id": workspace.bot_id,
    }


def file_json(file: File, address: str) -> Json:
    url = f"{address}/files-pri/{file.id}/{file.name}"
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title or file.name,
        "user": file.owner,
        "created": int(file.made_at),
        "size": file.length,
        "filetype": file.name.rpartition(".")[2],
        "mode": "hosted",
        "url_private": url,
        "url_private_download": url,
        "channels": list(file.channels),
    }


def fields_of(blocks: list[Json]) -> list[tuple[Json, Json]]:
    """Everything that can be filled in or chosen: the block and its element."""
    return [
        (block, element)
        for block in blocks
        for element in elements_of(block)
        if element.get("type") in STATE_KEYS
    ]


# What a state calls the entered value, and what the element calls its initial one.
STATE_KEYS = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "file_input": ("files", "initial_files"),
}
LISTS = frozenset({"checkboxes", "file_input"})


def is_list(kind: str) -> bool:
    """Whether several can be chosen."""
    return kind in LISTS or kind.startswith("multi_")


def state_values(
    blocks: list[Json], entered: dict[str, dict[str, Json]]
) -> dict[str, dict[str, Json]]:
    """What stands in each field now: what was entered, or else what it began with."""
    values: dict[str, dict[str, Json]] = {}
    for block, element in fields_of(blocks):
        kind, action = element["type"], element["action_id"]
        key, initial = STATE_KEYS[kind]
        begun = element.get(initial, [] if is_list(kind) else None)
        state = entered.get(block["block_id"], {}).get(action, {"type": kind, key: begun})
        values.setdefault(block["block_id"], {})[action] = state
    return values
