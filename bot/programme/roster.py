"""People from a CSV file: reading it whole or not at all, and what an import would change."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from bot.conversation.roles import Role
from bot.programme.people import NO_TEAM, Member
from bot.programme.zones import find_zone

REQUIRED = ("name", "email")
COLUMNS = ("name", "email", "team", "role", "timezone", "language")
MAX_ROWS = 50_000

# Control characters, halves of a pair, and what turns the direction of the words that follow.
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
MAX_NAME = 100
MAX_TEAM = 60
BETWEEN_MERGED = " + "  # so no team may hold it
_MAX_LENGTH = {"name": MAX_NAME, "email": 254, "team": MAX_TEAM}


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """One person in one role. `line` is the row's line number in the file, from 1.

    `team` None: nothing was said, so it stays as it is; "": in no team.
    """

    line: int
    name: str
    email: str
    team: str | None = None
    role: Role = Role.PARTICIPANT
    zone: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in one line, and the way out."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Roster:
    """A file that can be imported whole."""

    rows: tuple[RosterRow, ...]


def without_hidden(text: str) -> str:
    """The text with its spaces evened out, and without what cannot be shown."""
    return " ".join(_HIDDEN.sub(" ", text).split())


def is_language(text: str) -> bool:
    """Whether this is a code such as en-GB."""
    return _LANGUAGE.fullmatch(text) is not None


def known_language(text: str | None) -> str | None:
    """The code that a platform's profile means ("en_GB" is en-GB); None for anything else."""
    code = (text or "").replace("_", "-")
    return code if is_language(code) else None


def is_address(text: str) -> bool:
    """Whether an e-mail can be sent there, as far as the text can tell."""
    return len(text) <= _MAX_LENGTH["email"] and _EMAIL.fullmatch(text) is not None


def hidden_character(text: str) -> str | None:
    """The first character that cannot be shown, such as "U+0000"; None where there is none."""
    found = _HIDDEN.search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def read_roster(text: str) -> Roster | tuple[RowError, ...]:
    """Read `name,email,team,role,timezone,language` (comma, semicolon or tab; any order).

    Only name and email must be there; role is participant unless it says otherwise. An empty team
    means no team; without that column teams stay as they are. Returns every error of the file at
    once; with one error nothing of it may be imported.
    """
    text = text.lstrip("\ufeff")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[RosterRow] = []
    errors: list[RowError] = []
    seen: dict[tuple[str, Role], int] = {}
    header: tuple[str, ...] | None = None
    begins = 1  # the line on which the row that is read begins
    try:
        for cells in reader:
            line, begins = reader.line_num, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = tuple(cell.strip().lower() for cell in cells)
                errors.extend(_header_errors(line, header))
                if errors:
                    break
                continue
            outcome = _row(line, header, cells)
            if isinstance(outcome, RowError):
                errors.append(outcome)
                continue
            earlier = seen.setdefault((outcome.email, outcome.role), line)
            if earlier != line:
                errors.append(
                    RowError(
                        line,
                        f"{outcome.email} is already on line {earlier} as {outcome.role}. "
                        "Keep one of the two lines.",
                    )
                )
            rows.append(outcome)
    except csv.Error as error:
        errors.append(RowError(begins, _unreadable(str(error))))
    if header is None:
        errors.append(RowError(1, f"The file is empty. Its first line must be {_EXAMPLE}."))
    elif not errors and not rows:
        errors.append(RowError(2, "There is nobody below the first line. Add one line a person."))
    if len(rows) > MAX_ROWS:
        errors.append(RowError(MAX_ROWS + 2, f"There are more than {MAX_ROWS} people. Split it."))
    return tuple(errors) if errors else Roster(tuple(rows))


_EXAMPLE = '"' + ",".join(COLUMNS) + '"'


_WAYS_OUT = {
    "unexpected end of data": 'A value in quotes has no end. Close it with ", or remove the ".',
    "field larger than": (
        'A value is longer than 131,072 characters. Close it with " if it begins with one.'
    ),
    "expected after": 'Something follows a closing quote. Write a quote within a value as "".',
}


def _unreadable(said: str) -> str:
    """What the CSV reader said, with the way out."""
    for part, way_out in _WAYS_OUT.items():
        if part in said:
            return way_out
    return f"This line cannot be read as CSV ({said}). Save the file as CSV UTF-8 once more."


