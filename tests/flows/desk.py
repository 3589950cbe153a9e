"""What a person sees and does on a platform, in words that are the same for every platform.

A flow is written against `Desk`; each platform brings one that goes through its own payloads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol

from adapters.playground.exchange import Exchange
from adapters.playground.inbound import PLATFORM
from adapters.playground.render import render_reply
from bot.conversation.events import Actor
from tests.limits import assert_fits


@dataclass(frozen=True)
class Seen:
    """A message as it is shown: all its words, and its buttons by label."""

    text: str
    buttons: dict[str, str]


@dataclass(frozen=True)
class Heard:
    """What came back at once: said to this person alone, a form, or errors at its fields."""

    said: tuple[Seen, ...] = ()
    form: dict[str, Any] | None = None
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "\n".join(seen.text for seen in self.said)


class Desk(Protocol):
    """One platform in the hands of the people of a test."""

    def messages(self, user: str) -> tuple[Seen, ...]:
        """Everything in this person's chat as it stands now, oldest first."""
        ...

    def actor(self, user: str) -> Actor:
        """Whom the platform vouches for when this person acts."""
        ...

    async def command(self, user: str, text: str, key: str = "") -> Heard: ...
    async def press(self, user: str, label: str) -> Heard:
        """Press the newest button of this label that the person sees."""
        ...

    async def press_action(self, user: str, action: str) -> Heard:
        """Press a button that the person may never have seen."""
        ...

    async def submit(self, user: str, **values: str | tuple[str, ...]) -> Heard:
        """Send the form that is open, with these values in place of what stands there."""
        ...

    async def close_form(self, user: str, **values: str | tuple[str, ...]) -> Heard: ...


class PlaygroundDesk:
    """The playground, through its own payloads."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._keys = count()
        self._said: dict[str, list[Seen]] = {}
        self._forms: dict[str, dict[str, Any]] = {}
        self._form_message: dict[str, int | None] = {}

    def messages(self, user: str) -> tuple[Seen, ...]:
        return tuple(_seen(message.card) for message in self._exchange.history.of(user))

    def actor(self, user: str) -> Actor:
        return Actor(PLATFORM, self._exchange.workspace, user)

    async def command(self, user: str, text: str, key: str = "") -> Heard:
        return await self._carry({"type": "command", "user": user, "text": text}, None, key)

    async def press(self, user: str, label: str) -> Heard:
        for seen in reversed(self._said.get(user, [])):
            if label in seen.buttons:
                return await self._press(user, seen.buttons[label], None)
        for message in reversed(self._exchange.history.of(user)):
            buttons = _seen(message.card).buttons
            if label in buttons:
                return await self._press(user, buttons[label], message.number)
        shown = [list(seen.buttons) for seen in (*self.messages(user), *self._said.get(user, []))]
        raise AssertionError(f"{user} sees no button {label!r}, only {shown}")

    async def press_action(self, user: str, action: str) -> Heard:
        return await self._press(user, action, None)

    async def submit(self, user: str, **values: str | tuple[str, ...]) -> Heard:
        return await self._send(user, "submit", values)

    async def close_form(self, user: str, **values: str | tuple[str, ...]) -> Heard:
        return await self._send(user, "close", values)

    async def _press(self, user: str, action: str, message: int | None) -> Heard:
        self._form_message[user] = message
        return await self._carry({"type": "press", "user": user, "action": action}, message)

    async def _send(
        self, user: str, kind: str, values: Mapping[str, str | tuple[str, ...]]
    ) -> Heard:
        form = self._forms[user]
        sent = {f["id"]: _texts(f["value"]) for f in form["fields"]}
        assert values.keys() <= sent.keys(), f"the form has {list(sent)}"
        sent |= {name: _texts(value) for name, value in values.items()}
        payload = {"type": kind, "user": user, "action": form["action"], "values": sent}
        return await self._carry(payload, self._form_message.get(user))

    async def _carry(self, payload: dict[str, Any], message: int | None, key: str = "") -> Heard:
        user = payload["user"]
        payload["key"] = key or f"desk-{next(self._keys)}"
        replies = await self._exchange.carry(payload, message)
        assert replies is not None, f"the platform makes nothing of {payload}"
        for each in replies:
            assert_fits(each)
        heard = Heard()
        for reply in map(render_reply, replies):
            match reply["type"]:
                case "open":
                    self._forms[user] = reply["form"]
                    heard = Heard(heard.said, reply["form"], heard.errors)
                case "errors":
                    heard = Heard(heard.said, heard.form, reply["errors"])
                case _ if reply["type"] == "say" or message is None:
                    seen = _seen(reply["card"])
                    self._said.setdefault(user, []).append(seen)
                    heard = Heard((*heard.said, seen), heard.form, heard.errors)
                case _:
                    heard = Heard((*heard.said, _seen(reply["card"])), heard.form, heard.errors)
        return heard


def _texts(value: str | list[str] | tuple[str, ...]) -> list[str]:
    if isinstance(value, str):
        return [value]
    return list(value)


def _seen(card: dict[str, Any]) -> Seen:
    lines: list[str] = []
    buttons: dict[str, str] = {}
    for block in card["blocks"]:
        match block["type"]:
            case "text":
                lines.append(block["text"])
            case "facts":
                lines += [f"{name}: {value}" for name, value in block["rows"]]
            case "chart":
                lines.append(block["alt"])
            case "buttons":
                buttons |= {button["label"]: button["action"] for button in block["buttons"]}
    return Seen("\n".join(lines), buttons)
