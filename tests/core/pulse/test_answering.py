"""What becomes of one answer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pulse.answering import Accepted, Refusal, admit, decide_answer, question_of
from bot.pulse.pulses import Invitation, RoundState
from bot.pulse.questions import Branch, Favour, ForgedValue, Kind, parse_value, response_options
from tests.core.builders import INVITATION, NOW, question, round_

KINDS = (Kind.AGREE, Kind.SCALE, Kind.YES_NO, Kind.CHOICE, Kind.PICK, Kind.TEXT)
OPEN = round_([question(number, kind) for number, kind in enumerate(KINDS)])
LAST_MOMENT = OPEN.close_at - timedelta(microseconds=1)

RAW = st.sampled_from(
    [
        "",
        "0",
        "1",
        "3",
        "5",
        "9",
        "10",
        "11",
        "-1",
        "+1",
        "1.0",
        " 1",
        "\u0661",
        "0,1",
        "1,0",
        "0,0",
    ]
) | st.text(max_size=5)


@given(st.sampled_from(OPEN.questionnaire.questions), RAW)
def test_an_open_round_takes_what_its_questions_offer_and_nothing_else(
    asked: object, raw: str
) -> None:
    one = next(q for q in OPEN.questionnaire.questions if q is asked)
    outcome = decide_answer(OPEN, INVITATION, one.id, raw, NOW)
    try:
        expected: Accepted | Refusal = Accepted(one, parse_value(one, raw))
    except ForgedValue:
        expected = Refusal.UNKNOWN
    assert outcome == expected


@pytest.mark.parametrize("asked", OPEN.questionnaire.questions[:4], ids=lambda q: q.kind.value)
def test_every_button_is_taken(asked: object) -> None:
    one = next(q for q in OPEN.questionnaire.questions if q is asked)
    for value, _ in response_options(one):
        assert decide_answer(OPEN, INVITATION, one.id, value, NOW) == Accepted(one, int(value))


@pytest.mark.parametrize(
    ("state", "invitation", "at", "refusal"),
    [
        (RoundState.OPEN, INVITATION, NOW, None),
        (RoundState.OPEN, INVITATION, LAST_MOMENT, None),
        (RoundState.OPEN, INVITATION, OPEN.close_at, Refusal.CLOSED),
        (RoundState.CLOSED, INVITATION, NOW, Refusal.CLOSED),
        (RoundState.CANCELLED, INVITATION, NOW, Refusal.CANCELLED),
        (RoundState.OPEN, None, NOW, Refusal.NOT_ASKED),
        # To someone who was not asked it does not matter how the round stands.
        (RoundState.CLOSED, None, NOW, Refusal.NOT_ASKED),
        (RoundState.CANCELLED, None, NOW, Refusal.NOT_ASKED),
    ],
)
def test_who_may_answer_and_when(
    state: RoundState, invitation: Invitation | None, at: datetime, refusal: Refusal | None
) -> None:
    asked = round_(state=state)
    assert admit(asked, invitation, at) is refusal
    outcome = decide_answer(asked, invitation, "q0", "4", at)
    assert outcome == (refusal or Accepted(asked.questionnaire.questions[0], 4))


def test_a_round_that_is_not_there_takes_nothing() -> None:
    assert admit(None, INVITATION, NOW) is Refusal.UNKNOWN
    assert decide_answer(None, None, "q0", "4", NOW) is Refusal.UNKNOWN


def test_a_question_of_another_round_is_refused() -> None:
    assert decide_answer(OPEN, INVITATION, "q99", "4", NOW) is Refusal.UNKNOWN


@given(RAW, st.text(max_size=5))
def test_a_forged_value_does_not_open_what_is_shut(raw: str, question_id: str) -> None:
    shut = round_(state=RoundState.CLOSED)
    assert decide_answer(shut, INVITATION, question_id, raw, NOW) is Refusal.CLOSED


def test_a_follow_up_can_be_answered() -> None:
    follow_up = question(1, Kind.TEXT)
    asked = round_([question(0, branch=Branch(Favour.UNFAVOURABLE, "q1")), follow_up])
    assert question_of(asked, "q1") == follow_up
    assert decide_answer(asked, INVITATION, "q1", "More time", NOW) == Accepted(
        follow_up, "More time"
    )
