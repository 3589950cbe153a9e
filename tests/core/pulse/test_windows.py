"""Windows, and the moments inside them at which people are written to."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pulse.calendars import (
    Calendar,
    Leave,
    PersonRules,
    QuietHours,
    UnknownHolidays,
    public_holidays,
)
from bot.pulse.localtime import Weekday, to_wall, zone_of
from bot.pulse.phrases import Problem
from bot.pulse.windows import (
    ANSWERING_TIME,
    DEFAULT_WINDOW,
    LATE,
    Snooze,
    Unit,
    Window,
    awake_at,
    close_at,
    contact_at,
    goes_at,
    parse_window,
    reminder_times,
    send_at,
    snooze,
)

ENGLAND = Calendar(zone="Europe/London", country="GB", subdivision="ENG")
STAFF = PersonRules(calendar=ENGLAND)
HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


# In winter London shows UTC. 2 February 2027 is a Tuesday.
TUESDAY = utc(2027, 2, 2, 10)

ZONES = st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC"])
MOMENTS = st.datetimes(
    datetime.fromisoformat("2026-01-01"),
    datetime.fromisoformat("2028-01-01"),
    timezones=st.just(UTC),
)
TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))
CALENDARS = st.builds(
    Calendar,
    zone=ZONES,
    working_days=st.frozensets(st.sampled_from(Weekday), min_size=1),
    country=st.sampled_from([None, "GB"]),
)
QUIET = (
    st.tuples(TIMES, TIMES)
    .filter(lambda ends: ends[0] != ends[1])
    .map(lambda ends: QuietHours(*ends))
)
LEAVE = st.builds(
    lambda first, days: Leave(first, first + timedelta(days=days)),
    st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    st.integers(0, 60),
)
RULES = st.builds(
    PersonRules,
    calendar=CALENDARS,
    quiet=QUIET,
    leave=st.lists(LEAVE, max_size=3).map(tuple),
    preferred=st.none() | TIMES,
)
WINDOWS = st.one_of(
    st.builds(Window, st.integers(1, 744), st.just(Unit.HOURS)),
    st.builds(Window, st.integers(1, 31), st.just(Unit.DAYS)),
    st.builds(Window, st.integers(1, 23), st.just(Unit.WORKING_DAYS)),
)


def is_quiet(rules: PersonRules, moment: datetime) -> bool:
    return rules.quiet.hold_at(to_wall(moment, zone_of(rules.calendar.zone)).time())


# --- how long a round stays open -------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "window"),
    [
        ("5 working days", DEFAULT_WINDOW),
        ("5 weekdays", DEFAULT_WINDOW),
        ("Two days", Window(2, Unit.DAYS)),
        ("1 week", Window(7, Unit.DAYS)),
        ("a fortnight", Window(14, Unit.DAYS)),
        ("36 hours", Window(36, Unit.HOURS)),
    ],
)
def test_a_window_is_understood_as_people_type_it(typed: str, window: Window) -> None:
    assert parse_window(typed) == window


@given(WINDOWS)
def test_a_window_said_in_words_is_understood_again(window: Window) -> None:
    assert parse_window(window.in_words()) == window


@pytest.mark.parametrize(
    ("typed", "word", "way_out"),
    [
        ("", "", "How long?"),
        ("five", "", "Hours, days or weeks?"),
        ("until friday", "until", 'For example: "5 working days"'),
        ("2 dsys", "dsys", 'Did you mean "days"?'),
        ("0 days", "0", "Use 1 hour to 31 days"),
        ("9 weeks", "9", "Use 1 hour to 31 days"),
        ("3 working hours", "hours", "For example"),
        ("2 days please", "please", "does not fit there"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(typed: str, word: str, way_out: str) -> None:
    problem = parse_window(typed)
    assert isinstance(problem, Problem)
    assert problem.word == word
    assert word in problem.message
    assert way_out in problem.message


@given(st.text())
def test_any_text_is_a_window_or_a_problem(typed: str) -> None:
    assert isinstance(parse_window(typed), Window | Problem)


def test_five_working_days_close_a_week_later_at_the_same_time() -> None:
    assert close_at(TUESDAY, DEFAULT_WINDOW, ENGLAND) == TUESDAY + WEEK


def test_a_public_holiday_is_no_working_day() -> None:
    # Good Friday and Easter Monday are 26 and 29 March 2027; clocks change on the 28th.
    opened = utc(2027, 3, 23, 10)
    assert close_at(opened, DEFAULT_WINDOW, ENGLAND) == utc(2027, 4, 1, 9)


def test_a_round_opened_at_the_weekend_counts_from_monday() -> None:
    saturday = utc(2027, 2, 6, 10)
    assert close_at(saturday, DEFAULT_WINDOW, ENGLAND) == utc(2027, 2, 15, 10)


def test_days_keep_the_wall_time_and_hours_count_hours_when_the_clocks_change() -> None:
    opened = utc(2027, 3, 27, 10)
    assert close_at(opened, Window(2, Unit.DAYS), ENGLAND) == utc(2027, 3, 29, 9)
    assert close_at(opened, Window(48, Unit.HOURS), ENGLAND) == utc(2027, 3, 29, 10)


@given(MOMENTS, WINDOWS, CALENDARS)
def test_a_round_closes_after_it_opened_and_within_reason(
    opened: datetime, window: Window, calendar: Calendar
) -> None:
    closes = close_at(opened, window, calendar)
    assert closes > opened
    if window.unit is Unit.WORKING_DAYS:
        assert calendar.works_on(to_wall(closes, zone_of(calendar.zone)).date())


# --- invitations -----------------------------------------------------------------------------


def test_an_invitation_in_working_hours_goes_out_at_once() -> None:
    assert send_at(STAFF, TUESDAY, TUESDAY + WEEK) == TUESDAY


def test_an_invitation_waits_for_the_quiet_hours_of_the_persons_own_zone_to_end() -> None:
    new_yorker = PersonRules(calendar=replace(ENGLAND, zone="America/New_York"))
    assert send_at(new_yorker, TUESDAY, TUESDAY + WEEK) == utc(2027, 2, 2, 13)
    late = utc(2027, 2, 2, 21)
    assert send_at(STAFF, late, late + WEEK) == utc(2027, 2, 3, 8)


def test_an_invitation_waits_for_a_working_day() -> None:
    saturday = utc(2027, 2, 6, 10)
    assert send_at(STAFF, saturday, saturday + WEEK) == utc(2027, 2, 8, 8)
    good_friday = utc(2027, 3, 26, 10)
    assert send_at(STAFF, good_friday, good_friday + WEEK) == utc(2027, 3, 30, 7)


def test_an_invitation_waits_for_the_end_of_leave() -> None:
    away = replace(STAFF, leave=(Leave(date(2027, 2, 1), date(2027, 2, 3)),))
    assert send_at(away, TUESDAY, TUESDAY + WEEK) == utc(2027, 2, 4, 8)


def test_a_preferred_time_wins_over_quiet_hours() -> None:
    night_shift = replace(STAFF, preferred=time(22, 30))
    assert send_at(night_shift, TUESDAY, TUESDAY + WEEK) == utc(2027, 2, 2, 22, 30)


def test_a_preferred_time_that_has_passed_today_is_taken_tomorrow() -> None:
    early = replace(STAFF, preferred=time(7))
    assert send_at(early, TUESDAY, TUESDAY + WEEK) == utc(2027, 2, 3, 7)


def test_the_preferred_time_yields_when_the_window_is_over_before_it() -> None:
    early = replace(STAFF, preferred=time(7))
    assert send_at(early, TUESDAY, TUESDAY + 8 * HOUR) == TUESDAY


def test_an_invitation_leaves_time_to_answer() -> None:
    late = replace(STAFF, preferred=time(9, 30))
    assert send_at(late, TUESDAY, TUESDAY + 24 * HOUR) == TUESDAY
    assert send_at(late, TUESDAY, TUESDAY + 28 * HOUR) == utc(2027, 2, 3, 9, 30)
    # On a Monday at 09:00 the weekend's window has an hour left.
    friday = utc(2027, 2, 5, 21)
    assert send_at(STAFF, friday, utc(2027, 2, 8, 9)) == utc(2027, 2, 6, 8)


def test_holidays_and_weekends_yield_when_the_window_has_nothing_else() -> None:
    saturday = utc(2027, 2, 6, 7)
    assert send_at(STAFF, saturday, saturday + 30 * HOUR) == utc(2027, 2, 6, 8)


def test_leave_yields_after_weekends_so_that_nobody_is_left_out() -> None:
    # Back on Saturday, and the window ends on Sunday.
    until_friday = replace(STAFF, leave=(Leave(date(2027, 2, 1), date(2027, 2, 5)),))
    assert send_at(until_friday, TUESDAY, utc(2027, 2, 7, 12)) == utc(2027, 2, 6, 8)
    all_month = replace(STAFF, leave=(Leave(date(2027, 2, 1), date(2027, 2, 28)),))
    assert send_at(all_month, TUESDAY, TUESDAY + WEEK) == TUESDAY


def test_the_time_to_answer_yields_before_quiet_hours_do() -> None:
    # Only the window's last half hour is not quiet.
    opened = utc(2027, 2, 2, 4, 30)
    assert send_at(STAFF, opened, utc(2027, 2, 2, 8, 30)) == utc(2027, 2, 2, 8)


def test_nobody_is_woken_for_a_window_that_lies_within_their_quiet_hours() -> None:
    night = utc(2027, 2, 2, 22)
    assert send_at(STAFF, night, night + 4 * HOUR) is None


@given(RULES, MOMENTS, st.timedeltas(timedelta(minutes=10), timedelta(days=15)))
def test_an_invitation_stays_inside_its_window(
    rules: PersonRules, opened: datetime, length: timedelta
) -> None:
    closes = opened + length
    sent = send_at(rules, opened, closes)
    if sent is None:
        minutes = range(int(length / timedelta(minutes=1)))
        assert all(is_quiet(rules, opened + timedelta(minutes=n)) for n in minutes)
        return
    wall = to_wall(sent, zone_of(rules.calendar.zone))
    assert opened <= sent < closes
    assert not is_quiet(rules, sent) or wall.time() == rules.preferred or is_gap_end(rules, sent)


def is_gap_end(rules: PersonRules, moment: datetime) -> bool:
    """A preferred time that the clocks skipped is kept at the first moment after the gap."""
    zone = zone_of(rules.calendar.zone)
    return to_wall(moment, zone) - to_wall(moment - HOUR, zone) > HOUR


@given(RULES, MOMENTS, st.integers(1, 5))
def test_the_first_moment_that_obeys_every_rule_is_taken(
    rules: PersonRules, opened: datetime, days: int
) -> None:
    rules = replace(rules, preferred=None)
    closes = opened + timedelta(days=days)
    zone = zone_of(rules.calendar.zone)

    def allowed(moment: datetime) -> bool:
        return rules.works_on(to_wall(moment, zone).date()) and not is_quiet(rules, moment)

    whole_minutes = (
        opened.replace(second=0, microsecond=0) + timedelta(minutes=n)
        for n in range(1, days * 24 * 60 - int(ANSWERING_TIME / timedelta(minutes=1)))
    )
    candidates = (moment for moment in (opened, *whole_minutes) if allowed(moment))
    first = next(candidates, None)
    if first is not None and closes - first > ANSWERING_TIME:
        assert send_at(rules, opened, closes) == first


# --- reminders -------------------------------------------------------------------------------


NIGHT = utc(2027, 2, 3, 2, 30)


@given(RULES, MOMENTS)
def test_what_belongs_to_no_round_always_finds_a_moment(rules: PersonRules, now: datetime) -> None:
    free = replace(rules, preferred=None)
    assert contact_at(free, now) >= now
    assert not is_quiet(free, contact_at(free, now))
    assert now <= awake_at(rules, now) <= now + 26 * HOUR
    assert not is_quiet(rules, awake_at(rules, now))


def test_a_message_goes_out_when_it_is_due() -> None:
    assert goes_at(STAFF, TUESDAY, TUESDAY, TUESDAY + WEEK) == TUESDAY
    slow = TUESDAY + timedelta(minutes=20)
    assert goes_at(STAFF, TUESDAY, slow, TUESDAY + WEEK) == slow


def test_a_message_that_is_found_in_quiet_hours_waits_for_their_end() -> None:
    morning = utc(2027, 2, 3, 8)
    assert goes_at(STAFF, utc(2027, 2, 2, 15), NIGHT, TUESDAY + WEEK) == morning
    afternoons = replace(STAFF, preferred=time(15))
    assert goes_at(afternoons, utc(2027, 2, 2, 15), NIGHT, TUESDAY + WEEK) == morning
    # Its lane was slow, or the person has other clocks by now.
    assert goes_at(STAFF, NIGHT, NIGHT, TUESDAY + WEEK) == morning


def test_a_message_that_is_found_in_quiet_hours_until_the_close_is_never_sent() -> None:
    assert goes_at(STAFF, utc(2027, 2, 2, 15), NIGHT, utc(2027, 2, 3, 7)) is None


@pytest.mark.parametrize(("minutes", "waits"), [(0, 0), (20, 0), (60, 0), (61, 59), (-1, 121)])
def test_a_preferred_time_in_quiet_hours_holds_for_an_hour(minutes: int, waits: int) -> None:
    early = replace(STAFF, preferred=time(6))
    now = utc(2027, 2, 3, 6) + timedelta(minutes=minutes)
    found = goes_at(early, now, now, TUESDAY + WEEK)
    assert found == now + timedelta(minutes=waits)


def test_a_preferred_time_shortly_before_midnight_holds_past_it() -> None:
    late = replace(STAFF, preferred=time(23, 50))
    now = utc(2027, 2, 3, 0, 10)
    assert goes_at(late, now, now, TUESDAY + WEEK) == now


def test_a_message_that_is_late_is_not_sent_on_a_day_off() -> None:
    friday, saturday, monday = (utc(2027, 2, day, 15) for day in (5, 6, 8))
    closes = utc(2027, 2, 10, 15)
    assert goes_at(STAFF, friday, saturday, closes) == monday.replace(hour=8)
    assert goes_at(STAFF, friday, saturday, utc(2027, 2, 7, 15)) == saturday
    # Asked for, or planned, on that very day.
    assert goes_at(STAFF, saturday, saturday, closes) == saturday


@given(RULES, MOMENTS, st.integers(0, 300), st.integers(1, 300))
def test_a_held_message_goes_out_once_its_new_moment_has_come(
    rules: PersonRules, due_at: datetime, late: int, left: int
) -> None:
    now = due_at + late * HOUR / 4
    closes = now + left * HOUR / 2
    at = goes_at(rules, due_at, now, closes)
    if at is None:
        assert send_at(replace(rules, preferred=None), now, closes) is None
        return
    assert now <= at < closes
    assert goes_at(rules, at, at, closes) == at
    if rules.preferred is None or at > now or late * HOUR / 4 > LATE:
        wall = to_wall(at, zone_of(rules.calendar.zone))
        assert not rules.quiet.hold_at(wall.time())


def test_reminders_come_half_way_and_near_the_end_on_working_days() -> None:
    closes = close_at(TUESDAY, DEFAULT_WINDOW, ENGLAND)
    thursday, monday = utc(2027, 2, 4, 10), utc(2027, 2, 8, 10)
    assert reminder_times(TUESDAY, closes, 2, ENGLAND) == (thursday, monday)
    assert reminder_times(TUESDAY, closes, 1, ENGLAND) == (thursday,)
    assert reminder_times(TUESDAY, closes, 0, ENGLAND) == ()


def test_reminders_of_a_long_window_keep_their_distance() -> None:
    closes = close_at(TUESDAY, Window(10, Unit.WORKING_DAYS), ENGLAND)
    ninth, twelfth = utc(2027, 2, 9, 10), utc(2027, 2, 12, 10)
    assert reminder_times(TUESDAY, closes, 2, ENGLAND) == (ninth, twelfth)


def test_a_window_with_one_morning_has_one_reminder() -> None:
    assert reminder_times(TUESDAY, TUESDAY + 48 * HOUR, 2, ENGLAND) == (TUESDAY + 24 * HOUR,)


def test_a_window_of_hours_has_its_reminder_half_way() -> None:
    assert reminder_times(TUESDAY, TUESDAY + 4 * HOUR, 2, ENGLAND) == (TUESDAY + 2 * HOUR,)
    assert reminder_times(TUESDAY, TUESDAY + 4 * HOUR, 0, ENGLAND) == ()


def test_more_than_two_reminders_are_refused() -> None:
    with pytest.raises(ValueError, match="3 reminders"):
        reminder_times(TUESDAY, TUESDAY + WEEK, 3, ENGLAND)


@given(MOMENTS, WINDOWS, CALENDARS, st.integers(0, 2))
def test_reminders_rise_inside_the_window(
    opened: datetime, window: Window, calendar: Calendar, count: int
) -> None:
    closes = close_at(opened, window, calendar)
    reminders = reminder_times(opened, closes, count, calendar)
    assert len(reminders) <= count
    assert sorted({opened, *reminders, closes}) == [opened, *reminders, closes]


# --- snooze ----------------------------------------------------------------------------------


def test_later_today_is_in_three_hours() -> None:
    assert snooze(Snooze.LATER, TUESDAY, STAFF, TUESDAY + WEEK) == TUESDAY + 3 * HOUR
    saturday = utc(2027, 2, 6, 10)
    assert snooze(Snooze.LATER, saturday, STAFF, saturday + WEEK) == saturday + 3 * HOUR


def test_later_today_does_not_reach_into_quiet_hours() -> None:
    evening = utc(2027, 2, 2, 18)
    assert snooze(Snooze.LATER, evening, STAFF, evening + WEEK) == utc(2027, 2, 3, 8)
    friday = utc(2027, 2, 5, 18)
    assert snooze(Snooze.LATER, friday, STAFF, friday + WEEK) == utc(2027, 2, 8, 8)


def test_tomorrow_is_the_next_working_day_in_the_morning() -> None:
    assert snooze(Snooze.TOMORROW, TUESDAY, STAFF, TUESDAY + WEEK) == utc(2027, 2, 3, 9, 30)
    friday = utc(2027, 2, 5, 10)
    assert snooze(Snooze.TOMORROW, friday, STAFF, friday + WEEK) == utc(2027, 2, 8, 9, 30)


def test_tomorrow_is_at_the_preferred_time_or_after_quiet_hours() -> None:
    night_shift = replace(STAFF, preferred=time(22, 30))
    assert snooze(Snooze.TOMORROW, TUESDAY, night_shift, TUESDAY + WEEK) == utc(2027, 2, 3, 22, 30)
    sleeper = replace(STAFF, quiet=QuietHours(time(20), time(11)))
    assert snooze(Snooze.TOMORROW, TUESDAY, sleeper, TUESDAY + WEEK) == utc(2027, 2, 3, 11)


@pytest.mark.parametrize("preferred", [None, time(11)])
def test_a_snooze_past_the_close_is_refused(preferred: time | None) -> None:
    rules = replace(STAFF, preferred=preferred)
    assert snooze(Snooze.LATER, TUESDAY, rules, TUESDAY + 2 * HOUR) is None
    assert snooze(Snooze.TOMORROW, TUESDAY, rules, TUESDAY + 12 * HOUR) is None


@given(RULES, MOMENTS, st.sampled_from(Snooze), st.timedeltas(HOUR, timedelta(days=10)))
def test_a_snooze_ends_after_now_and_before_the_close(
    rules: PersonRules, now: datetime, choice: Snooze, left: timedelta
) -> None:
    again = snooze(choice, now, rules, now + left)
    if again is not None:
        assert now < again < now + left
        assert not is_quiet(rules, again) or rules.preferred is not None


# --- calendars -------------------------------------------------------------------------------


def test_public_holidays_are_those_of_the_part_of_the_country() -> None:
    st_andrews_day = date(2027, 11, 30)
    assert st_andrews_day in public_holidays("GB", "SCT")
    assert st_andrews_day not in public_holidays("gb", "eng")


@pytest.mark.parametrize(
    ("country", "subdivision", "message"),
    [
        ("XX", None, '"XX" is not a country .* for example GB'),
        ("", None, '"" is not a country'),
        ("GB", "XXX", '"XXX" is not a part of GB .* Use one of: ENG, NIR, SCT, WLS'),
        ("GB", "EN", 'Did you mean "ENG"'),
    ],
)
def test_an_unknown_country_or_part_of_it_is_named(
    country: str, subdivision: str | None, message: str
) -> None:
    with pytest.raises(UnknownHolidays, match=message):
        public_holidays(country, subdivision)


def test_a_calendar_needs_a_working_day_and_quiet_hours_an_end() -> None:
    with pytest.raises(ValueError, match="working day"):
        Calendar(zone="UTC", working_days=frozenset())
    with pytest.raises(ValueError, match="end"):
        QuietHours(time(8), time(8))


@pytest.mark.parametrize(
    ("quiet", "clock", "expected"),
    [
        (QuietHours(time(20), time(8)), time(20), True),
        (QuietHours(time(20), time(8)), time(7, 59), True),
        (QuietHours(time(20), time(8)), time(8), False),
        (QuietHours(time(13), time(14)), time(13, 30), True),
        (QuietHours(time(13), time(14)), time(14), False),
    ],
)
def test_quiet_hours_run_up_to_their_end_and_may_cross_midnight(
    quiet: QuietHours, clock: time, expected: bool
) -> None:
    assert quiet.hold_at(clock) is expected
