"""One call of the Web API: its arguments, its errors, and pages of long lists."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tests.slack.limits import blocks_too_long, message_faults
from tests.slack.records import Channel, Json, Token, User, Workspace
from tests.slack.world import World

T = TypeVar("T")


class SlackError(Exception):
    """`ok: false` with this error."""

    def __init__(self, error: str, **more: object) -> None:
        super().__init__(error)
        self.answer: Json = {"ok": False, "error": error, **more}


@dataclass(frozen=True, slots=True)
class Request:
    """What a method works with."""

    world: World
    workspace: Workspace
    token: Token
    arguments: Json

    def text(self, name: str, *, required: bool = False) -> str:
        value = self.arguments.get(name)
        if required and (value is None or value == ""):
            raise SlackError(
                "invalid_arguments",
                response_metadata={"messages": [f"[ERROR] missing required field: {name}"]},
            )
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in {"1", "true"}

    def number(self, name: str, otherwise: int) -> int:
        found = self.text(name)
        if found and not found.isdecimal():
            raise SlackError("invalid_arguments")
        return int(found or otherwise)

    def json(self, name: str) -> object:
        """An object or a list, which may come as a string."""
        value = self.arguments.get(name)
        if not isinstance(value, str) or not value:
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError("invalid_arguments") from None

    def need(self, *scopes: str) -> None:
        """At least one of the scopes must have been granted."""
        if not self.workspace.scopes & set(scopes):
            provided = ",".join(sorted(self.workspace.scopes))
            raise SlackError("missing_scope", needed=",".join(scopes), provided=provided)

    def user(self, name: str = "user") -> User:
        found = self.workspace.users.get(self.text(name, required=True))
        if found is None:
            raise SlackError("user_not_found")
        return found

    def channel(self, name: str = "channel") -> Channel:
        """A conversation that the app can see."""
        found = self.workspace.channels.get(self.text(name))
        hidden = found and found.is_private and self.workspace.bot_user not in found.members
        if found is None or hidden:
            raise SlackError("channel_not_found")
        return found

    def blocks(self, where: str) -> list[Json] | None:
        """The blocks of a message, checked; none if there are none in the call."""
        found = self.json("blocks")
        if found is None or found == "":
            return None
        check_blocks(self.world, found, where)
        assert isinstance(found, list)
        return found

    def page(self, name: str, items: Sequence[T], shape: Callable[[T], object], most: int) -> Json:
        """One page of a list, and where the next one begins."""
        limit = self.number("limit", most)
        begin = _decoded(self.text("cursor"))
        if not 1 <= limit <= 1000:
            raise SlackError("invalid_limit")
        end = begin + limit
        cursor = _encoded(end) if end < len(items) else ""
        return {
            name: [shape(item) for item in items[begin:end]],
            "response_metadata": {"next_cursor": cursor},
        }


def check_blocks(world: World, blocks: object, where: str) -> None:
    """Refuses blocks that are not as documented, and keeps each reason."""
    found = message_faults(blocks)
    found += [f"blocks: there is no picture {name}" for name in _missing_files(world, blocks)]
    if not isinstance(blocks, list):
        found = found or ["blocks: must be a list"]
    world.faults += [f"{where}: {fault}" for fault in found]
    if found:
        messages = [f"[ERROR] {fault}" for fault in found]
        raise SlackError("invalid_blocks", errors=found, response_metadata={"messages": messages})
    if blocks_too_long(blocks):
        world.faults.append(f"{where}: the blocks are too long altogether")
        raise SlackError("msg_blocks_too_long")


def _missing_files(world: World, blocks: object) -> list[str]:
    """Pictures that Slack could not show: unknown, not uploaded, or too new."""
    missing = []
    for block in blocks if isinstance(blocks, list) else []:
        file = block.get("slack_file") if isinstance(block, dict) else None
        name = file.get("id", "") if isinstance(file, dict) else ""
        known = world.files.get(name)
        ready = known and known.complete and world.now() >= known.made_at + world.file_ready_seconds
        if name and not ready:
            missing.append(name)
    return missing


def _encoded(position: int) -> str:
    return base64.b64encode(f"next:{position}".encode()).decode()


def _decoded(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        prefix, _, position = base64.b64decode(cursor, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise SlackError("invalid_cursor") from None
    if prefix != "next" or not position.isdecimal():
        raise SlackError("invalid_cursor")
    return int(position)
