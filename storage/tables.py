"""The tables. A column is named and typed as the field of the core's value that it keeps.

Every row of a tenant starts with its organisation, and foreign keys carry it along: the database
itself lets no row point into another organisation.
"""

# SQLModel reads annotations when a class is made, so this file does not postpone them.

from collections.abc import Mapping
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
    literal_column,
)
from sqlmodel import Field, SQLModel

from bot.conversation.card import Values
from bot.conversation.roles import Role
from bot.ports import DeliveryState, Kind
from bot.programme.people import Consent
from bot.programme.programmes import Level
from bot.pulse.cadence import Cadence
from bot.pulse.pulses import PulseState, RoundState
from bot.pulse.questionnaire import Questionnaire
from bot.pulse.questions import Question
from bot.pulse.windows import Window
from bot.sentiment.blocks import Block
from bot.sentiment.profile import Profile
from bot.sentiment.release import Release
from storage import codecs
from storage.columns import Reference, UtcDateTime, Word

# Kept in the order of their keys, without a row number that would tell when a row came.
_NO_ROW_NUMBERS = {"sqlite_with_rowid": False}


class _Base(SQLModel):
    # Only the tables are used: building a validator for each would be a tenth of a start.
    model_config = {"defer_build": True}
    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(referred_table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )


def _organisation() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["org_id"], ["organisation.id"])


def _within(parent: str, column: str) -> ForeignKeyConstraint:
    """Points at a row of the same organisation."""
    return ForeignKeyConstraint(["org_id", column], [f"{parent}.org_id", f"{parent}.id"])


def _of_person() -> ForeignKeyConstraint:
    """Goes when the person is erased."""
    return ForeignKeyConstraint(
        ["org_id", "person_id"], ["person.org_id", "person.id"], ondelete="CASCADE"
    )


def _one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class _Organisation(_Base, table=True):
    __tablename__ = "organisation"
    id: str = Field(primary_key=True)
    name: str


class _Workspace(_Base, table=True):
    __tablename__ = "workspace"
    __table_args__ = (
        _organisation(),
        UniqueConstraint("org_id", "id"),
        UniqueConstraint("platform", "external_id"),
    )
    id: str = Field(primary_key=True)
    org_id: str
    platform: str
    external_id: str
    name: str


class _Lane(_Base, table=True):
    """A workspace's queue; it has the workspace's id."""

    __tablename__ = "lane"
    __table_args__ = (_within("workspace", "id"),)
    id: str = Field(primary_key=True)
    org_id: str
    token: str | None
    per_second: float
    burst: int
    paused_until: datetime | None = Field(sa_type=UtcDateTime)


class _Programme(_Base, table=True):
    __tablename__ = "programme"
    __table_args__ = (_organisation(), _one_of("level", Level), _one_of("profile", Profile))
    org_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    name: str
    change: str
    level: Level = Field(sa_type=Word(Level))
    starts_on: date
    ends_on: date
    zone: str
    country: str
    subdivision: str | None
    profile: str
    expected_rate: int
    working_days: tuple[int, ...] = Field(sa_type=codecs.LIST)
    quiet_from: time
    quiet_to: time
    paused: bool


class _Season(_Base, table=True):
    __tablename__ = "season"
    __table_args__ = (_within("programme", "programme_id"),)
    org_id: str = Field(primary_key=True)
    programme_id: str = Field(primary_key=True)
    starts_on: date = Field(primary_key=True)
    blocks: tuple[Block, ...] = Field(sa_type=codecs.BLOCKS)


class _OwnQuestion(_Base, table=True):
    __tablename__ = "own_question"
    __table_args__ = (_within("programme", "programme_id"),)
    org_id: str = Field(primary_key=True)
    programme_id: str = Field(primary_key=True)
    question_id: str = Field(primary_key=True)
    question: Question = Field(sa_type=codecs.QUESTION)


class _Source(_Base, table=True):
    """A channel or group whose people are participants."""

    __tablename__ = "source"
    __table_args__ = (
        _within("programme", "programme_id"),
        _within("workspace", "workspace_id"),
        UniqueConstraint("org_id", "programme_id", "workspace_id", "external_id"),
        Index(None, "org_id", "workspace_id", "external_id"),
    )
    org_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    programme_id: str
    workspace_id: str
    external_id: str
    name: str
    team: str


class _Person(_Base, table=True):
    __tablename__ = "person"
    __table_args__ = (
        _organisation(),
        _within("programme", "programme_id"),
        UniqueConstraint("org_id", "email"),
    )
    org_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    name: str
    email: str
    zone: str | None
    language: str | None
    preferred_time: time | None
    away_from: date | None
    away_to: date | None
    programme_id: str | None


class _Membership(_Base, table=True):
    __tablename__ = "membership"
    __table_args__ = (
        _within("programme", "programme_id"),
        _of_person(),
        _one_of("role", Role),
        _one_of("consent", Consent),
        Index(None, "org_id", "person_id"),
    )
    org_id: str = Field(primary_key=True)
    programme_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    role: Role = Field(primary_key=True, sa_type=Word(Role))
    team: str
    joined_on: date
    left_on: date | None
    consent: Consent = Field(sa_type=Word(Consent))


