"""Servers that take Teams' requests: ours, what it is measured by, and Microsoft's own side.

`python -m bench.teams_serving <kind> <JSON of Serving>` is one of them, as `bench/processes.py`
says.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import aiohttp
import orjson
from aiohttp import web

from adapters.teams.app import MESSAGES
from adapters.teams.authentication import Audience, Authentication
from adapters.teams.connector import Connector
from adapters.teams.credentials import Tokens, by_password
from adapters.teams.platform import Teams
from adapters.teams.reading import PLATFORM
from adapters.teams.references import References
from adapters.teams.render import CARD, card_of, render_message
from adapters.teams.replies import Call
from adapters.teams.side import Side
from adapters.teams.signing_keys import SigningKeys
from bench import processes
from bench.common import CountingEngine, opened
from bench.company import Company
from bench.microsoft import service
from bench.people import DUE
from bot.clock import RunningClock
from bot.conversation.card import Card
from bot.conversation.events import Actor, Event, Replace, Reply
from bot.handlers.answers import next_card
from bot.inbox import Inbox
from bot.ports import Answered
from bot.service.listening import make_app
from bot.service.running import settle_down
from tests.teams.issuer import APP

Handle = Callable[[Event], Awaitable[tuple[Reply, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What a server is told: its database, and where Microsoft's servers are."""

    url: str = ""
    metadata: str = ""
    login: str = ""
    service: str = ""
    tenant: str = ""
    certificate: str = ""  # of the service over TLS: a PEM file, with its key

    def written(self) -> str:
        return json.dumps(asdict(self))


App = Callable[[Serving, AsyncExitStack], Awaitable[web.Application]]


def prompt() -> Card:
    """A question as everyone of a group gets it."""
    company = Company(PLATFORM, people=8, rounds=1)
    round_ = company.rounds[0]
    invitation = company.home.invitations(round_)[0]
    return next_card(round_, invitation, Answered({}, frozenset()), company.home.programme().zone)


# --- ours --------------------------------------------------------------------------------------


class Muted(Teams):
    """Ends with the answer: the call that puts the next card into the chat is not made."""

    async def follow_up(self, actor: Actor, calls: Sequence[Call]) -> None:
        """Nothing goes out."""


async def ours(serving: Serving, stack: AsyncExitStack) -> web.Application:
    """The product's own front, with its store, and the calls that follow."""
    return await _front(serving, stack, Teams)


async def muted(serving: Serving, stack: AsyncExitStack) -> web.Application:
    """The same up to the answer, which comes after the commit."""
    return await _front(serving, stack, Muted)


async def routed(serving: Serving, stack: AsyncExitStack) -> web.Application:
    """The same, with a core that says the same at once and keeps nothing."""
    replies = (Replace(prompt()),)

    async def handle(_: Event) -> tuple[Reply, ...]:
        return replies

    return await _front(serving, stack, Muted, handle)


async def _front(
    serving: Serving,
    stack: AsyncExitStack,
    platform: type[Teams],
    handle: Handle | None = None,
) -> web.Application:
    clock = RunningClock()
    store = await stack.enter_async_context(opened(serving.url))
    session = await stack.enter_async_context(aiohttp.ClientSession())
    connector = Connector(session, tokens_of(serving, session, clock))
    references = References(store)
    handle = handle or Inbox(store, CountingEngine(), clock).handle
    side = Side(platform(connector, references), connector, references, store, handle, clock)
    await stack.enter_async_context(side.running())
    settle_down(DUE)
    return make_app(side.routes(_guard(serving, session, clock)))


def tokens_of(serving: Serving, session: aiohttp.ClientSession, clock: RunningClock) -> Tokens:
    """The bot's own token, for its secret."""
    return Tokens(session, clock, by_password(serving.login, "home", APP, "secret"))


def _guard(serving: Serving, session: aiohttp.ClientSession, clock: RunningClock) -> Authentication:
    keys = SigningKeys(session, clock, serving.metadata)
    return Authentication(keys, Audience(APP, frozenset({serving.tenant})), clock)


# --- what it is measured by --------------------------------------------------------------------


async def bare(serving: Serving, stack: AsyncExitStack) -> web.Application:
    """The least that a server can do: read JSON, answer JSON. It believes everyone."""

    async def check(headers: Mapping[str, str], activity: Mapping[str, Any]) -> None:
        """Nothing is looked at."""

    return _least(check)


async def believed(serving: Serving, stack: AsyncExitStack) -> web.Application:
    """The same, for whoever our authentication believes."""
    session = await stack.enter_async_context(aiohttp.ClientSession())
    return _least(_guard(serving, session, RunningClock()).check)


def _least(
    check: Callable[[Mapping[str, str], Mapping[str, Any]], Awaitable[None]],
) -> web.Application:
    answer = _answer()

    async def take(request: web.Request) -> web.Response:
        activity = orjson.loads(await request.read())
        await check(request.headers, activity)
        return web.Response(body=orjson.dumps(answer), content_type="application/json")

    settle_down(DUE)
    app = web.Application()
    app.router.add_post(MESSAGES, take)
    return app


def _answer() -> dict[str, Any]:
    return {"statusCode": 200, "type": CARD, "value": card_of(render_message(prompt()))}


async def stock(serving: Serving, stack: AsyncExitStack) -> web.Application:
    """Microsoft's SDK as it comes, with a handler that answers at once."""
    from bench.stock import takes

    app = web.Application()
    app.router.add_post(MESSAGES, takes(serving.metadata, serving.login, _answer()))
    settle_down(DUE)
    return app


async def microsoft(serving: Serving, stack: AsyncExitStack) -> web.Application:
    """Microsoft's own side."""
    return await service(serving.certificate, stack)


KINDS: dict[str, App] = {
    found.__name__: found for found in (ours, muted, routed, bare, believed, stock, microsoft)
}


def served(kind: str, serving: Serving) -> AbstractAsyncContextManager[int]:
    """The port of a server, which ends with the body. Raises RuntimeError if it does not start."""
    return processes.served("bench.teams_serving", kind, serving.written())


if __name__ == "__main__":
    made, told = KINDS[sys.argv[1]], Serving(**json.loads(sys.argv[2]))
    asyncio.run(processes.serve(partial(made, told)))
