"""Everything that one organisation ever published."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, bindparam, select

from bot.ports import Published
from storage.session import Session, columns
from storage.tables import release

_PUBLISHED = columns(release, Published)
# Every digest that is sent starts with this one.
_BEFORE = (
    select(*_PUBLISHED)
    .where(
        release.c.org_id == bindparam("org_id"),
        release.c.programme_id == bindparam("programme_id"),
        release.c.released_at < bindparam("moment"),
    )
    .order_by(release.c.released_at.desc(), release.c.round_id)
    .limit(bindparam("limit", type_=Integer))
    .offset(bindparam("skip", type_=Integer))
)


class SqlReleases:
    """Implements `bot.ports.Releases`."""

    def __init__(self, session: Session, org_id: str) -> None:
        self._session = session
        self._org_id = org_id

    def get(self, round_id: str) -> Published | None:
        return self._session.one(
            Published,
            select(*_PUBLISHED).where(
                release.c.org_id == self._org_id, release.c.round_id == round_id
            ),
        )

    def all(self, programme_id: str) -> tuple[Published, ...]:
        return self._session.all(
            Published,
            select(*_PUBLISHED)
            .where(release.c.org_id == self._org_id, release.c.programme_id == programme_id)
            .order_by(release.c.released_at.desc(), release.c.round_id),
        )

    def before(
        self, programme_id: str, moment: datetime, limit: int, skip: int = 0
    ) -> tuple[Published, ...]:
        values = {
            "org_id": self._org_id,
            "programme_id": programme_id,
            "moment": moment,
            "limit": limit,
            "skip": skip,
        }
        return self._session.all(Published, _BEFORE, values)
