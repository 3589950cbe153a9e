"""What must hold after a round in which processes were killed: as if nobody had ever died."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, select

from bot.ports import DeliveryState, Published, Tx
from bot.pulse.closing import count as count_answers
from bot.pulse.pulses import Pulse, Round, RoundState
from bot.pulse.questions import Kind, Value, parse_value
from bot.sentiment.release import release
from storage.database import parse_url, reading_engine
from storage.store import open_store
from storage.tables import answer, comment, delivery, respondent, round_key
from storage.vault import Vault
from tests.flows.doomed_world import (
    CLEAR,
    DUE,
    EVERYONE,
    FICKLE,
    LATE,
    ONE_THING,
    SECOND_THOUGHT,
    SECRET,
    SKIPPED,
    STAFF,
    WRITER,
    Answers,
    Line,
    acknowledged,
    opinion,
    the_programme,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is after the round, as the core sees it. `people` and `blocks` are by user."""

    pulse: Pulse
    rounds: tuple[Round, ...]
    published: Published | None
    people: dict[str, str]
    blocks: dict[str, str]


def look(tx: Tx) -> Seen:
    tenant, programme = the_programme(tx)
    (pulse,) = tenant.pulses.all(programme.id)
    rounds = tenant.pulses.rounds(programme.id)
    people = {
        member.person.email: member.person.id for member in tenant.people.members(programme.id)
    }
    blocks = {one.person_id: one.block for one in tenant.pulses.invitations(rounds[0].id)}
    return Seen(
        pulse=pulse,
        rounds=rounds,
        published=tenant.releases.get(rounds[0].id),
        people=people,
        blocks={user: blocks[people[user]] for user in STAFF},
    )


def rows(url: str, table: Table) -> list[Any]:
    engine = reading_engine(parse_url(url))
    try:
        with engine.begin() as connection:
            return list(connection.execute(select(table)))
    finally:
        engine.dispose()


async def check_round(url: str, journal: Iterable[Line], keys: Mapping[str, Sequence[str]]) -> None:
    """One round, every message once, every acknowledged answer counted, and no answer left.

    `keys` are those of the messages that everyone has received since the round began.
    """
    async with open_store(url, Vault(SECRET)) as store:
        seen = await store.read(look)
    assert [(one.due_at, one.state) for one in seen.rounds] == [(DUE, RoundState.CLOSED)]
    (round_,) = seen.rounds
    assert seen.pulse.next_at == DUE + timedelta(weeks=2)
    check_messages(url, keys, seen, round_)
    check_results(url, journal, seen, round_)


def check_messages(url: str, keys: Mapping[str, Sequence[str]], seen: Seen, round_: Round) -> None:
    sent = {row.id: row for row in rows(url, delivery) if row.round_id == round_.id}
    assert {row.state for row in sent.values()} == {DeliveryState.SENT}
    for user in EVERYONE:
        # A platform's key is a delivery's id with the number of the attempt.
        received = [sent[key.partition(":")[0]].key for key in keys[user]]
        kinds = ("prompt", "reminder-1", "digest") if user in STAFF else ("digest",)
        assert received == [f"{kind}:{round_.id}:{seen.people[user]}" for kind in kinds]


def check_results(url: str, journal: Iterable[Line], seen: Seen, round_: Round) -> None:
    given = acknowledged(journal)
    # Everyone got to say all that they had to say; who came too late was told so.
    assert given == {
        (user, question_id): opinion(user, question_id)
        for user in STAFF
        for question_id in (CLEAR, ONE_THING)
        if user != LATE
    } | {(FICKLE, SECOND_THOUGHT[0]): SECOND_THOUGHT[1]}
    check_counted(url, given, seen, round_)


def check_counted(url: str, given: Answers, seen: Seen, round_: Round) -> None:
    """The results are those of the answers that were acknowledged, and none is kept."""
    questions = {question.id: question for question in round_.questionnaire.questions}
    ballots: defaultdict[str, dict[str, Value]] = defaultdict(dict)
    for (user, question_id), text in given.items():
        if text != SKIPPED:
            ballots[user][question_id] = parse_value(questions[question_id], text)
    counted = count_answers(round_, ((seen.blocks[user], own) for user, own in ballots.items()))
    assert seen.published is not None
    assert seen.published.asked == len(STAFF)
    assert seen.published.response_rate == 0  # a step of it would be less than one person
    assert seen.published.release == release(
        round_.blocks, counted.questions, round_.profile.disclosure
    )
    assert sorted((row.question_id, row.person_id) for row in rows(url, respondent)) == sorted(
        (question_id, seen.people[user])
        for user, own in ballots.items()
        for question_id in own
        if questions[question_id].kind is not Kind.TEXT
    )
    assert len(rows(url, comment)) == ((WRITER, ONE_THING) in given)
    assert not rows(url, answer)
    assert not rows(url, round_key)
