"""Goal 5: messages on their way out, beside what an HTTP client and Slack's own SDK take."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter, process_time
from typing import Any

import aiohttp
import orjson
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.inbound import PLATFORM
from adapters.slack.platform import RATE, Slack
from adapters.slack.render import render_message
from adapters.slack.tokens import Grant, OneWorkspace
from bench.common import Flood, Row, Scale, Work, fill, flood, folder, migrated, opened
from bench.loading import get
from bench.people import Home, rows
from bench.serving import TOKEN, Serving, served
from bot.clock import RunningClock
from bot.conversation.card import Card, Text
from bot.conversation.events import Actor
from bot.engine import LocalEngine
from bot.handlers.answers import next_card
from bot.outbox import Outbox
from bot.ports import Answered, Delivery, Kind, Sent, Tx

IN_FLIGHT = 32
BODY = 1000  # characters, about


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    messages: int
    repeats: int
    round: int  # messages of one lane at Slack's own rate
    rendered: int


SIZES = {
    Scale.FULL: Size(messages=1500, repeats=7, round=160, rendered=5000),
    Scale.QUICK: Size(messages=500, repeats=3, round=40, rendered=2000),
    Scale.SMOKE: Size(messages=4, repeats=1, round=2, rendered=2),
}


async def measure(scale: Scale) -> list[Row]:
    size = SIZES[scale]
    told = Serving(url="", folder="", api_url="", workspace="")
    async with served("api", told) as port:
        base = f"http://127.0.0.1:{port}/api/"
        return [
            *await _sends(base, port, size),
            *_rendering(size),
            await _round(base, size),
        ]


# --- one message -------------------------------------------------------------------------------


async def _sends(base: str, port: int, size: Size) -> list[Row]:
    card = Card((Text("How is it going? " + "x" * (BODY // 2 - 150)),))
    to = Actor(PLATFORM, "T1", "U1")
    body = orjson.loads(
        orjson.dumps({"channel": "U1", **render_message(card), "unfurl_links": False})
    )
    found: dict[str, list[Flood]] = {name: [] for name in ("ours", "raw", "new", "shared")}
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        slack = await stack.enter_async_context(_slack(base))
        shared = AsyncWebClient(token=TOKEN, base_url=base, session=session)
        new = AsyncWebClient(token=TOKEN, base_url=base)
        works: dict[str, Work] = {
            "raw": partial(_raw, session, f"{base}chat.postMessage", body),
            "ours": partial(_send, slack, to, card),
            "shared": partial(shared.api_call, "chat.postMessage", json=body),
            "new": partial(new.api_call, "chat.postMessage", json=body),
        }
        made = []
        for _ in range(size.repeats + 1):
            for name, work in works.items():
                before = int(await get(port, "/connections"))
                found[name].append(await flood([work] * size.messages, IN_FLIGHT))
                if name == "ours":
                    made.append(int(await get(port, "/connections")) - before)

    def row(what: str, theirs: str, most: float | None = None) -> Row:
        def each(name: str) -> float:
            return median(one.cpu_each * 1e6 for one in found[name][1:])

        return Row(
            what=f"A message of 1 kB, {IN_FLIGHT} in flight, beside {what}",
            unit="us CPU",
            value=each("ours"),
            baseline=each(theirs),
            most_ratio=most,
        )

    return [
        row("an HTTP client alone", "raw", 2.1),
        row("Slack's SDK with one session", "shared"),
        row("Slack's SDK as it comes", "new"),
        Row(
            what="New connections after the first messages",
            unit="connections",
            value=sum(made[1:]),
            most=0,
        ),
    ]


async def _raw(session: aiohttp.ClientSession, url: str, body: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    async with session.post(url, data=orjson.dumps(body), headers=headers) as response:
        orjson.loads(await response.read())


async def _send(slack: Slack, to: Actor, card: Card) -> None:
    if not isinstance(await slack.send(to, card, "key"), Sent):
        raise RuntimeError("a message was not sent")


@asynccontextmanager
async def _slack(base: str, workspace: str = "T1") -> AsyncIterator[Slack]:
    grant = Grant(
        enterprise_id=None,
        team_id=workspace,
        whole=False,
        bot_token=TOKEN,
        bot_id="B1",
        bot_user_id="U0",
    )
    async with Slack(OneWorkspace(grant), base) as slack:
        yield slack


# --- rendering ---------------------------------------------------------------------------------


def _rendering(size: Size) -> list[Row]:
    """A prompt as the people of a round get it, one after the other, and one unlike any before."""
    home = Home(number=1, people=8)
    round_ = home.round(0, home.people)
    nothing = Answered({}, frozenset())
    invitations = home.invitations(round_)

    def each(make: Callable[[int], object]) -> float:
        begun = process_time()
        for number in range(size.rendered):
            make(number)
        return (process_time() - begun) / size.rendered * 1e6

    def composed(number: int) -> Card:
        invitation = invitations[number % len(invitations)]
        return next_card(round_, invitation, nothing, "Europe/London")

    cards = [composed(number) for number in range(len(invitations))]
    fresh = [
        Card((*next_card(round_, invitations[0], nothing, "UTC").blocks, Text(str(number))))
        for number in range(size.rendered)
    ]
    return [
        Row(
            what="A prompt of a round, rendered",
            unit="us CPU",
            value=median(
                each(lambda number: render_message(cards[number % len(cards)]))
                for _ in range(size.repeats)
            ),
            most=10,
        ),
        Row(
            what="A prompt of a round, composed",
            unit="us CPU",
            value=median(each(composed) for _ in range(size.repeats)),
        ),
        Row(
            what="A prompt unlike any before, rendered",
            unit="us CPU",
            value=each(lambda number: render_message(fresh[number])),
        ),
    ]


# --- a round at Slack's own rate ---------------------------------------------------------------


async def _round(base: str, size: Size) -> Row:
    """When the last message of a lane goes out, beside the earliest that the rate allows."""
    home = Home(number=1, people=size.round, platform=PLATFORM, rate=RATE)
    clock = RunningClock()
    now = clock.now()
    with folder() as place:
        url = migrated(place / "soundings.db")
        fill(url, *rows([home]))
        async with opened(url) as store, _slack(base, home.workspace.external_id) as slack:

            def queue(tx: Tx) -> None:
                tx.tenant(home.org_id).post.queue(
                    [
                        Delivery(
                            id=tx.new_id(),
                            org_id=home.org_id,
                            lane_id=home.workspace.id,
                            person_id=home.person(which).id,
                            programme_id=home.programme().id,
                            round_id="",
                            kind=Kind.NOTICE,
                            key=f"notice:{which}",
                            about={},
                            due_at=now,
                        )
                        for which in range(size.round)
                    ]
                )

            await store.write(queue)
            card = Card((Text("How is it going?"),))
            outbox = Outbox(store, clock, {PLATFORM: slack}, lambda *_: card)
            engine = LocalEngine(outbox.run_lane, outbox.unfinished)
            begun = perf_counter()
            engine.wake(home.workspace.id)
            await engine.idle()
            took = perf_counter() - begun
    ideal = max(0.0, size.round - RATE.burst) / RATE.per_second
    return Row(
        what=f"The last of {size.round} messages, beside the rate limit",
        unit="s",
        value=took,
        baseline=ideal or None,
        most_ratio=1.05,
    )
