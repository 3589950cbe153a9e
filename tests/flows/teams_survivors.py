"""Teams and the people who use it: they live on when the process that serves them is killed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from typing import Any

from aiohttp import ClientSession

from adapters.teams.app import MESSAGES
from adapters.teams.contacts import Reference
from adapters.teams.reading import PLATFORM
from adapters.teams.references import References
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
from tests.flows.doomed_teams import Order
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
from tests.teams.delivery import NotTaken
from tests.teams.people import TeamsUser
from tests.teams.reading import actions
from tests.teams.records import Json, Message, Tenant, User
from tests.teams.server import StandIn
from tests.teams.world import World as TeamsWorld


async def prepare(url: str) -> None:
    """Bring a database to the eve of its round; Teams' ids are those of `Survivors`."""
    world = _teams(TestClock(EVE))
    users = {user.email: user for user in world.home.users.values()}

    def work(tx: Tx) -> None:
        programme = found_programme(tx)
        here = Workspace(
            id=tx.new_id(),
            org_id=programme.org_id,
            platform=PLATFORM,
            external_id=world.home.id,
            name=world.home.name,
        )
        tx.directory.add_workspace(here, Rate(2000, 2000))
        people = tx.tenant(programme.org_id).people
        for member in people.members(programme.id):
            people.reach(member.person.id, here.id, users[member.person.email].aad)
            people.save_membership(replace(member.membership, consent=Consent.GIVEN))

    async with open_store(url, Vault(SECRET)) as store:
        await store.write(work)
        actor = Actor(PLATFORM, world.home.id, users[FACILITATOR].aad)
        command = Command(key="plan", actor=actor, text=PLAN)
        await Inbox(store, Elsewhere(), TestClock(EVE)).handle(command)


def _teams(clock: TestClock) -> TeamsWorld:
    """A tenant with everyone in it, always under the same ids; all are in a team with the app."""
    world = TeamsWorld(now=lambda: clock.now().timestamp(), wall=lambda: clock.now().timestamp())
    world.rates.on = False
    tenant = world.add_tenant("Trust")
    people = [tenant.add_user(email, email=email) for email in EVERYONE]
    tenant.add_team("Ward", people, has_app=True)
    return world


class Survivors(Outliving):
    """Microsoft's servers, the people, and the time."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.teams = _teams(self._clock)
        self._accounts = {user.email: user for user in self._tenant.users.values()}
        self._stand_in = StandIn(self.teams)
        self._replies: set[str] = set()

    @property
    def _tenant(self) -> Tenant:
        return self.teams.home

    async def __aenter__(self) -> Survivors:
        await self._stand_in.__aenter__()
        async with open_store(self.world.url, Vault(SECRET)) as store:
            references = References(store)
            for user in self._accounts.values():
                actor = Actor(PLATFORM, self._tenant.id, user.aad)
                await references.note(actor, self._reference(user))
        return self

    def _reference(self, user: User) -> Reference:
        """As it was told when the app came into the team."""
        return Reference(
            service_url=self.teams.service_url,
            tenant=self._tenant.id,
            bot=self.teams.bot_id,
            user=user.id,
            account=user.aad,
        )

    async def __aexit__(self, *how: object) -> None:
        await self._stand_in.__aexit__(None, None, None)

    def received(self) -> dict[str, list[Message]]:
        """What everyone has been sent since the round began, without replies."""
        return {user: self._messages(user) for user in EVERYONE}

    @property
    def _session(self) -> ClientSession:
        return self._stand_in.session

    def _order(self, now: str, last: int | str | None) -> Mapping[str, Any]:
        order = Order(
            url=self.world.url,
            folder=self.world.folder,
            last=last,
            now=now,
            address=self._stand_in.login_url,
            metadata_url=self._stand_in.metadata_url,
            app_id=self.teams.app_id,
            app_secret=self.teams.app_secret,
            tenant=self._tenant.id,
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
            for action, button in self._meant(user, messages[PROMPT]):
                if action.verb is Verb.CHANGE:
                    await self._send_form(user, messages[PROMPT], button, question_id, value)

    async def _answer(self, user: str, message: Message) -> None:
        """Do what the card asks for, until it asks for nothing more."""
        for _ in range(10):
            meant = self._meant(user, message)
            answers = {a.arguments[2]: (a, b) for a, b in meant if a.verb is Verb.ANSWER}
            others = {action.verb: (action, button) for action, button in meant}
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
        raise AssertionError("nothing came of a press")

    async def _come_too_late(self) -> None:
        messages = self._messages(LATE)
        found = [] if not messages else self._meant(LATE, messages[PROMPT])
        for action, button in found:
            if action.verb is Verb.ANSWER:
                person = await self._press(LATE, messages[PROMPT], button)
                assert "This round has closed" in person.words(messages[PROMPT])
                return

    async def _press(
        self, user: str, message: Message, button: Json, question_id: str = "", value: str = ""
    ) -> TeamsUser:
        """Press a button, and wait for what comes of it; with a question it is an answer."""
        person = self._person(user)
        async with self._acting(user, question_id, value):
            await person.act(message, button)
        return person

    async def _send_form(
        self, user: str, message: Message, button: Json, question_id: str, value: str
    ) -> None:
        person = await self._press(user, message, button)
        if person.dialog is None:  # the round has closed meanwhile
            return
        person.dialog.fill(f"f.{question_id}", value)
        async with self._acting(user, question_id, value):
            assert await person.submit() == {}

    @asynccontextmanager
    async def _acting(self, user: str, question_id: str, value: str) -> AsyncIterator[None]:
        """What is written to somebody while they act is a reply. Raises Died."""
        before = {message.id for message in self._messages(user)}
        self._note(user, question_id, value, acknowledged=False)
        try:
            yield
            self._note(user, question_id, value, acknowledged=True)
            await self._ask("GET", NEXT)
        except NotTaken as failure:
            raise died(failure) from None
        finally:
            self._replies |= {message.id for message in self._messages(user)} - before

    def _person(self, user: str) -> TeamsUser:
        delivery = self._stand_in.delivery(self._place + MESSAGES)
        return TeamsUser(self.teams, self._tenant, self._accounts[user], delivery)

    def _messages(self, user: str) -> list[Message]:
        chat = self.teams.chat(self._tenant, self._accounts[user])
        return [message for message in chat.messages if message.id not in self._replies]

    def _meant(self, user: str, message: Message) -> list[tuple[Action, Json]]:
        """What the buttons of a message mean, in reading order, and what Teams sends for them."""
        shown = message.seen_by(self._accounts[user].id)
        found = [
            (decode(str(action.get("data", {}).get("do", ""))), action)
            for card in shown
            for action in actions(card)
        ]
        return [(action, button) for action, button in found if action]
