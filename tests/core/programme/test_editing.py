"""A programme as it is typed: each error at its field, and what is saved reads back the same."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.programme.editing import DAYS, ProgrammeDraft, read_programme, typed_fields
from bot.programme.programmes import Level, Programme
from bot.sentiment.profile import Profile
from tests.core.builders import programme

TYPED = typed_fields(programme())


def draft(**changes: str) -> ProgrammeDraft:
    read = read_programme(TYPED | changes)
    assert isinstance(read, ProgrammeDraft), read
    return read


def errors(**changes: str) -> dict[str, str]:
    read = read_programme(TYPED | changes)
    assert isinstance(read, dict)
    return read


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9&'-]{1,30}( [a-z]{1,20})?", fullmatch=True)
CLOCKS = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    starts = draw(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
    quiet_from, quiet_to = draw(st.tuples(CLOCKS, CLOCKS).filter(lambda ends: ends[0] != ends[1]))
    return programme(
        name=draw(NAMES),
        change=draw(NAMES),
        level=draw(st.sampled_from(Level)),
        starts_on=starts,
        ends_on=starts + timedelta(days=draw(st.integers(1, 2000))),
        zone=draw(st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe"])),
        country=draw(st.sampled_from(["GB", "IE"])),
        subdivision=draw(st.sampled_from([None, "ENG", "WLS"])),
        profile=draw(st.sampled_from(Profile)).value,
        expected_rate=draw(st.integers(1, 100)),
        working_days=tuple(sorted(draw(st.sets(st.integers(0, 6), min_size=1)))),
        quiet_from=quiet_from,
        quiet_to=quiet_to,
    )


@given(programmes())
def test_a_programme_reads_back_as_it_was(saved: Programme) -> None:
    read = read_programme(typed_fields(saved))
    assert isinstance(read, ProgrammeDraft), read
    assert replace(saved, **asdict(read)) == saved


@given(st.dictionaries(st.sampled_from(sorted(TYPED)), st.text(max_size=30)))
def test_whatever_is_typed_makes_a_programme_or_errors_at_its_fields(typed: dict[str, str]) -> None:
    read = read_programme(TYPED | typed)
    if isinstance(read, dict):
        assert read
        assert all(read.values())
        assert read.keys() <= typed.keys() | {"ends_on"}, "an end may be wrong for a new start"
    else:
        assert read.ends_on > read.starts_on
        assert 1 <= read.expected_rate <= 100
        assert read.quiet_from != read.quiet_to
        assert read.quiet_from.tzinfo is read.quiet_to.tzinfo is None
        assert read.working_days == tuple(sorted(set(read.working_days)))


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("name", "x", "a name, 2 to 80"),
        ("name", "x" * 81, "a name, 2 to 80"),
        ("change", " ", "what the change is called"),
        ("starts_on", "30/09/2026", '"30/09/2026" is not a date. Type it like 2026-09-30.'),
        ("ends_on", "", '"" is not a date'),
        ("ends_on", "2026-01-01", "must end after it starts"),
        ("zone", "London", "Did you mean Europe/London?"),
        ("level", "platinum", '"platinum" is not a level. Use gold, silver or bronze.'),
        ("expected_rate", "0", "1 to 100"),
        ("expected_rate", "101", "1 to 100"),
        ("expected_rate", "half", "1 to 100"),
        ("working_days", "", "mon tue wed thu fri."),
        ("working_days", "mon xyz", '"xyz" is not a day'),
        ("quiet", "19:00", "two times, for example 19:00-08:00"),
        ("quiet", "19:00-19:00", "two times"),
        ("quiet", "19:00-25:00", "two times"),
        ("quiet", "19:00Z-08:00Z", "two times"),
        ("quiet", "19:00:30-08:00", "two times"),
    ],
)
def test_a_wrong_field_is_named_with_the_way_out(field: str, typed: str, says: str) -> None:
    found = errors(**{field: typed})
    assert found.keys() == {field}
    assert says in found[field]


def test_all_fields_that_are_wrong_are_named_at_once() -> None:
    found = read_programme({})
    assert isinstance(found, dict)
    assert found.keys() == {
        "name",
        "change",
        "starts_on",
        "ends_on",
        "zone",
        "level",
        "expected_rate",
        "working_days",
        "quiet",
    }


def test_the_ways_in_which_people_write_are_understood() -> None:
    read = draft(
        name="  Better   rotas ",
        level="Gold",
        expected_rate="60 %",
        working_days="Friday, Monday,tue",
        quiet="20:30 - 07:15",
        zone="europe/london",
        country="gb-wls",
    )
    assert (read.name, read.level, read.expected_rate) == ("Better rotas", Level.GOLD, 60)
    assert read.working_days == (0, 1, 4)
    assert (read.quiet_from, read.quiet_to) == (time(20, 30), time(7, 15))
    assert (read.zone, read.country, read.subdivision) == ("Europe/London", "GB", "WLS")


def test_quiet_hours_may_start_or_end_at_midnight() -> None:
    assert (draft(quiet="00:00-07:00").quiet_from, draft(quiet="22:00-00:00").quiet_to) == (
        time(0),
        time(0),
    )


def test_without_a_country_or_a_protection_the_usual_ones_hold() -> None:
    read = draft(country="", profile="")
    assert (read.country, read.subdivision, read.profile) == ("GB", None, "standard")


def test_a_country_need_not_have_a_part() -> None:
    assert (draft(country="IE").country, draft(country="IE").subdivision) == ("IE", None)


def test_days_are_those_of_python() -> None:
    monday = date(2026, 6, 8)
    for number, name in enumerate(DAYS):
        assert f"{monday + timedelta(days=number):%a}".lower() == name
