"""What a facilitator reads about messages that were not sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.handlers.unsent import SHOWN, sorted_out
from bot.ports import Delivery, DeliveryState, Kind
from bot.wording.phrases import some
from bot.wording.results import status
from bot.wording.unsent import Told, Unsent
from tests.core.builders import NOW, blocks, programme, question, round_

ZONE = "Europe/London"
ROUND = round_([question()], blocks("Ward"))
MESSAGE = Delivery(
    id="d",
    org_id="o",
    lane_id="l",
    person_id="p",
    programme_id="pr",
    kind=Kind.CONSENT,
    key="k",
    about={"reminder": ""},
    due_at=NOW,
)
FAILED = replace(MESSAGE, state=DeliveryState.FAILED, reason="no way in")


def shown(unsent: Unsent, *, held: bool = True) -> str:
    until = NOW + timedelta(minutes=10) if held else None
    return status(programme(), (), {}, (), until, ZONE, unsent).fallback


def test_every_reason_is_given_with_its_number() -> None:
    said = shown(Unsent(Told(), ((ROUND, Told(0, {"gone": 2, "blocked": 1})),)))
    assert "3 people could not be given the results of" in said
    assert "(1: blocked; 2: gone)" in said
    assert "Messages wait" not in said


@pytest.mark.parametrize(
    "unsent",
    [
        Unsent(Told(1)),
        Unsent(Told(), ((ROUND, Told(1)),)),
        Unsent(Told(), (), others_wait=True),
    ],
)
def test_messages_of_any_kind_that_wait_are_said_to(unsent: Unsent) -> None:
    assert "Messages wait until" in shown(unsent)
    assert "Messages wait until" not in shown(unsent, held=False)


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.FAILED])
def test_the_reminder_of_consent_is_never_counted(state: DeliveryState) -> None:
    """It goes only to those who have not chosen."""
    reminder = replace(MESSAGE, about={"reminder": "yes"}, state=state)
    assert sorted_out([reminder], [], NOW) == Unsent(Told(0, {}))


def test_a_failed_question_of_consent_is_shown_for_two_weeks() -> None:
    assert sorted_out([FAILED], [], NOW).consent == Told(0, {"no way in": 1})
    assert sorted_out([FAILED], [], NOW + SHOWN).consent == Told(0, {})
    assert sorted_out([MESSAGE], [], NOW + SHOWN).consent == Told(1, {}), "it still waits"


def test_results_are_counted_by_round_and_the_newest_come_first() -> None:
    older = replace(ROUND, id="older", close_at=ROUND.close_at - timedelta(days=7))
    sent = [
        replace(FAILED, kind=Kind.DIGEST, round_id=older.id),
        replace(MESSAGE, kind=Kind.DIGEST, round_id=ROUND.id),
    ]
    told = sorted_out(sent, [older, ROUND], NOW)
    assert told.results == ((ROUND, Told(1, {})), (older, Told(0, {"no way in": 1})))


def test_of_many_names_the_first_ones_are_said() -> None:
    assert some(["Al", "Bea"]) == "Al and Bea"
    assert some([f"P{number}" for number in range(23)]).endswith(", P19 and 3 more")
