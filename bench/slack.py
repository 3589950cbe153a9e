"""Goals 1, 2 and 4: presses, commands and forms of Slack, beside Bolt and beside the least."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any
from urllib.parse import urlencode

from adapters.slack.forms import render_form
from adapters.slack.inbound import PLATFORM, Place, metadata
from adapters.slack.render import render_message
from bench.common import Flood, Row, Scale, folder, migrated
from bench.company import Company
from bench.loading import connect, get, interaction, load, request
from bench.people import QUESTIONS, Home
from bench.serving import ANSWER, Serving, served
from bot.conversation.actions import Action, Verb, encode
from bot.conversation.commands import COMMANDS
from bot.handlers.answers import next_card
from bot.ports import Answered
from bot.pulse.pulses import Round
from bot.wording.participant import change_form

KINDS = ("fast", "flushed", "handed", "bolt", "usual", "muted", "ours", "routed")
OURS = ("muted", "ours", "routed")
AT_ONCE = 32
TOO_LATE = b"404"  # what Bolt answers where a listener takes more than three seconds
PATIENCE = 5.0  # seconds until an acknowledgement counts as one that waits for Slack


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    people: int
    repeats: int
    presses: int  # in each repeat, of each server
    slow: int  # as many of those that take ten times as long
    quietly: int  # one at a time


SIZES = {
    Scale.FULL: Size(people=400, repeats=7, presses=2400, slow=800, quietly=300),
    Scale.QUICK: Size(people=200, repeats=3, presses=1200, slow=300, quietly=100),
    Scale.SMOKE: Size(people=2, repeats=1, presses=4, slow=2, quietly=2),
}


class SlackCompany(Company):
    """The requests that Slack makes for its people."""

    def __init__(self, size: Size, api_port: int) -> None:
        super().__init__(PLATFORM, size.people, 2 * size.repeats + 2)
        self._size = size
        self._port = api_port
        self._count = 0

    def presses(self, number: int, count: int) -> list[bytes]:
        """Answers in this round, from everyone in turn, each body signed and unlike any other."""
        everyone = self._size.people
        return [self._press(number, at % everyone, at // everyone) for at in range(count)]

    def walks(self, number: int, count: int) -> list[bytes]:
        """The same from one person after the other, each through all questions, as people do."""
        return [self._press(number, *divmod(at, len(QUESTIONS))) for at in range(count)]

    def commands(self, texts: Sequence[str], count: int) -> list[bytes]:
        return [self._command(texts[at % len(texts)], at) for at in range(count)]

    def forms(self, number: int, count: int) -> list[bytes]:
        """The form with all of a person's answers."""
        return [self._form(self.rounds[number], at) for at in range(count)]

    def _press(self, number: int, person: int, which: int) -> bytes:
        question = QUESTIONS[which % len(QUESTIONS)]
        value = str((person + which) % 5 + 1)
        action = Action(Verb.ANSWER, (self.rounds[number].id, question.id, value))
        payload = {
            **self._who(person),
            "type": "block_actions",
            "container": {
                "type": "message",
                "message_ts": "1700000000.000100",
                "channel_id": "D0123456789",
                "is_ephemeral": False,
            },
            "channel": {"id": "D0123456789", "name": "directmessage"},
            "message": {
                "user": "U0",
                "type": "message",
                "ts": "1700000000.000100",
                "bot_id": "B1",
                "app_id": "A1",
                "team": self.home.workspace.external_id,
                **self._shown,
            },
            "state": {"values": {}},
            "response_url": f"http://127.0.0.1:{self._port}/actions/T1/{self._count}/abc",
            "actions": [
                {
                    "type": "button",
                    "action_id": ANSWER,
                    "block_id": "b1",
                    "text": {"type": "plain_text", "text": "Agree", "emoji": False},
                    "value": encode(action),
                    "action_ts": f"{1700000000 + self._count}.000200",
                }
            ],
        }
        return interaction(payload)

    @cached_property
    def _shown(self) -> dict[str, Any]:
        """Of the message on which the button is, as much as makes a body of 3.2 kB."""
        round_ = self.rounds[0]
        invitation = self.home.invitations(round_)[0]
        card = next_card(round_, invitation, Answered({}, frozenset()), "Europe/London")
        message = render_message(card)
        return {**message, "blocks": message["blocks"][:3]}

    def _command(self, text: str, at: int) -> bytes:
        who = self._who(at)
        fields = {
            "token": "deprecated",
            "team_id": who["team"]["id"],
            "team_domain": "riverside",
            "channel_id": "C1",
            "channel_name": "general",
            "user_id": who["user"]["id"],
            "user_name": "ada",
            "command": "/pulse",
            "text": text,
            "api_app_id": "A1",
            "is_enterprise_install": "false",
            "response_url": f"http://127.0.0.1:{self._port}/commands/T1/{self._count}/abc",
            "trigger_id": who["trigger_id"],
        }
        return request(urlencode(fields).encode())

    def _form(self, round_: Round, at: int) -> bytes:
        form = change_form(round_, {})
        chosen = {"type": "radio_buttons", "selected_option": {"value": str(at % 5 + 1)}}
        state = {question.id: {"value": chosen} for question in QUESTIONS}
        view = render_form(form, metadata(form.action, Place()))
        view |= {"id": f"V{self._count}", "hash": "1.abc", "state": {"values": state}}
        return interaction({**self._who(at), "type": "view_submission", "view": view})

    def _who(self, at: int) -> dict[str, Any]:
        self._count += 1
        workspace = self.home.workspace.external_id
        user = self.home.actor(at % self._size.people).user
        return {
            "user": {"id": user, "username": "ada", "name": "ada", "team_id": workspace},
            "team": {"id": workspace, "domain": "riverside"},
            "enterprise": None,
            "is_enterprise_install": False,
            "api_app_id": "A1",
            "token": "deprecated",
            "trigger_id": f"{self._count}.1700000000.abcdef0123456789",
        }


