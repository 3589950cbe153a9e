"""Slack in the hands of the people of a test: real payloads to our routes, at a stand-in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.slack.forms import FORM, NOTHING
from adapters.slack.inbound import PLATFORM
from bot.conversation.events import Actor
from tests.flows.desk import Heard, Seen
from tests.slack import payloads
from tests.slack.delivery import Delivery, Kind
from tests.slack.people import SlackUser
from tests.slack.records import Json, View, Workspace
from tests.slack.replies import say
from tests.slack.world import World

Drain = Callable[[], Awaitable[None]]


@dataclass
class SlackDesk:
    """`Desk` for Slack. People are called by their addresses, like everywhere in the flows."""

    world: World
    workspace: Workspace
    delivery: Delivery
    drain: Drain
    _users: dict[str, SlackUser] = field(default_factory=dict)
    _pressed: dict[tuple[str, str], str] = field(default_factory=dict)

    def messages(self, user: str) -> tuple[Seen, ...]:
        return tuple(_seen(message.blocks) for message in self.user(user).im.messages)

    def actor(self, user: str) -> Actor:
        workspace = self.workspace.enterprise if self.workspace.org_install else self.workspace.team
        return Actor(PLATFORM, workspace, self.user(user).user.id)

    async def command(self, user: str, text: str, key: str = "") -> Heard:
        person = self.user(user)
        sent = payloads.slash(self.world, self.workspace, person.user, person.im, "/pulse", text)
        if key:
            sent["trigger_id"] = key  # Slack repeats itself with the very same one
        return await self._doing(person, lambda: self._slash(person, sent))

    async def press(self, user: str, label: str) -> Heard:
        person = self.user(user)
        if label not in person.labels():
            # As in a double click: the second press is made before the button is gone.
            return await self.press_action(user, self._pressed[user, label])
        return await self._doing(person, lambda: person.press(label))

    async def press_action(self, user: str, action: str) -> Heard:
        """A payload that Slack signs, for a button that we never sent to this person."""
        person = self.user(user)
        message = self.world.post(self.workspace, person.im.id, "An old card", [])
        made = {"type": "button", "action_id": "0.0", "block_id": "b", "value": action}
        sent = payloads.in_message(self.world, self.workspace, person.user, message, made, {})
        try:
            return await self._doing(person, lambda: self.delivery.send(Kind.INTERACTIVE, sent))
        finally:
            # It was only there so that something could be pressed.
            person.im.messages.remove(message)

    async def submit(self, user: str, **values: str | tuple[str, ...]) -> Heard:
        person = self.user(user)
        errors: dict[str, str] = {}

        async def send() -> None:
            forged = _forge(person, values)
            honest = {name: value for name, value in values.items() if name not in forged}
            errors.update(await person.submit(_entries(person, honest)))

        heard = await self._doing(person, send)
        return Heard(heard.said, heard.form, errors)

    async def close_form(self, user: str, **values: str | tuple[str, ...]) -> Heard:
        person = self.user(user)

        async def close() -> None:
            for name, entry in _entries(person, values).items():
                await person.choose(name, entry, where="view")
            await person.close()

        return await self._doing(person, close)

    def user(self, email: str) -> SlackUser:
        """The person with this address, who gets an account if they have none."""
        if email not in self._users:
            known = [user for user in self.workspace.users.values() if user.email == email]
            account = known[0] if known else self.workspace.add_user(email, email=email)
            self._users[email] = SlackUser(self.world, self.workspace, account, self.delivery)
        return self._users[email]

    async def _slash(self, person: SlackUser, sent: dict[str, str]) -> None:
        ack = await self.delivery.send(Kind.SLASH, sent)
        if isinstance(ack.body, dict):
            say(self.world, self.workspace, person.user.id, person.im.id, ack.body)

    async def _doing(self, person: SlackUser, act: Callable[[], Awaitable[object]]) -> Heard:
        """What is new on the screen after an action and all that follows from it."""
        before = {message.ts: message.blocks for message in person.messages()}
        view = person.view
        shown = view.body if view else None
        await act()
        await self.drain()
        said = [
            _seen(message.blocks)
            for message in person.messages()
            if before.get(message.ts) != message.blocks
        ]
        top = person.view
        form = None
        if top is not None and not (top is view and top.body == shown):
            if top.body.get("callback_id") == FORM:
                form = _form(top) if top.body.get("submit") else _to_read(top)
            else:
                said.append(_seen(top.body["blocks"]))
        for seen in said:
            self._pressed |= {(person.user.email, name): v for name, v in seen.buttons.items()}
        return Heard(tuple(said), form)


def _entries(
    person: SlackUser, values: Mapping[str, str | tuple[str, ...]]
) -> dict[str, str | list[str]]:
    """As Slack's client takes them: one text, or the chosen options."""
    view = person.view
    assert view is not None, "no form is open"
    elements = {b["block_id"]: b["element"] for b in view.body["blocks"] if b["type"] == "input"}
    assert values.keys() <= elements.keys(), f"the form has {list(elements)}"
    entries: dict[str, str | list[str]] = {}
    for name, value in values.items():
        given = [value] if isinstance(value, str) else list(value)
        if elements[name]["type"] in ("checkboxes", "multi_static_select"):
            entries[name] = [each for each in given if each]
        else:
            kind = elements[name]["type"]
            nothing = "" if kind == "plain_text_input" else NOTHING
            entries[name] = given[0] if given and given[0] else nothing
    return entries


