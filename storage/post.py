"""One organisation's deliveries, seen by the one who asks for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import and_, case, delete, func, or_, select, update

from bot.ports import Delivery, DeliveryState, Kind
from storage.session import Session, columns, own
from storage.tables import delivery, is_pending, is_sending, lane, membership


class SqlPost:
    """Implements `bot.ports.Post`."""

    def __init__(self, session: Session, org_id: str) -> None:
        self._session = session
        self._org_id = org_id

    def queue(self, deliveries: Iterable[Delivery]) -> frozenset[str]:
        rows = [
            {**own(queued, self._org_id), "message_ref": "", "token": None} for queued in deliveries
        ]
        if not rows:
            return frozenset()
        added = self._session.execute(
            self._session.insert(delivery).on_conflict_do_nothing().returning(delivery.c.lane_id),
            rows,
        )
        return frozenset(added.scalars())

    def get(self, key: str) -> Delivery | None:
        return self._session.one(
            Delivery,
            select(*columns(delivery, Delivery)).where(
                delivery.c.org_id == self._org_id, delivery.c.key == key
            ),
        )

    def move(self, key: str, due_at: datetime) -> None:
        """Raises LookupError where nothing was queued under this key.

        The attempts go on counting: a message that is sent anew is not taken for the earlier one.
        """
        result = self._session.execute(
            update(delivery)
            .where(delivery.c.org_id == self._org_id, delivery.c.key == key)
            .values(
                due_at=due_at,
                state=DeliveryState.PENDING,
                token=None,
                lease_until=None,
                reason="",
            )
        )
        if result.rowcount != 1:
            raise LookupError("no such delivery")

    def cancel(self, round_id: str) -> int:
        """The rows stay as skipped, so that the same reason cannot be queued again."""
        result = self._session.execute(
            update(delivery)
            .where(delivery.c.org_id == self._org_id, delivery.c.round_id == round_id, is_pending)
            .values(state=DeliveryState.SKIPPED, reason="cancelled")
        )
        return result.rowcount

    def forget(self, programme_id: str, person_id: str, kind: Kind) -> None:
        self._session.execute(
            delete(delivery).where(
                delivery.c.org_id == self._org_id,
                delivery.c.programme_id == programme_id,
                delivery.c.person_id == person_id,
                delivery.c.kind == kind,
            )
        )

    def counts(self, round_id: str, kind: Kind) -> Mapping[DeliveryState, int]:
        # What went out once stays "sent": a snooze must not show that somebody has not answered.
        state = case((delivery.c.message_ref != "", DeliveryState.SENT), else_=delivery.c.state)
        rows = self._session.execute(
            select(state.label("state"), func.count().label("number"))
            .where(
                delivery.c.org_id == self._org_id,
                delivery.c.round_id == round_id,
                delivery.c.kind == kind,
            )
            .group_by(state)
        )
        return {DeliveryState(row.state): row.number for row in rows}

    def unsent(
        self, programme_id: str, kinds: Collection[Kind], due_by: datetime
    ) -> tuple[Delivery, ...]:
        meant = select(*columns(delivery, Delivery)).where(
            delivery.c.org_id == self._org_id,
            delivery.c.programme_id == programme_id,
            delivery.c.kind.in_(kinds),
            delivery.c.message_ref == "",
            delivery.c.person_id.in_(
                select(membership.c.person_id).where(
                    membership.c.org_id == self._org_id,
                    membership.c.programme_id == programme_id,
                    membership.c.left_on.is_(None),
                )
            ),
        )
        # Each by its own index: those who wait by the lane, those that failed by the person.
        lanes = select(lane.c.id).where(lane.c.org_id == self._org_id)
        waits = or_(and_(is_pending, delivery.c.due_at <= due_by), is_sending)
        return (
            *self._session.all(Delivery, meant.where(delivery.c.lane_id.in_(lanes), waits)),
            *self._session.all(Delivery, meant.where(delivery.c.state == DeliveryState.FAILED)),
        )

    def held_until(self) -> datetime | None:
        latest: datetime | None = self._session.execute(
            select(func.max(lane.c.paused_until)).where(lane.c.org_id == self._org_id)
        ).scalar_one()
        return latest
