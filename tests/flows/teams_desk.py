"""Teams in the hands of the people of a test: real payloads to our endpoint, at a stand-in."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from bot.conversation.commands import BY_NAME
from bot.conversation.events import Actor
from tests.flows.desk import Heard, Seen
from tests.flows.teams_forms import PREFIX, entry_of, errors_in, form_in
from tests.teams import payloads
from tests.teams.delivery import Delivery
from tests.teams.examples import card, execute, message, words
from tests.teams.payloads import Place
from tests.teams.people import TeamsUser
from tests.teams.reading import actions, opens_dialog
from tests.teams.reading import words as written
from tests.teams.records import Json, Message, Tenant
from tests.teams.world import World

PLATFORM = "teams"
Drain = Callable[[], Awaitable[None]]
# A message as it stood: how often it was changed.
Standing = dict[str, int]


@dataclass
class TeamsDesk:
    """`Desk` for Teams. People are called by their addresses, like everywhere in the flows.

    `unasked` has the ids of what was sent without being an answer: in Teams all of it stands in
    the one chat, and only that is what `messages` shows. For `old` and `sends_empty` see TeamsUser.
    """

    world: World
    tenant: Tenant
    delivery: Delivery
    drain: Drain
    unasked: Collection[str]
    old: bool = False
    sends_empty: bool = False
    _users: dict[str, TeamsUser] = field(default_factory=dict)
    answers: set[str] = field(default_factory=set)
    _pressed: dict[tuple[str, str], tuple[Message, Json]] = field(default_factory=dict)

    def messages(self, user: str) -> tuple[Seen, ...]:
        shown = self._from_bot(self.user(user))
        answers = self.answers - set(self.unasked)
        return tuple(_seen(each) for each in shown if each.id not in answers)

    def actor(self, user: str) -> Actor:
        return Actor(PLATFORM, self.tenant.id, self.user(user).user.aad)

    async def command(self, user: str, text: str, key: str = "") -> Heard:
        person = self.user(user)
        place = Place(self.world, self.tenant, person.chat, person.user)
        posted = self.world.post(person.chat, {"text": text}, sender=person.user.id)
        # Teams repeats itself with the very same id.
        sent = payloads.typed(place, text, key or posted.id)
        return await self._doing(person, lambda: self.delivery.send(sent))

    async def press(self, user: str, label: str) -> Heard:
        person = self.user(user)
        found = next((each for each in person.presses() if _label(each[1]) == label), None)
        # As in a double click: the second press is made before the button is gone.
        found = found or self._pressed.get((user, label))
        assert found is not None, f"{user} sees no button {label!r}, only {person.labels()}"
        self._pressed[user, label] = found
        return await self._act(person, *found)

    async def press_action(self, user: str, action: str) -> Heard:
        """A payload that the service signs, for a button that we never sent to this person."""
        person = self.user(user)
        buttons = {"type": "ActionSet", "actions": [execute("Old", {"do": action})]}
        shown = card(words("An old card"), buttons)
        old = self.world.post(person.chat, message(shown))
        try:
            return await self._act(person, old, actions(shown, old=person.old)[0])
        finally:
            # It was only there so that something could be pressed.
            person.chat.messages.remove(old)

    async def submit(self, user: str, **values: str | tuple[str, ...]) -> Heard:
        person = self.user(user)
        wrong: dict[str, str] = {}

        async def send() -> None:
            self._fill(person, values)
            wrong.update(await person.submit())

        heard = await self._doing(person, send)
        errors = {name.removeprefix(PREFIX): text for name, text in wrong.items()}
        return Heard(heard.said, heard.form, errors or heard.errors)

    async def close_form(self, user: str, **values: str | tuple[str, ...]) -> Heard:
        """Teams tells nobody, so nothing comes of it."""
        person = self.user(user)
        self._fill(person, values)
        person.close()
        return Heard()

    def user(self, email: str) -> TeamsUser:
        """The person with this address, who gets an account if they have none."""
        if email not in self._users:
            known = [user for user in self.tenant.users.values() if user.email == email]
            account = known[0] if known else self.tenant.add_user(email, email=email)
            person = TeamsUser(self.world, self.tenant, account, self.delivery)
            person.old, person.sends_empty = self.old, self.sends_empty
            self._users[email] = person
        return self._users[email]

    def _fill(self, person: TeamsUser, values: Mapping[str, str | tuple[str, ...]]) -> None:
        dialog = person.dialog
        assert dialog is not None, "no dialog is open"
        for name, value in values.items():
            given = [value] if isinstance(value, str) else list(value)
            entry = entry_of(dialog, name, given)
            if entry is None:  # what no client would let anyone choose
                dialog.forge(f"{PREFIX}{name}", ",".join(quote(each, safe="") for each in given))
            else:
                dialog.fill(f"{PREFIX}{name}", entry)

    def _from_bot(self, person: TeamsUser) -> list[Message]:
        return [each for each in person.messages() if each.sender == self.world.bot_id]

    async def _act(self, person: TeamsUser, pressed: Message, action: Json) -> Heard:
        does = (action.get("data") or {}).get("do", "")
        return await self._doing(person, lambda: person.act(pressed, action), does)

    async def _doing(
        self, person: TeamsUser, act: Callable[[], Awaitable[object]], does: str = ""
    ) -> Heard:
        """What is new on the screen after an action and all that follows from it."""
        if person.user.id not in self.tenant.installed:
            await person.install()
            await self.drain()
        before = {each.id: each.edited for each in self._from_bot(person)}
        dialog = person.dialog
        await act()
        await self.drain()
        door = self._door(person, before, does)
        if door is not None:
            self.answers.add(door[0].id)
            before[door[0].id] = door[0].edited
            await person.act(*door)
            await self.drain()
        said = self._said(person, before)
        if person.dialog is None or person.dialog is dialog:
            return Heard(said)
        errors = errors_in(person.dialog)
        return Heard(said, None if errors else form_in(person.dialog), errors)

    def _door(self, person: TeamsUser, before: Standing, does: str) -> tuple[Message, Json] | None:
        """A form that only a button can open, so a message with that button was sent."""
        for new in (each for each in self._from_bot(person) if each.id not in before):
            found = [action for shown in new.cards for action in actions(shown)]
            data = found[0].get("data", {}) if len(found) == 1 and opens_dialog(found[0]) else {}
            if "run" in data or (does and data.get("do") == does):
                return new, found[0]
        return None

    def _said(self, person: TeamsUser, before: Standing) -> tuple[Seen, ...]:
        """What was written or changed since. All that a screen shows stands in the chat too."""
        chat = self._from_bot(person)
        if any(person.user.id in each.local for each in chat):
            self.world.faults.append("a card was answered with another one than the chat has")
        said = [each for each in chat if before.get(each.id) != each.edited]
        self.answers |= {each.id for each in said if each.id not in before}
        for each in said:
            found = [action for shown in each.cards for action in actions(shown)]
            for action in found:
                self._pressed[person.user.email, _label(action)] = each, action
        return tuple(_seen(each) for each in said)


# On Teams commands are typed without a slash; the flows call them alike everywhere.
_COMMAND = re.compile(rf"(?<!/)\bpulse(?= (?:{'|'.join(BY_NAME)})\b)")


def _seen(shown: Message) -> Seen:
    lines = [_alike(each) for each in (shown.text, *map(written, shown.cards))]
    found = [action for each in shown.cards for action in actions(each)]
    buttons = {_label(action): _does(action) for action in found}
    return Seen("\n".join(line for line in lines if line), buttons)


def _alike(text: str) -> str:
    return _COMMAND.sub("/pulse", text)


def _label(action: Json) -> str:
    return _alike(str(action["title"]))


def _does(action: Json) -> str:
    """What a button carries: an action, or a line that somebody typed."""
    data = action.get("data") or {}
    return str(data.get("do") or data.get("run") or "")
