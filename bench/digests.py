"""Goal 6: the digests of an organisation beside SQL over its raw answers.

The product keeps no raw answers: a closed round is one row of coded lines. So the baseline counts
a plain table of answers, and the candidate reads the releases of the very same answers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from random import Random

from bench.common import Cost, Row, Scale, alternate, cost, fill, folder, middle, migrated, opened
from bench.people import QUESTIONS, TEAMS, Home, rows
from bot.handlers.opening import close_now
from bot.handlers.results import result_of
from bot.ports import Published, Tenant, Tx
from bot.pulse.closing import count
from bot.pulse.pulses import Round, RoundState
from bot.reciprocity.digest import Digest, Earlier, build
from bot.sentiment.release import release
from bot.wording.digest import digest as card
from storage.store import SqlStore

# Six questions of 42 people are as many answers as eight questions of 31: about 250 a round.
PEOPLE = 42
_FOREVER = datetime.max.replace(tzinfo=UTC)
_SPREAD = (1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5)

_ANSWERS = """
CREATE TABLE answer (
    org INTEGER, round INTEGER, person INTEGER, question INTEGER, team INTEGER, value INTEGER
);
"""
_INSERT = "INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?)"
_INDEX = "CREATE INDEX covering ON answer (org, round, question, team, value)"
# The figures of all rounds together, as the goal's own measurement had them.
_TOGETHER = (
    "SELECT question, team, value, count(*) FROM answer WHERE org = ? "
    "GROUP BY question, team, value"
)
# The figures of each round, which is what the digests show.
_EACH_ROUND = (
    "SELECT round, question, team, value, count(*) FROM answer WHERE org = ? "
    "GROUP BY round, question, team, value"
)
_ONE_ROUND = (
    "SELECT question, team, value, count(*) FROM answer WHERE org = ? AND round = ? "
    "GROUP BY question, team, value"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    organisations: int
    rounds: int
    repeats: int
    respondents: int  # of the one large round that is closed


SIZES = {
    Scale.FULL: Size(organisations=200, rounds=20, repeats=31, respondents=2000),
    Scale.QUICK: Size(organisations=40, rounds=20, repeats=15, respondents=500),
    Scale.SMOKE: Size(organisations=2, rounds=2, repeats=1, respondents=10),
}


async def measure(scale: Scale) -> list[Row]:
    size = SIZES[scale]
    with folder() as place:
        raw = sqlite3.connect(place / "raw.db")
        raw.executescript(_ANSWERS)
        url = migrated(place / "soundings.db")
        homes = [Home(number=number) for number in range(size.organisations)]
        fill(url, *rows(homes))
        async with opened(url) as store:
            for home in homes:
                await _answered(home, size, raw, store)
            raw.execute(_INDEX)
            raw.execute("ANALYZE")
            raw.commit()
            found = await _compare(homes, size, raw, store)
        raw.close()
        return [*found, *await _close(size, place)]


async def _answered(home: Home, size: Size, raw: sqlite3.Connection, store: SqlStore) -> None:
    """One organisation's rounds: each answer in the plain table, each release in the product."""
    chance = Random(home.number)
    published: list[tuple[Round, Published]] = []
    for number in range(size.rounds):
        values = chance.choices(_SPREAD, k=PEOPLE * len(QUESTIONS))
        answers = list(_placed(values))
        raw.executemany(_INSERT, [(home.number, number, *answer) for answer in answers])
        published.append(_release(home, number, answers))

    def keep(tx: Tx) -> None:
        tenant = tx.tenant(home.org_id)
        for round_, one in published:
            tenant.pulses.open_round(round_, ())
            tenant.answers.close(round_, dict, one)
            tenant.pulses.save_round(replace(round_, state=RoundState.CLOSED))

    await store.write(keep)


def _placed(values: list[int]) -> Iterator[tuple[int, int, int, int]]:
    """(person, question, team, value) of each answer."""
    for place, value in enumerate(values):
        person, question = divmod(place, len(QUESTIONS))
        yield person, question, person % len(TEAMS), value


def _release(
    home: Home, number: int, answers: list[tuple[int, int, int, int]]
) -> tuple[Round, Published]:
    round_ = home.round(number, PEOPLE)
    block_of = {team: block.name for block in round_.blocks for team in block.teams}
    ballots: dict[tuple[int, int], dict[str, int]] = {}
    for person, question, team, value in answers:
        ballots.setdefault((person, team), {})[QUESTIONS[question].id] = value
    counted = count(
        round_, ((block_of[TEAMS[team]], given) for (_, team), given in ballots.items())
    )
    return round_, Published(
        round_id=round_.id,
        programme_id=round_.programme_id,
        released_at=round_.close_at,
        asked=PEOPLE,
        response_rate=counted.rate,
        release=release(round_.blocks, counted.questions, round_.profile.disclosure),
    )


