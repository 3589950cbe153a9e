"""Teams and the people who use it: they live on when the process that serves them is killed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from aiohttp import ClientError

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
from tests.flows.doomed_slack import LIVE, NEXT
from tests.flows.doomed_teams import Order
from tests.flows.doomed_world import (
    END,
    EVERYONE,
    FACILITATOR,
    FICKLE,
    LATE,
    PLAN,
    REMINDED,
    SECOND_THOUGHT,
    SECRET,
    SKIPPED,
    STAFF,
    Line,
    World,
    answers_now,
    check_answers,
    found_programme,
    opinion,
)
from tests.flows.survivors import EVE, KILLED, PROMPT, REMINDER, Died, Nursery
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


class Survivors:
    """Microsoft's servers, the people, and the time. To be entered and left.

    `journal` has every answer that was sent, and once more when it was acknowledged.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.journal: list[Line] = []
        self._clock = TestClock(EVE)
        self.teams = _teams(self._clock)
        self._accounts = {user.email: user for user in self._tenant.users.values()}
        self._people: dict[str, TeamsUser] = {}
        self._stand_in = StandIn(self.teams)
        self._replies: set[str] = set()
        self._place = ""

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

    async def go_on(self, nursery: Nursery, last: int | str | None = None) -> bool:
        """Have a process serve until long after the round; whether it was killed, at `last`."""
        async with open_store(self.world.url, Vault(SECRET)) as store:
            check_answers(self.journal, await store.read(answers_now))
        order = Order(
            url=self.world.url,
            folder=self.world.folder,
            last=last,
            now=self._clock.now().isoformat(),
            address=self._stand_in.login_url,
            metadata_url=self._stand_in.metadata_url,
            app_id=self.teams.app_id,
            app_secret=self.teams.app_secret,
            tenant=self._tenant.id,
        )
        nursery.order(asdict(order))
        said = await nursery.says()
        died = False
        if "port" in said:
            self._place = f"http://127.0.0.1:{said['port']}"
            delivery = self._stand_in.delivery(self._place + MESSAGES)
            for email, user in self._accounts.items():
                self._people[email] = TeamsUser(self.teams, self._tenant, user, delivery)
            try:
                await self._live()
            except Died:
                died = True
            said = await nursery.says()
        assert said["status"] in (0, KILLED), f"a process ended with {said['status']}"
        assert not died or said["status"] == KILLED, "a process stopped answering"
        return said["status"] == KILLED

    async def _live(self) -> None:
        """From wherever the world stands until long after the round."""
        while True:
            await self._ask("POST", LIVE, self._clock.now().isoformat())
            for user in STAFF:
                await self._take_part(user)
            following = await self._ask("GET", NEXT)
            if not following or datetime.fromisoformat(following) > END:
                break
            moment = datetime.fromisoformat(following)
            self._clock.move(max(moment, self._clock.now() + timedelta(seconds=1)))
        await self._come_too_late()
        await self._ask("DELETE", LIVE)

    async def _ask(self, method: str, path: str, body: str = "") -> str:
        try:
            url = self._place + path
            async with self._stand_in.session.request(method, url, data=body) as response:
                assert response.status == 200
                return await response.text()
        except ClientError:
            raise Died from None

    # --- what people do ---

    async def _take_part(self, user: str) -> None:
        messages = self._messages(user)
        place = REMINDER if user in REMINDED else PROMPT
        if user == LATE or len(messages) <= place:
            return
        await self._answer(user, messages[place])
        if user == FICKLE and len(messages) == REMINDER + 1:
            question_id, value = SECOND_THOUGHT
            change = self._others(user, messages[PROMPT]).get(Verb.CHANGE)
            if change is not None:
                await self._send_form(user, messages[PROMPT], change, question_id, value)

    async def _answer(self, user: str, message: Message) -> None:
        """Do what the card asks for, until it asks for nothing more."""
        for _ in range(10):
            others = self._others(user, message)
            answers = {
                action.arguments[2]: (action, button)
                for action, button in self._meant(user, message)
                if action.verb is Verb.ANSWER
            }
            if answers:
                question_id = next(iter(answers.values()))[0].arguments[1]
                value = opinion(user, question_id)
                await self._press(user, message, answers[value][1], question_id, value)
            elif Verb.WRITE in others:
                question_id = next(
                    a.arguments[1] for a, _ in self._meant(user, message) if a.verb is Verb.WRITE
                )
                value = opinion(user, question_id)
                if value == SKIPPED:
                    await self._press(user, message, others[Verb.SKIP], question_id, value)
                else:
                    await self._send_form(user, message, others[Verb.WRITE], question_id, value)
            elif Verb.START in others:
                await self._press(user, message, others[Verb.START])
            else:
                return
        raise AssertionError("nothing came of a press")

    async def _come_too_late(self) -> None:
        messages = self._messages(LATE)
        found = [] if not messages else self._meant(LATE, messages[PROMPT])
        for action, button in found:
            if action.verb is Verb.ANSWER:
                await self._press(LATE, messages[PROMPT], button)
                assert "This round has closed" in self._people[LATE].words(messages[PROMPT])
                return

    async def _press(
        self, user: str, message: Message, button: Json, question_id: str = "", value: str = ""
    ) -> None:
        """Press a button, and wait for what comes of it; with a question it is an answer."""
        self._note(user, question_id, value, acknowledged=False)
        async with self._replied(user):
            await self._people[user].act(message, button)
            self._note(user, question_id, value, acknowledged=True)
            await self._ask("GET", NEXT)

    async def _send_form(
        self, user: str, message: Message, button: Json, question_id: str, value: str
    ) -> None:
        await self._press(user, message, button)
        person = self._people[user]
        if person.dialog is None:  # the round has closed meanwhile
            return
        person.dialog.fill(f"f.{question_id}", value)
        self._note(user, question_id, value, acknowledged=False)
        async with self._replied(user):
            assert await person.submit() == {}
            self._note(user, question_id, value, acknowledged=True)
            await self._ask("GET", NEXT)

    @asynccontextmanager
    async def _replied(self, user: str) -> AsyncIterator[None]:
        """What is written to somebody while they act is a reply. Raises Died."""
        before = {message.id for message in self._messages(user)}
        try:
            yield
        except NotTaken as failure:
            raise _died(failure) from None
        finally:
            self._replies |= {message.id for message in self._messages(user)} - before

    def _note(self, user: str, question_id: str, value: str, *, acknowledged: bool) -> None:
        if question_id:
            self.journal.append(Line(user, question_id, value, acknowledged))

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

    def _others(self, user: str, message: Message) -> dict[Verb, Json]:
        return {action.verb: button for action, button in self._meant(user, message)}


def _died(failure: NotTaken) -> Exception:
    """Whoever answers with an error, or not in time, is alive."""
    alive = failure.status or failure.reason == "timeout"
    return AssertionError(str(failure)) if alive else Died()
