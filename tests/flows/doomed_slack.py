"""A real process with Slack's side of the product, which is killed (SIGKILL) at a chosen step.

Slack, its people and the time are in the test's own process (`slack_survivors.py`), which outlives
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.platform import Slack, Tokens
from adapters.slack.replies import Call
from adapters.slack.side import Side
from adapters.slack.tokens import Grant, OneWorkspace
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


@dataclass(frozen=True, slots=True)
class Order:
    """What a process is born for; `last` is when it dies (see `Fate`), `now` an ISO moment."""

    url: str
    folder: str
    last: int | str | None
    now: str
    api_url: str
    signing_secret: str
    grant: dict[str, Any]


class MortalSlack(Slack):
    """Slack's platform in a process that can die around each call."""

    rate = Rate(2000, 2000)

    def __init__(self, tokens: Tokens, api_url: str, fate: Fate) -> None:
        super().__init__(tokens, api_url)
        self._fate = fate

    async def call(self, token: str, method: str, body: Mapping[str, Any]) -> AsyncSlackResponse:
        self._fate.step(f"before {method}")
        response = await super().call(token, method, body)
        self._fate.step(f"after {method}")
        return response

    async def ask(self, token: str, method: str, about: Mapping[str, Any]) -> AsyncSlackResponse:
        response = await super().ask(token, method, about)
        self._fate.step(f"after {method}")
        return response

    async def follow_up(self, workspace: str, calls: list[Call]) -> None:
        self._fate.step("before what follows an answer")
        await super().follow_up(workspace, calls)
        self._fate.step("after what followed an answer")


async def serve(order: Order) -> None:
    """Take up what the last process left, and do what the survivors ask for."""
    clock = TestClock(datetime.fromisoformat(order.now))
    fate = Fate(World(order.url, order.folder), order.last)
    tokens = OneWorkspace(Grant(**order.grant))
    async with (
        open_store(order.url, Vault(SECRET)) as kept,
        MortalSlack(tokens, order.api_url, fate) as slack,
    ):
        store = MortalStore(kept, fate)
        outbox = Outbox(store, clock, {slack.name: slack}, Letters().compose)
        engine = LocalEngine(outbox.run_lane, outbox.unfinished)
        inbox = Inbox(store, engine, clock)
        side = Side(slack, tokens, store, inbox.handle, clock, order.api_url)
        routes = side.routes(order.signing_secret)
        await serve_until_ended(routes, side.conversation.drain, store, engine, clock)


if __name__ == "__main__":
    live_and_die(Order, serve)
