"""People from a channel or group of a platform: who fits, and what bringing them in would change.

What profiles say fills in what is not known; it never replaces what somebody chose or was given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.conversation.gathering import Someone, Unfit
from bot.conversation.roles import Role
from bot.programme.people import Member, Person
from bot.programme.roster import (
    BETWEEN_MERGED,
    MAX_NAME,
    MAX_TEAM,
    ImportPlan,
    Roster,
    RosterRow,
    is_address,
    known_language,
    plan_import,
    without_hidden,
)
from bot.programme.zones import known_zone

CHANNEL, GROUP = "#", "@"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A channel or group that a programme follows: whoever is in it is a participant.

    `external_id` is the platform's own name for it, `name` what people call it ("#ward-4" or
    "@nurses"), `team` where somebody new comes; "" for no team.
    """

    id: str
    org_id: str
    programme_id: str
    workspace_id: str
    external_id: str
    name: str
    team: str


@dataclass(frozen=True, slots=True)
class Fitting:
    """Who can be brought in, each with their account, and who is left out and why."""

    rows: tuple[RosterRow, ...]
    users: Mapping[str, str]  # the account of each address
    left_out: tuple[tuple[str, Unfit], ...]


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """What bringing them in would do. `moved` names who changes teams, with the old one."""

    plan: ImportPlan
    moved: tuple[tuple[str, str], ...]
    filled: tuple[str, ...]


def source_name(typed: str) -> str:
    """A name as people see it: with "#" before a channel, and "@" before a group."""
    bare = typed.strip()
    return bare if bare.startswith(GROUP) else f"{CHANNEL}{bare.lstrip(CHANNEL).strip()}"


def team_of(name: str, teams: Iterable[str]) -> str:
    """The team of a channel by its name: "#ward-4" is the Ward 4 that is there already."""
    bare = without_hidden(name[1:]).replace(BETWEEN_MERGED, " ")[:MAX_TEAM].strip()
    alike = (team for team in sorted(teams) if _slug(team) == _slug(bare))
    return next(alike, bare)


def _slug(text: str) -> str:
    return re.sub(r"[\W_]+", "-", text.casefold()).strip("-")


def fitting(people: Iterable[Someone], role: Role, team: str) -> Fitting:
    """Rows of a roster from profiles. A zone or language that we do not know is left out."""
    rows: dict[str, RosterRow] = {}
    users: dict[str, str] = {}
    left_out = []
    for someone in people:
        name = without_hidden(someone.name)[:MAX_NAME]
        email = someone.email.strip().lower()
        unfit = someone.unfit or (None if is_address(email) else Unfit.NO_ADDRESS)
        if unfit is not None:
            left_out.append((name or someone.user, unfit))
            continue
        zone = known_zone(someone.zone)
        language = known_language(someone.language)
        users.setdefault(email, someone.user)
        rows.setdefault(
            email,
            RosterRow(
                line=len(rows) + 1,
                name=name or email[:MAX_NAME],
                email=email,
                team=team if role is Role.PARTICIPANT else None,
                role=role,
                zone=zone,
                language=language,
            ),
        )
    return Fitting(tuple(rows.values()), users, tuple(left_out))


def plan_source(
    rows: Iterable[RosterRow],
    known: Mapping[str, Person],
    members: Iterable[Member],
    *,
    team: str,
    moves: bool,
) -> SourcePlan:
    """Compare a channel with the programme. `known` holds people of the organisation by address.

    Unless it `moves` people, whoever has a team keeps it. Absent are participants of the team who
    are not in the channel.
    """
    members = tuple(members)
    teams = {
        member.person.email: member.membership.team
        for member in members
        if member.membership.role is Role.PARTICIPANT
    }
    roster = Roster(tuple(_kept(row, known, teams, moves) for row in rows))
    plan = plan_import(roster, members)
    absent = (one for one in plan.absent if team and _same(one.membership.team, team))
    changes = [(row, teams.get(row.email, "")) for row in plan.updated]
    moved = [
        (row, old) for row, old in changes if row.team is not None and not _same(row.team, old)
    ]
    names = {row.email for row, _ in moved}
    return SourcePlan(
        replace(plan, absent=tuple(absent)),
        tuple((row.name, old) for row, old in moved),
        tuple(row.name for row in plan.updated if row.email not in names),
    )


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _kept(
    row: RosterRow, known: Mapping[str, Person], teams: Mapping[str, str], moves: bool
) -> RosterRow:
    """The row without what somebody has already."""
    person = known.get(row.email)
    if teams.get(row.email) and not moves:
        row = replace(row, team=None)
    if person is None:
        return row
    return replace(
        row,
        name=person.name,
        zone=None if person.zone else row.zone,
        language=None if person.language else row.language,
    )
