"""One organisation's programmes, with their own questions, seasons and sources."""

from __future__ import annotations

from sqlalchemy import ColumnElement, bindparam, delete, select

from bot.ports import Season
from bot.programme.programmes import Organisation, Programme
from bot.programme.sources import Source
from bot.pulse.questions import Question
from storage.session import Session, columns, own, record
from storage.tables import organisation, own_question, programme, season, source

_PROGRAMME = columns(programme, Programme)
_ONE = select(*_PROGRAMME).where(
    programme.c.org_id == bindparam("org_id"), programme.c.id == bindparam("programme_id")
)


class SqlProgrammes:
    """Implements `bot.ports.Programmes`."""

    def __init__(self, session: Session, org_id: str) -> None:
        self._session = session
        self._org_id = org_id

    def organisation(self) -> Organisation:
        """Raises LookupError where there is none of this id."""
        found = self._session.one(
            Organisation,
            select(*columns(organisation, Organisation)).where(organisation.c.id == self._org_id),
        )
        if found is None:
            raise LookupError("no such organisation")
        return found

    def get(self, programme_id: str) -> Programme | None:
        return self._session.known(Programme, _ONE, self._values(programme_id))

    def hold(self, programme_id: str) -> Programme | None:
        return self._session.hold(Programme, _ONE, self._values(programme_id))

    def all(self) -> tuple[Programme, ...]:
        return self._session.all(
            Programme,
            select(*_PROGRAMME)
            .where(programme.c.org_id == self._org_id)
            .order_by(programme.c.starts_on, programme.c.id),
        )

    def save(self, programme_: Programme) -> None:
        self._session.save(programme, own(programme_, self._org_id))

    def own_questions(self, programme_id: str) -> tuple[Question, ...]:
        rows = self._session.execute(
            select(own_question.c.question)
            .where(
                own_question.c.org_id == self._org_id,
                own_question.c.programme_id == programme_id,
            )
            .order_by(own_question.c.question_id)
        )
        return tuple(rows.scalars())

    def save_question(self, programme_id: str, question: Question) -> None:
        self._session.save(
            own_question,
            {
                "org_id": self._org_id,
                "programme_id": programme_id,
                "question_id": question.id,
                "question": question,
            },
        )

    def season(self, programme_id: str) -> Season | None:
        return self._session.one(
            Season,
            select(*columns(season, Season))
            .where(season.c.org_id == self._org_id, season.c.programme_id == programme_id)
            .order_by(season.c.starts_on.desc())
            .limit(1),
        )

    def save_season(self, season_: Season) -> None:
        self._session.save(season, {"org_id": self._org_id, **record(season_)})

    def sources(self, programme_id: str) -> tuple[Source, ...]:
        return self._sources(source.c.programme_id == programme_id)

    def sources_at(self, workspace_id: str, external_id: str) -> tuple[Source, ...]:
        return self._sources(
            source.c.workspace_id == workspace_id, source.c.external_id == external_id
        )

    def save_source(self, source_: Source) -> None:
        self._session.save(source, own(source_, self._org_id))

    def drop_source(self, source_id: str) -> None:
        self._session.execute(
            delete(source).where(source.c.org_id == self._org_id, source.c.id == source_id)
        )

    def _sources(self, *conditions: ColumnElement[bool]) -> tuple[Source, ...]:
        found = self._session.all(
            Source,
            select(*columns(source, Source)).where(source.c.org_id == self._org_id, *conditions),
        )
        # Sorted here, because the databases do not agree on the order of names.
        return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.id)))

    def _values(self, programme_id: str) -> dict[str, str]:
        return {"org_id": self._org_id, "programme_id": programme_id}
