"""One organisation's drafts and audit log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, delete, select
from sqlalchemy.sql.elements import ColumnElement

from bot.conversation.card import Values
from bot.ports import Entry
from storage.session import Session, columns, record
from storage.tables import audit, draft


class SqlNotes:
    """Implements `bot.ports.Notes`."""

    def __init__(self, session: Session, org_id: str) -> None:
        self._session = session
        self._org_id = org_id

    def draft(self, person_id: str, form: str) -> Values | None:
        found: Values | None = self._session.execute(
            select(draft.c.filled).where(self._is_draft(person_id, form))
        ).scalar_one_or_none()
        return found

    def save_draft(self, person_id: str, form: str, values: Values, now: datetime) -> None:
        row = {
            "org_id": self._org_id,
            "person_id": person_id,
            "form": form,
            "filled": values,
            "at": now,
        }
        self._session.save(draft, row)

    def drop_draft(self, person_id: str, form: str) -> bool:
        dropped = self._session.execute(
            delete(draft).where(self._is_draft(person_id, form)).returning(draft.c.form)
        )
        return dropped.one_or_none() is not None

    def record(self, entry: Entry) -> None:
        self._session.execute(
            self._session.insert(audit), {"org_id": self._org_id, **record(entry)}
        )

    def audit(self, programme_id: str, limit: int) -> tuple[Entry, ...]:
        return self._session.all(
            Entry,
            select(*columns(audit, Entry))
            .where(audit.c.org_id == self._org_id, audit.c.programme_id == programme_id)
            .order_by(audit.c.at.desc(), audit.c.id.desc())
            .limit(limit),
        )

    def _is_draft(self, person_id: str, form: str) -> ColumnElement[bool]:
        return and_(
            draft.c.org_id == self._org_id,
            draft.c.person_id == person_id,
            draft.c.form == form,
        )