def _header_errors(line: int, header: tuple[str, ...]) -> Iterable[RowError]:
    if not any(get_close_matches(name, COLUMNS, n=1) for name in header):
        yield RowError(line, f"This line does not name the columns. The first must be {_EXAMPLE}.")
        return
    for name in header:
        if name not in COLUMNS:
            near = get_close_matches(name, COLUMNS, n=1)
            hint = f' Did you mean "{near[0]}"?' if near else ""
            yield RowError(
                line, f'The column "{name[:40]}" is not known.{hint} Columns are {_EXAMPLE}.'
            )
        elif header.count(name) > 1:
            yield RowError(line, f'The column "{name}" is there twice. Keep one.')
    for name in REQUIRED:
        if name not in header:
            yield RowError(line, f'The column "{name}" is missing. Columns are {_EXAMPLE}.')


def _row(line: int, header: tuple[str, ...], cells: list[str]) -> RosterRow | RowError:
    if len(cells) > len(header):
        return RowError(
            line,
            f"There are {len(cells)} values for {len(header)} columns. "
            'Put a value that holds the separator in "double quotes".',
        )
    values = {name: " ".join(cell.split()) for name, cell in zip(header, cells, strict=False)}
    for name, value in values.items():
        if character := hidden_character(value):
            return RowError(
                line, f"The {name} holds {character}, which cannot be shown. Type it again."
            )
    get = values.get
    for name, most in _MAX_LENGTH.items():
        if len(get(name, "")) > most:
            return RowError(line, f"The {name} is longer than {most} characters. Shorten it.")
    team = get("team", "") if "team" in header else None
    if BETWEEN_MERGED in (team or ""):
        return RowError(line, 'A team name cannot hold " + ": it stands between merged teams.')
    if not get("name"):
        return RowError(line, "The name is missing.")
    email = address(get("email", ""))
    if not _EMAIL.fullmatch(email):
        found = f'"{email}" is not an e-mail address' if email else "The e-mail address is missing"
        return RowError(line, f"{found}. It looks like name@example.org.")
    word = get("role", "").lower() or Role.PARTICIPANT.value
    if word not in {role.value for role in Role}:
        return RowError(
            line, f'The role "{word[:40]}" is not known. Use participant, facilitator or lead.'
        )
    zone = get("timezone") or None
    if zone is not None:
        found_zone = find_zone(zone)
        if found_zone.name is None:
            return RowError(line, f"{found_zone.message}")
        zone = found_zone.name
    language = get("language") or None
    if language is not None and not _LANGUAGE.fullmatch(language):
        return RowError(
            line, f'The language "{language[:40]}" is not known. Use a code such as en-GB or cy.'
        )
    return RosterRow(
        line=line,
        name=values["name"],
        email=email,
        team="" if team is not None and team.casefold() == NO_TEAM else team,
        role=Role(word),
        zone=zone,
        language=language,
    )


def address(typed: str) -> str:
    """An e-mail address as it is kept, whatever an address book or a chat has put around it."""
    bare = typed.strip(" <>,;").lower().removeprefix("mailto:")
    return bare.split("|", 1)[0]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do. `absent` stay until somebody confirms that they have left."""

    added: tuple[RosterRow, ...]
    updated: tuple[RosterRow, ...]
    unchanged: int
    absent: tuple[Member, ...]


def plan_import(roster: Roster, members: Iterable[Member]) -> ImportPlan:
    """Compare the file with everyone now in the programme, by e-mail address and role."""
    now = {(member.person.email, member.membership.role): member for member in members}
    added, updated, unchanged = [], [], 0
    for row in roster.rows:
        member = now.pop((row.email, row.role), None)
        if member is None:
            added.append(row)
        elif _differs(row, member):
            updated.append(row)
        else:
            unchanged += 1
    # A file of participants says nothing about facilitators and leads.
    absent = tuple(m for m in now.values() if m.membership.role is Role.PARTICIPANT)
    return ImportPlan(tuple(added), tuple(updated), unchanged, absent)


def _differs(row: RosterRow, member: Member) -> bool:
    person = member.person
    return (
        row.name != person.name
        or (row.team is not None and row.team.casefold() != member.membership.team.casefold())
        or (row.zone is not None and row.zone != person.zone)
        or (row.language is not None and row.language != person.language)
    )
