"""Statements of the busiest ways through the house, written out once and given to the driver.

SQLAlchemy takes several times longer to bring a statement to the driver than a database takes to
run it. That is nothing for most of what we do, and most of what a click would cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NoReturn, cast

from sqlalchemy import Connection, Dialect, TextClause
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import Insert, Update
from sqlalchemy.sql.selectable import Select

Read = Callable[[Any], Any]
Raw = tuple[Any, ...]
Statement = Select[Any] | Insert | Update | TextClause


class Prepared:
    """One statement for one dialect. Its parameters are words and bytes, taken as they are."""

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._text = str(compiled)
        # SQLite's parameters have places, PostgreSQL's have names.
        self._places: Sequence[str] | None = getattr(compiled, "positiontup", None)
        self._statement = statement
        self._dialect = dialect

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Raw]:
        """What the driver gives, with nothing read into the core's types yet."""
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self._text, self._given(values))
            return cast("list[Raw]", cursor.fetchall())
        except self._dialect.loaded_dbapi.Error as error:
            self._fail(error)
        finally:
            cursor.close()

    def many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it for each of the rows."""
        cursor = connection.connection.cursor()
        try:
            cursor.executemany(self._text, [self._given(row) for row in rows])
        except self._dialect.loaded_dbapi.Error as error:
            self._fail(error)
        finally:
            cursor.close()

    def read(self, raw: Raw, start: int) -> Raw:
        """Values of a row, from the column `start` on, as the core knows them."""
        return tuple(
            value if read is None else read(value)
            for read, value in zip(self._readers[start:], raw, strict=False)
        )

    @cached_property
    def _readers(self) -> tuple[Read | None, ...]:
        columns = cast("Select[Any]", self._statement).selected_columns
        return tuple(
            column.type.dialect_impl(self._dialect).result_processor(self._dialect, None)
            for column in columns
        )

    def _given(self, values: Mapping[str, Any]) -> Any:
        if self._places is None:
            return values
        return tuple(values[name] for name in self._places)

    def _fail(self, error: Exception) -> NoReturn:
        """As SQLAlchemy would say it, so that whoever handles errors knows one kind."""
        base = self._dialect.loaded_dbapi.Error
        raise DBAPIError.instance(self._text, None, error, base, hide_parameters=True) from error