def digests(tenant: Tenant) -> list[Digest]:
    """Every digest of an organisation, from what its rooms hold."""
    found: list[Digest] = []
    for programme in tenant.programmes.all():
        rounds = {round_.id: round_ for round_ in tenant.pulses.rounds(programme.id)}
        releases = tenant.releases.all(programme.id)
        history = [Earlier(old.released_at, old.release) for old in releases]
        found += [
            build(
                rounds[one.round_id],
                one.asked,
                one.response_rate,
                one.release,
                history[at + 1 :],
            )
            for at, one in enumerate(releases)
        ]
    return found


def newest(tenant: Tenant) -> list[Digest]:
    """What `/pulse digest` shows of each programme: the last round, and what changed before it."""
    last = [
        published
        for programme in tenant.programmes.all()
        for published in tenant.releases.before(programme.id, _FOREVER, 1)
    ]
    return [found for one in last if (found := result_of(tenant, one)) is not None]


async def _compare(
    homes: list[Home], size: Size, raw: sqlite3.Connection, store: SqlStore
) -> list[Row]:
    ours, theirs, again, last = (cycle(homes) for _ in range(4))

    async def product() -> list[Digest]:
        org_id = next(ours).org_id
        return await store.read(lambda tx: digests(tx.tenant(org_id)))

    async def product_newest() -> None:
        org_id = next(last).org_id
        await store.read(lambda tx: newest(tx.tenant(org_id)))

    async def together() -> None:
        raw.execute(_TOGETHER, (next(theirs).number,)).fetchall()

    async def each_round() -> None:
        raw.execute(_EACH_ROUND, (next(again).number,)).fetchall()

    async def newest_all() -> None:
        for _ in homes:
            await product_newest()

    async def together_all() -> None:
        for _ in homes:
            await together()

    async def words() -> None:
        for one in await product():
            card(one, "Organisation", "Europe/London")

    sql, only = await alternate(together, product_newest, size.repeats)
    sql_all, every = await alternate(together_all, newest_all, 3)
    sql_whole, whole = await alternate(together, product, size.repeats)
    sql_rounds, one = await alternate(each_round, product, size.repeats)
    _, worded = await alternate(product, words, size.repeats)
    # The statement counts every round; a digest shows the last one and looks back only for changes.
    what = f"Newest digest of one organisation, beside SQL over its {size.rounds} rounds"
    total = f"Newest digest of each of {size.organisations} organisations, beside the same"
    history = f"All {size.rounds} digests of one organisation, beside SQL"
    return [
        Row(what=what, unit="ms CPU", value=ms(only.cpu), baseline=ms(sql.cpu), most_ratio=2),
        Row(what=f"{what}, wall", unit="ms", value=ms(only.wall), baseline=ms(sql.wall)),
        Row(
            what=total, unit="ms CPU", value=ms(every.cpu), baseline=ms(sql_all.cpu), most_ratio=1.3
        ),
        Row(
            what=f"{history} over them",
            unit="ms CPU",
            value=ms(whole.cpu),
            baseline=ms(sql_whole.cpu),
        ),
        Row(
            what=f"{history} by round",
            unit="ms CPU",
            value=ms(one.cpu),
            baseline=ms(sql_rounds.cpu),
        ),
        Row(
            what="Putting them into words and charts", unit="ms CPU", value=ms(worded.cpu - one.cpu)
        ),
    ]


async def _close(size: Size, place: Path) -> list[Row]:
    """Large rounds: count, code, publish and delete, beside counting alone."""
    home = Home(number=0, people=size.respondents)
    url = migrated(place / "close.db")
    fill(url, *rows([home]))
    raw = sqlite3.connect(":memory:")
    raw.executescript(_ANSWERS)
    raw.execute(_INDEX)
    async with opened(url) as store:
        pairs = [await _one_closing(home, number, raw, store) for number in range(3)]
    raw.close()
    counting, closing = middle(one for one, _ in pairs), middle(other for _, other in pairs)
    answers = len(QUESTIONS) * size.respondents
    return [
        Row(
            what=f"Closing a round of {answers} answers, each answer",
            unit="us CPU",
            value=closing.cpu / answers * 1e6,
            baseline=counting.cpu / answers * 1e6,
        ),
        Row(what=f"Closing a round of {answers} answers, wall", unit="ms", value=ms(closing.wall)),
    ]


async def _one_closing(
    home: Home, number: int, raw: sqlite3.Connection, store: SqlStore
) -> tuple[Cost, Cost]:
    round_ = home.round(number, home.people)
    answers = list(_placed(Random(number).choices(_SPREAD, k=home.people * len(QUESTIONS))))

    def answer(tx: Tx) -> None:
        tenant = tx.tenant(home.org_id)
        tenant.pulses.open_round(round_, home.invitations(round_))
        for person, question, _, value in answers:
            tenant.answers.put(round_.id, home.person(person).id, QUESTIONS[question].id, value)

    async def count_raw() -> None:
        raw.execute(_ONE_ROUND, (home.number, number)).fetchall()

    async def close() -> None:
        await store.write(lambda tx: close_now(tx, round_, round_.close_at))

    raw.executemany(_INSERT, [(home.number, number, *one) for one in answers])
    await store.write(answer)
    return await cost(count_raw), await cost(close)


def ms(seconds: float) -> float:
    return seconds * 1e3
