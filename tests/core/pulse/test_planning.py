"""A pulse as it is typed: each error at its field, and nobody asked at a risk to somebody."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pulse.bank import find_instrument, instruments
from bot.pulse.opening import Opened, open_round, participants, plan_season
from bot.pulse.planning import PulsePlan, audience_problem, last_asked, read_plan
from bot.pulse.pulses import RoundState
from bot.pulse.questions import marks
from bot.pulse.windows import DEFAULT_WINDOW, Unit, Window
from bot.sentiment.profile import Profile
from tests.core.builders import NOW, blocks, member, programme, pulse, question, round_, staff

STANDARD = Profile.STANDARD.disclosure
TEAMS = ("Estates", "Imaging", "Theatre", "Ward 4")
OWN = {"own.rota": question(0, id="own.rota")}


def reading(**changes: Any) -> PulsePlan | dict[str, str]:
    usual: dict[str, Any] = {"name": "Weekly", "every": None, "own": OWN, "teams_there": TEAMS}
    return read_plan(**usual | changes)


def plan(**changes: Any) -> PulsePlan:
    read = reading(**changes)
    assert isinstance(read, PulsePlan), read
    return read


def errors(**changes: Any) -> dict[str, str]:
    read = reading(**changes)
    assert isinstance(read, dict), read
    return read


# --- what was typed --------------------------------------------------------------------------


def test_a_name_is_enough_for_the_usual_plan() -> None:
    usual = plan(name="  Rota   check ")
    first = find_instrument("first")
    assert first is not None
    assert usual == PulsePlan(
        name="Rota check",
        questions=tuple(item.id for item in first.items),
        size=4,
        teams=(),
        cadence=None,
        window=DEFAULT_WINDOW,
        reminders=1,
    )


@pytest.mark.parametrize(
    "words", ["Time, rest or pay: which matters?", "time, rest or pay: which matters?", "own.pay"]
)
def test_a_question_of_ones_own_may_be_named_by_its_words(words: str) -> None:
    own = {**OWN, "own.pay": question(1, id="own.pay", text="Time, rest or pay: which matters?")}
    parts = [part.strip() for part in f"{words}, Statement 0, csps.proud".split(",")]
    named = plan(questions=parts, own=own).questions
    assert named == ("own.pay", "own.rota", "csps.proud")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "x", "2 to 60 characters"),
        ("name", "n" * 61, "2 to 60 characters"),
        ("every", "every tusday", '"tusday"'),
        ("every", "", "tue"),
        ("window", "soon", '"soon"'),
        ("size", "0", '1 to 6 questions; "0"'),
        ("size", "7", '1 to 6 questions; "7"'),
        ("size", "two", '"two"'),
        ("size", "\u00b2", "1 to 6"),
        ("reminders", "3", '0 to 2 reminders, not "3"'),
        ("reminders", "-1", '"-1"'),
        ("questions", ["own.rotas"], 'no question "own.rotas". Did you mean "own.rota"?'),
        ("questions", ["csps.workloda"], 'Did you mean "csps.workload"?'),
        ("questions", ["frist"], 'Did you mean "first"?'),
        ("questions", ["nonsense"], "Type /pulse questions"),
        ("teams", ["Ward 5"], 'no team "Ward 5". Did you mean "Ward 4"?'),
        ("teams", ["Kitchen"], "Teams are Estates, Imaging, Theatre, Ward 4."),
    ],
)
def test_a_wrong_field_is_named_with_the_way_out(field: str, value: object, says: str) -> None:
    found = errors(**{field: value})
    assert found.keys() == {field}
    assert says.lower() in found[field].lower()


def test_every_wrong_field_is_named_at_once() -> None:
    found = errors(
        name="", every="never", window="x", size="x", questions=["x"], teams=["x"], reminders="x"
    )
    assert found.keys() == {
        "name",
        "every",
        "window",
        "size",
        "questions",
        "teams",
        "reminders",
    }


@given(
    st.fixed_dictionaries(
        {
            "name": st.text(max_size=70),
            "every": st.none() | st.text(max_size=20),
            "window": st.text(max_size=12),
            "size": st.text(max_size=3),
            "questions": st.lists(st.text(max_size=8), max_size=3),
            "teams": st.lists(st.text(max_size=8), max_size=3),
            "reminders": st.text(max_size=3),
        }
    )
)
def test_whatever_is_typed_makes_a_plan_that_fits_or_errors_with_words(
    typed: dict[str, Any],
) -> None:
    read = reading(**typed)
    if isinstance(read, dict):
        assert read.keys() <= typed.keys()
        assert all(read.values())
    else:
        assert 1 <= read.size <= 6
        assert 0 <= read.reminders <= 2
        assert read.questions


def test_an_instrument_stands_for_its_questions_and_each_is_there_once() -> None:
    (first, *_) = instruments()
    ids = [item.id for item in first.items]
    assert plan(questions=[ids[1], first.id, ids[0], "own.rota"]).questions == (
        ids[1],
        ids[0],
        *ids[2:],
        "own.rota",
    )


def test_a_question_brings_its_follow_up() -> None:
    branching = next(i for one in instruments() for i in one.items if i.branch)
    assert branching.branch is not None
    assert plan(questions=[branching.id]).questions == (branching.id, branching.branch.then)


@pytest.mark.parametrize("typed", [(), ("everyone",), ("Everyone",)])
def test_everyone_is_no_choice_of_teams(typed: tuple[str, ...]) -> None:
    assert plan(teams=typed).teams == ()


def test_teams_are_known_in_any_case_and_once() -> None:
    assert plan(teams=["ward 4", "THEATRE", "Ward 4"]).teams == ("Ward 4", "Theatre")


def test_the_rest_of_a_line_is_read() -> None:
    read = plan(every="weekly on tue at 10:00", window="2 days", size=" 2 ", reminders="0")
    assert read.cadence is not None
    assert (read.window, read.size, read.reminders) == (Window(2, Unit.DAYS), 2, 0)


# --- who may be asked ------------------------------------------------------------------------


def test_too_few_people_cannot_be_asked() -> None:
    people = staff(Ward=6, Theatre=9)
    season = blocks("Theatre", "Ward")
    assert audience_problem(people, season, ("Ward",), STANDARD) == (
        "Fewer than 7 of these people have said yes, and results need at least 7 answers, so "
        "nothing could be shown. Whoever is new is first asked whether they want to take part, "
        "some minutes after you add them, on working days and outside quiet hours. Try again "
        "later, or bring in more people."
    )
    assert audience_problem(people, season, ("Theatre",), STANDARD) is None
    assert audience_problem(people, season, (), STANDARD) is None


def test_part_of_a_group_cannot_be_asked_and_the_rest_of_it_is_named() -> None:
    people = staff(Ward=9, Estates=8, Theatre=9)
    season = blocks("Estates + Ward", "Theatre")
    problem = audience_problem(people, season, ("Ward", "Theatre"), STANDARD)
    assert problem is not None
    assert "Estates + Ward are reported together" in problem
    assert problem.endswith("Ask all of them: Estates, Ward.")
    assert audience_problem(people, season, ("Ward", "Estates"), STANDARD) is None


def test_those_without_a_team_can_only_be_asked_with_everyone() -> None:
    people = (*staff(Ward=9, Theatre=9), *(member(n, "") for n in range(30, 34)))
    season = plan_season(people, 80, STANDARD)
    problem = audience_problem(people, season, ("Ward",), STANDARD)
    if problem is None:
        problem = audience_problem(people, season, ("Theatre",), STANDARD)
    assert problem is not None
    assert problem.startswith("no team + ")
    assert problem.endswith("Ask everyone.")


MEMBERS = st.lists(st.sampled_from(["", *TEAMS]), min_size=7, max_size=60).map(
    lambda teams: tuple(member(number, team) for number, team in enumerate(teams))
)


@given(
    MEMBERS, st.integers(1, 100), st.sets(st.sampled_from(TEAMS)), st.sets(st.sampled_from(TEAMS))
)
def test_no_audience_that_is_let_through_cuts_a_group_in_two(
    members: tuple[Any, ...], rate: int, then: set[str], teams: set[str]
) -> None:
    """Neither a group of the season, nor one that a team has joined since."""
    season = plan_season([m for m in members if m.membership.team in then], rate, STANDARD)
    if audience_problem(members, season, teams, STANDARD) is not None:
        return
    rounds = [
        open_round(
            pulse=pulse(teams=tuple(audience)),
            programme=programme(),
            organisation="Northmoor",
            members=members,
            season=season,
            pool=(question(),),
            last_asked={},
            due_at=NOW,
            now=NOW,
            new_id=lambda: "r",
        )
        for audience in (teams, ())
    ]
    part, whole = rounds
    assert isinstance(part, Opened)
    assert isinstance(whole, Opened)
    assert len(part.invitations) >= STANDARD.k
    in_part = {i.person_id: i.block for i in part.invitations}
    in_whole = {i.person_id: i.block for i in whole.invitations}
    for block in set(in_part.values()):
        assert {p for p, b in in_part.items() if b == block} == {
            p for p, b in in_whole.items() if b == block
        }
    asked = {m.person.id for m in participants(members, teams)}
    assert in_part.keys() == asked


# --- rest ------------------------------------------------------------------------------------


def test_the_last_asking_of_each_question_counts_whatever_became_of_the_round() -> None:
    day = timedelta(days=1)
    rounds = [
        round_([question(0), question(1)], opened_at=NOW - 9 * day, state=RoundState.CLOSED),
        round_([question(1)], opened_at=NOW - 2 * day, state=RoundState.CANCELLED),
        round_([question(0)], opened_at=NOW - 30 * day, state=RoundState.CLOSED),
    ]
    asked = last_asked(rounds, "Europe/London")
    first, second = date(2026, 5, 31), date(2026, 6, 7)
    assert {asked[mark] for mark in marks(question(0))} == {first}
    assert {asked[mark] for mark in marks(question(1))} == {second}
    assert len(asked) == 4
    assert last_asked(list(reversed(rounds)), "Europe/London") == asked


def test_the_day_of_an_asking_is_that_of_the_programmes_clocks() -> None:
    late = [round_(opened_at=NOW.replace(hour=23))]
    assert last_asked(late, "Europe/London")["q0"] == date(2026, 6, 10)
