"""One organisation with a bit of everything, told apart from another by every id and name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.conversation.events import Actor
from bot.conversation.roles import Role
from bot.ports import Delivery, Entry, Kind, Published, Rate, Season, Tx
from bot.programme.people import Consent, Membership, Person
from bot.programme.programmes import Level, Organisation, Programme, Workspace
from bot.programme.sources import Source
from bot.pulse.cadence import Daily
from bot.pulse.pulses import Invitation, Pulse, PulseState, Round, RoundState
from bot.pulse.questionnaire import Questionnaire
from bot.pulse.questions import Branch, Favour, Question
from bot.pulse.questions import Kind as Form
from bot.pulse.windows import Unit, Window
from bot.sentiment.blocks import Block
from bot.sentiment.profile import Profile
from bot.sentiment.release import QuestionResult, Reason, Release

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

AGREE = Question(
    id="team.voice",
    kind=Form.AGREE,
    text="I can speak up here.",
    branch=Branch(Favour.UNFAVOURABLE, "own.help"),
)
PICK = Question(id="own.needs", kind=Form.PICK, text="What do you need?", options=("Time", "Tools"))
HELP = Question(id="own.help", kind=Form.TEXT, text="What would help?")
QUESTIONNAIRE = Questionnaire((AGREE, HELP, PICK))
BLOCKS = (Block("East + North", ("East", "North")), Block("South", ("South",)))


@dataclass(frozen=True)
class World:
    """The values that were put into the store for one organisation."""

    name: str

    def id(self, what: str) -> str:
        return f"{what}-of-{self.name}"

    @property
    def org_id(self) -> str:
        return self.id("organisation")

    @property
    def lane_id(self) -> str:
        return self.id("workspace")

    @property
    def programme(self) -> Programme:
        return Programme(
            id=self.id("programme"),
            org_id=self.org_id,
            name=self.id("Spring"),
            change=self.id("the new rota"),
            level=Level.GOLD,
            starts_on=date(2026, 1, 5),
            ends_on=date(2026, 12, 18),
            zone="Europe/London",
            expected_rate=60,
            working_days=(0, 2, 5),
            quiet_from=time(20, 30),
            quiet_to=time(7, 45),
        )

    @property
    def workspace(self) -> Workspace:
        return Workspace(
            id=self.lane_id,
            org_id=self.org_id,
            platform="playground",
            external_id=self.id("team"),
            name=self.id("Team"),
        )

    def person(self, number: int = 1) -> Person:
        return Person(
            id=self.id(f"person{number}"),
            org_id=self.org_id,
            name=self.id(f"Ada {number}"),
            email=f"ada{number}@{self.name}.example",
            zone="Europe/Paris",
            language="fr",
            preferred_time=time(7, 30),
            away_from=date(2026, 8, 1),
            away_to=date(2026, 8, 14),
            programme_id=self.programme.id,
        )

    def membership(self, number: int = 1, role: Role = Role.PARTICIPANT) -> Membership:
        return Membership(
            org_id=self.org_id,
            programme_id=self.programme.id,
            person_id=self.person(number).id,
            role=role,
            team="East",
            joined_on=date(2026, 1, 5),
            consent=Consent.GIVEN,
        )

    def actor(self, number: int = 1) -> Actor:
        return Actor("playground", self.id("team"), self.id(f"user{number}"))

    @property
    def pulse(self) -> Pulse:
        return Pulse(
            id=self.id("pulse"),
            org_id=self.org_id,
            programme_id=self.programme.id,
            name=self.id("Fortnightly"),
            questions=(AGREE.id, PICK.id),
            size=2,
            teams=("East",),
            cadence=Daily(every=3, at=time(10)),
            anchor=date(2026, 3, 2),
            window=Window(2, Unit.WORKING_DAYS),
            reminders=2,
            state=PulseState.ACTIVE,
            next_at=NOW + 14 * DAY,
        )

    def round(self, number: int = 1, state: RoundState = RoundState.OPEN) -> Round:
        return Round(
            id=self.id(f"round{number}"),
            org_id=self.org_id,
            programme_id=self.programme.id,
            pulse_id=self.pulse.id,
            name=self.id("Fortnightly"),
            due_at=NOW + number * HOUR,
            opened_at=NOW + number * HOUR,
            close_at=NOW + number * HOUR + 2 * DAY,
            state=state,
            profile=Profile.STANDARD,
            questionnaire=QUESTIONNAIRE,
            blocks=BLOCKS,
            invited=2,
        )

    def invitation(self, person: int = 1, round_: int = 1) -> Invitation:
        return Invitation(
            org_id=self.org_id,
            round_id=self.round(round_).id,
            person_id=self.person(person).id,
            block=BLOCKS[0].name,
            send_at=NOW + HOUR,
        )

    def delivery(self, key: str = "prompt", person: int = 1, round_: int | None = 1) -> Delivery:
        return Delivery(
            id=self.id(f"delivery-{key}"),
            org_id=self.org_id,
            lane_id=self.lane_id,
            person_id=self.person(person).id,
            programme_id=self.programme.id,
            round_id="" if round_ is None else self.round(round_).id,
            kind=Kind.PROMPT,
            key=key,
            about={"name": self.id("about")},
            due_at=NOW,
        )

    @property
    def season(self) -> Season:
        return Season(programme_id=self.programme.id, starts_on=date(2026, 1, 5), blocks=BLOCKS)

    @property
    def question(self) -> Question:
        return Question(id=self.id("own"), kind=Form.YES_NO, text="Is it quiet now?")

    @property
    def source(self) -> Source:
        return Source(
            id=self.id("source"),
            org_id=self.org_id,
            programme_id=self.programme.id,
            workspace_id=self.lane_id,
            external_id=self.id("channel"),
            name=self.id("#east"),
            team="East",
        )

    @property
    def entry(self) -> Entry:
        return Entry(
            at=NOW,
            programme_id=self.programme.id,
            person_id=self.person().id,
            what="round opened",
            about={"x": self.id("y")},
        )

    def published(self, number: int = 1) -> Published:
        return Published(
            round_id=self.round(number).id,
            programme_id=self.programme.id,
            released_at=NOW + 3 * DAY,
            asked=40,
            response_rate=65,
            release=Release(
                (
                    QuestionResult(
                        question_id=AGREE.id,
                        organisation=None,
                        blocks=(),
                        withheld=("South",),
                        reason=Reason.NOT_ENOUGH,
                        groups=(),
                    ),
                )
            ),
        )

    def settle(self, tx: Tx, people: int = 2) -> None:
        """An organisation with people, a pulse and its open round; nobody has answered yet."""
        tx.directory.add_organisation(Organisation(id=self.org_id, name=self.id("Trust")))
        tx.directory.add_workspace(
            self.workspace,
            Rate(5.0, 3),
        )
        tenant = tx.tenant(self.org_id)
        tenant.programmes.save(self.programme)
        for number in range(1, people + 1):
            tenant.people.save(self.person(number))
            tenant.people.save_membership(self.membership(number))
            tenant.people.reach(self.person(number).id, self.lane_id, self.actor(number).user)
        tenant.pulses.save(self.pulse)
        tenant.pulses.open_round(
            self.round(), [self.invitation(number) for number in range(1, people + 1)]
        )

    def furnish(self, tx: Tx) -> None:
        """All else that an organisation can have, and one closed round."""
        tenant = tx.tenant(self.org_id)
        tx.directory.keep_installation(self.workspace, self.id("token"))
        tx.directory.keep_reference(self.workspace, self.id("user"), self.id("chat"), "sam@b.org")
        tx.directory.add_claim(self.workspace, self.id("code"), NOW + DAY)
        tenant.programmes.save_question(self.programme.id, self.question)
        tenant.programmes.save_season(self.season)
        tenant.programmes.save_source(self.source)
        tenant.answers.put(self.round().id, self.person().id, AGREE.id, 2)
        tenant.answers.put(self.round().id, self.person().id, HELP.id, "More hands")
        tenant.post.queue([self.delivery()])
        tenant.notes.save_draft(self.person().id, "kickoff", {"needs": (self.id("need"),)}, NOW)
        tenant.notes.record(self.entry)
        tenant.pulses.open_round(self.round(2), [self.invitation(1, 2)])
        tenant.answers.put(self.round(2).id, self.person().id, AGREE.id, 1)
        tenant.answers.put(self.round(2).id, self.person().id, HELP.id, "Fewer hands")
        tenant.answers.close(self.round(2), dict, self.published(2))
        tenant.pulses.save_round(self.round(2, RoundState.CLOSED))


OURS = World("a")
THEIRS = World("b")
