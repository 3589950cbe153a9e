"""The CSV roster: every error at once with its line, and nothing half imported."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.roles import Role
from bot.programme.people import Member, Membership, Person
from bot.programme.roster import Roster, RosterRow, RowError, plan_import, read_roster
from bot.programme.zones import find_zone

HEADER = "name,email,team,role,timezone,language\n"


def rows(text: str) -> tuple[RosterRow, ...]:
    roster = read_roster(text)
    assert isinstance(roster, Roster), roster
    return roster.rows


def errors(text: str) -> tuple[RowError, ...]:
    outcome = read_roster(text)
    assert not isinstance(outcome, Roster)
    return outcome


def test_a_full_row_is_read() -> None:
    text = HEADER + "Aisha Khan,Aisha@Example.org,Ward 4,lead,europe/london,en-GB\n"
    assert rows(text) == (
        RosterRow(
            line=2,
            name="Aisha Khan",
            email="aisha@example.org",
            team="Ward 4",
            role=Role.LEAD,
            zone="Europe/London",
            language="en-GB",
        ),
    )


def test_name_and_email_are_enough_and_make_a_participant() -> None:
    assert rows("email,name\nb@example.org,Ben\n")[0].role is Role.PARTICIPANT


@pytest.mark.parametrize(
    "typed", ["<Sam@x.org>", "<mailto:sam@x.org|sam@x.org>", "mailto:sam@x.org", "sam@x.org;"]
)
def test_an_address_is_read_as_address_books_and_chats_copy_it(typed: str) -> None:
    assert rows(f'name,email\nSam,"{typed}"\n')[0].email == "sam@x.org"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_from_any_spreadsheet_are_read(delimiter: str) -> None:
    text = (
        "\ufeff"
        + HEADER.replace(",", delimiter)
        + delimiter.join(["Ann", "ann@example.org", "Ward", "", "", ""])
    )
    assert rows(text)[0].name == "Ann"


def test_a_quoted_name_may_hold_a_comma_and_a_line_break() -> None:
    text = 'name,email\n"Khan, Aisha\nDr",a@example.org\nBen,b@example.org\n'
    first, second = rows(text)
    assert first.name == "Khan, Aisha Dr"
    assert second.line == 4


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (",a@example.org,,,,", "name is missing"),
        ("Ann,,,,,", "address is missing"),
        ("Ann,ann.example.org,,,,", '"ann.example.org" is not an e-mail address'),
        ("Ann,a@example.org,Ward + Theatre,,,", 'cannot hold " + "'),
        ("Ann,a@example.org,,boss,,", 'role "boss" is not known'),
        ("Ann,a@example.org,,,Europe/Londn,", "Did you mean Europe/London?"),
        ("Ann,a@example.org,,,,english please", 'language "english please"'),
        ("Ann,a@example.org,,,,,,", "8 values for 6 columns"),
        ("A" * 101 + ",a@example.org,,,,", "longer than 100"),
        ('"Ann,a@example.org', 'A value in quotes has no end. Close it with "'),
        ('"Ann,a@example.org\nBen,b@example.org', "A value in quotes has no end."),
        ('"Ann" Khan,a@example.org', 'Write a quote within a value as "".'),
        ("A" * 131_073 + ",a@example.org", "longer than 131,072 characters"),
        ("A\0nn,a@example.org,,,,", "The name holds U+0000, which cannot be shown."),
        ("Ann,a\x7fb@example.org,,,,", "The email holds U+007F"),
        ("Ann,a@example.org,Ward\u202e4,,,", "The team holds U+202E"),
        ("Ann,a@example.org,,,,en\ud800", "The language holds U+D800"),
    ],
)
def test_a_wrong_row_is_reported_with_its_line_and_a_reason(line: str, says: str) -> None:
    found = errors(HEADER + "Ben,ben@example.org,,,,\n" + line)
    assert [error.line for error in found] == [3]
    assert says in found[0].message


def test_all_errors_are_reported_at_once() -> None:
    found = errors(HEADER + "Ann,x,,,,\nBen,ben@example.org,,,,\n,c@example.org,,,,\n")
    assert [error.line for error in found] == [2, 4]


def test_the_same_person_twice_is_an_error_that_names_both_lines() -> None:
    (found,) = errors(HEADER + "Ann,a@example.org,,,,\n\nAnn,A@example.org,,,,\n")
    assert found.line == 4
    assert "line 2" in found.message


def test_one_person_may_be_lead_and_participant() -> None:
    text = HEADER + "Ann,a@example.org,,lead,,\nAnn,a@example.org,,participant,,\n"
    assert [row.role for row in rows(text)] == [Role.LEAD, Role.PARTICIPANT]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("name,mail\nx,y\n", 'Did you mean "email"?'),
        ("name\nAnn\n", '"email" is missing'),
        ("name,email,name\n", "there twice"),
        ("name,email\n", "nobody"),
        (
            "Ann,a@example.org,Ward\nBen,b@example.org,Ward\n",
            'The first must be "name,email,team,role,timezone,language".',
        ),
    ],
)
def test_a_wrong_header_is_named(text: str, says: str) -> None:
    assert says in " ".join(error.message for error in errors(text))


def test_without_a_header_one_sentence_says_so() -> None:
    assert [error.line for error in errors("Ann,a@example.org,Ward 4,lead\n")] == [1]


@given(st.text())
def test_any_text_is_read_or_refused_without_failing(text: str) -> None:
    outcome = read_roster(text)
    assert isinstance(outcome, Roster) or outcome


def member(email: str, *, role: Role = Role.PARTICIPANT, team: str = "Ward") -> Member:
    person = Person(id=email, org_id="o", name="Ann", email=email)
    membership = Membership(
        org_id="o",
        programme_id="p",
        person_id=email,
        role=role,
        team=team,
        joined_on=date(2026, 1, 1),
    )
    return Member(person=person, membership=membership)


def test_a_second_import_adds_updates_and_lists_who_is_absent() -> None:
    text = "name,email,team\nAnn,same@example.org,Ward\nAnn,moved@example.org,Theatre\n"
    text += "Ann,new@example.org,Ward\n"
    roster = read_roster(text)
    assert isinstance(roster, Roster)
    now = [member(f"{who}@example.org") for who in ("same", "moved", "gone")]
    plan = plan_import(roster, now)
    assert [row.email for row in plan.added] == ["new@example.org"]
    assert [row.email for row in plan.updated] == ["moved@example.org"]
    assert plan.unchanged == 1
    assert [gone.person.email for gone in plan.absent] == ["gone@example.org"]


def test_an_empty_team_is_no_team_and_a_missing_column_says_nothing() -> None:
    now = [member("ann@example.org")]
    for text, team, changed in (
        ("name,email\nAnn,ann@example.org\n", None, 0),
        ("name,email,team\nAnn,ann@example.org,\n", "", 1),
        ("name,email,team\nAnn,ann@example.org,ward\n", "ward", 0),
    ):
        (row,) = rows(text)
        assert row.team == team
        assert len(plan_import(Roster((row,)), now).updated) == changed


def test_a_file_of_participants_removes_no_facilitator() -> None:
    roster = Roster((RosterRow(line=2, name="Ann", email="a@example.org", team="Ward"),))
    plan = plan_import(roster, [member("f@example.org", role=Role.FACILITATOR)])
    assert plan.absent == ()


@pytest.mark.parametrize(
    ("typed", "name"),
    [("Europe/London", "Europe/London"), ("europe/london", "Europe/London"), ("utc", "UTC")],
)
def test_a_zone_is_found_whatever_its_case(typed: str, name: str) -> None:
    assert find_zone(typed).name == name


@pytest.mark.parametrize(
    ("typed", "hint"), [("London", "Europe/London"), ("Europe/Pari", "Europe/Paris")]
)
def test_an_unknown_zone_gets_the_nearest(typed: str, hint: str) -> None:
    found = find_zone(typed)
    assert found.name is None
    assert f"Did you mean {hint}?" in found.message
