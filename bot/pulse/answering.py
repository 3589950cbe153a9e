"""What becomes of one answer: decided from the round, the person's invitation and the value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.pulse.pulses import Invitation, Round, RoundState
from bot.pulse.questions import ForgedValue, Question, Value, parse_value


class Refusal(StrEnum):
    """Why an answer cannot be kept; each has its own kind sentence."""

    CLOSED = "closed"
    CANCELLED = "cancelled"
    NOT_ASKED = "not-asked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer may be kept, in place of an earlier one."""

    question: Question
    value: Value


def question_of(round_: Round, question_id: str) -> Question | None:
    """The round's question with this id, follow-ups included."""
    return next((q for q in round_.questionnaire.questions if q.id == question_id), None)


def admit(round_: Round | None, invitation: Invitation | None, now: datetime) -> Refusal | None:
    """Whether this person may answer in this round now; None if so."""
    if round_ is None:
        return Refusal.UNKNOWN
    if invitation is None:
        return Refusal.NOT_ASKED
    if round_.state is RoundState.CANCELLED:
        return Refusal.CANCELLED
    if round_.state is RoundState.CLOSED or now >= round_.close_at:
        return Refusal.CLOSED
    return None


def decide_answer(
    round_: Round | None, invitation: Invitation | None, question_id: str, raw: str, now: datetime
) -> Accepted | Refusal:
    """Check one answer as a button or form sent it."""
    refusal = admit(round_, invitation, now)
    if refusal is not None or round_ is None:
        return refusal or Refusal.UNKNOWN
    question = question_of(round_, question_id)
    if question is None:
        return Refusal.UNKNOWN
    try:
        return Accepted(question, parse_value(question, raw))
    except ForgedValue:
        return Refusal.UNKNOWN


def fits(question: Question, raw: str) -> bool:
    """Whether this is one of the answers that the question can have."""
    try:
        parse_value(question, raw)
    except ForgedValue:
        return False
    return True
