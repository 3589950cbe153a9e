"""What is due, over all tenants, and what may be forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, case, delete, exists, func, select

from bot.ports import DeliveryState, Kind
from bot.pulse.pulses import Pulse, Round
from storage.session import Session, columns
from storage.tables import (
    delivery,
    draft,
    inbound,
    is_active,
    is_open,
    is_pending,
    is_sending,
    lane,
    programme,
    pulse,
    respondent,
    round_,
)

# Platforms repeat an event for minutes; Teams gives up after less than an hour.
KEEP_INBOUND = timedelta(minutes=60)
KEEP_DRAFTS = timedelta(days=7)
# Counted from the close: nothing asks for a closed round's messages again.
KEEP_DELIVERIES = timedelta(days=7)
# The season that the history gate remembers (13 weeks).
KEEP_RESPONDENTS = timedelta(weeks=13)
KEEP_NOTICES = timedelta(weeks=13)

_PULSE = columns(pulse, Pulse)
_ROUND = columns(round_, Round)
_of_running_programme = and_(
    programme.c.org_id == pulse.c.org_id,
    programme.c.id == pulse.c.programme_id,
    programme.c.paused.is_(False),
)
_DONE = (DeliveryState.SENT, DeliveryState.SKIPPED, DeliveryState.FAILED)


class SqlAgenda:
    """Implements `bot.ports.Agenda`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def pulses_due(self, now: datetime, limit: int) -> tuple[Pulse, ...]:
        return self._session.all(
            Pulse,
            select(*_PULSE)
            .join(programme, _of_running_programme)
            .where(is_active, pulse.c.next_at <= now)
            .order_by(pulse.c.next_at)
            .limit(limit),
        )

    def rounds_to_close(self, now: datetime, limit: int) -> tuple[Round, ...]:
        return self._session.all(
            Round,
            select(*_ROUND)
            .where(is_open, round_.c.close_at <= now)
            .order_by(round_.c.close_at)
            .limit(limit),
        )

    def lanes_due(self, now: datetime) -> tuple[str, ...]:
        # Asked lane by lane: the index starts with the lane.
        here = delivery.c.lane_id == lane.c.id
        rows = self._session.execute(
            select(lane.c.id)
            .where(
                exists().where(here, is_pending, delivery.c.due_at <= now)
                | exists().where(here, is_sending, delivery.c.lease_until <= now)
            )
            .order_by(lane.c.id)
        )
        return tuple(rows.scalars())

    def next_moment(self) -> datetime | None:
        first_of_lane = (
            select(func.min(delivery.c.due_at))
            .where(delivery.c.lane_id == lane.c.id, is_pending)
            .scalar_subquery()
        )
        moments = [
            self._session.execute(statement).scalar()
            for statement in (
                select(pulse.c.next_at)
                .join(programme, _of_running_programme)
                .where(is_active, pulse.c.next_at.is_not(None))
                .order_by(pulse.c.next_at)
                .limit(1),
                select(func.min(round_.c.close_at)).where(is_open),
                # A lane that rests sends nothing before its end, whatever is due.
                select(
                    func.min(
                        case(
                            (lane.c.paused_until > first_of_lane, lane.c.paused_until),
                            else_=first_of_lane,
                        )
                    )
                ).where(first_of_lane.is_not(None)),
            )
        ]
        return min((moment for moment in moments if moment is not None), default=None)

    def tidy(self, now: datetime) -> None:
        """A delivery without a round is kept if it asks for consent: it must never go twice."""
        execute = self._session.execute
        execute(delete(inbound).where(inbound.c.at < now - KEEP_INBOUND))
        execute(delete(draft).where(draft.c.at < now - KEEP_DRAFTS))
        for table, keep in ((delivery, KEEP_DELIVERIES), (respondent, KEEP_RESPONDENTS)):
            long_closed = exists().where(
                round_.c.org_id == table.c.org_id,
                round_.c.id == table.c.round_id,
                ~is_open,
                round_.c.close_at < now - keep,
            )
            conditions = [table.c.state.in_(_DONE)] if table is delivery else []
            execute(delete(table).where(long_closed, *conditions))
        execute(
            delete(delivery).where(
                delivery.c.round_id.is_(None),
                delivery.c.kind == Kind.NOTICE,
                delivery.c.state.in_(_DONE),
                delivery.c.due_at < now - KEEP_NOTICES,
            )
        )
        self._session.scrub = True
