"""One transaction at work: its connection, rows as values of the core, and what must follow."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy import (
    Column,
    Connection,
    CursorResult,
    Dialect,
    Executable,
    RowMapping,
    Select,
    Table,
    UpdateBase,
    bindparam,
    insert,
    update,
)

from storage.errors import OtherTenant
from storage.prepared import Prepared, Raw, Statement
from storage.tables import (
    answer,
    identity,
    invitation,
    person,
    programme,
    round_,
    round_key,
    workspace,
)
from storage.vault import RoundKey, Sheet, Vault

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as Upsert

N = TypeVar("N")

# What was read before, by what was asked for; see `Session.recalled`.
Recent = dict[Hashable, Any]

_NONE: Mapping[str, Any] = {}
_MOST_RECENT = 8192
_RECALLED = frozenset(
    {answer, identity, invitation, person, programme, round_, round_key, workspace}
)


@dataclass(slots=True)
class Kept:
    """A sheet of answers as this transaction knows it. `stored`: the database has an earlier one.

    Until the commit no other process changes what is stored.
    """

    key: RoundKey
    sheet: Sheet
    stored: bool
    changed: bool = False


@dataclass(slots=True)
class Session:
    """`connection` inside a transaction; `writing` is False where nothing may be changed."""

    connection: Connection
    vault: Vault
    writing: bool
    # By (organisation, round, tag), written together: one by one takes much longer.
    sheets: dict[tuple[str, str, bytes], Kept] = field(default_factory=dict)
    # Of the rounds that this transaction has to do with, by (organisation, round).
    keys: dict[tuple[str, str], RoundKey] = field(default_factory=dict)
    # Something was deleted that no log or dead row may keep: the commit is to be followed up.
    scrub: bool = False
    # None where another process may change what was read.
    recent: Recent | None = None

    def start_over(self) -> None:
        """After a commit, before the next transaction."""
        self.sheets.clear()
        self.keys.clear()
        self.scrub = False

    def execute(
        self, statement: Executable, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]] = ()
    ) -> CursorResult[*tuple[Any, ...]]:
        if self.recent and isinstance(statement, UpdateBase) and statement.table in _RECALLED:
            self.recent.clear()
        return self.connection.execute(statement, rows or None)

    def one(
        self, noun: type[N], statement: Executable, values: Mapping[str, Any] = _NONE
    ) -> N | None:
        """The row as a value whose fields are the statement's columns."""
        row = self.execute(statement, values).mappings().one_or_none()
        return None if row is None else noun(**_fields(row))

    def hold(
        self, noun: type[N], statement: Select[Any], values: Mapping[str, Any] = _NONE
    ) -> N | None:
        """As `one`, and until the commit no other process changes the row.

        Others may still point at it. On SQLite nobody else writes while this transaction does.
        """
        return self.one(noun, statement.with_for_update(key_share=True), values)

    def all(
        self, noun: type[N], statement: Executable, values: Mapping[str, Any] = _NONE
    ) -> tuple[N, ...]:
        rows = self.execute(statement, values).mappings()
        return tuple(noun(**_fields(row)) for row in rows)

    def raw(self, statement: Select[Any], values: Mapping[str, Any]) -> list[Raw]:
        """As the driver gives them, in a fraction of the time; see `Prepared`."""
        return _prepared(statement, self.connection.dialect).rows(self.connection, values)

    def known(self, noun: type[N], statement: Select[Any], values: Mapping[str, Any]) -> N | None:
        """As `one`, for what is asked for again and again: equal rows are the same value."""

        return self.recalled((noun, *values.values()), lambda: self.first(noun, statement, values))

    def first(self, noun: type[N], statement: Select[Any], values: Mapping[str, Any]) -> N | None:
        """As `known`, read anew."""
        found = self.raw(statement, values)
        return self.value(noun, statement, found[0]) if found else None

    def recalled(self, key: Hashable, read: Callable[[], N | None]) -> N | None:
        """What `read` gives: something of the tables in `_RECALLED` alone.

        It is read once, until any of these tables changes.
        """
        found: N | None = self.remembered(key)
        if found is None:
            found = read()
            self.recall(key, found)
        return found

    def remembered(self, key: Hashable) -> Any:
        """What was given to `recall` for this key; None where nothing was, or it has changed."""
        return None if self.recent is None else self.recent.get(key)

    def recall(self, key: Hashable, value: object) -> None:
        """The value of `key`, for `recalled`."""
        if self.recent is not None and value is not None:
            if len(self.recent) >= _MOST_RECENT:
                self.recent.clear()
            self.recent[key] = value

    def value(self, noun: type[N], statement: Select[Any], row: Raw, start: int = 0) -> N:
        """What stands in a row of `raw` from the column `start` on."""
        mine = row[start : start + len(_field_names(cast("Any", noun)))]
        prepared = _prepared(statement, self.connection.dialect)
        return cast("N", _value(cast("Any", noun), prepared, start, mine))

    def insert(self, table: Table) -> Upsert:
        """An INSERT that can say ON CONFLICT."""
        return _insert(table, self.connection.dialect.name)

    def save(self, table: Table, row: Mapping[str, Any]) -> None:
        """Insert the row, or replace the one with its primary key."""
        self.execute(_upsert(table, self.connection.dialect.name, tuple(row)), row)

    def flush(self) -> None:
        """Write the changed sheets, in the order of keys: two processes then wait, not deadlock."""
        changed = sorted((place, kept) for place, kept in self.sheets.items() if kept.changed)
        for statement, stored in ((_ADD, False), (_CHANGE, True)):
            rows = [
                {
                    "in_org": org_id,
                    "in_round": round_id,
                    "at_tag": tag,
                    "sealed": kept.key.seal(tag, kept.sheet),
                }
                for (org_id, round_id, tag), kept in changed
                if kept.stored is stored
            ]
            if rows:
                _prepared(statement, self.connection.dialect).many(self.connection, rows)
            for row in rows:
                self.recall((row["in_org"], row["in_round"], row["at_tag"]), row["sealed"])
        for _, kept in changed:
            kept.stored, kept.changed = True, False


