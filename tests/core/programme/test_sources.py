"""People from a channel: who fits, and what bringing them in would change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.gathering import Someone, Unfit
from bot.conversation.roles import Role
from bot.programme.people import Member, Person
from bot.programme.sources import SourcePlan, fitting, plan_source, source_name, team_of
from tests.core.builders import member

ADA = Someone(user="U1", name="Ada Obi", email="Ada@x.org", zone="Europe/Paris", language="fr-FR")


def somebody(
    number: int,
    team: str = "",
    *,
    name: str = "",
    email: str = "",
    zone: str | None = None,
    language: str | None = None,
) -> Member:
    found = member(number, team=team, zone=zone)
    person = replace(
        found.person,
        name=name or found.person.name,
        email=email or found.person.email,
        language=language,
    )
    return replace(found, person=person)


def known(*members: Member) -> dict[str, Person]:
    return {one.person.email: one.person for one in members}


def plan(*people: Someone, members: tuple[Member, ...] = (), moves: bool = False) -> SourcePlan:
    rows = fitting(people, Role.PARTICIPANT, "Ward 4").rows
    return plan_source(rows, known(*members), members, team="Ward 4", moves=moves)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("#ward-4", "#ward-4"),
        ("ward-4", "#ward-4"),
        (" # ward-4", "#ward-4"),
        ("@nurses", "@nurses"),
    ],
)
def test_a_channel_has_its_sign_whether_it_was_typed_or_not(typed: str, name: str) -> None:
    assert source_name(typed) == name


@pytest.mark.parametrize(
    ("name", "team"),
    [
        ("#ward-4", "Ward 4"),
        ("@WARD_4", "Ward 4"),
        ("#ward-44", "ward-44"),
        ("#a + b", "a b"),
        (f"#{'x' * 80}", "x" * 60),
    ],
)
def test_the_team_is_the_one_of_that_name_or_a_new_one(name: str, team: str) -> None:
    assert team_of(name, ["Theatres", "Ward 4"]) == team


def test_a_profile_says_name_address_zone_and_language() -> None:
    fit = fitting([ADA], Role.PARTICIPANT, "Ward 4")
    (row,) = fit.rows
    assert (row.name, row.email, row.team) == ("Ada Obi", "ada@x.org", "Ward 4")
    assert (row.zone, row.language) == ("Europe/Paris", "fr-FR")
    assert fit.users == {"ada@x.org": "U1"}


def test_what_a_profile_says_wrongly_is_left_out_of_the_row() -> None:
    odd = replace(ADA, name="Ada\x00 \u202eObi", zone="Mars/Base", language="?")
    (row,) = fitting([odd], Role.PARTICIPANT, "").rows
    assert (row.name, row.zone, row.language) == ("Ada Obi", None, None)


@pytest.mark.parametrize("unfit", list(Unfit))
def test_whoever_cannot_be_asked_is_left_out_with_the_reason(unfit: Unfit) -> None:
    other = (
        replace(ADA, email="nowhere") if unfit is Unfit.NO_ADDRESS else replace(ADA, unfit=unfit)
    )
    assert fitting([other], Role.PARTICIPANT, "").left_out == (("Ada Obi", unfit),)
    assert fitting([other], Role.PARTICIPANT, "").rows == ()


def test_a_lead_or_facilitator_gets_no_team_from_a_channel() -> None:
    (row,) = fitting([ADA], Role.LEAD, "Ward 4").rows
    assert (row.role, row.team) == (Role.LEAD, None)


def test_what_somebody_has_is_kept_and_what_is_missing_is_filled_in() -> None:
    there = somebody(1, "Ward 4", name="A. Obi", email="ada@x.org", zone="Asia/Tokyo")
    found = plan(ADA, members=(there,))
    (row,) = found.plan.updated
    assert (row.name, row.zone, row.language, row.team) == ("A. Obi", None, "fr-FR", None)
    assert found.filled == ("A. Obi",)
    assert found.moved == ()


def test_whoever_has_a_team_keeps_it_unless_the_facilitator_named_one() -> None:
    there = somebody(
        1, "Theatres", name="Ada", email="ada@x.org", zone="Europe/Paris", language="fr"
    )
    assert plan(ADA, members=(there,)).plan.unchanged == 1
    assert plan(ADA, members=(there,), moves=True).moved == (("Ada", "Theatres"),)


def test_whoever_has_no_team_gets_that_of_the_channel() -> None:
    there = somebody(1, "", name="Ada", email="ada@x.org", zone="Europe/Paris", language="fr")
    assert plan(ADA, members=(there,)).moved == (("Ada", ""),)


def test_somebody_of_another_programme_keeps_their_name_too() -> None:
    there = somebody(1, "Theatres", name="A. Obi", email="ada@x.org")
    rows = fitting([ADA], Role.PARTICIPANT, "Ward 4").rows
    (row,) = plan_source(rows, known(there), (), team="Ward 4", moves=False).plan.added
    assert (row.name, row.team) == ("A. Obi", "Ward 4")


def test_only_participants_of_the_team_are_absent_from_a_channel() -> None:
    members = (somebody(1, "ward 4"), somebody(2, "Theatres"), somebody(3))
    found = plan(ADA, members=members)
    assert [one.person.id for one in found.plan.absent] == [members[0].person.id]
