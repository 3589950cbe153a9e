"""What could not be sent, as far as facilitators may know it.

The reminder of a consent question goes only to those who have not chosen yet, so whether one waits
or has failed is never counted or shown. Nor does a choice take anybody out of what is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.handlers.context import Context
from bot.ports import Delivery, DeliveryState, Kind
from bot.pulse.pulses import Round
from bot.wording.unsent import Told, Unsent

# What is told here; the prompts of open rounds are counted by themselves.
KINDS = (Kind.CONSENT, Kind.REMINDER, Kind.DIGEST, Kind.NOTICE)
# A message that is refused with its lane is due again a moment after the lane.
MARGIN = timedelta(minutes=1)
# So long it is shown whom the first question did not reach: a second one follows after three days.
SHOWN = timedelta(days=14)


def unsent_of(ctx: Context, until: datetime) -> Unsent:
    """What of the programme has not been sent although it is due by then."""
    found = ctx.tenant.post.unsent(ctx.programme.id, KINDS, until + MARGIN)
    ids = dict.fromkeys(one.round_id for one in found if one.kind is Kind.DIGEST)
    rounds = [round_ for id_ in ids if (round_ := ctx.tenant.pulses.round(id_)) is not None]
    return sorted_out(found, rounds, ctx.now)


def not_asked(ctx: Context) -> frozenset[str]:
    """Whom the question of consent could not reach, by id."""
    found = ctx.tenant.post.unsent(ctx.programme.id, (Kind.CONSENT,), ctx.now)
    return frozenset(
        one.person_id for one in _first(found, ctx.now) if one.state is DeliveryState.FAILED
    )


def sorted_out(found: Iterable[Delivery], rounds: Iterable[Round], now: datetime) -> Unsent:
    """How much of each kind waits, and how much has failed and why."""
    found = tuple(found)
    results = ((round_, _told(_digests(found, round_))) for round_ in _by_close(rounds))
    consent = _told(_first(found, now))
    reminders = (one for one in found if one.kind in (Kind.REMINDER, Kind.NOTICE))
    return Unsent(consent, tuple(results), _told(reminders).waiting > 0)


def _by_close(rounds: Iterable[Round]) -> list[Round]:
    """The newest first."""
    return sorted(rounds, key=lambda round_: round_.close_at, reverse=True)


def _first(found: Iterable[Delivery], now: datetime) -> list[Delivery]:
    return [
        one
        for one in found
        if one.kind is Kind.CONSENT
        and not one.about.get("reminder")
        and (one.state is not DeliveryState.FAILED or one.due_at > now - SHOWN)
    ]


def _digests(found: Iterable[Delivery], round_: Round) -> list[Delivery]:
    return [one for one in found if one.kind is Kind.DIGEST and one.round_id == round_.id]


def _told(deliveries: Iterable[Delivery]) -> Told:
    waiting, failed = 0, Counter[str]()
    for one in deliveries:
        if one.state is DeliveryState.FAILED:
            failed[one.reason] += 1
        else:
            waiting += 1
    return Told(waiting, failed)
