"""What outlives a killed process: the database, the chats, the clock, and a journal of answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.playground.history import History
from adapters.playground.inbound import PLATFORM
from bot.conversation.roles import Role
from bot.handlers.arrivals import enter
from bot.handlers.founding import found
from bot.ports import Rate, Tenant, Tx
from bot.programme.programmes import Programme, Workspace
from bot.programme.roster import RosterRow
from bot.pulse.pulses import RoundState
from bot.pulse.questions import format_value

SECRET = b"a secret that only the tests use"

# A Friday; the round is due on the Tuesday after it and closes on the Thursday.
START = datetime(2026, 6, 5, 8, 0, tzinfo=UTC)
DUE = datetime(2026, 6, 9, 9, 0, tzinfo=UTC)
END = DUE + timedelta(days=7)
# Two of four questions: a round that was opened twice would find something to ask.
PLAN = (
    'schedule "Rota check" every 2 weeks on tuesday at 10:00 for 2 working days asking 2 '
    "with first.clear, first.one-thing, first.better, csps.informed reminders 1"
)
CLEAR, ONE_THING = "first.clear", "first.one-thing"

FACILITATOR, LEAD = "maya@soundings.example", "ruth@trust.example"
STAFF = tuple(f"p{number}@trust.example" for number in range(1, 9))
EVERYONE = (*STAFF, FACILITATOR, LEAD)
# Five answer the prompt, two the reminder, and one is too late. With one answer fewer than seven
# nothing may be shown, so that a single lost one is seen in the release.
REMINDED, LATE = STAFF[5:7], STAFF[7]
FICKLE, WRITER = STAFF[0], STAFF[1]
SKIPPED = "(skipped)"


def opinion(user: str, question_id: str) -> str:
    """What this person answers at first: all leanings occur."""
    if question_id == ONE_THING:
        return "More time to learn." if user == WRITER else SKIPPED
    return str(1 + STAFF.index(user) % 5)


# The fickle one's first answer to this question is 1.
SECOND_THOUGHT = (CLEAR, "5")


@dataclass(frozen=True, slots=True)
class Line:
    """One answer in the journal. `value` is what the button or form carried, or SKIPPED."""

    user: str
    question_id: str
    value: str
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class World:
    """The database's address, and the folder with everything else."""

    url: str
    folder: str

    def file(self, name: str) -> Path:
        return Path(self.folder, name)

    def history(self) -> History:
        return History(str(self.file("history.db")))

    def note(self, line: Line) -> None:
        """Add to the journal. The system keeps what a killed process has written, as here."""
        with self.file("journal").open("a") as file:
            file.write(json.dumps(asdict(line)) + "\n")

    def journal(self) -> tuple[Line, ...]:
        """Every answer that was sent, and once more when it was acknowledged, in that order."""
        return tuple(Line(**json.loads(line)) for line in self._lines("journal"))

    def bury(self, how: str) -> None:
        """Note how a process ended."""
        with self.file("deaths").open("a") as file:
            file.write(how + "\n")

    def deaths(self) -> str:
        return "\n".join(self._lines("deaths"))

    def _lines(self, name: str) -> list[str]:
        file = self.file(name)
        return file.read_text().splitlines() if file.exists() else []


class WorldClock:
    """Stands still until it is moved; the next process finds it where it was."""

    def __init__(self, world: World) -> None:
        self._file = world.file("clock")
        self._now = datetime.fromisoformat(self._file.read_text()) if self._file.exists() else START

    def now(self) -> datetime:
        return self._now

    def move(self, to: datetime) -> None:
        self._now = to
        self._file.write_text(to.isoformat())


def home(tx: Tx) -> Workspace:
    """The one workspace; its organisation, programme and people are made if there is none yet."""
    if organisations := tx.directory.organisations():
        known = tx.directory.workspace(PLATFORM, organisations[0].id)
        assert known is not None
        return known
    programme = found_programme(tx)
    workspace = Workspace(
        id=tx.new_id(),
        org_id=programme.org_id,
        platform=PLATFORM,
        external_id=programme.org_id,
        name="Playground",
    )
    tx.directory.add_workspace(workspace, Rate(2000, 2000))
    return workspace


def found_programme(tx: Tx) -> Programme:
    """The organisation with its one programme and all its people."""
    programme = found(
        tx,
        organisation="Trust",
        programme="Better rotas",
        change="the new rota",
        zone="Europe/London",
        facilitator=("Maya", FACILITATOR),
        now=START,
    )
    staff = [
        RosterRow(line=line, name=f"Person {line}", email=email, team="Ward")
        for line, email in enumerate(STAFF, start=2)
    ]
    lead = RosterRow(line=20, name="Ruth", email=LEAD, role=Role.LEAD)
    enter(tx, programme, (*staff, lead), START)
    return programme


def the_programme(tx: Tx) -> tuple[Tenant, Programme]:
    """The only one."""
    (organisation,) = tx.directory.organisations()
    tenant = tx.tenant(organisation.id)
    (programme,) = tenant.programmes.all()
    return tenant, programme


# --- Answers ---------------------------------------------------------------------------------

Answers = Mapping[tuple[str, str], str]  # (user, question id) -> value as in the journal


def acknowledged(journal: Iterable[Line]) -> Answers:
    """The last acknowledged answer of each person to each question."""
    return {(line.user, line.question_id): line.value for line in journal if line.acknowledged}


def answers_now(tx: Tx) -> Answers | None:
    """What is kept for the open round; None where there is none."""
    tenant, programme = the_programme(tx)
    open_ = [r for r in tenant.pulses.rounds(programme.id) if r.state is RoundState.OPEN]
    if not open_:
        return None
    kept: dict[tuple[str, str], str] = {}
    for user in STAFF:
        person = tenant.people.by_email(user)
        assert person is not None
        answered = tenant.answers.of(open_[0].id, person.id)
        kept |= {(user, name): format_value(value) for name, value in answered.values.items()}
        kept |= {(user, name): SKIPPED for name in answered.skipped}
    return kept


def check_answers(journal: Iterable[Line], kept: Answers | None) -> None:
    """Each answer is the one acknowledged last, or one that was sent since. Raises AssertionError.

    Of an answer without an acknowledgement nobody knows whether it arrived.
    """
    possible: dict[tuple[str, str], set[str | None]] = {}
    for line in journal:
        place = (line.user, line.question_id)
        if line.acknowledged:
            possible[place] = {line.value}
        else:
            possible.setdefault(place, {None}).add(line.value)
    if kept is not None:
        lost = [place for place, values in possible.items() if kept.get(place) not in values]
        assert not lost, f"not kept as it was acknowledged: {lost}"
        assert kept.keys() <= possible.keys(), "an answer is kept that nobody sent"
