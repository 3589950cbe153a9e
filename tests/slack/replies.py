"""What the app answers to one interaction: at its response_url, or at once with the ack."""

from __future__ import annotations

from tests.slack.calling import SlackError, check_blocks
from tests.slack.records import Json, ResponseUrl, Workspace
from tests.slack.world import World

MAX_USES = 5
MAX_SECONDS = 30 * 60.0


def respond(world: World, found: ResponseUrl | None, body: Json) -> None:
    """One use of a response_url."""
    if found is None:
        raise SlackError("invalid_url")
    if world.now() - found.made_at > MAX_SECONDS:
        raise SlackError("expired_url")
    if found.uses >= MAX_USES:
        raise SlackError("used_url")
    found.uses += 1
    workspace = world.workspaces[found.team]
    if _true(body.get("delete_original")):
        _delete(workspace, found)
        return
    blocks = body.get("blocks")
    if blocks:
        check_blocks(world, blocks, "response_url")
    text = str(body.get("text") or "")
    if not text.strip() and not blocks:
        raise SlackError("no_text")
    if _true(body.get("replace_original")) and found.original:
        world.edit(found.original, text, blocks or [])
    else:
        say(world, workspace, found.user, found.channel, body)


def say(world: World, workspace: Workspace, user: str, channel: str, body: Json) -> None:
    """A new message: for one person unless it is said to be for the channel."""
    only_for = "" if body.get("response_type") == "in_channel" else user
    text, blocks = str(body.get("text") or ""), body.get("blocks") or []
    world.post(workspace, channel, text, blocks, only_for=only_for)


def _delete(workspace: Workspace, found: ResponseUrl) -> None:
    original = found.original
    if original is None:
        return
    messages = (
        workspace.ephemerals if original.only_for else workspace.channels[original.channel].messages
    )
    if original in messages:
        messages.remove(original)


def _true(value: object) -> bool:
    """Slack's own examples write these as strings."""
    return value is True or str(value).lower() == "true"
