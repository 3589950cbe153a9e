"""Cadences as people type them, as we say them back, and as JSON."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pulse.cadence import (
    Cadence,
    Daily,
    MonthlyOnDay,
    MonthlyOnWeekday,
    Nth,
    Weekly,
    from_json,
    to_json,
)
from bot.pulse.cadence_words import in_words, parse_cadence
from bot.pulse.localtime import MONDAY_TO_FRIDAY, Weekday
from bot.pulse.phrases import Problem, parse_time

TEN = time(10)
TUESDAY = frozenset({Weekday.TUESDAY})

TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))
CADENCES: st.SearchStrategy[Cadence] = st.one_of(
    st.builds(Daily, every=st.integers(1, 365), at=TIMES),
    st.builds(
        Weekly,
        every=st.integers(1, 52),
        weekdays=st.frozensets(st.sampled_from(Weekday), min_size=1),
        at=TIMES,
    ),
    st.builds(MonthlyOnDay, every=st.integers(1, 12), day=st.integers(1, 31), at=TIMES),
    st.builds(
        MonthlyOnWeekday,
        every=st.integers(1, 12),
        nth=st.sampled_from(Nth),
        weekday=st.sampled_from(Weekday),
        at=TIMES,
    ),
)


@given(CADENCES)
def test_a_cadence_said_in_words_is_understood_again(cadence: Cadence) -> None:
    assert parse_cadence(in_words(cadence)) == cadence


@given(CADENCES)
def test_a_cadence_survives_json(cadence: Cadence) -> None:
    assert from_json(to_json(cadence)) == cadence


@pytest.mark.parametrize(
    ("typed", "cadence"),
    [
        ("every 2 weeks on tue at 10:00", Weekly(every=2, weekdays=TUESDAY, at=TEN)),
        ("Every Two Weeks on Tuesdays at 10.", Weekly(every=2, weekdays=TUESDAY, at=TEN)),
        ("every other tuesday", Weekly(every=2, weekdays=TUESDAY, at=TEN)),
        ("every second week on tues", Weekly(every=2, weekdays=TUESDAY, at=TEN)),
        ("every week at 9 on tuesday", Weekly(every=1, weekdays=TUESDAY, at=time(9))),
        (
            "weekly on monday and thursday at 9",
            Weekly(every=1, weekdays=frozenset({Weekday.MONDAY, Weekday.THURSDAY}), at=time(9)),
        ),
        (
            "every mon, wed & fri noon",
            Weekly(
                every=1,
                weekdays=frozenset({Weekday.MONDAY, Weekday.WEDNESDAY, Weekday.FRIDAY}),
                at=time(12),
            ),
        ),
        (
            "fortnightly on Wednesday 2pm",
            Weekly(every=2, weekdays=frozenset({Weekday.WEDNESDAY}), at=time(14)),
        ),
        ("every day at 9am", Daily(every=1, at=time(9))),
        ("daily at midnight", Daily(every=1, at=time(0))),
        ("every 3 days at 7.30 pm", Daily(every=3, at=time(19, 30))),
        ("every weekday at 09:30", Weekly(every=1, weekdays=MONDAY_TO_FRIDAY, at=time(9, 30))),
        ("each working day", Weekly(every=1, weekdays=MONDAY_TO_FRIDAY, at=TEN)),
        (
            "monthly on the first tuesday at 10",
            MonthlyOnWeekday(every=1, nth=Nth.FIRST, weekday=Weekday.TUESDAY, at=TEN),
        ),
        (
            "every second tuesday of the month",
            MonthlyOnWeekday(every=1, nth=Nth.SECOND, weekday=Weekday.TUESDAY, at=TEN),
        ),
        (
            "every last friday at 16:00",
            MonthlyOnWeekday(every=1, nth=Nth.LAST, weekday=Weekday.FRIDAY, at=time(16)),
        ),
        ("every 3 months on day 15 at 10:00", MonthlyOnDay(every=3, day=15, at=TEN)),
        ("quarterly on the 1st", MonthlyOnDay(every=3, day=1, at=TEN)),
        ("every first day of the month", MonthlyOnDay(every=1, day=1, at=TEN)),
        ("every last day of the month", MonthlyOnDay(every=1, day=31, at=TEN)),
        ("every second month on the 5th", MonthlyOnDay(every=2, day=5, at=TEN)),
        ("monthly on the last day", MonthlyOnDay(every=1, day=31, at=TEN)),
        ("every month on the 30th at 1400", MonthlyOnDay(every=1, day=30, at=time(14))),
    ],
)
def test_a_cadence_is_understood_as_people_type_it(typed: str, cadence: Cadence) -> None:
    assert parse_cadence(typed) == cadence


@pytest.mark.parametrize(
    ("typed", "word", "way_out"),
    [
        ("every 2 weeks on tusday at 10:00", "tusday", 'Did you mean "Tuesday"?'),
        ("every 2 wekes on tuesday", "wekes", 'Did you mean "weeks"?'),
        ("evry day", "evry", 'Did you mean "every"?'),
        ("every tuesday at 25:00", "25:00", "Use 00:00 to 23:59"),
        ("every tuesday 13pm", "13pm", 'For example: "every 2 weeks'),
        ("every 0 weeks on monday", "0", "Use 1 to 52"),
        ("every 40 fortnights on monday", "40", "Use 1 to 26"),
        ("every 2 working days", "2", "Leave it out"),
        ("every 99999 days", "99999", "For example"),
        ("whenever", "whenever", 'For example: "every 2 weeks on Tuesday at 10:00"'),
        ("every second tuesday", "second", 'Use "every 2 weeks on Tuesday" or "monthly on the'),
        ("biweekly on tuesday", "biweekly", "twice a week or every 2 weeks"),
        ("every month on day 32", "32", 'Use 1 to 31, or "the last day"'),
        ("every tuesday at 10:00 not in august", "not", "does not fit there"),
        ("every tuesday at 10 at 11", "at", "does not fit there"),
        ("", "", "How often?"),
        ("every", "", "Every what?"),
        ("weekly at 10", "", "On which day of the week?"),
        ("monthly", "", "On which day of the month?"),
        ("monthly on the last", "", "The last what?"),
        ("every tuesday at", "", "At what time?"),
        ("every month on day 30 or the", "", 'comes "last"'),
    ],
)
def test_an_error_names_the_word_and_the_way_out(typed: str, word: str, way_out: str) -> None:
    problem = parse_cadence(typed)
    assert isinstance(problem, Problem)
    assert problem.word == word
    assert word in problem.message
    assert way_out in problem.message


VOCABULARY = (
    "every each other 2 0 31st day days week weeks month working weekday on the first last second "
    "tuesday tusday and , at 10 10:00 2pm pm noon of or daily monthly biweekly in ² ."
).split()


@given(st.one_of(st.text(), st.lists(st.sampled_from(VOCABULARY)).map(" ".join)))
def test_any_text_is_a_cadence_or_a_problem_about_its_own_words(typed: str) -> None:
    read = parse_cadence(typed)
    if isinstance(read, Problem):
        # Two words of a time may have had a comma between them.
        assert all(word in typed for word in read.word.split())
    else:
        assert parse_cadence(in_words(read)) == read


def test_the_words_for_people_say_whose_clocks_are_meant() -> None:
    cadence = Weekly(every=2, weekdays=TUESDAY, at=TEN)
    assert in_words(cadence, "Europe/London") == "every 2 weeks on Tuesday at 10:00 (London time)"
    assert in_words(cadence, "America/New_York").endswith("(New York time)")
    assert in_words(cadence, "UTC").endswith("(UTC)")


def test_a_day_that_some_months_lack_is_said_to_be_their_last() -> None:
    cadence = MonthlyOnDay(every=1, day=30, at=TEN)
    assert in_words(cadence) == "every month on day 30 or the last day at 10:00"


@pytest.mark.parametrize(
    "broken",
    [
        '{"at": "10:00", "every": 1, "unit": "year"}',
        '{"at": "10:00", "every": 0, "unit": "day"}',
        '{"at": "10:00:30", "every": 1, "unit": "day"}',
        '{"at": "10:00", "every": 1, "unit": "week", "weekdays": []}',
        '{"at": "10:00", "every": 1, "unit": "month", "day": 32}',
        "not json",
    ],
)
def test_json_that_is_no_cadence_is_refused(broken: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_json(broken)


@pytest.mark.parametrize(
    ("typed", "clock"),
    [
        ("19:30", time(19, 30)),
        ("7.30pm", time(19, 30)),
        ("7:30 p.m.", time(19, 30)),
        ("9am", time(9)),
        ("9", time(9)),
        ("0930", time(9, 30)),
        ("12am", time(0)),
        ("12pm", time(12)),
        (" Noon ", time(12)),
        ("midnight", time(0)),
    ],
)
def test_a_time_is_understood_as_people_type_it(typed: str, clock: time) -> None:
    assert parse_time(typed) == clock


@pytest.mark.parametrize("typed", ["24:00", "9:60", "13pm", "0am", "soon", "", "٩:٣٠", "9" * 5000])
def test_a_time_that_no_clock_shows_is_refused(typed: str) -> None:
    problem = parse_time(typed)
    assert isinstance(problem, Problem)
    assert problem.word == typed
    assert "for example 09:30 or 2pm" in problem.message
