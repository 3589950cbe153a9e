"""People at their screens: what they see in Slack, and what happens when they act."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from tests.slack import payloads
from tests.slack.calling import SlackError, check_blocks
from tests.slack.delivery import Ack, Delivery, Kind
from tests.slack.happenings import Happenings
from tests.slack.reading import Entry, entered, fields, missing, names, presses, words
from tests.slack.records import Channel, Json, Message, User, View, Workspace
from tests.slack.replies import say
from tests.slack.shapes import state_values
from tests.slack.world import MAX_STACK, World

Where = Literal["view", "message", "home"]


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Waits until something is so; the app often goes on after its ack."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 a screen does not tell either
            await asyncio.sleep(0.005)


class SlackUser:
    """One person in one workspace, whose actions reach the app over `delivery`."""

    def __init__(self, world: World, workspace: Workspace, user: User, delivery: Delivery) -> None:
        self.world = world
        self.workspace = workspace
        self.user = user
        self.delivery = delivery
        self.happenings = Happenings(world, workspace, delivery)
        # What was chosen in messages, by the message's time stamp.
        self._chosen: dict[str, dict[str, dict[str, Json]]] = {}

    @property
    def im(self) -> Channel:
        """The direct messages with the app."""
        return self.workspace.im(self.user.id)

    @property
    def views(self) -> list[View]:
        """The open forms, the one on top last."""
        return self.workspace.views.setdefault(self.user.id, [])

    @property
    def view(self) -> View | None:
        return self.views[-1] if self.views else None

    @property
    def home(self) -> View | None:
        return self.workspace.homes.get(self.user.id)

    def messages(self) -> list[Message]:
        """What stands in the direct messages, and what only this person sees, oldest first."""
        alone = [one for one in self.workspace.ephemerals if one.only_for == self.user.id]
        return sorted([*self.im.messages, *alone], key=lambda one: one.ts)

    def reads(self) -> list[str]:
        """The words of all these messages."""
        return [words(message) for message in self.messages()]

    async def sees(self, text: str, seconds: float = 5.0) -> str:
        """Waits for words in a message, in the open form or on the home tab; returns all there."""

        def found() -> str:
            return next((words(place) for place in self._places() if text in words(place)), "")

        try:
            await until(found, seconds)
        except TimeoutError:
            raise AssertionError(f"{text!r} is not in {self.reads()}") from None
        return found()

    def labels(self, where: Where | None = None) -> list[str]:
        """Everything that could be pressed."""
        return [label for place in self._places(where) for label, _ in presses(place)]

    def _places(self, where: Where | None = None) -> Iterator[Message | View]:
        """The screen from top to bottom: the open form, messages from the newest, home."""
        if self.view and where in {None, "view"}:
            yield self.view
        if where in {None, "message"}:
            yield from reversed(self.messages())
        if self.home and where in {None, "home"}:
            yield self.home

    async def slash(self, command: str, text: str = "", channel: Channel | None = None) -> None:
        """Send a slash command, in the direct messages unless a channel is given."""
        place = channel or self.im
        command, _, more = command.partition(" ")
        payload = payloads.slash(
            self.world, self.workspace, self.user, place, command, text or more
        )
        ack = await self.delivery.send(Kind.SLASH, payload)
        body = {"text": ack.body} if isinstance(ack.body, str) else ack.body or {}
        if not body.get("text") and not body.get("blocks"):
            return
        try:
            check_blocks(self.world, body.get("blocks") or [], f"answer to {command}")
        except SlackError:
            return
        say(self.world, self.workspace, self.user.id, place.id, body)

    async def say(self, text: str) -> Ack:
        """Write to the app in the direct messages."""
        return await self.happenings.message(self.user, text)

    async def open_home(self, tab: str = "home") -> Ack:
        return await self.happenings.app_home_opened(self.user, tab)

    async def press(self, label: str, *, where: Where | None = None) -> Ack:
        """Press the newest button with this label, or the choice of an overflow menu."""
        for place in self._places(where):
            for found, action in presses(place):
                if found == label:
                    return await self._act(place, action)
        raise LookupError(f"there is no button {label!r} among {self.labels(where)}")

    async def choose(self, name: str, entry: Entry, *, where: Where | None = None) -> Ack | None:
        """Fill in a field, found by its label, its placeholder or an id.

        The app hears of it at once unless the field is part of a form to be submitted.
        """
        for place in self._places(where):
            for block, element in fields(place):
                if name in names(block, element):
                    return await self._enter(place, block, element, entry)
        known = [sorted(names(*pair)) for place in self._places(where) for pair in fields(place)]
        raise LookupError(f"there is no field {name!r} among {known}")

    async def _enter(
        self, place: Message | View, block: Json, element: Json, entry: Entry
    ) -> Ack | None:
        state = entered(self.world, self.user.id, element, entry)
        values = place.values if isinstance(place, View) else self._chosen.setdefault(place.ts, {})
        values.setdefault(block["block_id"], {})[element["action_id"]] = state
        if block["type"] == "input" and not block.get("dispatch_action"):
            return None
        action = {**state, "action_id": element["action_id"], "block_id": block["block_id"]}
        return await self._act(place, action)

    async def _act(self, place: Message | View, action: Json) -> Ack:
        if isinstance(place, View):
            payload = payloads.in_view(self.world, self.workspace, self.user, place, action)
        else:
            chosen = self._chosen.get(place.ts, {})
            payload = payloads.in_message(
                self.world,
                self.workspace,
                self.user,
                place,
                action,
                state_values(place.blocks, chosen),
            )
        return await self.delivery.send(Kind.INTERACTIVE, payload)

    def _top(self) -> View:
        if self.view is None:
            raise LookupError("no form is open")
        return self.view

    async def submit(self, values: Mapping[str, Entry] | None = None) -> dict[str, str]:
        """Fill in the open form and send it; returns what is said to be wrong, by block."""
        view = self._top()
        for name, entry in (values or {}).items():
            await self.choose(name, entry, where="view")
        if not view.body.get("submit"):
            raise LookupError("the form has no button to send it")
        state = state_values(view.body["blocks"], view.values)
        wrong = {
            block["block_id"]: fault
            for block, element in fields(view)
            if (fault := missing(block, element, state[block["block_id"]][element["action_id"]]))
        }
        if wrong:
            return wrong
        payload = payloads.submission(self.world, self.workspace, self.user, view)
        ack = await self.delivery.send(Kind.INTERACTIVE, payload)
        return self._answered(view, ack)

    def _answered(self, view: View, ack: Ack) -> dict[str, str]:
        """What becomes of the forms after the answer to a submission."""
        body = ack.body
        if not body:
            self.workspace.views[self.user.id] = [one for one in self.views if one is not view]
            return {}
        action = body.get("response_action") if isinstance(body, dict) else None
        if isinstance(body, dict) and action == "errors":
            errors = body.get("errors") or {}
            inputs = {block["block_id"] for block, _ in fields(view) if block["type"] == "input"}
            if not errors or set(errors) - inputs:
                self._fault(f"errors for {sorted(errors)}, but the inputs are {sorted(inputs)}")
            return dict(errors)
        if action == "clear":
            self.workspace.views[self.user.id] = []
        elif isinstance(body, dict) and action in {"update", "push"}:
            self._show(view, action, body.get("view"))
        else:
            self._fault(f"cannot use the answer {body!r}")
        return {}

    def _show(self, view: View, action: str, body: object) -> None:
        if self.world.check_view(body, f"response_action {action}") or not isinstance(body, dict):
            return
        if action == "update":
            self.world.renew(view, body)
        elif len(self.views) < MAX_STACK:
            self.world.show(self.workspace, self.user.id, body, push=True)
        else:
            self._fault(f"more than {MAX_STACK} forms on top of each other")

    def _fault(self, what: str) -> None:
        self.world.faults.append(f"answer to view_submission: {what}")

    async def close(self, *, everything: bool = False) -> None:
        """Close the form on top, or all of them; the app hears of it if it asked to."""
        top = self._top()
        closed = list(reversed(self.views)) if everything else [top]
        self.workspace.views[self.user.id] = [one for one in self.views if one not in closed]
        for view in closed:
            if view.body.get("notify_on_close"):
                payload = payloads.closing(self.workspace, self.user, view, cleared=everything)
                await self.delivery.send(Kind.INTERACTIVE, payload)
