"""The playground's own server side: every message that arrived, kept through a kill -9."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from adapters.playground.render import Json

_TABLE = """
CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY,
    changed INTEGER NOT NULL UNIQUE,
    user TEXT NOT NULL,
    key TEXT NOT NULL,
    at TEXT NOT NULL,
    card TEXT NOT NULL,
    UNIQUE (user, key)
) STRICT
"""
_CLOCK = """
CREATE TABLE IF NOT EXISTS clock (one INTEGER PRIMARY KEY CHECK (one = 1), at TEXT NOT NULL) STRICT
"""
# A row for as long as a past that began has not been lived through to its end.
_UNFINISHED = """
CREATE TABLE IF NOT EXISTS unfinished (one INTEGER PRIMARY KEY CHECK (one = 1)) STRICT
"""
_SETUP = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    _TABLE,
    _CLOCK,
    _UNFINISHED,
)
# New messages and replacements share one count, so that "all after n" misses neither.
_NEXT = "(SELECT coalesce(max(changed), 0) + 1 FROM message)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message. `number` counts arrivals; `changed` is larger once the card was replaced."""

    number: int
    changed: int
    user: str
    key: str
    at: datetime
    card: Json


class History:
    """Messages by user, in one SQLite file (or ":memory:"). Raises sqlite3.Error for another."""

    def __init__(self, path: str) -> None:
        self._listeners: list[Callable[[], None]] = []
        self._db = sqlite3.connect(path, isolation_level=None)
        try:
            for statement in _SETUP:
                self._db.execute(statement)
        except sqlite3.Error:
            self._db.close()
            raise

    def add(self, user: str, key: str, card: Json, at: datetime) -> int:
        """Keep a message and return its number; a key that is there already is left alone."""
        added = self._db.execute(
            f"INSERT INTO message (number, changed, user, key, at, card)"  # noqa: S608
            f" VALUES ({_NEXT}, {_NEXT}, ?, ?, ?, ?) ON CONFLICT (user, key) DO NOTHING",
            (user, key, at.isoformat(), json.dumps(card)),
        )
        if added.rowcount:
            self._tell()
        row = self._db.execute(
            "SELECT number FROM message WHERE user = ? AND key = ?", (user, key)
        ).fetchone()
        return int(row[0])

    def replace(self, number: int, card: Json) -> None:
        """Put another card where a message's card was."""
        self._db.execute(
            f"UPDATE message SET card = ?, changed = {_NEXT} WHERE number = ?",  # noqa: S608
            (json.dumps(card), number),
        )
        self._tell()

    def find(self, user: str, key: str) -> int | None:
        """The number of the message with this key, if it has arrived."""
        row = self._db.execute(
            "SELECT number FROM message WHERE user = ? AND key = ?", (user, key)
        ).fetchone()
        return None if row is None else int(row[0])

    def get(self, number: int) -> Message | None:
        """One message as it stands."""
        return next(iter(self._select("WHERE number = ?", (number,))), None)

    def of(self, user: str) -> tuple[Message, ...]:
        """Everything that one person received, oldest first."""
        return self._select("WHERE user = ? ORDER BY number", (user,))

    def changes(self, since: int, users: Iterable[str] | None = None) -> tuple[Message, ...]:
        """What arrived or was replaced after `since`, in that order; for some users or all."""
        if users is None:
            return self._select("WHERE changed > ? ORDER BY changed", (since,))
        return self._select(
            "WHERE changed > ? AND user IN (SELECT value FROM json_each(?)) ORDER BY changed",
            (since, json.dumps(list(users))),
        )

    @property
    def newest(self) -> int:
        """The number of the latest arrival or replacement; 0 where there is none."""
        return int(self._db.execute(f"SELECT {_NEXT} - 1").fetchone()[0])

    def keep_time(self, now: datetime) -> None:
        """Remember how far the clock has come, for days on which nothing arrived."""
        self._db.execute(
            "INSERT INTO clock VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET at = excluded.at",
            (now.isoformat(),),
        )

    def latest(self) -> datetime | None:
        """The moment of the newest message or of the clock; it never goes back behind it."""
        (text,) = self._db.execute(
            "SELECT max(at) FROM (SELECT at FROM message UNION ALL SELECT at FROM clock)"
        ).fetchone()
        return datetime.fromisoformat(text) if text else None

    @property
    def unfinished(self) -> bool:
        """Whether a past began here that was not lived through to its end."""
        return self._db.execute("SELECT 1 FROM unfinished").fetchone() is not None

    def begin(self) -> None:
        """Note that a past is being lived through; whoever opens this file next has to go on."""
        self._db.execute("INSERT INTO unfinished VALUES (1) ON CONFLICT DO NOTHING")

    def finish(self) -> None:
        """The past has been lived through."""
        self._db.execute("DELETE FROM unfinished")

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Have `listener` called after every change."""
        self._listeners.append(listener)

    def close(self) -> None:
        self._db.close()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    def _select(self, rest: str, values: tuple[object, ...]) -> tuple[Message, ...]:
        rows = self._db.execute(
            f"SELECT number, changed, user, key, at, card FROM message {rest}",  # noqa: S608
            values,
        )
        return tuple(
            Message(
                number=number,
                changed=changed,
                user=user,
                key=key,
                at=datetime.fromisoformat(at),
                card=json.loads(card),
            )
            for number, changed, user, key, at, card in rows
        )
