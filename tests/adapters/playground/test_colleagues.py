"""Simulated colleagues answer at realistic rates, the same for the same seed."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

from adapters.playground.colleagues import Colleagues, Plan
from adapters.playground.exchange import Exchange
from adapters.playground.history import History
from adapters.playground.platform import Playground
from adapters.playground.render import render_card
from adapters.playground.timeline import advance, next_event
from bot.conversation.actions import Action, Verb
from bot.conversation.card import Button, Buttons, Card, Text
from bot.conversation.events import Pressed, Submitted
from tests.adapters.playground.small_core import START, SmallClock, SmallCore, prompt

CONSENT = Card(
    (
        Text("May we ask you?"),
        Buttons(
            (
                Button("Yes", Action(Verb.CONSENT, ("p", "yes"))),
                Button("No", Action(Verb.CONSENT, ("p", "no"))),
            )
        ),
    )
)
REMINDER = Card((Text("Still open"), Buttons((Button("Open", Action(Verb.START, ("r1",))),))))
MANY = 2000


def plans(colleagues: Colleagues) -> tuple[Plan, ...]:
    return colleagues.due(START + timedelta(days=400))


def delays(card: Card, users: int = MANY) -> list[timedelta]:
    history = History(":memory:")
    for user in range(users):
        history.add(f"u{user}", "k", render_card(card), START)
    colleagues = Colleagues(1)
    colleagues.read(history.changes(0))
    return [plan.at - START for plan in plans(colleagues)]


def play(seed: int, days: int) -> SmallCore:
    """Live through some days of the small core's rounds."""
    clock = SmallClock()
    playground = Playground(History(":memory:"), "demo", clock)
    core = SmallCore(playground, clock)
    exchange = Exchange(core, playground.history, "demo")
    until = START + timedelta(days=days)
    asyncio.run(advance(exchange, Colleagues(seed), until))
    return core


def test_the_same_seed_gives_the_same_answers() -> None:
    assert play(1, 4).events == play(1, 4).events
    assert play(1, 4).events != play(2, 4).events


def test_most_people_turn_to_a_first_message_within_a_day() -> None:
    found = delays(prompt(0))
    assert 0.60 < len(found) / MANY < 0.68
    assert 0.24 < sum(delay <= timedelta(hours=1) for delay in found) / MANY < 0.31
    assert max(found) <= timedelta(days=1)


def test_a_reminder_brings_some_of_the_others() -> None:
    history = History(":memory:")
    colleagues = Colleagues(1)
    for user in range(MANY):
        history.add(f"u{user}", "prompt", render_card(prompt(0)), START)
    colleagues.read(history.changes(colleagues.seen))
    first = {plan.user for plan in plans(colleagues)}
    for user in range(MANY):
        history.add(f"u{user}", "reminder", render_card(REMINDER), START)
    colleagues.read(history.changes(colleagues.seen))
    second = {plan.user for plan in plans(colleagues)}
    assert not first & second
    assert 0.69 < len(first | second) / MANY < 0.78


def test_hardly_anyone_is_silent_on_consent() -> None:
    assert 0.95 < len(delays(CONSENT)) / MANY < 0.99


def test_rounds_have_realistic_rates_and_moods() -> None:
    cores = [play(seed, 8) for seed in range(5)]
    presses = [event for core in cores for event in core.events if isinstance(event, Pressed)]
    answers = [event for event in presses if event.action.verb is Verb.ANSWER]
    respondents = sum(
        len({event.actor for event in core.events if isinstance(event, Pressed)}) for core in cores
    )
    assert 0.65 < respondents / (60 * len(cores)) < 0.85
    chosen = Counter(
        event.action.arguments[2] for event in answers if event.action.arguments[1] == "clear"
    )
    assert set(chosen) == {"1", "2", "3", "4", "5"}
    assert 0.4 < (chosen["4"] + chosen["5"]) / chosen.total() < 0.7
    skipped = sum(e.action.verb is Verb.SKIP and e.action.arguments[1] == "clear" for e in presses)
    assert 0 < skipped / chosen.total() < 0.07


def test_what_colleagues_write_is_never_empty() -> None:
    written = [event for event in play(1, 8).events if isinstance(event, Submitted)]
    assert written
    assert all(text for event in written for text in event.values["one-thing"])


async def test_nobody_acts_for_a_person_on_screen_until_they_leave_it() -> None:
    history = History(":memory:")
    colleagues = Colleagues(1)
    everyone = [f"u{user}" for user in range(100)]
    colleagues.watch(frozenset(everyone))
    for user in everyone:
        history.add(user, "k", render_card(prompt(0)), START)
    colleagues.read(history.changes(0))
    assert colleagues.next_moment() is None
    colleagues.watch(frozenset())
    assert 50 < len(plans(colleagues)) < 80


async def test_nobody_touches_a_message_that_has_been_dealt_with() -> None:
    clock = SmallClock()
    playground = Playground(History(":memory:"), "demo", clock)
    core = SmallCore(playground, clock)
    exchange = Exchange(core, playground.history, "demo")
    colleagues = Colleagues(1)
    for member in await core.cast():
        playground.history.add(member.user, "k", render_card(prompt(0)), START)
    colleagues.read(playground.history.changes(0))
    for message in playground.history.changes(0):
        playground.history.replace(message.number, render_card(prompt(1)))
    clock.move(START + timedelta(days=2))
    await colleagues.act(exchange)
    assert core.events == []


async def test_people_who_are_no_participants_do_not_answer() -> None:
    clock = SmallClock()
    playground = Playground(History(":memory:"), "demo", clock)
    core = SmallCore(playground, clock)
    colleagues = Colleagues(1)
    for number in range(20):
        playground.history.add("fran", str(number), render_card(prompt(0, f"r{number}")), START)
    colleagues.read(playground.history.changes(0))
    assert colleagues.next_moment() is not None
    clock.move(START + timedelta(days=2))
    await colleagues.act(Exchange(core, playground.history, "demo"))
    assert core.events == []


async def test_next_event_stops_at_the_first_message_for_somebody_on_screen() -> None:
    clock = SmallClock()
    playground = Playground(History(":memory:"), "demo", clock)
    core = SmallCore(playground, clock)
    exchange = Exchange(core, playground.history, "demo")
    colleagues = Colleagues(1)
    colleagues.watch(frozenset({"lee"}))
    jumps: list[object] = []
    assert await next_event(exchange, colleagues, ["lee"], lambda: jumps.append(clock.now()))
    # The digest of the first round, five days later; colleagues answered on the way.
    assert clock.now() == START + timedelta(days=5, hours=1)
    assert len(core.events) > 100
    assert jumps == sorted(jumps, key=str)


async def test_next_event_says_when_nothing_is_planned() -> None:
    clock = SmallClock()
    playground = Playground(History(":memory:"), "demo", clock)
    core = SmallCore(playground, clock)
    exchange = Exchange(core, playground.history, "demo")
    colleagues = Colleagues(1)
    while await next_event(exchange, colleagues, ["lee"]):
        pass
    assert not await next_event(exchange, colleagues, ["lee"])


class Stuck(SmallCore):
    """Something stays due, as when a lane has to pause."""

    async def next_moment(self) -> datetime | None:
        return START

    async def settle(self) -> None:
        pass


async def test_something_that_stays_due_does_not_stop_the_clock() -> None:
    clock = SmallClock()
    playground = Playground(History(":memory:"), "demo", clock)
    exchange = Exchange(Stuck(playground, clock), playground.history, "demo")
    await advance(exchange, Colleagues(1), START + timedelta(hours=2))
    assert clock.now() == START + timedelta(hours=2)
