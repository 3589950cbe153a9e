"""Made-up organisations: programmes with people who said yes, on one workspace each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Table

from bot.conversation.events import Actor
from bot.conversation.roles import Role
from bot.ports import Rate
from bot.programme.people import Consent, Membership, Person
from bot.programme.programmes import Level, Organisation, Programme, Workspace
from bot.pulse.cadence import Weekly
from bot.pulse.localtime import Weekday
from bot.pulse.pulses import Invitation, Pulse, PulseState, Round, RoundState
from bot.pulse.questionnaire import Questionnaire
from bot.pulse.questions import Kind, Question
from bot.pulse.windows import DEFAULT_WINDOW
from bot.sentiment.blocks import plan_blocks
from bot.sentiment.profile import Profile
from storage import tables
from storage.session import record

PLATFORM = "playground"
TEAMS = ("East", "North", "South", "West")
RATE = Rate(per_second=2000, burst=2000)
# A Tuesday at ten in London, when nobody's quiet hours are.
DUE = datetime(2026, 6, 2, 9, 0, tzinfo=UTC)
BEGUN = date(2026, 5, 1)
FORTNIGHT = timedelta(weeks=2)
WINDOW = timedelta(days=7)
# As many as a round may ask.
QUESTIONS = tuple(
    Question(id=f"own.{number}", kind=Kind.AGREE, text=f"Statement {number} holds here.")
    for number in range(6)
)

Filling = tuple[Table, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """One organisation: its number, its programmes, and the people in each of them."""

    number: int
    programmes: int = 1
    people: int = 0
    platform: str = PLATFORM
    rate: Rate = RATE

    @property
    def org_id(self) -> str:
        return f"org-{self.number:04}"

    @property
    def workspace(self) -> Workspace:
        return Workspace(
            id=f"lane-{self.number:04}",
            org_id=self.org_id,
            platform=self.platform,
            external_id=self.org_id,
            name="Workspace",
        )

    @property
    def organisation(self) -> Organisation:
        return Organisation(id=self.org_id, name=f"Organisation {self.number}")

    def programme(self, at: int = 0) -> Programme:
        return Programme(
            id=f"programme-{self.number:04}-{at:04}",
            org_id=self.org_id,
            name=f"Programme {at}",
            change="the new rota",
            level=Level.SILVER,
            starts_on=BEGUN,
            ends_on=BEGUN.replace(year=BEGUN.year + 1),
            zone="Europe/London",
        )

    def questions(self, at: int = 0) -> tuple[Question, ...]:
        """The programme's own: one that another programme has just asked would rest."""
        return tuple(
            replace(question, id=f"own.{at}-{number}", text=f"In {at}: {question.text}")
            for number, question in enumerate(QUESTIONS[:4])
        )

    def pulse(self, at: int = 0) -> Pulse:
        return Pulse(
            id=f"pulse-{self.number:04}-{at:04}",
            org_id=self.org_id,
            programme_id=self.programme(at).id,
            name="Check",
            questions=tuple(question.id for question in self.questions(at)),
            size=4,
            cadence=Weekly(every=2, weekdays=frozenset({Weekday.TUESDAY}), at=time(10)),
            anchor=DUE.date(),
            window=DEFAULT_WINDOW,
            reminders=1,
            state=PulseState.ACTIVE,
            next_at=DUE,
        )

    def person(self, which: int, at: int = 0) -> Person:
        name = f"{self.number:04}-{at:04}-{which:05}"
        return Person(
            id=f"person-{name}",
            org_id=self.org_id,
            name=f"Person {name}",
            email=f"{name}@people.example",
        )

    def membership(self, which: int, at: int = 0) -> Membership:
        return Membership(
            org_id=self.org_id,
            programme_id=self.programme(at).id,
            person_id=self.person(which, at).id,
            role=Role.PARTICIPANT,
            team=TEAMS[which % len(TEAMS)],
            joined_on=BEGUN,
            consent=Consent.GIVEN,
        )

    def round(self, number: int, invited: int) -> Round:
        """An open round of the first programme. `number` 0 opens first."""
        opened_at = DUE + number * FORTNIGHT
        sizes = Counter(TEAMS[which % len(TEAMS)] for which in range(invited))
        return Round(
            id=f"round-{self.number:04}-{number:04}",
            org_id=self.org_id,
            programme_id=self.programme().id,
            pulse_id=self.pulse().id,
            name=self.pulse().name,
            due_at=opened_at,
            opened_at=opened_at,
            close_at=opened_at + WINDOW,
            state=RoundState.OPEN,
            profile=Profile.STANDARD,
            questionnaire=Questionnaire(QUESTIONS),
            blocks=plan_blocks(sizes, 0.8, Profile.STANDARD.disclosure),
            invited=invited,
        )

    def invitations(self, round_: Round) -> list[Invitation]:
        """One for each of the people, in the group of their team."""
        block_of = {team: block.name for block in round_.blocks for team in block.teams}
        return [
            Invitation(
                org_id=self.org_id,
                round_id=round_.id,
                person_id=self.person(which).id,
                block=block_of[self.membership(which).team],
                send_at=round_.opened_at,
            )
            for which in range(self.people)
        ]

    def actor(self, which: int, at: int = 0) -> Actor:
        return Actor(self.platform, self.workspace.external_id, self.person(which, at).id)


def rows(homes: Sequence[Home]) -> tuple[Filling, ...]:
    """Everything about these organisations, in an order that foreign keys allow."""
    programmes = [(home, at) for home in homes for at in range(home.programmes)]
    people = [(home, at, which) for home, at in programmes for which in range(home.people)]
    every = (
        (tables.organisation, [record(home.organisation) for home in homes]),
        (tables.workspace, [record(home.workspace) for home in homes]),
        (tables.lane, [_lane(home) for home in homes]),
        (tables.programme, [record(home.programme(at)) for home, at in programmes]),
        (
            tables.own_question,
            [_own(home, at, q) for home, at in programmes for q in home.questions(at)],
        ),
        (tables.pulse, [record(home.pulse(at)) for home, at in programmes]),
        (tables.person, [record(home.person(which, at)) for home, at, which in people]),
        (tables.membership, [record(home.membership(which, at)) for home, at, which in people]),
        (tables.identity, [_identity(home, which, at) for home, at, which in people]),
    )
    return tuple((table, some) for table, some in every if some)


def _lane(home: Home) -> dict[str, Any]:
    return {
        "id": home.workspace.id,
        "org_id": home.org_id,
        "per_second": home.rate.per_second,
        "burst": home.rate.burst,
    }


def _own(home: Home, at: int, question: Question) -> dict[str, Any]:
    return {
        "org_id": home.org_id,
        "programme_id": home.programme(at).id,
        "question_id": question.id,
        "question": question,
    }


def _identity(home: Home, which: int, at: int) -> dict[str, Any]:
    return {
        "org_id": home.org_id,
        "workspace_id": home.workspace.id,
        "user": home.actor(which, at).user,
        "person_id": home.person(which, at).id,
    }
