"""Opening a round: who is asked, in which reporting group, and when each message goes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.card import MAX_LABEL
from bot.conversation.roles import Role
from bot.programme.people import Consent, Member
from bot.programme.roster import Roster, read_roster
from bot.pulse.closing import Count
from bot.pulse.localtime import to_wall, zone_of
from bot.pulse.opening import (
    NotOpened,
    Opened,
    blocks_for,
    open_round,
    participants,
    place_late,
    plan_season,
    split_blocks,
)
from bot.pulse.questions import Branch, Favour, Kind
from bot.pulse.windows import Unit, Window
from bot.sentiment.blocks import Block, block_name
from bot.sentiment.coding import Line
from bot.sentiment.profile import Profile
from bot.sentiment.release import QuestionTally, Tally
from tests.core.builders import NOW, blocks, member, programme, pulse, question, staff

STANDARD = Profile.STANDARD.disclosure
TEAMS = ("", "Estates", "Imaging", "Pharmacy", "Theatre", "Ward")


def opening(members: tuple[Member, ...] | None = None, **changes: Any) -> Opened | NotOpened:
    """A round of 20 people, with anything of it changed."""
    ids = count()
    there = staff(Ward=10, Theatre=10) if members is None else members
    usual: dict[str, Any] = {
        "pulse": pulse(),
        "programme": programme(),
        "organisation": "Northmoor",
        "members": there,
        "season": plan_season(there, 80, STANDARD),
        "pool": (question(),),
        "last_asked": {},
        "due_at": NOW,
        "now": NOW,
        "new_id": lambda: f"id{next(ids)}",
    }
    return open_round(**usual | changes)


def opened(members: tuple[Member, ...] | None = None, **changes: Any) -> Opened:
    result = opening(members, **changes)
    assert isinstance(result, Opened), result
    return result


MEMBERS = st.lists(
    st.tuples(
        st.sampled_from(TEAMS),
        st.sampled_from([*[Consent.GIVEN] * 4, Consent.ASKED, Consent.DECLINED]),
        st.sampled_from([*[Role.PARTICIPANT] * 6, Role.LEAD]),
    ),
    min_size=12,
    max_size=60,
).map(
    lambda rows: tuple(
        member(number, team, consent=consent, role=role)
        for number, (team, consent, role) in enumerate(rows)
    )
)


# --- who is asked ----------------------------------------------------------------------------


def test_only_participants_who_said_yes_are_asked() -> None:
    people = (
        *staff(Ward=8),
        member(20, consent=Consent.UNASKED),
        member(21, consent=Consent.ASKED),
        member(22, consent=Consent.DECLINED),
        member(23, role=Role.LEAD),
        member(24, role=Role.FACILITATOR),
    )
    result = opened(people)
    assert [i.person_id for i in result.invitations] == [f"p{n}" for n in range(8)]
    assert result.round.invited == 8


def test_a_pulse_for_some_teams_asks_nobody_else() -> None:
    result = opened(pulse=pulse(teams=("Theatre",)))
    assert {i.block for i in result.invitations} == {"Theatre"}
    assert result.round.blocks == blocks("Theatre")
    assert result.round.invited == 10


@given(MEMBERS, st.integers(1, 100), st.sets(st.sampled_from(TEAMS)))
def test_everyone_asked_is_in_exactly_one_group_of_the_round(
    members: tuple[Member, ...], rate: int, then: set[str]
) -> None:
    """Whoever has moved, joined or left since the groups were planned."""
    season = plan_season([m for m in members if m.membership.team in then], rate, STANDARD)
    result = opening(members, season=season)
    asked = participants(members)
    if isinstance(result, NotOpened):
        assert result is NotOpened.TOO_FEW
        assert len(asked) < STANDARD.k
        return
    groups = result.round.blocks
    team_of = {m.person.id: m.membership.team for m in asked}
    assert sorted(i.person_id for i in result.invitations) == sorted(team_of)
    assert len({group.name for group in groups}) == len(groups)
    for invitation in result.invitations:
        of = [group.name for group in groups if team_of[invitation.person_id] in group.teams]
        assert of == [invitation.block]


def _held(kind: Any, seen: set[type]) -> Iterator[type]:
    """Every class that a value of this type can hold."""
    for inner in get_args(kind):
        yield from _held(inner, seen)
    if isinstance(kind, type) and kind not in seen:
        seen.add(kind)
        yield kind
        if is_dataclass(kind):
            hints = get_type_hints(kind)
            for field in fields(kind):
                yield from _held(hints[field.name], seen)


def test_nothing_that_opening_takes_can_hold_an_answer() -> None:
    held: set[type] = set()
    for name, kind in get_type_hints(open_round).items():
        held |= set(_held(kind, set())) if name != "return" else set()
    assert Member in held
    assert Block in held
    assert not held & {Tally, QuestionTally, Line, Count, Counter, float}


# --- reporting groups ------------------------------------------------------------------------


@given(MEMBERS, st.integers(1, 100), st.sets(st.sampled_from(TEAMS)))
def test_a_team_that_came_later_joins_the_smallest_group(
    members: tuple[Member, ...], rate: int, then: set[str]
) -> None:
    asked = participants(members)
    season = plan_season([m for m in members if m.membership.team in then], rate, STANDARD)
    before = [block for block in season if any(m.membership.team in block.teams for m in asked)]
    result = blocks_for(season, members)
    if not before:
        assert len(result) == 1
        return
    assert [block.name for block in result] == [block.name for block in before]
    sizes = Counter(m.membership.team for m in asked)
    people = [sum(sizes[team] for team in block.teams) for block in before]
    for old, new in zip(before, result, strict=True):
        late = set(new.teams) - set(old.teams)
        assert set(old.teams) <= set(new.teams)
        if late:
            assert sum(sizes[team] for team in old.teams) == min(people)
            assert late == {m.membership.team for m in asked} - {t for b in before for t in b.teams}


def test_a_group_keeps_its_published_name_when_a_team_joins_it() -> None:
    season = blocks("Estates + Ward", "Theatre")
    people = staff(Ward=8, Estates=4, Theatre=9, Pharmacy=3)
    assert blocks_for(season, people) == (
        Block("Estates + Ward", ("Estates", "Ward")),
        Block("Theatre", ("Theatre", "Pharmacy")),
    )


@given(MEMBERS, MEMBERS, st.integers(1, 100), st.sets(st.sampled_from(TEAMS)))
def test_a_team_that_was_placed_once_stays_whatever_happens_to_the_sizes(
    members: tuple[Member, ...], later: tuple[Member, ...], rate: int, then: set[str]
) -> None:
    season = plan_season([m for m in members if m.membership.team in then], rate, STANDARD)
    first = place_late(season, members)
    second = place_late(first, later)
    assert place_late(first, members) == first
    for old, new in zip(first, second, strict=False):
        assert new.name == old.name
        assert new.teams[: len(old.teams)] == old.teams


def test_a_group_in_which_nobody_is_left_is_not_part_of_the_round() -> None:
    result = opened(staff(Ward=9), season=blocks("Ward", "Theatre"))
    assert result.round.blocks == blocks("Ward")


def test_people_without_a_team_are_in_a_group_with_a_name() -> None:
    everyone = opened(tuple(member(n, "") for n in range(9)))
    assert [block.name for block in everyone.round.blocks] == ["no team"]
    mixed = (*staff(Ward=9), *(member(n, "") for n in range(20, 24)))
    assert [block.name for block in opened(mixed).round.blocks] == ["no team + Ward"]
    typed = read_roster("name,email,team\nAnn,ann@example.org,No team\n")
    assert isinstance(typed, Roster)
    assert typed.rows[0].team == "", "or two groups could have one name"


@given(st.lists(st.text("abc DE", min_size=1, max_size=60), min_size=1, max_size=60, unique=True))
def test_the_name_of_a_group_of_many_teams_fits_beside_a_bar(teams: list[str]) -> None:
    name = block_name(sorted(teams))
    assert len(name) <= MAX_LABEL
    assert name.startswith(min(teams)), "which no other group does"


def test_a_group_of_many_teams_says_how_many_more_there_are() -> None:
    wards = [f"Ward {letter * 20}" for letter in "ABCDE"]
    assert block_name(wards[:3]) == " + ".join(wards[:2]) + " + 1 more"
    assert block_name(wards) == " + ".join(wards[:2]) + " + 3 more"


@given(MEMBERS, st.integers(1, 100), st.sets(st.sampled_from(TEAMS)), st.data())
def test_a_team_that_came_later_is_in_the_same_group_whomever_a_round_asks(
    members: tuple[Member, ...], rate: int, then: set[str], data: st.DataObject
) -> None:
    season = plan_season([m for m in members if m.membership.team in then], rate, STANDARD)
    some = data.draw(st.sets(st.sampled_from(TEAMS), min_size=1))
    whole = opening(members, season=season)
    part = opening(members, season=season, pulse=pulse(teams=tuple(some)))
    if isinstance(whole, Opened) and isinstance(part, Opened):
        assert set(part.round.blocks) <= set(whole.round.blocks)


@given(st.sets(st.sampled_from(TEAMS)), MEMBERS, st.integers(1, 100))
def test_the_groups_that_an_audience_cuts_in_two_are_found(
    teams: set[str], members: tuple[Member, ...], rate: int
) -> None:
    season = plan_season(members, rate, STANDARD)
    cut = [b for b in season if set(b.teams) & teams and set(b.teams) - teams]
    assert list(split_blocks(season, teams)) == cut


def test_a_round_for_everyone_cuts_no_group() -> None:
    assert split_blocks(blocks("Estates + Ward", "Theatre"), ()) == ()


def test_a_season_is_planned_from_those_who_said_yes() -> None:
    people = (*staff(Ward=10, Theatre=10), *(member(n, "Estates") for n in range(30, 33)))
    undecided = tuple(
        replace(m, membership=replace(m.membership, consent=Consent.ASKED))
        if m.membership.team == "Estates"
        else m
        for m in people
    )
    assert plan_season(undecided, 80, STANDARD) == blocks("Theatre", "Ward")
    assert plan_season(people, 80, STANDARD) == (*blocks("Estates + Theatre"), *blocks("Ward"))


# --- what is asked, and why not --------------------------------------------------------------


def test_a_round_freezes_its_questions_with_the_names_filled_in() -> None:
    pool = (question(0, text="How is [change] for you at [organisation]?", kind=Kind.SCALE),)
    (asked,) = opened(pool=pool).round.questionnaire.questions
    assert asked.text == "How is the new rota for you at Northmoor?"


def test_six_people_are_too_few() -> None:
    assert opening(staff(Ward=6)) is NotOpened.TOO_FEW
    assert isinstance(opening(staff(Ward=7)), Opened)


def test_the_stricter_profile_needs_more_people() -> None:
    strict = programme(profile="strict")
    assert opening(staff(Ward=10), programme=strict) is NotOpened.TOO_FEW
    assert opened(staff(Ward=11), programme=strict).round.profile is Profile.STRICT


def test_a_pulse_without_questions_does_not_open() -> None:
    assert opening(pool=()) is NotOpened.NO_QUESTIONS


def test_questions_asked_within_four_weeks_rest() -> None:
    today = NOW.date()
    assert opening(last_asked={"q0": today - timedelta(days=27)}) is NotOpened.ALL_RESTING
    assert isinstance(opening(last_asked={"q0": today - timedelta(days=28)}), Opened)


def test_a_programme_asks_on_its_last_day_and_not_after_it() -> None:
    assert isinstance(opening(programme=programme(ends_on=NOW.date())), Opened)
    over = programme(ends_on=NOW.date() - timedelta(days=1))
    assert opening(programme=over) is NotOpened.ENDED


def test_a_programme_asks_on_its_first_day_and_not_before_it() -> None:
    assert isinstance(opening(programme=programme(starts_on=NOW.date())), Opened)
    ahead = programme(starts_on=NOW.date() + timedelta(days=1))
    assert opening(programme=ahead) is NotOpened.NOT_STARTED


def test_the_last_day_ends_at_midnight_on_the_programmes_clocks() -> None:
    # 23:30 in London is 00:30 of the next day in Paris.
    late = datetime(2026, 6, 9, 22, 30, tzinfo=UTC)
    london = programme(ends_on=date(2026, 6, 9))
    assert isinstance(opening(programme=london, now=late), Opened)
    paris = programme(ends_on=date(2026, 6, 9), zone="Europe/Paris")
    assert opening(programme=paris, now=late) is NotOpened.ENDED


def test_a_resting_follow_up_is_not_asked() -> None:
    parent = question(0, branch=Branch(Favour.UNFAVOURABLE, "q1"))
    child = question(1, Kind.TEXT)
    asked = opened(pool=(parent, child)).round.questionnaire
    assert [q.id for q in asked.questions] == ["q0", "q1"]
    alone = opened(pool=(parent, child), last_asked={"q1": NOW.date()}).round.questionnaire
    assert [q.id for q in alone.questions] == ["q0"]


# --- when messages go out --------------------------------------------------------------------

TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
WINDOWS = st.builds(Window, st.integers(2, 60), st.just(Unit.HOURS)) | st.builds(
    Window, st.integers(1, 10), st.sampled_from([Unit.DAYS, Unit.WORKING_DAYS])
)
QUIET = st.tuples(TIMES, TIMES).filter(lambda ends: ends[0] != ends[1])
AWAY = st.just((None, None)) | st.tuples(
    st.dates(date(2026, 6, 1), date(2026, 6, 14)), st.dates(date(2026, 6, 15), date(2026, 7, 1))
)


@st.composite
def rounds(draw: st.DrawFn) -> Opened:
    people = tuple(
        member(
            number,
            zone=draw(st.sampled_from([None, "Australia/Sydney", "America/New_York"])),
            preferred=draw(st.none() | TIMES),
            away=draw(AWAY),
        )
        for number in range(7)
    )
    quiet_from, quiet_to = draw(QUIET)
    return opened(
        people,
        pulse=pulse(window=draw(WINDOWS), reminders=draw(st.integers(0, 2))),
        programme=programme(quiet_from=quiet_from, quiet_to=quiet_to),
        now=NOW + timedelta(hours=draw(st.integers(0, 14 * 24))),
    )


@given(rounds())
def test_every_message_goes_out_while_the_round_is_open(result: Opened) -> None:
    for message in result.messages:
        assert result.round.opened_at <= message.at < result.round.close_at


@given(rounds())
def test_no_reminder_comes_before_its_prompt(result: Opened) -> None:
    for invitation in result.invitations:
        mine = [m for m in result.messages if m.person_id == invitation.person_id]
        assert [m.number for m in mine] == list(range(len(mine)))
        moments = [m.at for m in mine]
        assert moments == sorted(set(moments))
        if mine:
            assert invitation.send_at == mine[0].at


def test_a_preferred_time_that_only_a_reminder_could_meet_brings_the_prompt() -> None:
    """The window is too short for the prompt at 06:00, and quiet hours hold it until 08:00."""
    shift = tuple(member(n, preferred=time(6), zone="Etc/UTC") for n in range(7))
    result = opened(
        shift,
        pulse=pulse(window=Window(8, Unit.HOURS)),
        programme=programme(zone="Etc/UTC", quiet_from=time(19), quiet_to=time(8)),
        now=datetime(2026, 6, 9, 1, tzinfo=UTC),
    )
    mine = [(m.number, m.at.hour) for m in result.messages if m.person_id == "p0"]
    assert mine == [(0, 6), (1, 8)]


def test_someone_on_leave_all_the_time_still_gets_the_prompt_inside_the_window() -> None:
    away = (date(2026, 6, 1), date(2026, 7, 31))
    result = opened((*staff(Ward=7), member(9, away=away)))
    mine = [m.at for m in result.messages if m.person_id == "p9"]
    assert mine
    assert result.round.opened_at <= mine[0] < result.round.close_at


def test_someone_back_from_leave_in_time_is_asked_when_they_are_back() -> None:
    away = (date(2026, 6, 1), date(2026, 6, 11))
    result = opened((*staff(Ward=7), member(9, away=away)))
    first = next(m.at for m in result.messages if m.person_id == "p9")
    assert to_wall(first, zone_of("Europe/London")).date() == date(2026, 6, 12)


def test_someone_whose_whole_window_is_quiet_is_asked_but_gets_no_message() -> None:
    # 20:00 to 22:00 in London is the middle of the night in Sydney.
    far = member(9, zone="Australia/Sydney")
    result = opened(
        (*staff(Ward=7), far),
        pulse=pulse(window=Window(2, Unit.HOURS), reminders=1),
        programme=programme(quiet_from=time(23), quiet_to=time(8)),
        now=datetime(2026, 6, 9, 19, tzinfo=UTC),
    )
    assert "p9" in {i.person_id for i in result.invitations}
    assert "p9" not in {m.person_id for m in result.messages}


@pytest.mark.parametrize("reminders", [0, 1, 2])
def test_everyone_gets_the_prompt_and_each_reminder(reminders: int) -> None:
    result = opened(pulse=pulse(reminders=reminders))
    numbers = Counter(m.number for m in result.messages)
    assert numbers == dict.fromkeys(range(reminders + 1), 20)
