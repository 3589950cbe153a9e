"""Deliveries on their way, seen by the one who sends them: hand-out, leases and results."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, select, update

from bot.conversation.events import Actor
from bot.ports import Delivery, DeliveryState, Lane, Rate
from storage.session import Session, columns
from storage.tables import delivery, identity, is_pending, is_sending, lane, workspace

_DELIVERY = columns(delivery, Delivery)
_NAMES = tuple(column.name for column in _DELIVERY)

# By primary key and one row at a time: joined to a list, the planner may scan the table.
_CLAIM = (
    update(delivery)
    .where(delivery.c.id == bindparam("row"))
    .values(
        state=DeliveryState.SENDING,
        token=bindparam("owner"),
        lease_until=bindparam("until"),
        attempt=delivery.c.attempt + 1,
    )
)
# Only for the claim that it is about: a sender who was frozen must not undo what a later one does.
# A message that was moved meanwhile goes out again, but it is not forgotten that it was sent.
_SETTLE = (
    update(delivery)
    .where(delivery.c.id == bindparam("row"), delivery.c.attempt == bindparam("claim"))
    .values(
        state=case(
            (is_sending, bindparam("result", type_=delivery.c.state.type)), else_=delivery.c.state
        ),
        reason=case((is_sending, bindparam("why")), else_=delivery.c.reason),
        message_ref=func.coalesce(
            bindparam("ref", type_=delivery.c.message_ref.type), delivery.c.message_ref
        ),
        token=None,
        lease_until=None,
    )
)


class SqlLanes:
    """Implements `bot.ports.Lanes`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take(self, lane_id: str, token: str) -> Lane | None:
        taken = self._session.execute(
            update(lane)
            .where(lane.c.id == lane_id)
            .values(token=token)
            .returning(lane.c.per_second, lane.c.burst, lane.c.paused_until)
        ).one_or_none()
        if taken is None:
            return None
        platform = self._session.execute(
            select(workspace.c.platform).where(workspace.c.id == lane_id)
        ).scalar_one()
        return Lane(lane_id, platform, Rate(taken.per_second, taken.burst), taken.paused_until)

    def doubtful(
        self, lane_id: str, now: datetime, all_of_them: bool
    ) -> tuple[tuple[Delivery, Actor | None], ...]:
        conditions = [delivery.c.lane_id == lane_id, is_sending]
        if not all_of_them:
            conditions.append(delivery.c.lease_until <= now)
        return self._addressed(_with_address(*conditions).order_by(delivery.c.lease_until))

    def claim(
        self, lane_id: str, token: str, now: datetime, lease: timedelta, limit: int
    ) -> tuple[tuple[Delivery, Actor | None], ...]:
        # Shared until the commit: nobody becomes the lane's sender in between.
        holds = self._session.execute(
            select(lane.c.id)
            .where(lane.c.id == lane_id, lane.c.token == token)
            .with_for_update(read=True)
        ).one_or_none()
        if holds is None:
            return ()
        found = self._addressed(
            _with_address(delivery.c.lane_id == lane_id, is_pending, delivery.c.due_at <= now)
            .order_by(delivery.c.due_at, delivery.c.id)
            .limit(limit)
            .with_for_update(of=delivery, skip_locked=True)
        )
        until = now + lease
        if found:
            self._session.execute(
                _CLAIM,
                [{"row": claimed.id, "owner": token, "until": until} for claimed, _ in found],
            )
        return tuple(
            (
                replace(
                    claimed,
                    state=DeliveryState.SENDING,
                    attempt=claimed.attempt + 1,
                    lease_until=until,
                ),
                actor,
            )
            for claimed, actor in found
        )

    def settle(self, results: Iterable[tuple[Delivery, DeliveryState, str, str]]) -> None:
        rows = [
            {
                "row": claimed.id,
                "claim": claimed.attempt,
                "result": state,
                "ref": ref or None,
                "why": reason,
            }
            for claimed, state, ref, reason in results
        ]
        if rows:
            self._session.execute(_SETTLE, rows)

    def put_back(self, claimed: Delivery, due_at: datetime) -> None:
        self._session.execute(
            update(delivery)
            .where(delivery.c.id == claimed.id, delivery.c.attempt == claimed.attempt, is_sending)
            .values(state=DeliveryState.PENDING, due_at=due_at, token=None, lease_until=None)
        )

    def pause(self, lane_id: str, until: datetime, rate: Rate) -> None:
        self._session.execute(
            update(lane)
            .where(lane.c.id == lane_id)
            .values(paused_until=until, per_second=rate.per_second, burst=rate.burst)
        )

    def _addressed(self, statement: Select[Any]) -> tuple[tuple[Delivery, Actor | None], ...]:
        found = []
        for *fields, platform, external_id, user in self._session.execute(statement):
            actor = None if user is None else Actor(platform, external_id, user)
            found.append((Delivery(**dict(zip(_NAMES, fields, strict=True))), actor))
        return tuple(found)


def _with_address(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Deliveries with the platform, workspace and (where there is one) user to send them to."""
    return (
        select(*_DELIVERY, workspace.c.platform, workspace.c.external_id, identity.c.user)
        .join(workspace, workspace.c.id == delivery.c.lane_id)
        .outerjoin(
            identity,
            and_(
                identity.c.org_id == delivery.c.org_id,
                identity.c.workspace_id == delivery.c.lane_id,
                identity.c.person_id == delivery.c.person_id,
            ),
        )
        .where(*conditions)
    )
