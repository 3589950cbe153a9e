"""Programs that send a prompt to people in Teams: ours, and what it is measured by.

`python -m bench.teams_senders <kind> <JSON of Serving>` is one of them, as `bench/processes.py`
says. `GET /send/100/64` sends 100 messages with 64 in flight, and says what it took.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import ssl
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import asdict
from functools import partial
from urllib.parse import quote

import aiohttp
import orjson
from aiohttp import web

from adapters.teams.connector import Connector
from adapters.teams.contacts import Reference
from adapters.teams.platform import Teams
from adapters.teams.references import References
from adapters.teams.render import render_message
from bench import processes
from bench.common import flood, heartbeat, opened
from bench.people import DUE
from bench.teams_serving import Serving, prompt, tokens_of
from bot.clock import RunningClock
from bot.conversation.events import Actor
from bot.ports import Sent
from bot.service.running import settle_down
from tests.teams.issuer import APP

PEOPLE = 2000  # so many that the pace of each chat is never what is measured

Send = Callable[[str], Awaitable[None]]  # to the person with this number
Make = Callable[[Serving, AsyncExitStack], Awaitable[Send]]


async def ours(serving: Serving, stack: AsyncExitStack) -> Send:
    """The platform as the outbox knows it, with people whose chats are known."""
    session = await _session(serving, stack)
    clock = RunningClock()
    store = await stack.enter_async_context(opened(serving.url))
    references = References(store)
    teams = Teams(Connector(session, tokens_of(serving, session, clock)), references)
    card = prompt()
    await references.note_all(
        (Actor(teams.name, serving.tenant, str(which)), _reference(serving, which), "")
        for which in range(PEOPLE)
    )

    async def send(which: str) -> None:
        sent = await teams.send(Actor(teams.name, serving.tenant, which), card, "key")
        if not isinstance(sent, Sent):
            raise RuntimeError(f"a message was not sent: {sent}")

    return send


def _reference(serving: Serving, which: int) -> Reference:
    return Reference(
        service_url=serving.service,
        tenant=serving.tenant,
        bot=f"28:{APP}",
        user=f"29:{which}",
        account=str(which),
        conversation=_chat(str(which)),
    )


async def raw(serving: Serving, stack: AsyncExitStack) -> Send:
    """An HTTP client and a JSON encoder."""
    session = await _session(serving, stack)
    message = render_message(prompt())
    headers = {"Authorization": "Bearer " + "x" * 1000, "Content-Type": "application/json"}

    async def send(which: str) -> None:
        url = f"{serving.service}v3/conversations/{quote(_chat(which), safe='')}/activities"
        async with session.post(url, data=orjson.dumps(message), headers=headers) as response:
            if not orjson.loads(await response.read())["id"]:
                raise RuntimeError("a message was not sent")

    return send


async def stock(serving: Serving, stack: AsyncExitStack) -> Send:
    """Microsoft's SDK as it comes, with one client for all that is sent."""
    from bench.stock import sends

    send = sends(serving.service, render_message(prompt()))
    return lambda which: send(_chat(which))


def _chat(which: str) -> str:
    return f"a:1{which:0>60}"


async def _session(serving: Serving, stack: AsyncExitStack) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector()
    if serving.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # the certificate is of no host
        context.load_verify_locations(serving.certificate)
        connector = aiohttp.TCPConnector(ssl=context)
    return await stack.enter_async_context(aiohttp.ClientSession(connector=connector))


KINDS: dict[str, Make] = {found.__name__: found for found in (ours, raw, stock)}


def served(kind: str, serving: Serving) -> AbstractAsyncContextManager[int]:
    """The port of a sender, which ends with the body. Raises RuntimeError if it does not start."""
    return processes.served("bench.teams_senders", kind, serving.written())


async def _make(kind: str, serving: Serving, stack: AsyncExitStack) -> web.Application:
    send = await KINDS[kind](serving, stack)
    everyone = itertools.cycle(map(str, range(PEOPLE)))

    async def some(request: web.Request) -> web.Response:
        count, at_once = (int(request.match_info[name]) for name in ("count", "at_once"))
        works = [partial(send, which) for which in itertools.islice(everyone, count)]
        async with heartbeat() as seen:
            found = await flood(works, at_once)
        said = {"wall": found.wall, "cpu": found.cpu, **asdict(processes.Stall.of(seen))}
        return web.json_response(said)

    settle_down(DUE)
    app = web.Application()
    app.router.add_get("/send/{count}/{at_once}", some)
    return app


if __name__ == "__main__":
    asyncio.run(processes.serve(partial(_make, sys.argv[1], Serving(**json.loads(sys.argv[2])))))