# What a participant may type; each is one of the commands that there are.
_TYPED = tuple(f"{command.name} {sub.name}".strip() for command in COMMANDS for sub in command.subs)


async def measure(scale: Scale) -> list[Row]:
    size = SIZES[scale]
    with folder() as place:
        async with AsyncExitStack() as stack:
            told = partial(Serving, folder=str(place), workspace=Home(number=1).org_id)
            api = await stack.enter_async_context(served("api", told(url="", api_url="")))
            company = SlackCompany(size, api)
            ports = {}
            for kind in KINDS:
                url = migrated(place / f"{kind}.db") if kind in OURS else ""
                if url:
                    await company.settle(url)
                here = told(url=url, api_url=f"http://127.0.0.1:{api}/api/")
                ports[kind] = await stack.enter_async_context(served(kind, here))
            found = await _presses(company, ports, size)
            return [
                *found,
                *await _others(company, ports, size),
                await _calls_first(company, ports["ours"], api),
            ]


async def _presses(company: SlackCompany, ports: Mapping[str, int], size: Size) -> list[Row]:
    busy: dict[str, list[Flood]] = {kind: [] for kind in ports}
    quiet: dict[str, list[Flood]] = {"flushed": [], "handed": [], "muted": []}
    for repeat in range(size.repeats + 1):
        for kind in ("fast", "bolt", "usual", "muted", "ours"):
            count, late = (size.slow, TOO_LATE) if kind == "usual" else (size.presses, b"")
            asked = company.presses(2 * repeat, count)
            busy[kind].append(await load(ports[kind], asked, AT_ONCE, late))
        for kind, floods in quiet.items():
            asked = company.walks(2 * repeat + 1, size.quietly)
            floods.append(await load(ports[kind], asked, 1))

    each, p50, p99 = cpu_each, percentile(50), percentile(99)
    press = "A press until it is committed"
    return [
        compared(f"{press}, beside Bolt that only acknowledges", "us CPU", each, busy, "bolt", 0.6),
        compared(f"{press}, beside the least that acknowledges", "us CPU", each, busy, "fast", 1.5),
        compared(f"{press}, beside as people write it", "us CPU", each, busy, "usual", 0.1),
        compared(
            "A press with its next card, beside Bolt", "us CPU", each, busy, "bolt", ours="ours"
        ),
        compared(
            "Presses one at a time, beside the least and a flush: p50",
            "ms",
            p50,
            quiet,
            "flushed",
            1.5,
        ),
        compared(
            "Presses one at a time, beside the least and a thread that commits: p50",
            "ms",
            p50,
            quiet,
            "handed",
        ),
        compared(
            f"Presses {AT_ONCE} at once, beside as people write it: p99",
            "ms",
            p99,
            busy,
            "usual",
            0.1,
        ),
        compared(
            f"Presses {AT_ONCE} at once with the next cards, beside as people write it: p99",
            "ms",
            p99,
            busy,
            "usual",
            ours="ours",
        ),
    ]


