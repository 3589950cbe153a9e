"""The example: a fictional partner with 60 people in 8 teams, some rounds into a change.

Its past is not made up: the roster is imported, the pulse is planned and the rounds are lived
through by the real thing, with simulated colleagues, before the page opens.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.resources import files

from adapters.playground.colleagues import Colleagues
from adapters.playground.exchange import Exchange
from adapters.playground.inbound import PLATFORM
from adapters.playground.timeline import advance
from bot.conversation.actions import Action, Verb
from bot.conversation.events import (
    Actor,
    Command,
    Event,
    FieldErrors,
    Pressed,
    Reply,
    Say,
    Submitted,
)
from bot.handlers.founding import found
from bot.ports import Tx

PAST = timedelta(weeks=9)
SEED = 2026
ORGANISATION = "Northmoor Health and Care"
PROGRAMME = "A rota that works"
CHANGE = "the new rota"
ZONE = "Europe/London"
FACILITATOR = ("Maya Brandt", "maya.brandt@soundings.example")
EXPECTED_RATE = 75  # per cent

_PLAN = (
    'schedule "Rota check" every 2 weeks on tuesday at 10:00 for 5 working days asking 4 '
    "with first.clear, first.support, first.better, csps.change-managed, csps.informed, "
    "csps.views, csps.workload, recommend, first.one-thing reminders 1"
)
# Long enough for almost everyone to say whether they want to take part, over public holidays too.
_CONSENT_TIME = timedelta(days=7)


def is_wanted(tx: Tx) -> bool:
    """Whether there is nothing else to show, or an earlier start came no further than this."""
    organisations = tx.directory.organisations()
    if [one.name for one in organisations] != [ORGANISATION]:
        return not organisations
    tenant = tx.tenant(organisations[0].id)
    programmes = tenant.programmes.all()
    return [one.name for one in programmes] == [PROGRAMME] and not tenant.pulses.all(
        programmes[0].id
    )


def found_once(tx: Tx, now: datetime) -> None:
    """The example's organisation and programme, unless an earlier start left them."""
    if not tx.directory.organisations():
        found(
            tx,
            organisation=ORGANISATION,
            programme=PROGRAMME,
            change=CHANGE,
            zone=ZONE,
            facilitator=FACILITATOR,
            now=now,
            expected_rate=EXPECTED_RATE,
        )


async def live_through(
    exchange: Exchange,
    colleagues: Colleagues,
    until: datetime,
    moved: Callable[[], None] = lambda: None,
) -> None:
    """The example's weeks up to `until`, from wherever the clock stands now.

    It may be stopped at any moment, by a kill -9 too: with a new process it goes on from there.
    `moved` is called after every step; what it raises stops the example between two steps.
    Raises RuntimeError where the core refuses the example.
    """
    exchange.history.begin()
    exchange.history.keep_time(exchange.core.clock.now())
    roster = files("adapters.playground").joinpath("example.csv").read_text(encoding="utf-8")
    form = Action(Verb.FORM, ("people-import", ""))
    actor = Actor(PLATFORM, exchange.workspace, FACILITATOR[1])
    # Another key at another start: one that was broken off is taken up again.
    key = f"example:people:{exchange.core.clock.now().isoformat()}"
    shown = await _done(
        exchange, Submitted(key=key, actor=actor, action=form, values={"csv": (roster,)})
    )
    for action in _confirming(shown):
        await _done(exchange, Pressed(key=f"{key}:yes", actor=actor, action=action))
    await advance(exchange, colleagues, until - PAST + _CONSENT_TIME, moved)
    await _done(exchange, Command(key="example:plan", actor=actor, text=_PLAN))
    await advance(exchange, colleagues, until, moved)
    exchange.history.finish()


def _confirming(replies: tuple[Reply, ...]) -> tuple[Action, ...]:
    """The button that imports the list; none where everyone is there already."""
    cards = (reply.card for reply in replies if isinstance(reply, Say))
    meant = (button.action for card in cards for button in card.buttons)
    return tuple(a for a in meant if a.verb is Verb.IMPORT and a.arguments[-1] == "yes")


async def _done(exchange: Exchange, event: Event) -> tuple[Reply, ...]:
    # Without a reply where an earlier start has done it: the core acts on a key once.
    replies = await exchange.core.handle(event)
    if any(isinstance(reply, FieldErrors) for reply in replies):
        raise RuntimeError(f"the example was refused: {replies}")
    return replies
