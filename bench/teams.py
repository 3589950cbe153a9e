"""Presses of buttons in Teams: from the signed request to the answer, beside the least there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from shutil import copyfile
from statistics import median
from typing import Any

import orjson

from adapters.teams.app import MESSAGES
from adapters.teams.reading import PLATFORM
from bench.common import Flood, Row, Scale, folder, migrated
from bench.company import Company
from bench.loading import get, load
from bench.people import QUESTIONS
from bench.processes import Stall, stall_rows
from bench.teams_serving import Serving, served
from bot.clock import RunningClock
from bot.conversation.actions import Action, Verb, encode
from tests.teams.issuer import APP, Issuer, issuer

OURS = ("routed", "muted", "ours")
KINDS = ("bare", "believed", *OURS, "stock")
AT_ONCE = 32
MOST_EACH = 350  # us of CPU
MOST_TIMES = 8
MOST_STALL = 25  # ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    people: int
    repeats: int
    presses: int  # in each repeat, of each server
    slow: int  # as many of those that take many times as long


SIZES = {
    Scale.FULL: Size(people=400, repeats=7, presses=2400, slow=300),
    Scale.QUICK: Size(people=200, repeats=3, presses=1200, slow=100),
    Scale.SMOKE: Size(people=2, repeats=1, presses=4, slow=2),
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A load, and for how long the server's event loop was held up at most."""

    flood: Flood
    stall: Stall