async def _others(company: SlackCompany, ports: Mapping[str, int], size: Size) -> list[Row]:
    """Commands and forms: the way to the core and back, then with all that the core does."""
    found: dict[str, list[Flood]] = {}

    async def take(name: str, kind: str, asked: list[bytes]) -> None:
        found.setdefault(name, []).append(await load(ports[kind], asked, AT_ONCE))

    for repeat in range(size.repeats + 1):
        for kind in ("bolt", "routed", "ours"):
            count = size.slow if kind == "ours" else size.presses // 2
            await take(f"{kind} command", kind, company.commands(["help"], count))
            await take(f"{kind} form", kind, company.forms(2 * repeat, count))
        await take("all commands", "routed", company.commands(_TYPED, size.presses // 2))

    def row(what: str, ours: str, theirs: str, most: float | None = None) -> Row:
        return compared(what, "us CPU", cpu_each, found, theirs, most, ours=ours)

    return [
        row("The way of a command, beside Bolt", "routed command", "bolt command", 0.65),
        row("The way of a form, beside Bolt", "routed form", "bolt form", 0.65),
        row(f"{len(_TYPED)} commands, beside one", "all commands", "routed command", 1.15),
        row("A command (help) with all it does, beside the same", "ours command", "bolt command"),
        row("A form (six answers) with all it does, beside the same", "ours form", "bolt form"),
    ]


async def _calls_first(company: SlackCompany, port: int, api: int) -> Row:
    """How many kinds of requests are not acknowledged while Slack's own side does not answer."""
    await get(api, "/wait")
    waited = 0
    for asked in (company.presses(0, 1), company.commands(["help"], 1), company.forms(0, 1)):
        connection = await connect(port)
        try:
            async with asyncio.timeout(PATIENCE):
                await connection.ask(asked[0])
        except TimeoutError:
            waited += 1
        finally:
            await connection.close()
    await get(api, "/go-on")
    return Row(what="Acknowledged only after a call to Slack", unit="of 3", value=waited, most=0)


# --- figures -----------------------------------------------------------------------------------


def cpu_each(flood: Flood) -> float:
    return flood.cpu_each * 1e6


def percentile(percent: int) -> Callable[[Flood], float]:
    return lambda flood: flood.percentile(percent) * 1e3


def compared(
    what: str,
    unit: str,
    figure: Callable[[Flood], float],
    found: Mapping[str, list[Flood]],
    theirs: str,
    most_ratio: float | None = None,
    *,
    ours: str = "muted",
) -> Row:
    """The best of both, without the first of each, which warms up.

    Whatever else the machine does meanwhile only adds to a figure.
    """

    def best(floods: list[Flood]) -> float:
        return min(figure(flood) for flood in floods[1:])

    return Row(
        what=what,
        unit=unit,
        value=best(found[ours]),
        baseline=best(found[theirs]),
        most_ratio=most_ratio,
    )
