"""Slack and the people who use it: they live on when the process that serves them is killed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from aiohttp import ClientSession

from adapters.slack.app import EVENTS
from adapters.slack.inbound import PLATFORM
from bot.conversation.actions import Action, Verb, decode
from bot.conversation.events import Actor, Command
from bot.inbox import Inbox
from bot.ports import Rate, Tx
from bot.programme.people import Consent
from bot.programme.programmes import Workspace
from bot.service.running import Elsewhere
from storage.store import open_store
from storage.vault import Vault
from tests.flows.company import TestClock
from tests.flows.doomed_service import NEXT
from tests.flows.doomed_slack import Order
from tests.flows.doomed_world import (
    EVERYONE,
    FACILITATOR,
    FICKLE,
    LATE,
    PLAN,
    REMINDED,
    SECOND_THOUGHT,
    SECRET,
    SKIPPED,
    World,
    found_programme,
    opinion,
)
from tests.flows.outliving import EVE, PROMPT, REMINDER, Outliving, died
from tests.flows.slack_company import grant_of
from tests.slack import payloads
from tests.slack.delivery import Kind, NotAcked
from tests.slack.people import SlackUser
from tests.slack.reading import presses, words
from tests.slack.records import Json, Message
from tests.slack.server import StandIn
from tests.slack.world import World as SlackWorld


async def prepare(url: str) -> None:
    """Bring a database to the eve of its round; Slack's ids are those of `Survivors`."""
    slack = _slack(TestClock(EVE))
    (workspace,) = slack.workspaces.values()

    def work(tx: Tx) -> None:
        programme = found_programme(tx)
        here = Workspace(
            id=tx.new_id(),
            org_id=programme.org_id,
            platform=PLATFORM,
            external_id=workspace.team,
            name=workspace.name,
        )
        tx.directory.add_workspace(here, Rate(2000, 2000))
        people = tx.tenant(programme.org_id).people
        accounts = {user.email: user.id for user in workspace.users.values()}
        for member in people.members(programme.id):
            people.reach(member.person.id, here.id, accounts[member.person.email])
            people.save_membership(replace(member.membership, consent=Consent.GIVEN))

    async with open_store(url, Vault(SECRET)) as store:
        await store.write(work)
        maya = next(u.id for u in workspace.users.values() if u.email == FACILITATOR)
        command = Command(key="plan", actor=Actor(PLATFORM, workspace.team, maya), text=PLAN)
        await Inbox(store, Elsewhere(), TestClock(EVE)).handle(command)


def _slack(clock: TestClock) -> SlackWorld:
    """A workspace with everyone in it, always under the same ids."""
    world = SlackWorld(now=lambda: clock.now().timestamp(), wall=lambda: clock.now().timestamp())
    world.rates.on = False
    workspace = world.add_workspace("Trust")
    for email in EVERYONE:
        workspace.add_user(email, email=email)
    return world


class Survivors(Outliving):
    """Slack's servers, the people, and the time."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.slack = _slack(self._clock)
        (self._workspace,) = self.slack.workspaces.values()
        self._accounts = {user.email: user for user in self._workspace.users.values()}
        self._stand_in = StandIn(self.slack)

    async def __aenter__(self) -> Survivors:
        await self._stand_in.__aenter__()
        return self

    async def __aexit__(self, *how: object) -> None:
        await self._stand_in.__aexit__(None, None, None)

    def keys(self) -> Mapping[str, list[str]]:
        """The keys of everyone's messages, as Slack keeps them."""
        return {user: [_key(message) for message in self._messages(user)] for user in EVERYONE}

    @property
    def _session(self) -> ClientSession:
        return self._stand_in.session

    def _order(self, now: str, last: int | str | None) -> Mapping[str, Any]:
        order = Order(
            url=self.world.url,
            folder=self.world.folder,
            last=last,
            now=now,
            api_url=self._stand_in.base_url,
            signing_secret=self.slack.signing_secret,
            grant=asdict(grant_of(self._workspace)),
        )
        return asdict(order)

    # --- what people do ---

    async def _take_part(self, user: str) -> None:
        messages = self._messages(user)
        place = REMINDER if user in REMINDED else PROMPT
        if user == LATE or len(messages) <= place:
            return
        await self._answer(user, messages[place])
        if user == FICKLE and len(messages) == REMINDER + 1:
            question_id, value = SECOND_THOUGHT
            _, change = next(
                pair for pair in _meant(messages[PROMPT]) if pair[0].verb is Verb.CHANGE
            )
            await self._send_form(user, messages[PROMPT], change, question_id, value)

    async def _answer(self, user: str, message: Message) -> None:
        """Do what the card asks for, until it asks for nothing more."""
        while True:
            meant = _meant(message)
            answers = {a.arguments[2]: (a, b) for a, b in meant if a.verb is Verb.ANSWER}
            others = {action.verb: (action, button) for action, button in meant}
            before = message.edited
            if answers:
                question_id = next(iter(answers.values()))[0].arguments[1]
                value = opinion(user, question_id)
                await self._press(user, message, answers[value][1], question_id, value)
            elif write := others.get(Verb.WRITE):
                question_id = write[0].arguments[1]
                value = opinion(user, question_id)
                if value == SKIPPED:
                    await self._press(user, message, others[Verb.SKIP][1], question_id, value)
                else:
                    await self._send_form(user, message, write[1], question_id, value)
            elif start := others.get(Verb.START):
                await self._press(user, message, start[1])
            else:
                return
            assert message.edited != before, "nothing came of a press"

    async def _come_too_late(self) -> None:
        prompt = self._messages(LATE)[PROMPT]
        button = next(b for a, b in _meant(prompt) if a.verb is Verb.ANSWER)
        await self._press(LATE, prompt, button)
        assert "This round has closed" in words(prompt)

    async def _press(
        self, user: str, message: Message, button: Json, question_id: str = "", value: str = ""
    ) -> None:
        """Press a button, and wait for what comes of it; with a question it is an answer."""
        account = self._accounts[user]
        payload = payloads.in_message(self.slack, self._workspace, account, message, button, {})
        self._note(user, question_id, value, acknowledged=False)
        try:
            await self._person(user).delivery.send(Kind.INTERACTIVE, payload)
        except NotAcked as failure:
            raise died(failure) from None
        self._note(user, question_id, value, acknowledged=True)
        await self._ask("GET", NEXT)

    async def _send_form(
        self, user: str, message: Message, button: Json, question_id: str, value: str
    ) -> None:
        await self._press(user, message, button)
        self._note(user, question_id, value, acknowledged=False)
        try:
            assert await self._person(user).submit({question_id: value}) == {}
        except NotAcked as failure:
            raise died(failure) from None
        self._note(user, question_id, value, acknowledged=True)
        await self._ask("GET", NEXT)

    def _person(self, user: str) -> SlackUser:
        delivery = self._stand_in.delivery("http", self._place + EVENTS)
        return SlackUser(self.slack, self._workspace, self._accounts[user], delivery)

    def _messages(self, user: str) -> list[Message]:
        return self._workspace.im(self._accounts[user].id).messages


def _key(message: Message) -> str:
    metadata = message.metadata or {}
    return str(metadata.get("event_payload", {}).get("key", ""))


def _meant(message: Message) -> list[tuple[Action, Json]]:
    """What the buttons of a message mean, in reading order, and what Slack sends for them."""
    found = ((decode(button.get("value", "")), button) for _, button in presses(message))
    return [(action, button) for action, button in found if action]
