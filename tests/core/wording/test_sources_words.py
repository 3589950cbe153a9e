"""What a facilitator reads about a channel fits, however many and however long its names are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.gathering import NotGathered, Unfit
from bot.conversation.roles import Role
from bot.programme.roster import ImportPlan, RosterRow
from bot.programme.sources import Source, SourcePlan
from bot.wording import sources as words
from tests.core.builders import member, programme
from tests.limits import card_faults

LONG = "W" * 100
TEAM = "T" * 60
CHANNEL = f"#{'c' * 80}"
ROW = RosterRow(line=1, name=LONG, email="a@x.org", team=TEAM)
ABSENT = replace(member(1), person=replace(member(1).person, name=LONG))
PLAN = SourcePlan(
    ImportPlan((ROW,) * 500, (ROW,) * 500, 7, (ABSENT,) * 500),
    ((LONG, TEAM),) * 500,
    (LONG,) * 500,
)
PROGRAMME = programme(name="P" * 60)


@pytest.mark.parametrize("role", list(Role))
def test_the_longest_preview_fits(role: Role) -> None:
    card = words.confirm(
        PROGRAMME,
        CHANNEL,
        PLAN,
        team=TEAM,
        moves=True,
        role=role,
        left_out=((LONG, Unfit.NO_ADDRESS),) * 500,
        hears=False,
        named="x" * 32,
    )
    assert not card_faults(card)


def test_the_longest_result_and_the_longest_list_of_channels_fit() -> None:
    assert not card_faults(words.brought_in(PROGRAMME, CHANNEL, TEAM, PLAN.plan, "x" * 32))
    source = Source(
        id="s" * 32,
        org_id="o",
        programme_id="g",
        workspace_id="w",
        external_id="C1",
        name=CHANNEL,
        team=TEAM,
    )
    texts, buttons = words.followed(PROGRAMME, [source] * 100)
    assert all(len(text) <= 2800 for text in texts)
    assert len(buttons) == 3


@pytest.mark.parametrize("why", list(NotGathered))
def test_every_reason_is_said_with_another_way(why: NotGathered) -> None:
    card = words.not_gathered(CHANNEL, why)
    assert not card_faults(card)
    assert "{" not in card.fallback


def test_a_notice_about_many_fits_and_says_how_many_would_be_taken_out() -> None:
    about = {"source": CHANNEL, "names": "\n".join([LONG] * 500), "list": "slack:Ev1"}
    card = words.went(PROGRAMME, about)
    assert not card_faults(card)
    assert "Take out 500 people" in card.fallback
    assert "still open is deleted when they are taken out" in card.fallback


def test_people_who_would_be_in_no_team_are_said_to_leave_theirs() -> None:
    card = words.confirm(
        PROGRAMME,
        CHANNEL,
        PLAN,
        team="",
        moves=True,
        role=Role.PARTICIPANT,
        left_out=(),
        hears=True,
        named="x",
    )
    assert "Out of their teams: " in card.fallback
    assert "New people are in no team." in card.fallback
