"""A pulse (questions, schedule and window), its rounds, and one person's part in a round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.pulse.cadence import Cadence
from bot.pulse.questionnaire import Questionnaire
from bot.pulse.windows import Window
from bot.sentiment.blocks import Block
from bot.sentiment.profile import Profile


class PulseState(StrEnum):
    """A one-off pulse has ended once its round was opened."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class RoundState(StrEnum):
    """A cancelled round has no results."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """Questions that are asked again and again, or once (`cadence` None).

    `questions` is the pool of ids, `size` how many of them a round asks, `teams` whom it asks
    (empty: everyone). `anchor` is the day from which "every 2 weeks" counts. `next_at` is the due
    moment of the next round; a draft has the only one that it will ever have.
    """

    id: str
    org_id: str
    programme_id: str
    name: str
    questions: tuple[str, ...]
    size: int
    teams: tuple[str, ...] = ()
    cadence: Cadence | None
    anchor: date
    window: Window
    reminders: int
    state: PulseState
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One asking. Everything that decides its results is frozen when it opens.

    `invited` is how many people were asked.
    """

    id: str
    org_id: str
    programme_id: str
    pulse_id: str
    name: str
    due_at: datetime
    opened_at: datetime
    close_at: datetime
    state: RoundState
    profile: Profile
    questionnaire: Questionnaire
    blocks: tuple[Block, ...]
    invited: int

    def __hash__(self) -> int:
        return hash(self.id)  # a fraction of the time; equal rounds have the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One person's part in a round; it does not say whether they answered."""

    org_id: str
    round_id: str
    person_id: str
    block: str
    send_at: datetime
