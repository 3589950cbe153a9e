"""What the walk through Microsoft's client, `make e2e-teams`, takes for granted."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.pulse.calendars import DEFAULT_QUIET_HOURS
from bot.sentiment.profile import Profile
from scripts.e2e_teams.cast import COLLEAGUES, EVERYONE, STAFF, Person, configuration, zone_at


@pytest.mark.parametrize("person", EVERYONE, ids=lambda person: person.name)
def test_a_client_shows_its_person_and_five_others(person: Person) -> None:
    shown = json.loads(configuration(person))
    accounts = [shown["currentUser"], *shown["users"]]
    assert len({account["id"] for account in accounts}) == len(accounts) == COLLEAGUES + 1
    assert shown["currentUser"]["name"] == person.name


def test_enough_people_answer_for_a_result() -> None:
    assert len(STAFF) >= Profile.STANDARD.disclosure.k


@pytest.mark.parametrize("month", [1, 7])
def test_at_any_hour_it_is_daytime_somewhere(month: int) -> None:
    start = datetime(2026, month, 14, tzinfo=UTC)
    for hour in range(24):
        now = start + timedelta(hours=hour)
        clock = now.astimezone(ZoneInfo(zone_at(now))).time()
        assert not DEFAULT_QUIET_HOURS.hold_at(clock)
