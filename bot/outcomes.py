"""What becomes of a delivery: composed or not, sent or not, and how that is written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.conversation.card import Card
from bot.conversation.events import Actor
from bot.ports import Delivery, DeliveryState, InDoubt, Later, Refused, SendOutcome, Sent, Tx


@dataclass(frozen=True, slots=True)
class Skip:
    """There is no longer a reason to send this."""

    reason: str


@dataclass(frozen=True, slots=True)
class Postpone:
    """Send it at another time."""

    due_at: datetime


Composed = Card | Skip | Postpone
Outcome = SendOutcome | Skip | Postpone
Row = tuple[Delivery, Actor | None]

# What a delivery says at the moment when it is sent. It only reads, and may be called again.
Compose = Callable[[Tx, Delivery, datetime], Composed]


def record(tx: Tx, results: Iterable[tuple[Delivery, Outcome]], now: datetime) -> None:
    """Write down how claimed rows ended; one in doubt stays `sending` until its lease ends."""
    settled: list[tuple[Delivery, DeliveryState, str, str]] = []
    for delivery, outcome in results:
        match outcome:
            case Sent(ref=ref):
                settled.append((delivery, DeliveryState.SENT, ref, ""))
            case Refused(reason=reason):
                settled.append((delivery, DeliveryState.FAILED, "", reason))
            case Skip(reason=reason):
                settled.append((delivery, DeliveryState.SKIPPED, "", reason))
            case Later(after=after):
                tx.lanes.put_back(delivery, now + after)
            case Postpone(due_at=due_at):
                tx.lanes.put_back(delivery, due_at)
            case InDoubt():
                pass
    if settled:
        tx.lanes.settle(settled)


def message_key(delivery: Delivery) -> str:
    """What a message is found by again: a message that is sent anew later has another key."""
    return f"{delivery.id}:{delivery.attempt}"
