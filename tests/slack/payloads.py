"""The shapes in which Slack tells the app what people do."""

from __future__ import annotations

import html
import re

from tests.slack.records import Channel, Json, Message, User, View, Workspace
from tests.slack.shapes import message_json, view_json
from tests.slack.world import World

OLD_TOKEN = "verification-token"


def slash(
    world: World, workspace: Workspace, user: User, channel: Channel, command: str, text: str
) -> dict[str, str]:
    """A slash command: all values are strings, and the text is escaped."""
    found = {
        "token": OLD_TOKEN,
        "team_id": workspace.team,
        "team_domain": workspace.domain,
        "channel_id": channel.id,
        "channel_name": _channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": escaped(workspace, text),
        "api_app_id": workspace.app_id,
        "is_enterprise_install": str(workspace.org_install).lower(),
        "response_url": world.issue_response_url(workspace, user.id, channel.id),
        "trigger_id": world.issue_trigger(workspace, user.id),
    }
    if workspace.enterprise:
        found["enterprise_id"] = workspace.enterprise
        found["enterprise_name"] = workspace.enterprise_name
    return found


def escaped(workspace: Workspace, text: str) -> str:
    """A typed line as Slack sends it on: the channels and groups in it by their ids too."""
    found = html.escape(text, quote=False)
    for channel in workspace.channels.values():
        if not channel.is_im:
            named = f"<#{channel.id}|{channel.name}>"
            found = re.sub(rf"(?<![\w#])#{re.escape(channel.name)}(?![\w-])", named, found)
    for group in workspace.groups.values():
        named = f"<!subteam^{group.id}|@{group.handle}>"
        found = re.sub(rf"(?<![\w|])@{re.escape(group.handle)}(?![\w.-])", named, found)
    return found


def _channel_name(channel: Channel) -> str:
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name


def _interaction(workspace: Workspace, user: User, kind: str) -> Json:
    """What all interactions have in common."""
    enterprise = {"id": workspace.enterprise, "name": workspace.enterprise_name}
    return {
        "type": kind,
        "user": {
            "id": user.id,
            "username": user.name,
            "name": user.name,
            "team_id": workspace.team,
        },
        "api_app_id": workspace.app_id,
        "token": OLD_TOKEN,
        "team": None
        if workspace.org_install
        else {"id": workspace.team, "domain": workspace.domain},
        "enterprise": enterprise if workspace.enterprise else None,
        "is_enterprise_install": workspace.org_install,
    }


def in_message(
    world: World,
    workspace: Workspace,
    user: User,
    message: Message,
    action: Json,
    values: dict[str, dict[str, Json]],
) -> Json:
    """A button or a choice in a message. An ephemeral message does not come along."""
    channel = workspace.channels[message.channel]
    ephemeral = bool(message.only_for)
    payload = {
        **_interaction(workspace, user, "block_actions"),
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": ephemeral,
        },
        "trigger_id": world.issue_trigger(workspace, user.id),
        "channel": {"id": channel.id, "name": _channel_name(channel)},
        "state": {"values": values},
        "response_url": world.issue_response_url(workspace, user.id, channel.id, message),
        "actions": [{**action, "action_ts": world.next_ts()}],
    }
    return payload if ephemeral else {**payload, "message": message_json(workspace, message)}


def in_view(world: World, workspace: Workspace, user: User, view: View, action: Json) -> Json:
    """A button or a choice in a form or on the home tab."""
    shape = view_json(workspace, view)
    modal = view.body["type"] == "modal"
    return {
        **_interaction(workspace, user, "block_actions"),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": world.issue_trigger(workspace, user.id, in_view=modal),
        "view": shape,
        "state": shape["state"],
        "actions": [{**action, "action_ts": world.next_ts()}],
    }


def submission(world: World, workspace: Workspace, user: User, view: View) -> Json:
    return {
        **_interaction(workspace, user, "view_submission"),
        "trigger_id": world.issue_trigger(workspace, user.id, in_view=True),
        "view": view_json(workspace, view),
        "response_urls": [],
    }


def closing(workspace: Workspace, user: User, view: View, *, cleared: bool) -> Json:
    return {
        **_interaction(workspace, user, "view_closed"),
        "view": view_json(workspace, view),
        "is_cleared": cleared,
    }


def event(world: World, workspace: Workspace, inner: Json) -> Json:
    """The envelope of one event."""
    return {
        "token": OLD_TOKEN,
        "team_id": workspace.team,
        "enterprise_id": workspace.enterprise or None,
        "context_team_id": workspace.team,
        "context_enterprise_id": workspace.enterprise or None,
        "api_app_id": workspace.app_id,
        "event": {**inner, "event_ts": world.next_ts()},
        "type": "event_callback",
        "event_id": world.fresh("Ev"),
        "event_time": int(world.now()),
        "authorizations": [
            {
                "enterprise_id": workspace.enterprise or None,
                "team_id": None if workspace.org_install else workspace.team,
                "user_id": workspace.bot_user,
                "is_bot": True,
                "is_enterprise_install": workspace.org_install,
            }
        ],
        "is_ext_shared_channel": False,
    }