class TeamsCompany(Company):
    """The requests that the service makes for its people."""

    def __init__(self, size: Size, signed: Issuer, service_url: str) -> None:
        super().__init__(PLATFORM, size.people, size.repeats + 1)
        self._size = size
        self._issuer = signed
        self._service_url = service_url
        self._count = 0
        self._token = self._fresh()  # the service uses one for an hour

    def presses(self, number: int, count: int, *, fresh: bool = False) -> list[bytes]:
        """Answers in this round, from everyone in turn, each body unlike any other.

        With `fresh` each comes with a token of its own.
        """
        everyone = self._size.people
        return [
            self._request(
                self._press(number, at % everyone, at // everyone),
                self._fresh() if fresh else self._token,
            )
            for at in range(count)
        ]

    def _fresh(self) -> str:
        self._count += 1
        now = RunningClock().now()
        return self._issuer.token(now, serviceurl=self._service_url, jti=str(self._count))

    def _request(self, activity: Mapping[str, Any], token: str) -> bytes:
        body = orjson.dumps(activity)
        head = (
            f"POST {MESSAGES} HTTP/1.1\r\n"
            "Host: 127.0.0.1\r\n"
            "User-Agent: Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)\r\n"
            "Content-Type: application/json; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\n"
            f"Authorization: Bearer {token}\r\n"
            "Accept-Encoding: gzip, deflate\r\n\r\n"
        )
        return head.encode() + body

    def _press(self, number: int, person: int, which: int) -> dict[str, Any]:
        """As Teams tells it: learn.microsoft.com, "Universal Actions for Adaptive Cards"."""
        self._count += 1
        question = QUESTIONS[which % len(QUESTIONS)]
        value = str((person + which) % 5 + 1)
        action = Action(Verb.ANSWER, (self.rounds[number].id, question.id, value))
        account, tenant = self.home.actor(person).user, self.home.workspace.external_id
        return {
            "name": "adaptiveCard/action",
            "type": "invoke",
            "timestamp": "2026-06-02T09:00:00.000Z",
            "localTimestamp": "2026-06-02T10:00:00.000+01:00",
            "localTimezone": "Europe/London",
            "id": f"f:{self._count:08}-0000-4000-8000-000000000000",
            "channelId": "msteams",
            "serviceUrl": self._service_url,
            "from": {"id": f"29:{account}", "name": "Ada", "aadObjectId": account},
            "conversation": {
                "conversationType": "personal",
                "tenantId": tenant,
                "id": f"a:{account}",
            },
            "recipient": {"id": f"28:{APP}", "name": "Soundings"},
            "entities": [
                {
                    "locale": "en-GB",
                    "country": "GB",
                    "platform": "Web",
                    "timezone": "Europe/London",
                    "type": "clientInfo",
                }
            ],
            "channelData": {
                "tenant": {"id": tenant},
                "source": {"name": "message"},
                "legacy": {"replyToId": "1:1700000000000"},
            },
            "replyToId": "1700000000000",
            "value": {
                "action": {
                    "type": "Action.Execute",
                    "title": "Agree",
                    "verb": "do",
                    "data": {"do": encode(action)},
                },
                "trigger": "manual",
            },
            "locale": "en-GB",
            "localTimezoneOffset": 60,
        }


async def measure(scale: Scale) -> list[Row]:
    size = SIZES[scale]
    with folder() as place:
        async with AsyncExitStack() as stack:
            signed = await stack.enter_async_context(issuer())
            port = await stack.enter_async_context(served("microsoft", Serving()))
            here = f"http://127.0.0.1:{port}"
            company = TeamsCompany(size, signed, f"{here}/")
            told = Serving(
                metadata=f"{signed.url}/metadata",
                login=here,
                tenant=company.home.workspace.external_id,
            )
            filled = place / "filled.db"
            await company.settle(migrated(filled))
            ports = {}
            for kind in KINDS:
                own = copyfile(filled, place / f"{kind}.db") if kind in OURS else filled
                serving = served(kind, replace(told, url=f"sqlite:///{own}"))
                ports[kind] = await stack.enter_async_context(serving)
            found = await _presses(company, ports, size)
            return _rows(found)


async def _presses(
    company: TeamsCompany, ports: Mapping[str, int], size: Size
) -> dict[str, list[Loaded]]:
    found: dict[str, list[Loaded]] = {kind: [] for kind in (*ports, "fresh")}
    for repeat in range(size.repeats + 1):
        for kind, port in ports.items():
            count = size.slow if kind == "stock" else size.presses
            found[kind].append(await _watched(port, company.presses(repeat, count)))
        asked = company.presses(repeat, size.slow, fresh=True)
        found["fresh"].append(await _watched(ports["believed"], asked))
    return found


async def _watched(port: int, asked: Sequence[bytes]) -> Loaded:
    await get(port, "/watch")
    flood = await load(port, asked, AT_ONCE)
    return Loaded(flood, Stall(**orjson.loads(await get(port, "/stall"))))


def _rows(found: Mapping[str, Sequence[Loaded]]) -> list[Row]:
    def row(what: str, ours: str, theirs: str = "bare", **goal: float) -> Row:
        """The medians of both, without the first of each, which warms up."""

        def each(kind: str) -> float:
            return median(one.flood.cpu_each * 1e6 for one in found[kind][1:])

        return Row(what=what, unit="us CPU", value=each(ours), baseline=each(theirs), **goal)

    def stalls(*kinds: str) -> list[Stall]:
        return [one.stall for kind in kinds for one in found[kind][1:]]

    press = "A press in Teams"
    way = f"{press}, all but the core"
    return [
        row(way, "routed", most=MOST_EACH),
        row(f"{way}, beside HTTP and JSON alone", "routed", most_ratio=MOST_TIMES),
        row(f"{way}, beside Microsoft's SDK", "routed", "stock"),
        row(f"{press} until it is committed", "muted", most=MOST_EACH),
        row(
            f"{press} until it is committed, beside HTTP and JSON alone",
            "muted",
            most_ratio=MOST_TIMES,
        ),
        row(f"{press} with its next card in the chat, beside HTTP and JSON alone", "ours"),
        row("HTTP, JSON and who signed it, beside HTTP and JSON alone", "believed"),
        row("HTTP, JSON and who signed it with a new token, beside the same", "fresh"),
        *stall_rows(
            f"Presses in Teams, {AT_ONCE} at once, beside HTTP and JSON alone",
            stalls(*OURS),
            stalls("bare"),
            MOST_STALL,
        ),
    ]
