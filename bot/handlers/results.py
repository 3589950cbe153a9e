"""What is going on, and what was published: status, digest, export, audit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.conversation.card import Card
from bot.conversation.events import Open
from bot.conversation.grammar import Parsed
from bot.handlers.context import Context, Outcome, say
from bot.handlers.unsent import unsent_of
from bot.ports import Kind, Published, Tenant
from bot.pulse.pulses import PulseState, Round, RoundState
from bot.reciprocity.digest import Digest, Earlier, build
from bot.reciprocity.export import to_csv
from bot.sentiment.release import Release
from bot.wording import results as words
from bot.wording.digest import digest as digest_card

AUDIT_LINES = 20
A_MOMENT = timedelta(microseconds=1)
# Releases read at once: a question that rests for four weeks is mostly found in the first few.
LOOK_BACK = 2


def status(ctx: Context, parsed: Parsed) -> Outcome:
    """What is open and what comes next. Never who, or how many, have answered."""
    return say(status_card(ctx))


def status_card(ctx: Context) -> Card:
    """The card of `status`."""
    tenant, programme = ctx.tenant, ctx.programme
    rounds = [r for r in tenant.pulses.rounds(programme.id) if r.state is RoundState.OPEN]
    counts = {r.id: tenant.post.counts(r.id, Kind.PROMPT) for r in rounds}
    sending = {
        round_id: {state.value: number for state, number in by_state.items()}
        for round_id, by_state in counts.items()
    }
    live = [p for p in tenant.pulses.all(programme.id) if p.state is PulseState.ACTIVE]
    held = tenant.post.held_until()
    if held is not None and held <= ctx.now:
        held = None
    return words.status(
        programme, rounds, sending, live, held, ctx.zone, unsent_of(ctx, held or ctx.now)
    )


def digest(ctx: Context, parsed: Parsed) -> Outcome:
    """The last result again."""
    newest = ctx.tenant.releases.before(ctx.programme.id, ctx.now + A_MOMENT, 1)
    card = digest_of(ctx.tenant, newest[0], ctx.zone) if newest else None
    return say(card or words.NO_RESULTS)


def digest_of(tenant: Tenant, published: Published, zone: str) -> Card | None:
    """The digest of one release as a card."""
    result = result_of(tenant, published)
    if result is None:
        return None
    return digest_card(result, tenant.programmes.organisation().name, zone)


def result_of(tenant: Tenant, published: Published) -> Digest | None:
    """What the digest of one release says, with the change since earlier ones."""
    round_ = tenant.pulses.round(published.round_id)
    if round_ is None:
        return None
    return build(
        round_,
        published.asked,
        published.response_rate,
        published.release,
        _earlier(tenant, published),
    )


def _earlier(tenant: Tenant, published: Published) -> Iterator[Earlier]:
    """Older releases, newest first, read only as far back as somebody looks."""
    seen = 0
    while batch := tenant.releases.before(
        published.programme_id, published.released_at, LOOK_BACK, seen
    ):
        for old in batch:
            yield Earlier(old.released_at, old.release)
        seen += len(batch)


def export(ctx: Context, parsed: Parsed) -> Outcome:
    """Everything published, as CSV to copy."""
    pairs = shared(ctx.tenant, ctx.programme.id, ctx.now)
    if not pairs:
        return say(words.NO_RESULTS)
    return Outcome((Open(words.export_form(to_csv(pairs))),))


def shared(tenant: Tenant, programme_id: str, now: datetime) -> list[tuple[Round, Release]]:
    """All results that people have got by now, oldest first: nobody looks earlier."""
    return [
        (round_, published.release)
        for published in reversed(tenant.releases.all(programme_id))
        if published.released_at <= now
        and (round_ := tenant.pulses.round(published.round_id)) is not None
    ]


def audit(ctx: Context, parsed: Parsed) -> Outcome:
    """What facilitators did, newest first."""
    people = ctx.tenant.people
    entries = ctx.tenant.notes.audit(ctx.programme.id, AUDIT_LINES)
    who = {entry.person_id: people.get(entry.person_id) for entry in entries}
    rows = [
        (
            entry.at,
            person.name if (person := who[entry.person_id]) else "someone who left",
            entry.what,
            entry.about,
        )
        for entry in entries
    ]
    return say(words.audit(ctx.programme, rows, ctx.zone))
