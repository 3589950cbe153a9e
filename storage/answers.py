"""Sealed answers of open rounds, and what is left of them at the close.

A person's answers lie on one sheet, under a tag that only the round's key can compute from the
person. Without the key (which never lies open in the database, and is destroyed at close) a row
says nothing: not who, not what, not when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, delete, select

from bot.ports import Answered, Ballot, Published
from bot.pulse.pulses import Round
from bot.pulse.questions import Kind, Value
from storage.ids import new_id
from storage.session import Kept, Session, record
from storage.tables import answer, comment, invitation, release, respondent, round_, round_key
from storage.vault import Comment, RoundKey

_KEY = (
    select(round_key.c.wrapped, round_.c.questionnaire)
    .join(
        round_,
        and_(round_.c.org_id == round_key.c.org_id, round_.c.id == round_key.c.round_id),
    )
    .where(round_key.c.org_id == bindparam("org_id"), round_key.c.round_id == bindparam("round_id"))
)
# Held until the commit, so that no answer slips in between the counting and the close.
_KEY_HELD = _KEY.with_for_update(of=round_key)
# Whoever answers holds it before any sheet, as whoever closes does: they wait, and do not deadlock.
_KEY_SHARED = _KEY.with_for_update(of=round_key, read=True, key_share=True)

_SHEET = select(answer.c.sealed).where(
    answer.c.org_id == bindparam("org_id"),
    answer.c.round_id == bindparam("round_id"),
    answer.c.tag == bindparam("tag"),
)
_SHEET_HELD = _SHEET.with_for_update(key_share=True)


class SqlAnswers:
    """Implements `bot.ports.Answers`."""

    def __init__(self, session: Session, org_id: str) -> None:
        self._session = session
        self._org_id = org_id

    def put(self, round_id: str, person_id: str, question_id: str, value: Value) -> None:
        """Raises LookupError where this organisation has no such open round and question."""
        self._keep(round_id, person_id, question_id, value)

    def skip(self, round_id: str, person_id: str, question_id: str) -> None:
        """Raises LookupError like `put`. A skipped question looks like an answered one."""
        self._keep(round_id, person_id, question_id, None)

    def of(self, round_id: str, person_id: str) -> Answered:
        kept = self._sheet(round_id, person_id)
        sheet = kept.sheet if kept else {}
        return Answered(
            {name: value for name, value in sheet.items() if value is not None},
            frozenset(name for name, value in sheet.items() if value is None),
        )

    def ballots(self, round_: Round) -> tuple[Ballot, ...]:
        """People without a single answer have no ballot."""
        return tuple(
            Ballot(block=invited.block, values=values)
            for invited, values in self._by_person(round_.id)
        )

    def close(
        self,
        round_: Round,
        counted: Callable[[Mapping[str, Value]], Mapping[str, Value]],
        published: Published | None,
    ) -> None:
        """A second close changes nothing."""
        if self._read_key(round_.id, _KEY_HELD) is None:
            return
        # Who reached a follow-up says how they answered before it, and who wrote says whose the
        # words are: only what all were asked and what is counted has respondents.
        asked = frozenset(q.id for q in round_.questionnaire.asked if q.kind is not Kind.TEXT)
        here = {"org_id": self._org_id, "round_id": round_.id}
        respondents: list[dict[str, Any]] = []
        comments: list[dict[str, Any]] = []
        for invited, values in self._by_person(round_.id):
            for question_id, value in counted(values).items():
                if question_id in asked:
                    respondents.append(
                        {**here, "question_id": question_id, "person_id": invited.person_id}
                    )
                if isinstance(value, str):
                    name = new_id()
                    sealed = self._session.vault.seal_comment(
                        name, Comment(round_.id, question_id, value)
                    )
                    comments.append({"org_id": self._org_id, "id": name, "sealed": sealed})
        respondents.sort(key=lambda row: (row["question_id"], row["person_id"]))
        comments.sort(key=lambda row: row["id"])
        for table, rows in ((respondent, respondents), (comment, comments)):
            if rows:
                self._session.execute(self._session.insert(table), rows)
        if published is not None:
            self._session.execute(
                self._session.insert(release), {"org_id": self._org_id, **record(published)}
            )
        for table in (answer, round_key):
            self._session.execute(
                delete(table).where(table.c.org_id == self._org_id, table.c.round_id == round_.id)
            )
        self._session.keys.pop((self._org_id, round_.id), None)
        self._session.scrub = True

    def withdraw(self, round_id: str, person_id: str) -> None:
        key = self._open(round_id)
        if key is None:
            return
        tag = key.tag(person_id)
        self._session.sheets.pop((self._org_id, round_id, tag), None)
        here = (answer.c.org_id == self._org_id, answer.c.round_id == round_id)
        self._session.execute(delete(answer).where(*here, answer.c.tag == tag))
        self._session.execute(
            delete(invitation).where(
                invitation.c.org_id == self._org_id,
                invitation.c.round_id == round_id,
                invitation.c.person_id == person_id,
            )
        )
        self._session.scrub = True

    def open_rounds(self) -> tuple[str, ...]:
        """The ids of the organisation's rounds that still hold answers."""
        rows = self._session.execute(
            select(round_key.c.round_id).where(round_key.c.org_id == self._org_id)
        )
        return tuple(rows.scalars())

    def _keep(self, round_id: str, person_id: str, question_id: str, value: Value | None) -> None:
        kept = self._sheet(round_id, person_id)
        if kept is None or question_id not in kept.key.questions:
            raise LookupError("no such open round and question")
        kept.sheet[question_id] = value
        kept.changed = True

    def _sheet(self, round_id: str, person_id: str) -> Kept | None:
        """This person's answers, to read and change; None where the round has no answers any more.

        Held until the commit: of two answers that two processes take at once, none is lost.
        """
        key = self._open(round_id)
        if key is None:
            return None
        tag = key.tag(person_id)
        place = (self._org_id, round_id, tag)
        kept = self._session.sheets.get(place)
        if kept is None:
            sealed = self._session.recalled(place, lambda: self._sealed(round_id, tag))
            sheet = {} if sealed is None else key.open(tag, sealed)
            kept = Kept(key, sheet, stored=sealed is not None)
            self._session.sheets[place] = kept
        return kept

    def _sealed(self, round_id: str, tag: bytes) -> bytes | None:
        found = self._session.raw(
            _SHEET_HELD if self._session.writing else _SHEET,
            {"org_id": self._org_id, "round_id": round_id, "tag": tag},
        )
        return found[0][0] if found else None

    def _open(self, round_id: str) -> RoundKey | None:
        """What opens the round's answers; None once they are gone.

        It stays in memory for the transaction, or until the close where that has to happen here.
        """
        place = (self._org_id, round_id)
        key = self._session.keys.get(place)
        if key is None:
            statement = _KEY_SHARED if self._session.writing else _KEY
            key = self._session.recalled(
                (RoundKey, *place), lambda: self._read_key(round_id, statement)
            )
            if key is not None:
                self._session.keys[place] = key
        return key

    def _read_key(self, round_id: str, statement: Select[Any]) -> RoundKey | None:
        where = {"org_id": self._org_id, "round_id": round_id}
        row = self._session.execute(statement, where).one_or_none()
        if row is None:
            return None
        names = tuple(question.id for question in row.questionnaire.questions)
        return self._session.vault.unwrap(round_id, row.wrapped, names)

    def _by_person(self, round_id: str) -> Iterable[tuple[Row[Any], Mapping[str, Value]]]:
        """Invited people with at least one answer, in the order of tags, which says nothing."""
        writing = self._session.writing
        key = self._read_key(round_id, _KEY_HELD if writing else _KEY)
        if key is None:
            return
        self._session.flush()
        invited = self._session.execute(
            select(invitation.c.person_id, invitation.c.block).where(
                invitation.c.org_id == self._org_id, invitation.c.round_id == round_id
            )
        )
        owner = {key.tag(person.person_id): person for person in invited}
        sheets = (
            select(answer.c.tag, answer.c.sealed)
            .where(answer.c.org_id == self._org_id, answer.c.round_id == round_id)
            .order_by(answer.c.tag)
        )
        # A sheet that another process is changing is waited for.
        rows = self._session.execute(sheets.with_for_update(key_share=True) if writing else sheets)
        for tag, sealed in rows:
            given = {n: value for n, value in key.open(tag, sealed).items() if value is not None}
            if tag in owner and given:
                yield owner[tag], given