def _forge(person: SlackUser, values: Mapping[str, str | tuple[str, ...]]) -> set[str]:
    """Put what Slack's client would not let anyone choose into the open form; returns the names."""
    forged = set()
    view = person.view
    for block in view.body["blocks"] if view else ():
        element, name = block.get("element") or {}, block.get("block_id")
        if view is None or name not in values or "options" not in element:
            continue
        value = values[name]
        given = [each for each in ([value] if isinstance(value, str) else value) if each]
        offered = {option["value"] for option in element["options"]}
        if set(given) <= offered and len(given) <= element.get("max_selected_items", 99):
            continue
        options: list[Json] = [{"value": each} for each in given]
        several = element["type"] in ("checkboxes", "multi_static_select")
        chosen = {"selected_options": options} if several else {"selected_option": options[0]}
        state = {"type": element["type"], **chosen}
        view.values.setdefault(name, {})[element["action_id"]] = state
        forged.add(name)
    return forged


def _form(view: View) -> dict[str, Any]:
    """The open form in the shape in which the flows look at one."""
    inputs = [block for block in view.body["blocks"] if block["type"] == "input"]
    intro = [block["text"]["text"] for block in view.body["blocks"] if block["type"] == "section"]
    return {
        "title": view.body["title"]["text"],
        "intro": "\n".join(intro),
        "keeps_draft": view.body["notify_on_close"],
        "fields": [
            {
                "id": block["block_id"],
                "label": block["label"]["text"],
                "hint": (block.get("hint") or {}).get("text", ""),
                **_standing(block["element"]),
            }
            for block in inputs
        ],
    }


def _to_read(view: View) -> dict[str, Any]:
    """A form that only shows something: its texts in the order in which they stand."""
    texts = [
        "".join(part["text"] for run in block["elements"] for part in run["elements"])
        for block in view.body["blocks"]
        if block["type"] == "rich_text"
    ]
    fields = [{"id": f"text{number}", "value": text} for number, text in enumerate(texts)]
    intro = view.body["blocks"][0].get("text", {}).get("text", "")
    return {"title": view.body["title"]["text"], "intro": intro, "fields": fields}


def _standing(element: Json) -> dict[str, Any]:
    if element["type"] == "plain_text_input":
        return {"type": "text", "value": element.get("initial_value", "")}
    one = element.get("initial_option")
    chosen = [one] if one else element.get("initial_options", [])
    return {
        "type": "choice",
        "value": [option["value"] for option in chosen if option["value"] != NOTHING],
        "most": element.get("max_selected_items", 1),
    }


def _seen(blocks: list[Json]) -> Seen:
    lines: list[str] = []
    buttons: dict[str, str] = {}
    for block in blocks:
        match block["type"]:
            case "section" | "header":
                lines.append(block["text"]["text"])
            case "context":
                lines += [element["text"] for element in block["elements"]]
            case "rich_text":
                parts = [part["text"] for run in block["elements"] for part in run["elements"]]
                lines.append("".join(parts))
            case "actions":
                buttons |= {each["text"]["text"]: each["value"] for each in block["elements"]}
    return Seen("\n".join(lines), buttons)
