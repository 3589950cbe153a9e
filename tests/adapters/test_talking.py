"""What platforms have in common in how they listen."""

from __future__ import annotations

import pytest

from adapters.talking import code_of
from bot.conversation.events import Actor, Command

ANN = Actor("teams", "trust", "ann")


@pytest.mark.parametrize(
    "line",
    [
        "claim ABCD-EFGH-JKLM",
        "pulse claim ABCD-EFGH-JKLM",
        "/pulse claim ABCD-EFGH-JKLM.",
        "Pulse  CLAIM ABCD-EFGH-JKLM",
        '"pulse claim ABCD-EFGH-JKLM"',
    ],
)
def test_a_code_is_claimed_by_a_line_like_any_other_command(line: str) -> None:
    assert code_of(Command(key="1", actor=ANN, text=line)) == "ABCD-EFGH-JKLM"


def test_a_code_may_be_typed_in_parts() -> None:
    assert code_of(Command(key="1", actor=ANN, text="claim abcd efgh jklm")) == "abcdefghjklm"


@pytest.mark.parametrize("line", ["", "claim", "status", "help claim", 'claim "AB', "claims AB"])
def test_every_other_line_claims_nothing(line: str) -> None:
    assert code_of(Command(key="1", actor=ANN, text=line)) == ""