# Added without ON CONFLICT: what another process added meanwhile must not be lost.
_ADD = insert(answer).values(
    org_id=bindparam("in_org"),
    round_id=bindparam("in_round"),
    tag=bindparam("at_tag"),
    sealed=bindparam("sealed"),
)
_CHANGE = (
    update(answer)
    .where(
        answer.c.org_id == bindparam("in_org"),
        answer.c.round_id == bindparam("in_round"),
        answer.c.tag == bindparam("at_tag"),
    )
    .values(sealed=bindparam("sealed"))
)


# Made once each: composing a statement takes far longer than running it.


@lru_cache(maxsize=256)
def _prepared(statement: Statement, dialect: Dialect) -> Prepared:
    return Prepared(statement, dialect)


@lru_cache(maxsize=4096)
def _value(noun: Any, prepared: Prepared, start: int, raw: Raw) -> Any:
    """Rounds, and people's parts in them, hardly ever change: each row is read once."""
    values = prepared.read(raw, start)
    return noun(**dict(zip(_field_names(noun), values, strict=True)))


@cache
def _insert(table: Table, dialect: str) -> Upsert:
    # Both dialects spell ON CONFLICT alike, and only one of them is ever loaded.
    upsert: Any = import_module(f"sqlalchemy.dialects.{dialect}").insert
    statement: Upsert = upsert(table)
    return statement


@cache
def _upsert(table: Table, dialect: str, names: tuple[str, ...]) -> Upsert:
    keys = table.primary_key.columns.keys()
    statement = _insert(table, dialect)
    return statement.on_conflict_do_update(
        index_elements=keys,
        set_={name: statement.excluded[name] for name in names if name not in keys},
    )


def _fields(row: RowMapping) -> Mapping[str, Any]:
    """A row's keys are column names: only the types do not know it."""
    return cast("Mapping[str, Any]", row)


@cache
def columns(table: Table, noun: type) -> tuple[Column[Any], ...]:
    """The table's columns for the fields of the noun, in their order."""
    return tuple(table.c[name] for name in _field_names(noun))


def record(value: Any) -> dict[str, Any]:
    """A value of the core as a row: its fields, not taken apart any further."""
    return {name: getattr(value, name) for name in _field_names(value.__class__)}


@cache
def _field_names(noun: type) -> tuple[str, ...]:
    return tuple(part.name for part in fields(noun))


def own(value: Any, org_id: str) -> dict[str, Any]:
    """`record`, after making sure whose it is. Raises OtherTenant."""
    if value.org_id != org_id:
        raise OtherTenant(f"a {type(value).__name__} of another organisation")
    return record(value)