class _Identity(_Base, table=True):
    """Where a person is reached."""

    __tablename__ = "identity"
    __table_args__ = (
        _within("workspace", "workspace_id"),
        _of_person(),
        UniqueConstraint("org_id", "person_id", "workspace_id"),
    )
    org_id: str = Field(primary_key=True)
    workspace_id: str = Field(primary_key=True)
    user: str = Field(primary_key=True)
    person_id: str


class _Pulse(_Base, table=True):
    __tablename__ = "pulse"
    __table_args__ = (
        _within("programme", "programme_id"),
        _one_of("state", PulseState),
    )
    org_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    programme_id: str
    name: str
    questions: tuple[str, ...] = Field(sa_type=codecs.LIST)
    size: int
    teams: tuple[str, ...] = Field(sa_type=codecs.LIST)
    cadence: Cadence | None = Field(sa_type=codecs.CADENCE)
    anchor: date
    window: Window = Field(sa_type=codecs.WINDOW)
    reminders: int
    state: PulseState = Field(sa_type=Word(PulseState))
    next_at: datetime | None = Field(sa_type=UtcDateTime)


class _Round(_Base, table=True):
    __tablename__ = "round"
    __table_args__ = (
        _within("programme", "programme_id"),
        _within("pulse", "pulse_id"),
        _one_of("state", RoundState),
        _one_of("profile", Profile),
        # A round happens at most once per due moment.
        UniqueConstraint("org_id", "pulse_id", "due_at"),
        Index(None, "org_id", "opened_at"),
    )
    org_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    programme_id: str
    pulse_id: str
    name: str
    due_at: datetime = Field(sa_type=UtcDateTime)
    opened_at: datetime = Field(sa_type=UtcDateTime)
    close_at: datetime = Field(sa_type=UtcDateTime)
    state: RoundState = Field(sa_type=Word(RoundState))
    profile: Profile = Field(sa_type=Word(Profile))
    questionnaire: Questionnaire = Field(sa_type=codecs.QUESTIONNAIRE)
    blocks: tuple[Block, ...] = Field(sa_type=codecs.BLOCKS)
    invited: int


class _Invitation(_Base, table=True):
    """Deliberately without a word on whether it was answered."""

    __tablename__ = "invitation"
    __table_args__ = (
        _within("round", "round_id"),
        _of_person(),
        Index(None, "org_id", "person_id"),
    )
    org_id: str = Field(primary_key=True)
    round_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    block: str
    send_at: datetime = Field(sa_type=UtcDateTime)


class _RoundKey(_Base, table=True):
    """An open round's key, wrapped under the deployment's secret."""

    __tablename__ = "round_key"
    __table_args__ = (_within("round", "round_id"), _NO_ROW_NUMBERS)
    org_id: str = Field(primary_key=True)
    round_id: str = Field(primary_key=True)
    wrapped: bytes


class _Answer(_Base, table=True):
    """A sealed answer: no person, question, time or order. It cannot outlive its round's key."""

    __tablename__ = "answer"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "round_id"], ["round_key.org_id", "round_key.round_id"]),
        _NO_ROW_NUMBERS,
    )
    org_id: str = Field(primary_key=True)
    round_id: str = Field(primary_key=True)
    tag: bytes = Field(primary_key=True)
    sealed: bytes


class _Respondent(_Base, table=True):
    """Who answered a question of a closed round, kept for the season."""

    __tablename__ = "respondent"
    __table_args__ = (
        _within("round", "round_id"),
        _of_person(),
        Index(None, "org_id", "person_id"),
        _NO_ROW_NUMBERS,
    )
    org_id: str = Field(primary_key=True)
    round_id: str = Field(primary_key=True)
    question_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)


class _Comment(_Base, table=True):
    """Words from closed rounds, sealed with their question, under an id that is random and so
    shuffles them. Without a round: few words in one would show whose they are.
    """

    __tablename__ = "comment"
    __table_args__ = (_organisation(), _NO_ROW_NUMBERS)
    id: str = Field(primary_key=True)
    org_id: str
    sealed: bytes


class _Installation(_Base, table=True):
    """What a platform gave at the installation in a workspace, sealed."""

    __tablename__ = "installation"
    __table_args__ = (_within("workspace", "workspace_id"),)
    org_id: str
    workspace_id: str = Field(primary_key=True)
    sealed: bytes


class _Reference(_Base, table=True):
    """How an account or group is reached in a workspace, sealed, under a blinded id and name."""

    __tablename__ = "reference"
    __table_args__ = (
        _within("workspace", "workspace_id"),
        Index(None, "workspace_id", "name"),
    )
    org_id: str
    workspace_id: str = Field(primary_key=True)
    key: bytes = Field(primary_key=True)
    name: bytes
    sealed: bytes


class _Claim(_Base, table=True):
    """A code that makes its first user a facilitator, blinded: nobody can read it from here."""

    __tablename__ = "claim"
    __table_args__ = (_within("workspace", "workspace_id"),)
    org_id: str
    workspace_id: str = Field(primary_key=True)
    code: bytes
    expires_at: datetime = Field(sa_type=UtcDateTime)


