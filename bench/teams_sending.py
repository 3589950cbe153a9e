"""Goal 5 in Teams: messages on their way out, beside an HTTP client and Microsoft's own SDK."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from shutil import copyfile
from statistics import median
from time import perf_counter, process_time

import aiohttp

from adapters.teams.connector import Connector
from adapters.teams.reading import PLATFORM
from adapters.teams.render import render_message
from bench.common import Row, Scale, fill, folder, migrated
from bench.loading import get
from bench.people import Home, rows
from bench.teams_senders import served as sender
from bench.teams_serving import Serving, prompt, served
from bot.conversation.card import Card, Text
from tests.teams.certificate import certificate

IN_FLIGHT = 64
FAR = 100  # ms
SENDERS = 2  # of ours: one of them over TLS
MOST_EACH = 350  # us of CPU
MOST_TIMES = 3
MOST_LATE = 1 / 0.9
MOST_STALL = 25  # ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    messages: int
    repeats: int
    slow: int  # as many of those that take many times as long
    chat: int  # messages to one chat
    rendered: int


SIZES = {
    Scale.FULL: Size(messages=20 * IN_FLIGHT, repeats=7, slow=128, chat=16, rendered=2000),
    Scale.QUICK: Size(messages=10 * IN_FLIGHT, repeats=3, slow=64, chat=16, rendered=1000),
    Scale.SMOKE: Size(messages=4, repeats=1, slow=2, chat=2, rendered=2),
}


@dataclass(frozen=True, slots=True)
class Run:
    """Some messages: seconds in all, of CPU, and that the event loop was held up at most."""

    count: int
    wall: float
    cpu: float
    stall: float

    @property
    def each(self) -> float:
        return self.cpu / self.count * 1e6

    @property
    def per_second(self) -> float:
        return self.count / self.wall


async def measure(scale: Scale) -> list[Row]:
    size = SIZES[scale]
    with folder() as place:
        pem = place / "certificate.pem"
        pem.write_text("".join(certificate()))
        async with AsyncExitStack() as stack:
            secured = Serving(certificate=str(pem))
            port = await stack.enter_async_context(served("microsoft", secured))
            told = _told(port, migrated(place / "soundings.db"))
            over_tls = replace(
                told,
                url=f"sqlite:///{copyfile(place / 'soundings.db', place / 'tls.db')}",
                service=f"https://127.0.0.1:{(await get(port, '/tls')).decode()}/",
                certificate=str(pem),
            )
            ports = {}
            for name, kind, serving in (
                ("ours", "ours", told),
                ("raw", "raw", told),
                ("stock", "stock", told),
                ("ours, TLS", "ours", over_tls),
                ("raw, TLS", "raw", over_tls),
            ):
                ports[name] = await stack.enter_async_context(sender(kind, serving))
            return [
                *await _sends(port, ports, size),
                await _one_chat(told.service, size),
                *_rendering(size),
            ]


def _told(port: int, url: str) -> Serving:
    home = Home(number=1, platform=PLATFORM)
    fill(url, *rows([home]))
    here = f"http://127.0.0.1:{port}"
    return Serving(url=url, login=here, service=f"{here}/", tenant=home.workspace.external_id)


# --- to many people ----------------------------------------------------------------------------


async def _sends(service: int, ports: Mapping[str, int], size: Size) -> list[Row]:
    near: dict[str, list[Run]] = {name: [] for name in ports}
    far: dict[str, list[Run]] = {name: [] for name in ("ours", "raw", "stock")}
    made: list[int] = []
    for _ in range(size.repeats + 1):
        for name, port in ports.items():
            before = await _counted(service, "connections")
            near[name].append(await _run(port, _count(name, size)))
            if name == "ours":
                made.append(await _counted(service, "connections") - before)
    await get(service, f"/latency/{FAR}")
    for _ in range(size.repeats + 1):
        for name, runs in far.items():
            runs.append(await _run(ports[name], _count(name, size)))
    ideal = size.messages / IN_FLIGHT * FAR / 1000

    def middle(figure: Callable[[Run], float], runs: Sequence[Run]) -> float:
        """Without the first, which warms up."""
        return median(map(figure, runs[1:]))

    def row(
        what: str,
        unit: str,
        of: Callable[[Run], float],
        ours: Sequence[Run],
        theirs: Sequence[Run],
        **goal: float,
    ) -> Row:
        here, there = middle(of, ours), middle(of, theirs)
        return Row(what=what, unit=unit, value=here, baseline=there, **goal)

    def each(beside: str, name: str, theirs: str, **goal: float) -> Row:
        what = f"A prompt to Teams, {IN_FLIGHT} in flight, {beside}"
        return row(what, "us CPU", lambda run: run.each, near[name], near[theirs], **goal)

    def rate(what: str, runs: Mapping[str, Sequence[Run]], theirs: str) -> Row:
        what = f"Prompts to Teams, {IN_FLIGHT} in flight, {what}"
        return row(what, "/s", lambda run: run.per_second, runs["ours"], runs[theirs])

    def stalled(name: str) -> float:
        return max(run.stall * 1e3 for run in (*near[name][1:], *far[name][1:]))

    return [
        each("with a pool of connections", "ours", "raw", most=MOST_EACH),
        each("beside an HTTP client alone", "ours", "raw", most_ratio=MOST_TIMES),
        each("beside Microsoft's SDK", "ours", "stock"),
        each(
            "over TLS, beside an HTTP client alone", "ours, TLS", "raw, TLS", most_ratio=MOST_TIMES
        ),
        rate("beside an HTTP client alone", near, "raw"),
        rate("beside Microsoft's SDK", near, "stock"),
        rate(f"{FAR} ms away, beside Microsoft's SDK", far, "stock"),
        Row(
            what=f"All {size.messages} prompts to Teams, {FAR} ms away, beside the way alone",
            unit="s",
            value=middle(lambda run: run.wall, far["ours"]),
            baseline=ideal,
            most_ratio=MOST_LATE,
        ),
        Row(
            what="Prompts to Teams: longest stall, beside an HTTP client alone",
            unit="ms",
            value=stalled("ours"),
            baseline=stalled("raw"),
            most=MOST_STALL,
        ),
        Row(
            what=f"Connections to Teams with {IN_FLIGHT} in flight",
            unit="connections",
            value=made[0],
            most=IN_FLIGHT,
        ),
        Row(
            what="New connections to Teams after the first messages",
            unit="connections",
            value=sum(made[1:]),
            most=0,
        ),
        Row(
            what="Requests for a token, of each sender",
            unit="requests",
            value=await _counted(service, "tokens") / SENDERS,
            most=1,
        ),
    ]


def _count(name: str, size: Size) -> int:
    return size.slow if name == "stock" else size.messages


async def _run(port: int, count: int) -> Run:
    return Run(count, **json.loads(await get(port, f"/send/{count}/{IN_FLIGHT}")))


async def _counted(service: int, what: str) -> int:
    return int(json.loads(await get(service, "/counted"))[what])


# --- to one of them ----------------------------------------------------------------------------


async def _one_chat(service_url: str, size: Size) -> Row:
    """When the last of many messages to one chat goes out, beside the earliest that is allowed."""
    message = render_message(prompt())
    async with aiohttp.ClientSession() as session:
        connector = Connector(session, None)
        begun = perf_counter()
        await asyncio.gather(
            *(connector.send(service_url, "a:one", message) for _ in range(size.chat))
        )
        took = perf_counter() - begun
    return Row(
        what=f"The last of {size.chat} messages to one chat in Teams, beside the rate limit",
        unit="s",
        value=took,
        baseline=_earliest(size.chat) or None,
        most_ratio=1.05,
    )


def _earliest(count: int) -> float:
    """By two of Microsoft's limits: 7 messages in a second, and 8 in two."""
    moments: list[float] = []
    for _ in range(count):
        least = [0.0]
        least += [moments[-7] + 1] if len(moments) >= 7 else []
        least += [moments[-8] + 2] if len(moments) >= 8 else []
        moments.append(max(least))
    return moments[-1]


# --- rendering ---------------------------------------------------------------------------------


def _rendering(size: Size) -> list[Row]:
    """A prompt that others had before, and one unlike any before."""
    card = prompt()
    fresh = [Card((*card.blocks, Text(str(number)))) for number in range(size.rendered)]

    def each(cards: Sequence[Card]) -> float:
        begun = process_time()
        for one in cards:
            render_message(one)
        return (process_time() - begun) / len(cards) * 1e6

    again = median(each([card] * size.rendered) for _ in range(size.repeats))
    return [
        Row(what="A prompt of a round for Teams, rendered", unit="us CPU", value=again, most=10),
        Row(what="A prompt for Teams unlike any before", unit="us CPU", value=each(fresh)),
    ]
