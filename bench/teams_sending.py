"""Goal 5 in Teams: messages on their way out, beside an HTTP client and Microsoft's own SDK."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from shutil import copyfile
from statistics import median

from adapters.teams.reading import PLATFORM
from bench.common import Row, Scale, fill, folder, migrated
from bench.loading import get
from bench.people import Home, rows
from bench.processes import Stall, stall_rows
from bench.teams_prompts import one_chat, rendering
from bench.teams_senders import served as sender
from bench.teams_serving import Serving, served
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
    """Some messages: seconds in all, seconds of CPU, and how long the event loop was held up."""

    count: int
    wall: float
    cpu: float
    stall: Stall

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
                *_rows(await _sent(port, ports, size), size),
                await one_chat(told.service, size.chat),
                *rendering(size.rendered, size.repeats),
            ]


def _told(port: int, url: str) -> Serving:
    home = Home(number=1, platform=PLATFORM)
    fill(url, *rows([home]))
    here = f"http://127.0.0.1:{port}"
    return Serving(url=url, login=here, service=f"{here}/", tenant=home.workspace.external_id)


# --- to many people ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """The runs of each sender, to a service that is near and to one that is far; what it counted.

    The first run of each warms up, and is left out.
    """

    near: Mapping[str, Sequence[Run]]
    far: Mapping[str, Sequence[Run]]
    connections: Sequence[int]  # that our sender made, in each run
    tokens: int


async def _sent(service: int, ports: Mapping[str, int], size: Size) -> Found:
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
    await get(service, "/latency/0")
    return Found(near, far, made, await _counted(service, "tokens"))


def _rows(found: Found, size: Size) -> list[Row]:
    def each(beside: str, name: str, theirs: str, **goal: float) -> Row:
        return Row(
            what=f"A prompt to Teams, {IN_FLIGHT} in flight, {beside}",
            unit="us CPU",
            value=_middle(lambda run: run.each, found.near[name]),
            baseline=_middle(lambda run: run.each, found.near[theirs]),
            **goal,
        )

    def rate(what: str, runs: Mapping[str, Sequence[Run]], theirs: str) -> Row:
        return Row(
            what=f"Prompts to Teams, {IN_FLIGHT} in flight, {what}",
            unit="/s",
            value=_middle(lambda run: run.per_second, runs["ours"]),
            baseline=_middle(lambda run: run.per_second, runs[theirs]),
        )

    def stalls(name: str) -> list[Stall]:
        return [run.stall for run in (*found.near[name][1:], *found.far[name][1:])]

    def count(what: str, unit: str, value: float, most: float) -> Row:
        return Row(what=what, unit=unit, value=value, most=most)

    alone = "beside an HTTP client alone"
    return [
        each("all of it", "ours", "raw", most=MOST_EACH),
        each(alone, "ours", "raw", most_ratio=MOST_TIMES),
        each("beside Microsoft's SDK", "ours", "stock"),
        each(f"over TLS, {alone}", "ours, TLS", "raw, TLS", most_ratio=MOST_TIMES),
        rate(alone, found.near, "raw"),
        rate("beside Microsoft's SDK", found.near, "stock"),
        rate(f"{FAR} ms away, beside Microsoft's SDK", found.far, "stock"),
        Row(
            what=f"All {size.messages} prompts to Teams, {FAR} ms away, beside the wait alone",
            unit="s",
            value=_middle(lambda run: run.wall, found.far["ours"]),
            baseline=size.messages / IN_FLIGHT * FAR / 1000,
            most_ratio=MOST_LATE,
        ),
        Row(
            what=f"All {size.messages} prompts to Teams, {FAR} ms away, {alone}",
            unit="s",
            value=_middle(lambda run: run.wall, found.far["ours"]),
            baseline=_middle(lambda run: run.wall, found.far["raw"]),
        ),
        *stall_rows(f"Prompts to Teams, {alone}", stalls("ours"), stalls("raw"), MOST_STALL),
        count(
            f"Connections to Teams with {IN_FLIGHT} in flight",
            "connections",
            found.connections[0],
            IN_FLIGHT,
        ),
        count(
            "New connections to Teams after the first messages",
            "connections",
            sum(found.connections[1:]),
            0,
        ),
        count("Requests for a token, of each sender", "requests", found.tokens / SENDERS, 1),
    ]


def _middle(figure: Callable[[Run], float], runs: Sequence[Run]) -> float:
    return median(map(figure, runs[1:]))


def _count(name: str, size: Size) -> int:
    return size.slow if name == "stock" else size.messages


async def _run(port: int, count: int) -> Run:
    said = json.loads(await get(port, f"/send/{count}/{IN_FLIGHT}"))
    return Run(count, said["wall"], said["cpu"], Stall(said["worst"], said["busiest"]))


async def _counted(service: int, what: str) -> int:
    return int(json.loads(await get(service, "/counted"))[what])
