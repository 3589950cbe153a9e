"""Who is in a channel or group of a platform, as the platform tells it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unfit(StrEnum):
    """Why somebody cannot be brought in."""

    PROGRAM = "program"
    SWITCHED_OFF = "switched off"
    STRANGER = "stranger"  # of another organisation
    NO_ADDRESS = "no address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """One member, by their profile. `email` is "" where the profile shows none."""

    user: str
    name: str
    email: str = ""
    zone: str | None = None
    language: str | None = None
    unfit: Unfit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """A channel or group with everyone in it.

    `external_id` is the platform's own name for it, `name` what people call it: "#ward-4" or
    "@nurses". `hears` says whether the platform tells us who joins and leaves later.
    """

    external_id: str
    name: str
    people: tuple[Someone, ...]
    hears: bool = True


class NotGathered(StrEnum):
    """Why it is not known who is in there."""

    NONE_HERE = "none here"  # the platform has no channels
    UNKNOWN = "unknown"
    HIDDEN = "hidden"
    ARCHIVED = "archived"
    TOO_MANY = "too many"
    NOT_ALLOWED = "not allowed"  # the installation is older than this feature
    FAILED = "failed"
