"""Opening, closing and cancelling a round inside one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime

from bot.conversation.roles import Role
from bot.handlers.context import delivery, prompt_key
from bot.ports import Delivery, Kind, Published, Season, Tenant, Tx
from bot.programme.programmes import Programme
from bot.pulse.bank import find_question
from bot.pulse.closing import count
from bot.pulse.opening import SEASON, NotOpened, Opened, open_round, place_late, plan_season
from bot.pulse.personal import local_day, rules_of
from bot.pulse.planning import last_asked
from bot.pulse.pulses import Pulse, Round, RoundState
from bot.pulse.questionnaire import counting
from bot.pulse.questions import Question
from bot.pulse.windows import awake_at
from bot.sentiment.profile import Profile
from bot.sentiment.release import release, stated_rate


def questions_of(tenant: Tenant, programme_id: str) -> dict[str, Question]:
    """The programme's bespoke questions by id."""
    return {question.id: question for question in tenant.programmes.own_questions(programme_id)}


def season_of(tenant: Tenant, programme: Programme, now: datetime) -> Season:
    """The reporting groups of this season; new ones are kept when their first round opens."""
    today = local_day(now, programme.zone)
    newest = tenant.programmes.season(programme.id)
    if newest is not None and newest.starts_on + SEASON > today:
        return newest
    releases = tenant.releases.all(programme.id)
    rate = next((r.response_rate for r in releases if r.response_rate), programme.expected_rate)
    blocks = plan_season(
        tenant.people.members(programme.id), rate, Profile(programme.profile).disclosure
    )
    return Season(programme_id=programme.id, starts_on=today, blocks=blocks)


def asked_lately(tenant: Tenant, programme: Programme, now: datetime) -> dict[str, date]:
    """When each question was last asked, within a season and in any programme here.

    The rest between two askings protects a person, whichever programme asks them.
    """
    return last_asked(tenant.pulses.rounds_since(now - SEASON), programme.zone)


def open_now(
    tx: Tx, pulse: Pulse, due_at: datetime, now: datetime, typed: Iterable[Question] = ()
) -> frozenset[str] | NotOpened:
    """Open the round of one due moment, unless it is open already; returns lanes to wake.

    The caller holds the programme and the pulse. `typed` are questions that are not kept yet.
    """
    tenant = tx.tenant(pulse.org_id)
    programme = tenant.programmes.get(pulse.programme_id)
    if programme is None:
        return NotOpened.ENDED
    own = questions_of(tenant, programme.id) | {question.id: question for question in typed}
    pool = [q for q in (own.get(id_) or find_question(id_) for id_ in pulse.questions) if q]
    members = tenant.people.members(programme.id)
    season = season_of(tenant, programme, now)
    season = replace(season, blocks=place_late(season.blocks, members))
    opened = open_round(
        pulse=pulse,
        programme=programme,
        organisation=tenant.programmes.organisation().name,
        members=members,
        season=season.blocks,
        pool=pool,
        last_asked=asked_lately(tenant, programme, now),
        due_at=due_at,
        now=now,
        new_id=tx.new_id,
    )
    if not isinstance(opened, Opened):
        return opened
    tenant.programmes.save_season(season)
    if not tenant.pulses.open_round(opened.round, opened.invitations):
        return frozenset()
    return tenant.post.queue(_messages(tx, tenant, programme, opened))


def _messages(tx: Tx, tenant: Tenant, programme: Programme, opened: Opened) -> list[Delivery]:
    lanes = tenant.people.lanes({message.person_id for message in opened.messages})
    round_id = opened.round.id
    return [
        delivery(
            tx,
            programme,
            person_id=message.person_id,
            lane_id=lanes[message.person_id],
            kind=Kind.REMINDER if message.number else Kind.PROMPT,
            key=f"reminder-{message.number}:{round_id}:{message.person_id}"
            if message.number
            else prompt_key(round_id, message.person_id),
            due_at=message.at,
            round_id=round_id,
        )
        for message in opened.messages
        if message.person_id in lanes
    ]


