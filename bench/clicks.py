"""A whole click: from the event that a platform hands in to the committed answer and its reply."""

from __future__ import annotations

from functools import partial

from bench.common import (
    CountingEngine,
    Row,
    Scale,
    StillClock,
    fill,
    flood,
    folder,
    migrated,
    opened,
)
from bench.people import QUESTIONS, Home, rows
from bot.conversation.actions import Action, Verb
from bot.conversation.events import Pressed
from bot.inbox import Inbox

AT_ONCE = 32
PEOPLE = {Scale.FULL: 1000, Scale.QUICK: 200, Scale.SMOKE: 2}
QUIETLY = 500  # clicks of the run that has one at a time


async def measure(scale: Scale) -> list[Row]:
    home = Home(number=1, people=PEOPLE[scale])
    round_ = home.round(0, home.people)
    with folder() as place:
        url = migrated(place / "soundings.db")
        fill(url, *rows([home]))
        async with opened(url) as store:
            await store.write(
                lambda tx: tx.tenant(home.org_id).pulses.open_round(
                    round_, home.invitations(round_)
                )
            )
            inbox = Inbox(store, CountingEngine(), StillClock(round_.opened_at))
            clicks = [
                partial(inbox.handle, _click(home, round_.id, question.id, which))
                for question in QUESTIONS
                for which in range(home.people)
            ]
            # The first answer of a process loads what it needs.
            await clicks[0]()
            busy = await flood(clicks, AT_ONCE)
            quiet = await flood(clicks[:QUIETLY], 1)
    what = f"Clicks on an answer, {AT_ONCE} at once"
    return [
        Row(what=what, unit="/s", value=busy.per_second),
        Row(what=f"{what}: each", unit="us CPU", value=busy.cpu_each * 1e6),
        Row(what=f"{what}: p50", unit="ms", value=busy.percentile(50) * 1e3),
        Row(what=f"{what}: p99", unit="ms", value=busy.percentile(99) * 1e3),
        Row(what="Clicks one at a time: p50", unit="ms", value=quiet.percentile(50) * 1e3),
    ]


def _click(home: Home, round_id: str, question_id: str, which: int) -> Pressed:
    return Pressed(
        key=f"{question_id}-{which}",
        actor=home.actor(which),
        action=Action(Verb.ANSWER, (round_id, question_id, str(which % 5 + 1))),
    )
