"""One organisation's pulses, rounds and invitations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, select, update

from bot.ports import Part
from bot.pulse.pulses import Invitation, Pulse, Round
from storage.session import Session, columns, own
from storage.tables import invitation, programme, pulse, round_, round_key

_PULSE = columns(pulse, Pulse)
_ROUND = columns(round_, Round)
_INVITATION = columns(invitation, Invitation)

# Every click on an answer needs these, and composing a statement costs as much as running it.
_ONE_ROUND = select(*_ROUND).where(
    round_.c.org_id == bindparam("org_id"), round_.c.id == bindparam("round_id")
)
_ONE_INVITATION = select(*_INVITATION).where(
    invitation.c.org_id == bindparam("org_id"),
    invitation.c.round_id == bindparam("round_id"),
    invitation.c.person_id == bindparam("person_id"),
)

_PART = (
    select(*_ROUND, programme.c.zone, *_INVITATION)
    .join(
        programme,
        and_(programme.c.org_id == round_.c.org_id, programme.c.id == round_.c.programme_id),
    )
    .outerjoin(
        invitation,
        and_(
            invitation.c.org_id == round_.c.org_id,
            invitation.c.round_id == round_.c.id,
            invitation.c.person_id == bindparam("person_id"),
        ),
    )
    .where(round_.c.org_id == bindparam("org_id"), round_.c.id == bindparam("round_id"))
)


class SqlPulses:
    """Implements `bot.ports.Pulses`."""

    def __init__(self, session: Session, org_id: str) -> None:
        self._session = session
        self._org_id = org_id

    def get(self, pulse_id: str) -> Pulse | None:
        return self._session.one(Pulse, self._one(pulse_id))

    def hold(self, pulse_id: str) -> Pulse | None:
        return self._session.hold(Pulse, self._one(pulse_id))

    def all(self, programme_id: str) -> tuple[Pulse, ...]:
        return self._session.all(
            Pulse,
            select(*_PULSE)
            .where(pulse.c.org_id == self._org_id, pulse.c.programme_id == programme_id)
            .order_by(pulse.c.name, pulse.c.id),
        )

    def save(self, pulse_: Pulse) -> None:
        self._session.save(pulse, own(pulse_, self._org_id))

    def round(self, round_id: str) -> Round | None:
        return self._session.known(Round, _ONE_ROUND, self._values(round_id))

    def hold_round(self, round_id: str) -> Round | None:
        return self._session.hold(Round, _ONE_ROUND, self._values(round_id))

    def rounds(self, programme_id: str) -> tuple[Round, ...]:
        return self._session.all(
            Round,
            select(*_ROUND)
            .where(round_.c.org_id == self._org_id, round_.c.programme_id == programme_id)
            .order_by(round_.c.opened_at.desc(), round_.c.id),
        )

    def rounds_since(self, moment: datetime) -> tuple[Round, ...]:
        return self._session.all(
            Round,
            select(*_ROUND)
            .where(round_.c.org_id == self._org_id, round_.c.opened_at >= moment)
            .order_by(round_.c.opened_at.desc(), round_.c.id),
        )

    def open_round(self, opened: Round, invitations: Iterable[Invitation]) -> bool:
        # RETURNING, because PostgreSQL's driver does not say how many rows a conflict left.
        added = self._session.execute(
            self._session.insert(round_).on_conflict_do_nothing().returning(round_.c.id),
            own(opened, self._org_id),
        ).one_or_none()
        if added is None:
            return False
        self._session.execute(
            self._session.insert(round_key),
            {
                "org_id": self._org_id,
                "round_id": opened.id,
                "wrapped": self._session.vault.new_round_key(opened.id),
            },
        )
        rows = [own(invited, self._org_id) for invited in invitations]
        if rows:
            self._session.execute(self._session.insert(invitation), rows)
        return True

    def save_round(self, changed: Round) -> None:
        """Raises LookupError for a round that was never opened."""
        row = own(changed, self._org_id)
        result = self._session.execute(
            update(round_)
            .where(round_.c.org_id == self._org_id, round_.c.id == changed.id)
            .values(row)
        )
        if result.rowcount != 1:
            raise LookupError("no such round")

    def invitation(self, round_id: str, person_id: str) -> Invitation | None:
        return self._session.known(
            Invitation,
            _ONE_INVITATION,
            {"org_id": self._org_id, "round_id": round_id, "person_id": person_id},
        )

    def part(self, round_id: str, person_id: str) -> Part | None:
        key = (Part, self._org_id, round_id, person_id)
        return self._session.recalled(key, lambda: self._part(round_id, person_id))

    def _part(self, round_id: str, person_id: str) -> Part | None:
        key = (Part, self._org_id, round_id)
        anyone: Part | None = self._session.remembered(key)
        if anyone is not None:  # all but the invitation is the same for everyone
            mine = self.invitation(round_id, person_id)
            return Part(round=anyone.round, invitation=mine, zone=anyone.zone)
        found = self._whole_part(round_id, person_id)
        self._session.recall(key, found)
        return found

    def _whole_part(self, round_id: str, person_id: str) -> Part | None:
        values = {"org_id": self._org_id, "round_id": round_id, "person_id": person_id}
        found = self._session.raw(_PART, values)
        if not found:
            return None
        (row,) = found
        after = len(_ROUND)
        invited = row[after + 1] is not None
        return Part(
            round=self._session.value(Round, _PART, row),
            invitation=self._session.value(Invitation, _PART, row, after + 1) if invited else None,
            zone=row[after],
        )

    def invitations(self, round_id: str) -> tuple[Invitation, ...]:
        return self._session.all(
            Invitation,
            select(*_INVITATION)
            .where(invitation.c.org_id == self._org_id, invitation.c.round_id == round_id)
            .order_by(invitation.c.person_id),
        )

    def _one(self, pulse_id: str) -> Select[Any]:
        return select(*_PULSE).where(pulse.c.org_id == self._org_id, pulse.c.id == pulse_id)

    def _values(self, round_id: str) -> dict[str, str]:
        return {"org_id": self._org_id, "round_id": round_id}
