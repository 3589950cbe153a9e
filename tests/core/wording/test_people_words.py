"""What a facilitator reads about people."""

from __future__ import annotations

from bot.conversation.roles import Role
from bot.wording.people import people
from tests.core.builders import programme


def test_those_who_are_not_asked_are_listed_by_role_and_then_by_name() -> None:
    others = [
        (Role.LEAD, "Ann"),
        (Role.FACILITATOR, "bea"),
        (Role.LEAD, "Cem"),
        (Role.FACILITATOR, "Al"),
    ]
    shown = people(programme(), {"Ward": 7}, others, ()).fallback
    assert "Ward: 7 people\nFacilitator: Al\nFacilitator: bea\nLead: Ann\nLead: Cem" in shown
