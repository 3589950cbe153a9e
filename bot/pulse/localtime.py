"""Wall clocks and zones: which moment a local time names."""

from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.programme.zones import find_zone


class Weekday(IntEnum):
    """Days numbered as `date.weekday()` numbers them."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


MONDAY_TO_FRIDAY = frozenset(day for day in Weekday if day < Weekday.SATURDAY)


class UnknownZone(ValueError):
    """A name that the time zone database does not have."""

    def __init__(self, name: str) -> None:
        found = find_zone(name)
        super().__init__(
            found.message or f'"{name}" is not a time zone. Did you mean {found.name}?'
        )


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name such as "Europe/London"; raises UnknownZone."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise UnknownZone(name) from error


def to_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clock on the wall shows at an aware moment: a naive datetime, its fold kept."""
    return moment.astimezone(zone).replace(tzinfo=None)


def to_utc(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment that a naive wall time names.

    A wall time that the clocks skip names the first moment after the gap. One that they show twice
    names the first showing, or the second if its fold is 1.
    """
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if to_wall(moment, zone) == wall:
        return moment
    # PEP 495: inside a gap, fold 1 lands before the change of clocks and fold 0 after it.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    old_offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == old_offset:
            before = middle
        else:
            after = middle
    return after
