"""What a delivery says, composed at the moment when it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.conversation.card import Card
from bot.conversation.roles import Role
from bot.handlers.answers import next_card
from bot.handlers.me import first_contact
from bot.handlers.movements import facts_of
from bot.handlers.results import digest_of
from bot.outcomes import Composed, Postpone, Skip
from bot.ports import Delivery, Kind, Tenant, Tx
from bot.programme.people import Consent, Membership
from bot.programme.programmes import Programme
from bot.pulse.answering import admit
from bot.pulse.calendars import PersonRules
from bot.pulse.personal import rules_for, rules_of
from bot.pulse.windows import LATE, NO_CLOSE, awake_at, goes_at
from bot.wording import participant as words
from bot.wording.notices import notice

GONE = Skip("gone")
OVER = Skip("the round is over")
QUIET = Skip("quiet hours until the close")

_MOST_DIGESTS = 64  # kept at once; a round goes out to everyone within minutes


class Letters:
    """Composes every delivery. A digest never changes, so it is made once for each zone."""

    def __init__(self) -> None:
        self._digests: dict[tuple[str, str, str], Card] = {}

    def compose(self, tx: Tx, delivery: Delivery, now: datetime) -> Composed:
        """The card of a delivery, or why it is not sent any more."""
        tenant = tx.tenant(delivery.org_id)
        programme = tenant.programmes.get(delivery.programme_id)
        person = tenant.people.get(delivery.person_id)
        roles = tenant.people.member(delivery.programme_id, delivery.person_id)
        if programme is None or person is None or not roles:
            return GONE
        rules = rules_for(person, programme)
        zone = rules.calendar.zone
        if delivery.kind in (Kind.CONSENT, Kind.NOTICE):
            held = _held(rules, delivery, now, now + NO_CLOSE)
            if held is not None:
                return held
        match delivery.kind:
            case Kind.CONSENT:
                return _consent(tenant, programme, delivery, roles)
            case Kind.PROMPT | Kind.REMINDER:
                return _prompt(tenant, delivery, roles, rules, now)
            case Kind.DIGEST:
                together = awake_at(rules_of(programme), now)
                # Once some have it, the others are not made to wait for the morning.
                if together > now and now - delivery.due_at > LATE:
                    return Postpone(together)
                listens = any(m.role is not Role.PARTICIPANT or _agrees(m) for m in roles)
                return (self._digest(tenant, delivery, zone) if listens else None) or GONE
            case Kind.NOTICE:
                # Whoever is no longer a facilitator need not know who comes and goes.
                if not any(m.role is Role.FACILITATOR for m in roles):
                    return GONE
                return _notice(tenant, programme, delivery, zone)

    def _digest(self, tenant: Tenant, delivery: Delivery, zone: str) -> Card | None:
        key = (delivery.org_id, delivery.round_id, zone)
        card = self._digests.get(key)
        if card is None:
            published = tenant.releases.get(delivery.round_id)
            card = digest_of(tenant, published, zone) if published else None
            if card is not None:
                if len(self._digests) >= _MOST_DIGESTS:
                    self._digests.clear()
                self._digests[key] = card
        return card


def _notice(tenant: Tenant, programme: Programme, delivery: Delivery, zone: str) -> Composed:
    facts: Mapping[str, str] | None = delivery.about
    if "source" in delivery.about:
        facts = facts_of(tenant, programme, delivery.person_id, delivery.about)
    return GONE if facts is None else notice(programme, facts, zone)


def _consent(
    tenant: Tenant, programme: Programme, delivery: Delivery, roles: tuple[Membership, ...]
) -> Composed:
    if not any(m.consent is Consent.ASKED and m.role is Role.PARTICIPANT for m in roles):
        return Skip("already chosen")
    return first_contact(tenant, programme, reminder=bool(delivery.about.get("reminder")))


def _prompt(
    tenant: Tenant,
    delivery: Delivery,
    roles: tuple[Membership, ...],
    rules: PersonRules,
    now: datetime,
) -> Composed:
    part = tenant.pulses.part(delivery.round_id, delivery.person_id)
    round_, invitation = (part.round, part.invitation) if part else (None, None)
    if admit(round_, invitation, now) is not None or round_ is None or invitation is None:
        return OVER
    if not any(_agrees(m) for m in roles):
        return GONE
    held = _held(rules, delivery, now, round_.close_at)
    if held is not None:
        return held
    zone = rules.calendar.zone
    if delivery.kind is Kind.REMINDER:
        return words.reminder(round_, zone)
    answered = tenant.answers.of(round_.id, delivery.person_id)
    return next_card(round_, invitation, answered, zone)


def _held(
    rules: PersonRules, delivery: Delivery, now: datetime, until: datetime
) -> Postpone | Skip | None:
    """What holds a message up now; None where it may go out.

    It was planned for a good moment, but may be found late, or the person's clocks have changed.
    """
    at = goes_at(rules, delivery.due_at, now, until)
    if at is None:
        return QUIET
    return Postpone(at) if at > now else None


def _agrees(membership: Membership) -> bool:
    return membership.role is Role.PARTICIPANT and membership.consent is Consent.GIVEN