def close_now(tx: Tx, due: Round, now: datetime) -> frozenset[str]:
    """Code the answers, publish once, delete the answers, queue the digests."""
    tenant = tx.tenant(due.org_id)
    programme = tenant.programmes.get(due.programme_id)
    # Another process may have been faster.
    round_ = tenant.pulses.hold_round(due.id)
    if programme is None or round_ is None or round_.state is not RoundState.OPEN:
        return frozenset()
    tenant.post.cancel(round_.id)
    shared_at = results_at(programme, now)
    ballots = tenant.answers.ballots(round_)
    counted = count(round_, ((ballot.block, ballot.values) for ballot in ballots))
    results = release(round_.blocks, counted.questions, round_.profile.disclosure)
    pulse = tenant.pulses.get(round_.pulse_id)
    everyone = pulse is not None and not pulse.teams
    published = Published(
        round_id=round_.id,
        programme_id=programme.id,
        released_at=shared_at,
        asked=round_.invited,
        response_rate=stated_rate(counted.rate, round_.invited, everyone, results),
        release=results,
    )
    tenant.answers.close(round_, lambda values: counting(round_.questionnaire, values), published)
    tenant.pulses.save_round(
        replace(round_, state=RoundState.CLOSED, close_at=min(now, round_.close_at))
    )
    return tenant.post.queue(_digests(tx, tenant, programme, round_, shared_at))


def results_at(programme: Programme, now: datetime) -> datetime:
    """When the results of a round that closes now are shared: with everyone at the same moment."""
    return awake_at(rules_of(programme), now)


def _digests(
    tx: Tx, tenant: Tenant, programme: Programme, round_: Round, due_at: datetime
) -> list[Delivery]:
    asked = {invitation.person_id for invitation in tenant.pulses.invitations(round_.id)}
    told = {
        member.person.id
        for member in tenant.people.members(programme.id)
        if member.membership.role in (Role.LEAD, Role.FACILITATOR)
    }
    return [
        delivery(
            tx,
            programme,
            person_id=person_id,
            lane_id=lane_id,
            kind=Kind.DIGEST,
            key=f"digest:{round_.id}:{person_id}",
            due_at=due_at,
            round_id=round_.id,
        )
        for person_id, lane_id in tenant.people.lanes(asked | told).items()
    ]


def cancel_now(tx: Tx, round_: Round) -> None:
    """Drop what was not sent, delete the answers, publish nothing. The caller holds the round."""
    tenant = tx.tenant(round_.org_id)
    tenant.post.cancel(round_.id)
    tenant.answers.close(round_, _nothing, None)
    tenant.pulses.save_round(replace(round_, state=RoundState.CANCELLED))


def _nothing(_: Mapping[str, object]) -> dict[str, int]:
    return {}


def notify_facilitators(
    tx: Tx, programme: Programme, name: str, now: datetime, why: str = "", **about: str
) -> frozenset[str]:
    """Tell every facilitator of a programme; the same notice is sent once.

    It is the same where `why` is, or without it where all that it is about is.
    """
    why = why or ":".join(about[key] for key in sorted(about))
    return tx.tenant(programme.org_id).post.queue(
        delivery(
            tx,
            programme,
            person_id=person_id,
            lane_id=lane_id,
            kind=Kind.NOTICE,
            key=notice_key(name, programme, why, person_id),
            due_at=now,
            notice=name,
            **about,
        )
        for person_id, lane_id in facilitators(tx, programme).items()
    )


def facilitators(tx: Tx, programme: Programme) -> Mapping[str, str]:
    """Those in reach, each with the lane."""
    people = tx.tenant(programme.org_id).people
    found = people.members(programme.id, Role.FACILITATOR)
    return people.lanes(member.person.id for member in found)


def notice_key(name: str, programme: Programme, why: str, person_id: str) -> str:
    """What makes a notice to one facilitator the same."""
    return f"{name}:{programme.id}:{why}:{person_id}"[:250]
