"""The only interfaces of the core: Store, Platform, Engine and Clock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from bot.conversation.card import Card, Values
from bot.conversation.events import Actor
from bot.conversation.roles import Role
from bot.programme.people import Member, Membership, Person
from bot.programme.programmes import Organisation, Programme, Workspace
from bot.programme.sources import Source
from bot.pulse.pulses import Invitation, Pulse, Round
from bot.pulse.questions import Question, Value
from bot.sentiment.blocks import Block
from bot.sentiment.release import Release

T = TypeVar("T")

# Whoever saves a programme, person, pulse or round that was there before has loaded it with `hold`.
# That waits for other processes that change the row, and keeps them waiting until the commit: what
# was decided on it still holds then. A person's row stands for their memberships too. Rows are
# held in the order person, programme, pulse, round.


# --- Sending -------------------------------------------------------------------------------


class Kind(StrEnum):
    """Why a message is sent."""

    CONSENT = "consent"
    PROMPT = "prompt"
    REMINDER = "reminder"
    DIGEST = "digest"
    NOTICE = "notice"


class DeliveryState(StrEnum):
    """`SENDING` is in doubt once its lease has run out."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message on its way. `key` says why it is sent: the same reason is queued once.

    The words are not stored: they are composed when it is sent, from `kind`, `round_id` (empty
    where no round is meant), `programme_id` and `about` (a notice's name and facts).
    """

    id: str
    org_id: str
    lane_id: str
    person_id: str
    programme_id: str
    round_id: str = ""
    kind: Kind
    key: str
    about: Mapping[str, str]
    due_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    attempt: int = 0
    lease_until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform has it. `ref` is the platform's own name for the message, never empty."""

    ref: str


@dataclass(frozen=True, slots=True)
class Later:
    """Certainly not delivered (a rate limit): try again after this pause."""

    after: timedelta


@dataclass(frozen=True, slots=True)
class Refused:
    """Certainly not delivered, and never will be (gone, not allowed)."""

    reason: str


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Perhaps delivered (time-out, reset, a server's fault): never sent again blindly."""

    reason: str


SendOutcome = Sent | Later | Refused | InDoubt


class Trace(StrEnum):
    """What a platform can say about a message that it does not find."""

    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a lane may send: messages a second, and how many at once."""

    per_second: float
    burst: int


class Platform(Protocol):
    """One chat platform, as the core sees it."""

    name: str
    rate: Rate

    async def send(self, to: Actor, card: Card, key: str) -> SendOutcome:
        """Send one message. `key` is kept with it where the platform allows that."""
        ...

    async def find(self, to: Actor, key: str) -> Sent | Trace:
        """The message with this key as `send` would have told of it, if it has arrived."""
        ...


class Engine(Protocol):
    """Runs lanes. A wake-up is best effort: the sweep of the tick is the guarantee."""

    def wake(self, lane_id: str) -> None:
        """Have the lane look for work soon."""
        ...

    async def start(self) -> None:
        """Take up what an earlier process left."""
        ...

    async def stop(self, grace: timedelta) -> None:
        """Finish what is being sent, at most for `grace`."""
        ...


class Clock(Protocol):
    """Where `now` comes from."""

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        ...


# --- Keeping -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """Who an actor is. `zone` None: the zone of the programme that it is about."""

    org_id: str
    person_id: str
    workspace_id: str
    zone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the audit log: what a facilitator or lead did, never what was answered."""

    at: datetime
    programme_id: str
    person_id: str
    what: str
    about: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The one release of a round, with what the digest says about the round.

    `response_rate` is per cent, already rounded down, or 0 where none may be stated: how many
    answered is not kept.
    """

    round_id: str
    programme_id: str
    released_at: datetime
    asked: int
    response_rate: int
    release: Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """The reporting blocks of 13 weeks, published before anything is asked.

    A team that comes later is placed in one of them, and stays there.
    """

    programme_id: str
    starts_on: date
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """What one invited person answered, without the person: their block and their values."""

    block: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Answered:
    """One person's own answers in an open round, and the questions they skipped."""

    values: Mapping[str, Value]
    skipped: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A round, and the invitation of one person if they were asked; the zone is the programme's."""

    round: Round
    invitation: Invitation | None
    zone: str


class People(Protocol):
    """The people of one organisation, and where they can be reached."""

    def get(self, person_id: str) -> Person | None: ...
    def by_email(self, email: str) -> Person | None: ...
    def hold(self, person_id: str) -> Person | None:
        """As `get`, for a change of the person or a membership."""
        ...

    def save(self, person: Person) -> None: ...
    def erase(self, person_id: str) -> None:
        """Delete the person with identities, memberships, invitations, drafts and answers."""
        ...

    def member(self, programme_id: str, person_id: str) -> tuple[Membership, ...]:
        """All current roles of a person in a programme."""
        ...

    def members(self, programme_id: str, role: Role | None = None) -> tuple[Member, ...]:
        """Everyone now in the programme, in all roles or in one, by name."""
        ...

    def programmes_of(self, person_id: str) -> tuple[Programme, ...]: ...
    def save_membership(self, membership: Membership) -> None: ...
    def reach(self, person_id: str, workspace_id: str, user: str) -> None:
        """Note that this person is this user there (replaces an earlier user)."""
        ...

    def unreach(self, workspace_id: str, user: str) -> None: ...
    def lanes(self, person_ids: Iterable[str]) -> Mapping[str, str]:
        """The lane (workspace id) by which each is reached; who cannot be reached is absent."""
        ...


class Programmes(Protocol):
    """The organisation's programmes."""

    def organisation(self) -> Organisation: ...
    def get(self, programme_id: str) -> Programme | None: ...
    def hold(self, programme_id: str) -> Programme | None:
        """As `get`, for a change."""
        ...

    def all(self) -> tuple[Programme, ...]: ...
    def save(self, programme: Programme) -> None: ...
    def own_questions(self, programme_id: str) -> tuple[Question, ...]: ...
    def save_question(self, programme_id: str, question: Question) -> None: ...
    def season(self, programme_id: str) -> Season | None:
        """The newest season."""
        ...

    def save_season(self, season: Season) -> None: ...
    def sources(self, programme_id: str) -> tuple[Source, ...]:
        """The channels and groups that a programme follows, by name."""
        ...

    def sources_at(self, workspace_id: str, external_id: str) -> tuple[Source, ...]:
        """What follows this channel or group: one source of each programme that does."""
        ...

    def save_source(self, source: Source) -> None: ...
    def drop_source(self, source_id: str) -> None: ...


class Pulses(Protocol):
    """Pulses, rounds and invitations."""

    def get(self, pulse_id: str) -> Pulse | None: ...
    def hold(self, pulse_id: str) -> Pulse | None:
        """As `get`, for a change."""
        ...

    def all(self, programme_id: str) -> tuple[Pulse, ...]: ...
    def save(self, pulse: Pulse) -> None: ...
    def round(self, round_id: str) -> Round | None: ...
    def hold_round(self, round_id: str) -> Round | None:
        """As `round`, for a change."""
        ...

    def rounds(self, programme_id: str) -> tuple[Round, ...]:
        """All rounds of a programme, newest first."""
        ...

    def rounds_since(self, moment: datetime) -> tuple[Round, ...]:
        """Rounds of all programmes that were opened since then, newest first."""
        ...

    def open_round(self, round_: Round, invitations: Iterable[Invitation]) -> bool:
        """Add a round with its key; False where this due moment already has one."""
        ...

    def save_round(self, round_: Round) -> None: ...
    def invitation(self, round_id: str, person_id: str) -> Invitation | None: ...
    def part(self, round_id: str, person_id: str) -> Part | None:
        """A round, and what one person has to do with it, at one look."""
        ...

    def invitations(self, round_id: str) -> tuple[Invitation, ...]: ...


class Answers(Protocol):
    """Sealed answers of open rounds. Nothing here survives the close but `respondents`."""

    def put(self, round_id: str, person_id: str, question_id: str, value: Value) -> None: ...
    def skip(self, round_id: str, person_id: str, question_id: str) -> None: ...
    def of(self, round_id: str, person_id: str) -> Answered: ...
    def ballots(self, round_: Round) -> tuple[Ballot, ...]:
        """Every invited person's answers, in no order that says who; skipped ones left out."""
        ...

    def close(
        self,
        round_: Round,
        counted: Callable[[Mapping[str, Value]], Mapping[str, Value]],
        published: Published | None,
    ) -> None:
        """Keep who answered what (not how), keep the release, delete answers, destroy the key."""
        ...

    def withdraw(self, round_id: str, person_id: str) -> None:
        """Take one person out of an open round: their answers and their invitation go."""
        ...


class Releases(Protocol):
    """Everything that was ever published."""

    def get(self, round_id: str) -> Published | None: ...
    def all(self, programme_id: str) -> tuple[Published, ...]:
        """Newest first."""
        ...

    def before(
        self, programme_id: str, moment: datetime, limit: int, skip: int = 0
    ) -> tuple[Published, ...]:
        """The newest ones that were released before the moment, after the first `skip` of them."""
        ...


class Post(Protocol):
    """Deliveries of one organisation."""

    def queue(self, deliveries: Iterable[Delivery]) -> frozenset[str]:
        """Queue messages; returns the lanes that got new ones. A known key is left alone."""
        ...

    def get(self, key: str) -> Delivery | None: ...
    def move(self, key: str, due_at: datetime) -> None:
        """Have a message (sent or not) go out at another time."""
        ...

    def cancel(self, round_id: str) -> int:
        """Drop what of a round has not started; returns how many."""
        ...

    def forget(self, programme_id: str, person_id: str, kind: Kind) -> None:
        """Delete a person's messages of this kind, sent or not: the same reason may come again."""
        ...

    def counts(self, round_id: str, kind: Kind) -> Mapping[DeliveryState, int]:
        """How many are in each state; what went out once counts as sent for ever."""
        ...

    def unsent(
        self, programme_id: str, kinds: Collection[Kind], due_by: datetime
    ) -> tuple[Delivery, ...]:
        """What has never gone out to people now in the programme, in no order.

        It was due by then and waits, or is on its way, or has failed.
        """
        ...

    def held_until(self) -> datetime | None:
        """The latest moment before which one of the organisation's lanes sends nothing."""
        ...


class Notes(Protocol):
    """Drafts and the audit log."""

    def draft(self, person_id: str, form: str) -> Values | None: ...
    def save_draft(self, person_id: str, form: str, values: Values, now: datetime) -> None: ...
    def drop_draft(self, person_id: str, form: str) -> bool:
        """Delete it; False where it is not there, or has just been taken by somebody else."""
        ...

    def record(self, entry: Entry) -> None: ...
    def audit(self, programme_id: str, limit: int) -> tuple[Entry, ...]:
        """What was done in one programme, newest first."""
        ...


class Tenant(Protocol):
    """All rooms of one organisation; nothing of another can be reached through it."""

    people: People
    programmes: Programmes
    pulses: Pulses
    answers: Answers
    releases: Releases
    post: Post
    notes: Notes


class Directory(Protocol):
    """The few look-ups that start without a tenant."""

    def known(self, actor: Actor) -> Known | None: ...
    def workspace(self, platform: str, external_id: str) -> Workspace | None: ...
    def add_organisation(self, organisation: Organisation) -> None: ...
    def add_workspace(self, workspace: Workspace, rate: Rate) -> None: ...
    def organisations(self) -> tuple[Organisation, ...]: ...
    def workspaces(self, platform: str) -> tuple[Workspace, ...]:
        """All workspaces of a platform, installed or not."""
        ...

    def installation(self, workspace_id: str) -> str | None:
        """What the platform gave when the bot was installed there; its tokens are in it."""
        ...

    def keep_installation(self, workspace: Workspace, text: str) -> None:
        """Keep it sealed, in place of an earlier one."""
        ...

    def drop_installation(self, workspace_id: str) -> None: ...
    def keep_reference(
        self, workspace: Workspace, external_id: str, text: str, name: str = ""
    ) -> None:
        """Keep, sealed, how the platform's account or group is reached, in place of an earlier one.

        `name` is its address or name, which finds it again; "" leaves an earlier one.
        """
        ...

    def reference(self, workspace_id: str, external_id: str) -> str | None: ...
    def references_named(self, workspace_id: str, name: str) -> tuple[str, ...]: ...
    def references(
        self, workspace_id: str, after: bytes = b"", most: int = 100
    ) -> tuple[tuple[bytes, str], ...]:
        """The next ones, each with what it is to be gone on `after`."""
        ...

    def drop_reference(self, workspace_id: str, external_id: str) -> None: ...
    def add_claim(self, workspace: Workspace, code: str, expires_at: datetime) -> None:
        """Keep a code that makes one person a facilitator; it replaces the workspace's last one."""
        ...

    def claim(self, workspace_id: str, code: str, now: datetime) -> bool:
        """Use up a code of this workspace; False where it is wrong, used or too old."""
        ...

    def first_time(self, key: str, now: datetime) -> bool:
        """Note an inbound event; False where the platform repeats itself."""
        ...


class Agenda(Protocol):
    """What is due, over all tenants, oldest first, at most `limit`."""

    def pulses_due(self, now: datetime, limit: int) -> tuple[Pulse, ...]: ...
    def rounds_to_close(self, now: datetime, limit: int) -> tuple[Round, ...]: ...
    def lanes_due(self, now: datetime) -> tuple[str, ...]:
        """Lanes with a pending delivery that is due, or a sending one whose lease ran out."""
        ...

    def next_moment(self) -> datetime | None:
        """The earliest of all of these, for a clock that can be moved."""
        ...

    def tidy(self, now: datetime) -> None:
        """Forget what is no longer needed: old inbound keys, drafts, deliveries, respondents."""
        ...


@dataclass(frozen=True, slots=True)
class Lane:
    """One workspace's queue. `paused_until` holds a rate limit over restarts."""

    id: str
    platform: str
    rate: Rate
    paused_until: datetime | None


class Lanes(Protocol):
    """Deliveries on their way, seen by the one who sends them."""

    def take(self, lane_id: str, token: str) -> Lane | None:
        """Become the lane's sender: an earlier token can no longer claim."""
        ...

    def doubtful(
        self, lane_id: str, now: datetime, all_of_them: bool
    ) -> tuple[tuple[Delivery, Actor | None], ...]:
        """`sending` rows whose lease ran out (all of them: at the boot of a single process)."""
        ...

    def claim(
        self, lane_id: str, token: str, now: datetime, lease: timedelta, limit: int
    ) -> tuple[tuple[Delivery, Actor | None], ...]:
        """Pending rows that are due, now `sending`, each with where to send it (None: nowhere).

        Empty where the token is no longer the lane's.
        """
        ...

    def settle(self, results: Iterable[tuple[Delivery, DeliveryState, str, str]]) -> None:
        """Write (delivery as claimed, state, platform's ref, reason) of what was sent or not.

        A row that was moved, or claimed anew, since this claim of it stays as it is; of a moved
        one it is kept all the same that it was sent.
        """
        ...

    def put_back(self, claimed: Delivery, due_at: datetime) -> None:
        """What was certainly not delivered goes back to pending, unless `settle` would leave it."""
        ...

    def pause(self, lane_id: str, until: datetime, rate: Rate) -> None:
        """Keep a rate limit, and the slower rate, for whoever owns the lane next."""
        ...


class Tx(Protocol):
    """One transaction: all of it is kept, or nothing."""

    directory: Directory
    agenda: Agenda
    lanes: Lanes

    def tenant(self, org_id: str) -> Tenant: ...

    def new_id(self) -> str:
        """A fresh random id: it says nothing about order or time."""
        ...


class Store(Protocol):
    """Runs plain functions inside transactions.

    A function given to `write` may run a second time (when a batch that it shared has to be
    taken back), so it touches nothing but its transaction.
    """

    async def write(self, work: Callable[[Tx], T], *, brief: bool = False) -> T:
        """Run and commit durably; many callers share one commit.

        `brief` says that the work takes far less than a millisecond: it may hold up the event
        loop, where that is the shortest way.
        """
        ...

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run against a snapshot; anything it writes is refused."""
        ...
