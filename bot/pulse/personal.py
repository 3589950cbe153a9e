"""A programme's rules of time for one person."""

from __future__ import annotations

from datetime import date, datetime

from bot.programme.people import Person
from bot.programme.programmes import Programme
from bot.pulse.calendars import Calendar, Leave, PersonRules, QuietHours
from bot.pulse.localtime import Weekday, to_wall, zone_of


def local_day(moment: datetime, zone: str) -> date:
    """The date on that zone's calendars."""
    return to_wall(moment, zone_of(zone)).date()


def calendar_of(programme: Programme, zone: str | None = None) -> Calendar:
    """The programme's working days and holidays, on a person's clocks or its own."""
    return Calendar(
        zone=zone or programme.zone,
        working_days=frozenset(Weekday(day) for day in programme.working_days),
        country=programme.country,
        subdivision=programme.subdivision,
    )


def rules_of(programme: Programme) -> PersonRules:
    """When something may reach everybody together: by the programme's own clocks."""
    return PersonRules(
        calendar=calendar_of(programme),
        quiet=QuietHours(programme.quiet_from, programme.quiet_to),
    )


def rules_for(person: Person, programme: Programme) -> PersonRules:
    """When this person may be written to."""
    away = person.away_from and person.away_to
    return PersonRules(
        calendar=calendar_of(programme, person.zone),
        quiet=QuietHours(programme.quiet_from, programme.quiet_to),
        leave=(Leave(person.away_from, person.away_to),)
        if away and person.away_from and person.away_to
        else (),
        preferred=person.preferred_time,
    )
