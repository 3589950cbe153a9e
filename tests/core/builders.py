"""Small values of the core, each with what a test does not care about filled in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bot.conversation.roles import Role
from bot.programme.people import Consent, Member, Membership, Person
from bot.programme.programmes import Level, Programme
from bot.pulse.pulses import Invitation, Pulse, PulseState, Round, RoundState
from bot.pulse.questionnaire import Questionnaire
from bot.pulse.questions import Kind, Question
from bot.pulse.windows import DEFAULT_WINDOW
from bot.sentiment.blocks import Block
from bot.sentiment.profile import Profile

# A Tuesday morning, far from any public holiday and any change of the clocks.
NOW = datetime(2026, 6, 9, 9, 0, tzinfo=UTC)


def member(
    number: int,
    team: str = "Ward",
    *,
    role: Role = Role.PARTICIPANT,
    consent: Consent = Consent.GIVEN,
    zone: str | None = None,
    preferred: time | None = None,
    away: tuple[date, date] | tuple[None, None] = (None, None),
) -> Member:
    person = Person(
        id=f"p{number}",
        org_id="o",
        name=f"Person {number}",
        email=f"p{number}@trust.example",
        zone=zone,
        preferred_time=preferred,
        away_from=away[0],
        away_to=away[1],
    )
    membership = Membership(
        org_id="o",
        programme_id="g",
        person_id=person.id,
        role=role,
        team=team,
        joined_on=date(2026, 1, 1),
        consent=consent,
    )
    return Member(person=person, membership=membership)


def staff(**teams: int) -> tuple[Member, ...]:
    """So many people in each team: `staff(Ward=9, Theatre=8)`."""
    names = [team for team, size in teams.items() for _ in range(size)]
    return tuple(member(number, team) for number, team in enumerate(names))


def programme(**changes: Any) -> Programme:
    usual: dict[str, Any] = {
        "id": "g",
        "org_id": "o",
        "name": "Better rotas",
        "change": "the new rota",
        "level": Level.SILVER,
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2026, 12, 31),
        "zone": "Europe/London",
    }
    return Programme(**usual | changes)


def pulse(**changes: Any) -> Pulse:
    usual: dict[str, Any] = {
        "id": "u",
        "org_id": "o",
        "programme_id": "g",
        "name": "Weekly",
        "questions": ("q0",),
        "size": 1,
        "cadence": None,
        "anchor": NOW.date(),
        "window": DEFAULT_WINDOW,
        "reminders": 1,
        "state": PulseState.ACTIVE,
        "next_at": None,
    }
    return Pulse(**usual | changes)


def question(number: int = 0, kind: Kind = Kind.AGREE, **changes: Any) -> Question:
    """`q0`, `q1` and so on, with options where its kind takes them."""
    usual: dict[str, Any] = {"id": f"q{number}", "kind": kind, "text": f"Statement {number}."}
    if kind in (Kind.CHOICE, Kind.PICK):
        usual["options"] = ("Time", "Training", "People", "Tools")
    return Question(**usual | changes)


def blocks(*names: str) -> tuple[Block, ...]:
    """One block a name, its teams joined by " + "."""
    return tuple(Block(name, tuple(name.split(" + "))) for name in names)


def round_(
    questions: Sequence[Question] = (), groups: Sequence[Block] = (), **changes: Any
) -> Round:
    usual: dict[str, Any] = {
        "id": "r",
        "org_id": "o",
        "programme_id": "g",
        "pulse_id": "u",
        "name": "Weekly",
        "due_at": NOW,
        "opened_at": NOW,
        "close_at": NOW + timedelta(days=7),
        "state": RoundState.OPEN,
        "profile": Profile.STANDARD,
        "questionnaire": Questionnaire(tuple(questions) or (question(),)),
        "blocks": tuple(groups) or blocks("Ward"),
        "invited": 20,
    }
    return Round(**usual | changes)


INVITATION = Invitation(org_id="o", round_id="r", person_id="p1", block="Ward", send_at=NOW)
