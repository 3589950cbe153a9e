"""People, and what they are in a programme."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from bot.conversation.roles import Role

NO_TEAM = "no team"  # what people read where a team is left empty


class Consent(StrEnum):
    """Where the first conversation with a participant stands."""

    UNASKED = "unasked"
    ASKED = "asked"
    GIVEN = "given"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone known to an organisation. `zone` None: the programme's zone."""

    id: str
    org_id: str
    name: str
    email: str
    zone: str | None = None
    language: str | None = None
    preferred_time: time | None = None
    away_from: date | None = None
    away_to: date | None = None
    # The programme that this person's commands are about, where there are several.
    programme_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """One role of one person in one programme. `left_on` None: still there."""

    org_id: str
    programme_id: str
    person_id: str
    role: Role
    team: str = ""
    joined_on: date
    left_on: date | None = None
    consent: Consent = Consent.UNASKED


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person with one of their memberships."""

    person: Person
    membership: Membership
