"""A real process with Teams' side of the product, which is killed (SIGKILL) at a chosen step.

Teams, its people and the time are in the test's own process (`teams_survivors.py`), which outlives
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from adapters.teams.authentication import Audience, Authentication
from adapters.teams.connector import Bearer, Connector, Json
from adapters.teams.credentials import Tokens, by_password
from adapters.teams.platform import Teams
from adapters.teams.references import References
from adapters.teams.replies import Call
from adapters.teams.side import Side
from adapters.teams.signing_keys import SigningKeys
from bot.conversation.events import Actor
from bot.engine import LocalEngine
from bot.inbox import Inbox
from bot.letters import Letters
from bot.outbox import Outbox
from bot.ports import Rate
from storage.store import open_store
from storage.vault import Vault
from tests.flows.company import TestClock
from tests.flows.doomed_service import live_and_die, serve_until_ended
from tests.flows.doomed_world import SECRET, World
from tests.flows.mortal import Fate, MortalStore

FAST = Rate(2000, 2000)


@dataclass(frozen=True, slots=True)
class Order:
    """What a process is born for; `last` is when it dies (see `Fate`), `now` an ISO moment."""

    url: str
    folder: str
    last: int | str | None
    now: str
    address: str
    metadata_url: str
    app_id: str
    app_secret: str
    tenant: str


class MortalConnector(Connector):
    """The service, for a process that can die around each call that changes something."""

    def __init__(self, session: aiohttp.ClientSession, bearer: Bearer, fate: Fate) -> None:
        super().__init__(session, bearer, chance=lambda: 0.0)
        self._fate = fate

    async def send(
        self, service_url: str, conversation: str, activity: Json, *, patient: bool = False
    ) -> str:
        self._fate.step("before a message")
        id_ = await super().send(service_url, conversation, activity, patient=patient)
        self._fate.step("after a message")
        return id_

    async def update(self, service_url: str, conversation: str, id_: str, activity: Json) -> None:
        self._fate.step("before an update")
        await super().update(service_url, conversation, id_, activity)
        self._fate.step("after an update")

    async def create(self, service_url: str, bot: str, user: str, tenant: str) -> str:
        chat = await super().create(service_url, bot, user, tenant)
        self._fate.step("after a chat was made")
        return chat


class MortalTeams(Teams):
    """Teams' platform in a process that can die before and after what follows an answer."""

    def __init__(self, connector: Connector, references: References, fate: Fate) -> None:
        super().__init__(connector, references, FAST)
        self._fate = fate

    async def follow_up(self, actor: Actor, calls: Sequence[Call]) -> None:
        self._fate.step("before what follows an answer")
        await super().follow_up(actor, calls)
        self._fate.step("after what followed an answer")


async def serve(order: Order) -> None:
    """Take up what the last process left, and do what the survivors ask for."""
    clock = TestClock(datetime.fromisoformat(order.now))
    fate = Fate(World(order.url, order.folder), order.last)
    ask = by_password(order.address, order.tenant, order.app_id, order.app_secret)
    async with open_store(order.url, Vault(SECRET)) as kept, aiohttp.ClientSession() as session:
        store = MortalStore(kept, fate)
        references = References(store)
        connector = MortalConnector(session, Tokens(session, clock, ask), fate)
        teams = MortalTeams(connector, references, fate)
        outbox = Outbox(store, clock, {teams.name: teams}, Letters().compose)
        engine = LocalEngine(outbox.run_lane, outbox.unfinished)
        inbox = Inbox(store, engine, clock)
        side = Side(teams, connector, references, store, inbox.handle, clock)
        keys = SigningKeys(session, clock, order.metadata_url)
        audience = Audience(order.app_id, frozenset({order.tenant}))
        routes = side.routes(Authentication(keys, audience, clock))
        await serve_until_ended(routes, side.conversation.drain, store, engine, clock)


if __name__ == "__main__":
    live_and_die(Order, serve)
