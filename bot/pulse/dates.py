"""When a programme's pulses fall due: by its clocks, and never before its first day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from bot.programme.programmes import Programme
from bot.pulse.cadence import Cadence
from bot.pulse.localtime import to_utc, to_wall, zone_of
from bot.pulse.personal import local_day
from bot.pulse.pulses import Pulse
from bot.pulse.schedule import anchor_for, next_fire, upcoming


def has_started(programme: Programme, now: datetime) -> bool:
    """Whether its first day has come, on its own calendar."""
    return local_day(now, programme.zone) >= programme.starts_on


def first_anchor(cadence: Cadence, programme: Programme, now: datetime) -> date:
    """The day from which a rhythm that is planned now counts."""
    return anchor_for(cadence, programme.zone, _earliest(programme, now))


def next_round(pulse: Pulse, programme: Programme, now: datetime) -> datetime | None:
    """When a pulse falls due next; None where it does not repeat."""
    if pulse.cadence is None:
        return None
    return next_fire(pulse.cadence, programme.zone, _earliest(programme, now), pulse.anchor)


def next_rounds(pulse: Pulse, programme: Programme, now: datetime) -> tuple[datetime, ...]:
    """The next three times."""
    if pulse.cadence is None:
        return ()
    return upcoming(pulse.cadence, programme.zone, _earliest(programme, now), pulse.anchor)


def replanned(pulse: Pulse, before: Programme, after: Programme, now: datetime) -> Pulse:
    """The pulse with its next date by the programme's new first day and clocks.

    What is due already stays. Where only the clocks changed the date keeps its wall time: counted
    anew, a round that was asked this morning could come again this afternoon.
    """
    cadence, planned = pulse.cadence, pulse.next_at
    if cadence is None or planned is None or planned <= now:
        return pulse
    if not has_started(before, now):
        pulse = replace(pulse, anchor=first_anchor(cadence, after, now))
        return replace(pulse, next_at=next_round(pulse, after, now))
    moved = to_utc(to_wall(planned, zone_of(before.zone)), zone_of(after.zone))
    if moved <= _earliest(after, now):
        return replace(pulse, next_at=next_round(pulse, after, now))
    return replace(pulse, next_at=moved)


def _earliest(programme: Programme, now: datetime) -> datetime:
    """A due moment is later than this: than now, and not before the first day begins."""
    begins = datetime.combine(programme.starts_on, time(0))
    # A minute less, because a rhythm may be due at midnight and cadences are in whole minutes.
    return max(now, to_utc(begins, zone_of(programme.zone)) - timedelta(minutes=1))
