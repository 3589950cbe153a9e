"""People at their screens: what they see in Teams, and what happens when they act."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from tests.teams import payloads
from tests.teams.cards import card_faults, dialog_faults
from tests.teams.delivery import Answer, Delivery
from tests.teams.dialogs import Dialog, Entry
from tests.teams.happenings import Happenings
from tests.teams.payloads import Place
from tests.teams.reading import actions, opens_dialog, words
from tests.teams.records import CARD, Conversation, Json, Message, Tenant, User
from tests.teams.world import World

TOAST = "application/vnd.microsoft.activity.message"


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Waits until something is so; the app often goes on after its answer."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 a screen does not tell either
            await asyncio.sleep(0.005)


class TeamsUser:
    """One person in one tenant, whose actions reach the app over `delivery`.

    With `old` their client knows no Action.Execute and no charts. `sends_empty`: it sends fields
    of a dialog that are empty, as some clients do and others do not.
    """

    def __init__(self, world: World, tenant: Tenant, user: User, delivery: Delivery) -> None:
        self.world = world
        self.tenant = tenant
        self.user = user
        self.delivery = delivery
        self.happenings = Happenings(world, tenant, delivery)
        self.old = False
        self.sends_empty = False
        self.dialog: Dialog | None = None
        self.notes: list[str] = []  # words that stood in a dialog, or for a moment at a card

    @property
    def chat(self) -> Conversation:
        """The personal chat with the app."""
        return self.world.chat(self.tenant, self.user)

    def messages(self, place: Conversation | None = None) -> list[Message]:
        """What stands in the chat, or in another conversation, oldest first."""
        return list((place or self.chat).messages)

    def reads(self, place: Conversation | None = None) -> list[str]:
        """The words of all these messages, as this person's client shows them."""
        return [self.words(message) for message in self.messages(place)]

    def words(self, message: Message) -> str:
        shown = message.seen_by(self.user.id)
        lines = [message.text, *(words(card, old=self.old) for card in shown)]
        return "\n".join(line for line in lines if line)

    async def sees(self, text: str, seconds: float = 5.0) -> str:
        """Waits for words in a message of the chat or in the dialog; returns all there."""

        def found() -> str:
            open_now = [self.dialog.words] if self.dialog else []
            every = [*open_now, *reversed(self.reads())]
            return next((each for each in every if text in each), "")

        try:
            await until(found, seconds)
        except TimeoutError:
            raise AssertionError(f"{text!r} is not in {self.reads()}") from None
        return found()

    def labels(self, place: Conversation | None = None) -> list[str]:
        """Everything that could be pressed in messages, the newest first."""
        return [str(action["title"]) for _, action in self.presses(place)]

    def presses(self, place: Conversation | None = None) -> list[tuple[Message, Json]]:
        return [
            (message, action)
            for message in reversed(self.messages(place))
            for card in message.seen_by(self.user.id)
            for action in actions(card, old=self.old)
        ]

    def _at(self, place: Conversation | None = None) -> Place:
        return Place(self.world, self.tenant, place or self.chat, self.user)

    async def say(self, text: str) -> Answer:
        """Write to the app in the personal chat."""
        return await self._write(self._at(), text, mentions=False, thread="")

    async def mention(self, text: str, place: Conversation, thread: str = "") -> Answer:
        """Write to the app in a channel or a group chat, which hears only what mentions it."""
        return await self._write(self._at(place), text, mentions=True, thread=thread)

    async def slash(self, text: str, place: Conversation) -> Answer:
        """Write a slash command in a channel or a group chat: only the app is shown it."""
        sent = payloads.typed(self._at(place), text, self.world.next_id(), targeted=True)
        return await self.delivery.send(sent)

    async def _write(self, place: Place, text: str, *, mentions: bool, thread: str) -> Answer:
        written = self.world.post(place.conversation, {"text": text}, sender=self.user.id)
        sent = payloads.typed(place, text, written.id, mentions=mentions, thread=thread)
        return await self.delivery.send(sent)

    async def press(self, label: str, place: Conversation | None = None) -> Answer:
        """Press the newest button with this label."""
        for message, action in self.presses(place):
            if action["title"] == label:
                return await self.act(message, action)
        raise LookupError(f"there is no button {label!r} among {self.labels(place)}")

    async def act(self, message: Message, action: Json) -> Answer:
        """What the client does when an action of this message's card is pressed."""
        place = self._at(self.world.conversation(message.conversation))
        data = action.get("data") or {}
        if action["type"] == "Action.Execute":
            sent = payloads.executed(place, message, action, data)
            edited = message.edited
            answer = await self.delivery.send(sent)
            self._executed(message, edited, answer.body)
        elif opens_dialog(action):
            answer = await self.delivery.send(payloads.fetched(place, message, data))
            self._task(place.conversation, answer.body, "task/fetch")
        else:
            answer = await self.delivery.send(payloads.submitted_on_card(place, message, data))
        return answer

    def _executed(self, message: Message, edited: int, body: Json | None) -> None:
        """The card in the answer takes the place of the one that was pressed, on this screen."""
        match body:
            case {"statusCode": 200, "type": kind, "value": dict(card)} if kind == CARD:
                self.world.faults += card_faults(card, "message")
                # An update that came meanwhile is newer, or says the same.
                if message.edited == edited:
                    message.local[self.user.id] = card
            case {"statusCode": 200, "type": kind, "value": str(text)} if kind == TOAST:
                self.notes.append(text)
            case _:
                self._fault(f"cannot use {body!r} as an answer to adaptiveCard/action")

    def _task(self, place: Conversation, body: Json | None, name: str) -> None:
        """What becomes of the dialog after an answer to task/fetch or task/submit."""
        self.dialog = None
        match body:
            case {"task": {"type": "continue", "value": value}}:
                self.world.faults += dialog_faults(value)
                match value:
                    case {"title": str(title), "card": {"content": dict(card)}}:
                        self.dialog = Dialog(title, card, place)
            case {"task": {"type": "message", "value": str(text)}} if text:
                self.notes.append(text)
            case None | {} if name == "task/submit" and not body:
                pass
            case _:
                self._fault(f"cannot use {body!r} as an answer to {name}")

    def _fault(self, what: str) -> None:
        self.world.faults.append(f"{self.user.name}: {what}")

    def _open(self) -> Dialog:
        if self.dialog is None:
            raise LookupError("no dialog is open")
        return self.dialog

    async def submit(
        self, values: Mapping[str, Entry] | None = None, label: str = ""
    ) -> dict[str, str]:
        """Fill in the dialog and send it; returns what the client says is wrong, by field.

        What the app says is wrong stands in the dialog that it shows again.
        """
        dialog = self._open()
        for name, entry in (values or {}).items():
            dialog.fill(name, entry)
        if wrong := dialog.wrong():
            return wrong
        data = dialog.sends(label, empty=self.sends_empty)
        answer = await self.delivery.send(payloads.submitted(self._at(dialog.conversation), data))
        self._task(dialog.conversation, answer.body, "task/submit")
        return {}

    def close(self) -> None:
        """Close the dialog: Teams tells nobody."""
        self._open()
        self.dialog = None

    async def install(self) -> None:
        await self.happenings.install(self.user)

    async def uninstall(self) -> None:
        await self.happenings.uninstall(self.user)

    def block(self) -> None:
        """Block the app: it hears nothing of it, until it writes."""
        self.tenant.blocked.add(self.user.id)

    def unblock(self) -> None:
        self.tenant.blocked.discard(self.user.id)
