"""Simulated colleagues: they answer as people do, and only in the way that a browser can."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.playground.exchange import CastMember, Exchange
from adapters.playground.history import Message
from adapters.playground.render import Json, actions
from bot.conversation.actions import Action, Verb, decode, encode
from bot.conversation.card import ChoiceField, Field, Form
from bot.conversation.events import Open
from bot.conversation.roles import Role

# Shares of those who get a first message. Staff surveys reach 45-55 % (NHS) to 65-90 %.
AT_FIRST_WITHIN_HOUR = 0.27
AT_FIRST_WITHIN_DAY = 0.64
AT_REMINDER = 0.25  # of those who have let the earlier messages of the round pass
SILENT_ON_CONSENT = 0.03
CONSENTS = 0.96  # of those who are not silent, so 93 % of all
SKIPS = 0.03  # each question
STOPS_MIDWAY = 0.05  # each sitting
WRITES = 0.5  # each question that needs more than a tap, where it can be skipped

_SEASON_DAYS = 91
_MAX_PRESSES = 30
_ROUND_VERBS = {Verb.ANSWER, Verb.WRITE, Verb.SKIP, Verb.START}
_SENTENCES = (
    "A short weekly update would help.",
    "More time to practise before we start.",
    "It went better than I expected.",
    "It is hard to find the guide when I need it.",
    "Please ask the night staff too.",
    "My team has helped a lot.",
    "I would like to know who to ask.",
    "Nothing to add for now.",
)


@dataclass(frozen=True, slots=True, order=True)
class Plan:
    """Someone means to turn to a message at a moment."""

    at: datetime
    message: int
    user: str


class Colleagues:
    """Everyone whom nobody plays. The same seed and history give the same behaviour."""

    def __init__(self, seed: int) -> None:
        self.seen = 0  # the latest change of the history that was read
        self._seed = seed
        self._plans: list[Plan] = []
        self._on_screen: frozenset[str] = frozenset()
        self._held: list[Plan] = []  # of people on screen: a person decides for them
        self._taken: set[tuple[str, str]] = set()  # (user, round) that someone turns to

    def watch(self, on_screen: frozenset[str]) -> None:
        """Leave these people alone; whoever was left alone before takes up their plans."""
        self._on_screen = on_screen
        held, self._held = self._held, []
        for plan in held:
            self._keep(plan)

    def read(self, messages: Iterable[Message]) -> None:
        """Decide who turns to which message, and when."""
        for message in messages:
            self.seen = max(self.seen, message.changed)
            delay = self._delay(message)
            if delay is not None:
                self._keep(Plan(message.at + delay, message.number, message.user))

    def next_moment(self) -> datetime | None:
        """When somebody acts next."""
        return self._plans[0].at if self._plans else None

    def due(self, now: datetime) -> tuple[Plan, ...]:
        """Take the plans whose time has come, in order."""
        plans = []
        while self._plans and self._plans[0].at <= now:
            plans.append(heapq.heappop(self._plans))
        return tuple(plans)

    async def act(self, exchange: Exchange) -> None:
        """Have everyone whose time has come turn to their message."""
        plans = self.due(exchange.core.clock.now())
        if not plans:
            return
        members = {member.user: member for member in await exchange.core.cast()}
        for plan in plans:
            member = members.get(plan.user)
            message = exchange.history.get(plan.message)
            # A replaced card says that somebody has dealt with it already.
            untouched = message is not None and message.changed == message.number
            if message and untouched and member and Role.PARTICIPANT in member.roles:
                await self._sit_down(exchange, member, message)

    def _keep(self, plan: Plan) -> None:
        if plan.user in self._on_screen:
            self._held.append(plan)
        else:
            heapq.heappush(self._plans, plan)

    def _delay(self, message: Message) -> timedelta | None:
        """How long after its arrival the person turns to a message; None for never."""
        if message.changed != message.number:
            return None
        meant = _decoded(message.card)
        chance = self._chance("delay", message.user, message.key)
        if any(action.verb is Verb.CONSENT for action in meant):
            # By the person alone: keys are random, and the example's first participant takes part.
            chance = self._chance("consent", message.user)
            return None if chance.random() < SILENT_ON_CONSENT else _within_a_day(chance, 1 / 3)
        rounds = {action.arguments[0] for action in meant if action.verb in _ROUND_VERBS}
        if not rounds:
            return None
        taken = {(message.user, round_id) for round_id in rounds}
        if taken <= self._taken:
            return None
        reminded = any(action.verb is Verb.START for action in meant)
        willing = AT_REMINDER if reminded else AT_FIRST_WITHIN_DAY
        if chance.random() >= willing:
            return None
        self._taken |= taken
        return _within_a_day(chance, AT_FIRST_WITHIN_HOUR / AT_FIRST_WITHIN_DAY)

    async def _sit_down(self, exchange: Exchange, member: CastMember, message: Message) -> None:
        """Go through the questions of one message, as far as this person goes."""
        chance = self._chance("sitting", member.user, message.key)
        presses = chance.randint(1, 3) if chance.random() < STOPS_MIDWAY else _MAX_PRESSES
        now = exchange.core.clock.now()
        card = message.card
        for number in range(presses):
            action = self._choose(chance, member, card, now)
            if action is None:
                return
            envelope = {"user": member.user, "key": f"colleague:{message.number}:{number}"}
            press = {**envelope, "type": "press", "action": encode(action)}
            replies = await exchange.carry(press, message.number)
            for reply in replies or ():
                if isinstance(reply, Open):
                    form = _filled_in(chance, reply.form, f"{envelope['key']}:form")
                    await exchange.carry({**envelope, **form}, message.number)
            current = exchange.history.get(message.number)
            if current is None or current.card == card:
                return
            card = current.card

    def _choose(
        self, chance: random.Random, member: CastMember, card: Json, now: datetime
    ) -> Action | None:
        """The button that this person presses; None where there is nothing to answer."""
        meant = _decoded(card)
        by_verb = {action.verb: action for action in reversed(meant)}
        consents = [action for action in meant if action.verb is Verb.CONSENT]
        if consents:
            willing = self._chance("consents", member.user).random() < CONSENTS
            choice = "yes" if willing else "no"
            return next((action for action in consents if action.arguments[1] == choice), None)
        skip = by_verb.get(Verb.SKIP)
        answers = [action for action in meant if action.verb is Verb.ANSWER]
        if answers:
            if skip and chance.random() < SKIPS:
                return skip
            # Low to high, whatever the order on the card; an unworded value stays in its place.
            answers.sort(key=lambda action: _rank(action.arguments[2]))
            mood = self._mood(member, now) + chance.gauss(0, 0.13)
            return answers[round(min(max(mood, 0), 1) * (len(answers) - 1))]
        write = by_verb.get(Verb.WRITE)
        if write:
            return skip if skip and chance.random() >= WRITES else write
        return by_verb.get(Verb.START)

    def _mood(self, member: CastMember, now: datetime) -> float:
        """From 0 (all is bad) to 1: a person's base, their team's lean and a slow drift."""
        base = self._chance("person", member.user).gauss(0.66, 0.17)
        team = self._chance("team", member.team)
        lean, phase = team.gauss(0, 0.1), team.random()
        days = now.timestamp() / 86_400
        return base + lean + 0.08 * math.sin(2 * math.pi * (days / _SEASON_DAYS + phase))

    def _chance(self, *about: str) -> random.Random:
        return random.Random(repr((self._seed, *about)))


def _within_a_day(chance: random.Random, within_hour: float) -> timedelta:
    """Some within the hour, the others spread over the day, more of them early."""
    if chance.random() < within_hour:
        return timedelta(minutes=chance.uniform(1, 60))
    return timedelta(hours=24 ** chance.random())


def _decoded(card: Json) -> tuple[Action, ...]:
    return tuple(action for action in map(decode, actions(card)) if action)


def _rank(value: str) -> int:
    return int(value) if value.isdecimal() else 0


def _filled_in(chance: random.Random, form: Form, key: str) -> dict[str, object]:
    """The payload of a form with harmless content."""
    values = {field.id: _entry(chance, field) for field in form.fields}
    return {"type": "submit", "key": key, "action": encode(form.action), "values": values}


def _entry(chance: random.Random, field: Field) -> list[str]:
    if isinstance(field, ChoiceField):
        offered = [value for value, _ in field.options]
        return chance.sample(offered, chance.randint(1, min(field.most, len(offered))))
    return [chance.choice(_SENTENCES)[: field.max_length]]