class _Published(_Base, table=True):
    __tablename__ = "release"
    __table_args__ = (
        _within("round", "round_id"),
        _within("programme", "programme_id"),
        Index(None, "org_id", "programme_id", "released_at"),
    )
    org_id: str = Field(primary_key=True)
    round_id: str = Field(primary_key=True)
    programme_id: str
    released_at: datetime = Field(sa_type=UtcDateTime)
    asked: int
    response_rate: int
    release: Release = Field(sa_type=codecs.RELEASE)


class _Delivery(_Base, table=True):
    __tablename__ = "delivery"
    __table_args__ = (
        _within("workspace", "lane_id"),
        _within("programme", "programme_id"),
        _within("round", "round_id"),
        _of_person(),
        _one_of("kind", Kind),
        _one_of("state", DeliveryState),
        # The same reason is queued once.
        UniqueConstraint("org_id", "key"),
        Index(None, "org_id", "person_id"),
        Index(None, "org_id", "round_id"),
    )
    id: str = Field(primary_key=True)
    org_id: str
    lane_id: str
    person_id: str
    programme_id: str = Field(sa_type=Reference, nullable=True)
    round_id: str = Field(sa_type=Reference, nullable=True)
    kind: Kind = Field(sa_type=Word(Kind))
    key: str
    about: Mapping[str, str] = Field(sa_type=codecs.FACTS)
    due_at: datetime = Field(sa_type=UtcDateTime)
    state: DeliveryState = Field(sa_type=Word(DeliveryState))
    attempt: int
    token: str | None
    lease_until: datetime | None = Field(sa_type=UtcDateTime)
    message_ref: str
    reason: str


class _Draft(_Base, table=True):
    __tablename__ = "draft"
    __table_args__ = (_of_person(),)
    org_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    form: str = Field(primary_key=True)
    filled: Values = Field(sa_type=codecs.FIELDS)
    at: datetime = Field(sa_type=UtcDateTime)


class _Entry(_Base, table=True):
    """One line of the audit log. It outlives the person, whose id then means nothing."""

    __tablename__ = "audit"
    __table_args__ = (
        _within("programme", "programme_id"),
        Index(None, "org_id", "programme_id", "at"),
    )
    id: int | None = Field(primary_key=True)
    org_id: str
    programme_id: str
    at: datetime = Field(sa_type=UtcDateTime)
    person_id: str
    what: str
    about: Mapping[str, str] = Field(sa_type=codecs.FACTS)


class _Inbound(_Base, table=True):
    """Events of the last hour, by a keyed hash: the platform's name for one may hold a user."""

    __tablename__ = "inbound"
    __table_args__ = (Index(None, "at"), _NO_ROW_NUMBERS)
    key: bytes = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)


class _Proof(_Base, table=True):
    """One row that only the right deployment secret opens."""

    __tablename__ = "proof"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    sealed: bytes


metadata = _Base.metadata
organisation = metadata.tables["organisation"]
workspace = metadata.tables["workspace"]
lane = metadata.tables["lane"]
programme = metadata.tables["programme"]
season = metadata.tables["season"]
own_question = metadata.tables["own_question"]
source = metadata.tables["source"]
person = metadata.tables["person"]
membership = metadata.tables["membership"]
identity = metadata.tables["identity"]
pulse = metadata.tables["pulse"]
round_ = metadata.tables["round"]
invitation = metadata.tables["invitation"]
round_key = metadata.tables["round_key"]
answer = metadata.tables["answer"]
respondent = metadata.tables["respondent"]
comment = metadata.tables["comment"]
installation = metadata.tables["installation"]
reference = metadata.tables["reference"]
claim = metadata.tables["claim"]
release = metadata.tables["release"]
delivery = metadata.tables["delivery"]
draft = metadata.tables["draft"]
audit = metadata.tables["audit"]
inbound = metadata.tables["inbound"]
proof = metadata.tables["proof"]


def _in_state(table: Table, state: StrEnum) -> ColumnElement[bool]:
    """The state as a literal: a partial index is only used for a condition written out."""
    return table.c.state == literal_column(f"'{state.value}'")


is_active = _in_state(pulse, PulseState.ACTIVE)
is_open = _in_state(round_, RoundState.OPEN)
is_pending = _in_state(delivery, DeliveryState.PENDING)
is_sending = _in_state(delivery, DeliveryState.SENDING)


def _partial(name: str, condition: ColumnElement[bool], *columns: Any) -> Index:
    # PostgreSQL's condition stands in the migration: named here, it would load that dialect.
    return Index(name, *columns, sqlite_where=condition)


_partial("ix_pulse_active", is_active, pulse.c.next_at)
_partial("ix_round_open", is_open, round_.c.close_at)
# In the order of the claim: another order makes the planner walk the primary key.
_partial("ix_delivery_pending", is_pending, delivery.c.lane_id, delivery.c.due_at, delivery.c.id)
_partial("ix_delivery_sending", is_sending, delivery.c.lane_id, delivery.c.lease_until)
