"""Sealed answers of open rounds, and what is left of them at the close.

An answer lies under a tag that only the round's key can compute from a person and a question.
Without the key (which never lies open in the database, and is destroyed at close) a row says
nothing: not who, not which question, not what kind, not when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, delete, select

from bot.ports import Answered, Ballot, Published
from bot.pulse.pulses import Round
from bot.pulse.questions import Kind, Value
from storage.ids import new_id
from storage.session import Session, record
from storage.tables import answer, comment, invitation, release, respondent, round_, round_key
from storage.vault import Comment, OpenRound

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


@cache
def _some(count: int) -> Select[Any]:
    """So many answers by their tags, which are `tag_0`, `tag_1` and so on."""
    return select(answer.c.tag, answer.c.sealed).where(
        answer.c.org_id == bindparam("org_id"),
        answer.c.round_id == bindparam("round_id"),
        answer.c.tag.in_([bindparam(f"tag_{number}") for number in range(count)]),
    )


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
        opened = self._open(round_id)
        if opened is None:
            return Answered({}, frozenset())
        asked = {opened.key.tag(person_id, name): name for name in opened.questions}
        values: dict[str, Any] = {"org_id": self._org_id, "round_id": round_id}
        values |= {f"tag_{number}": tag for number, tag in enumerate(asked)}
        rows = self._session.raw(_some(len(asked)), values)
        # What this transaction has kept is not written yet, and need not be for this.
        kept = self._session.kept
        mine = ((tag, kept.get((self._org_id, round_id, tag))) for tag in asked)
        sealed: dict[bytes, bytes] = dict(rows)
        sealed |= {tag: fresh for tag, fresh in mine if fresh is not None}
        found = {asked[tag]: opened.key.open(tag, secret) for tag, secret in sealed.items()}
        return Answered(
            {name: value for name, value in found.items() if value is not None},
            frozenset(name for name, value in found.items() if value is None),
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
        if self._open(round_.id, hold=True) is None:
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
        self._session.vault.forget(self._org_id, round_.id)
        self._session.scrub = True

    def withdraw(self, round_id: str, person_id: str) -> None:
        opened = self._open(round_id)
        if opened is None:
            return
        self._session.flush()
        self._session.execute(
            delete(answer).where(
                answer.c.org_id == self._org_id,
                answer.c.round_id == round_id,
                answer.c.tag.in_([opened.key.tag(person_id, name) for name in opened.questions]),
            )
        )
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
        opened = self._open(round_id)
        if opened is None or question_id not in opened.questions:
            raise LookupError("no such open round and question")
        tag = opened.key.tag(person_id, question_id)
        # Nobody reads it before the commit without flushing first.
        self._session.kept[self._org_id, round_id, tag] = opened.key.seal(tag, value)

    def _open(self, round_id: str, hold: bool = False) -> OpenRound | None:
        """What opens the round's answers; None once they are gone. `hold` waits for other writers.

        The key may have been remembered from before another process closed the round: then no
        answer can be added, because each refers to the key's row.
        """
        vault = self._session.vault
        if not hold and (known := vault.recall(self._org_id, round_id)):
            return known
        row = self._session.execute(
            _KEY_HELD if hold else _KEY, {"org_id": self._org_id, "round_id": round_id}
        ).one_or_none()
        if row is None:
            return None
        opened = OpenRound(
            vault.unwrap(round_id, row.wrapped),
            tuple(question.id for question in row.questionnaire.questions),
        )
        if self._session.writing:
            vault.remember(self._org_id, round_id, opened)
        return opened

    def _by_person(self, round_id: str) -> Iterable[tuple[Row[Any], Mapping[str, Value]]]:
        """Invited people with at least one answer, in the order of tags, which says nothing."""
        opened = self._open(round_id, hold=self._session.writing)
        if opened is None:
            return ()
        self._session.flush()
        invited = self._session.execute(
            select(invitation.c.person_id, invitation.c.block).where(
                invitation.c.org_id == self._org_id, invitation.c.round_id == round_id
            )
        ).all()
        owner = {
            opened.key.tag(person.person_id, name): (person, name)
            for person in invited
            for name in opened.questions
        }
        rows = self._session.execute(
            select(answer.c.tag, answer.c.sealed)
            .where(answer.c.org_id == self._org_id, answer.c.round_id == round_id)
            .order_by(answer.c.tag)
        )
        found: dict[Row[Any], dict[str, Value]] = {}
        for tag, sealed in rows:
            value = opened.key.open(tag, sealed)
            if tag in owner and value is not None:
                person, name = owner[tag]
                found.setdefault(person, {})[name] = value
        return found.items()
