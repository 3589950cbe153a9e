"""A pulse as a facilitator types it, on a line or in a form: each error at its field."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.programme.people import Member
from bot.pulse.bank import FIRST_PULSE, find_instrument, find_question, instruments
from bot.pulse.cadence import Cadence
from bot.pulse.cadence_words import parse_cadence
from bot.pulse.opening import blocks_for, participants, split_blocks
from bot.pulse.personal import local_day
from bot.pulse.phrases import Problem, did_you_mean, quoted
from bot.pulse.pulses import Round
from bot.pulse.questionnaire import MAX_ASKED
from bot.pulse.questions import Question, marks
from bot.pulse.windows import DEFAULT_WINDOW, MOST_REMINDERS, Window, parse_window
from bot.sentiment.blocks import Block
from bot.sentiment.profile import Disclosure

EVERYONE = "everyone"
MAX_NAME = 60  # characters in the name of a pulse
DEFAULT_SIZE = 4  # three scales and one open question
DEFAULT_REMINDERS = 1
_MOST_COMMAS = 20  # in the words of a question that is named by them


@dataclass(frozen=True, slots=True, kw_only=True)
class PulsePlan:
    """What was asked for. `questions` are ids in order; `teams` () is everyone."""

    name: str
    questions: tuple[str, ...]
    size: int
    teams: tuple[str, ...]
    cadence: Cadence | None
    window: Window
    reminders: int


def read_plan(
    *,
    name: str,
    every: str | None,
    window: str = "",
    size: str = "",
    questions: Sequence[str] = (),
    teams: Sequence[str] = (),
    reminders: str = "",
    own: Mapping[str, Question],
    teams_there: Collection[str],
) -> PulsePlan | dict[str, str]:
    """The plan, or a message for each field that is wrong. `every` None: asked once, now.

    `questions` are ids of questions or of whole instruments (none: the starter set); `own` holds
    the programme's bespoke questions, which may also be named by their words.
    """
    errors: dict[str, str] = {}
    title = " ".join(name.split())
    if not 2 <= len(title) <= MAX_NAME:
        errors["name"] = f"Give it a name of 2 to {MAX_NAME} characters."
    cadence = None if every is None else parse_cadence(every)
    if isinstance(cadence, Problem):
        errors["every"] = cadence.message
    length = parse_window(window) if window.strip() else DEFAULT_WINDOW
    if isinstance(length, Problem):
        errors["window"] = length.message
    pool = _pool(questions or (FIRST_PULSE,), own)
    if isinstance(pool, str):
        errors["questions"] = pool
    chosen_teams = _teams(teams, teams_there)
    if isinstance(chosen_teams, str):
        errors["teams"] = chosen_teams
    asking = _number(size, DEFAULT_SIZE, 1, MAX_ASKED)
    if asking is None:
        errors["size"] = f"A round asks 1 to {MAX_ASKED} questions; {quoted(size)} does not fit."
    reminding = _number(reminders, DEFAULT_REMINDERS, 0, MOST_REMINDERS)
    if reminding is None:
        errors["reminders"] = f"Use 0 to {MOST_REMINDERS} reminders, not {quoted(reminders)}."
    if (
        errors
        or isinstance(cadence, Problem)
        or isinstance(length, Problem)
        or isinstance(pool, str)
        or isinstance(chosen_teams, str)
        or asking is None
        or reminding is None
    ):
        return errors
    return PulsePlan(
        name=title,
        questions=pool,
        size=asking,
        teams=chosen_teams,
        cadence=cadence,
        window=length,
        reminders=reminding,
    )


def _pool(wanted: Sequence[str], own: Mapping[str, Question]) -> tuple[str, ...] | str:
    found: list[str] = []
    worded = {_same(question.text): question for question in own.values()}
    for word in _rejoined(wanted, worded):
        instrument = find_instrument(word)
        question = own.get(word) or worded.get(_same(word)) or find_question(word)
        if instrument is not None:
            found += [item.id for item in instrument.items]
        elif question is not None:
            found += [question.id, *([question.branch.then] if question.branch else [])]
        else:
            sets = instruments()
            texts = [one.text for one in own.values()]
            known = [
                *texts,
                *own,
                *(one.id for one in sets),
                *(q.id for one in sets for q in one.items),
            ]
            return (
                f"There is no question {quoted(word)}."
                f"{did_you_mean(word, known)} Type /pulse questions to see them."
            )
    return tuple(dict.fromkeys(found))


def _rejoined(parts: Sequence[str], worded: Collection[str]) -> Iterator[str]:
    """What stands between commas, put together again where that makes a question's own words."""
    while parts:
        longest = range(min(len(parts), _MOST_COMMAS), 1, -1)
        whole = next((n for n in longest if _same(", ".join(parts[:n])) in worded), 1)
        yield ", ".join(parts[:whole])
        parts = parts[whole:]


def _same(text: str) -> str:
    """Two wordings are the same whatever their case and their full stop."""
    return text.casefold().rstrip(".")


def _teams(wanted: Sequence[str], there: Collection[str]) -> tuple[str, ...] | str:
    if not wanted or [team.casefold() for team in wanted] == [EVERYONE]:
        return ()
    known = {team.casefold(): team for team in there}
    for team in wanted:
        if team.casefold() not in known:
            hint = did_you_mean(team, there) or f" Teams are {', '.join(sorted(there)[:20])}."
            return f"There is no team {quoted(team)}.{hint}"
    return tuple(dict.fromkeys(known[team.casefold()] for team in wanted))


def _number(text: str, default: int, least: int, most: int) -> int | None:
    typed = text.strip()
    if not typed:
        return default
    return int(typed) if typed.isdecimal() and least <= int(typed) <= most else None


def audience_problem(
    members: Sequence[Member],
    season: Sequence[Block],
    teams: Collection[str],
    disclosure: Disclosure,
) -> str | None:
    """Why these teams cannot be asked without risk to somebody, and the way out; None if they can.

    A pulse to a part of a reporting group could be compared with one to the whole of it.
    """
    asked = participants(members, teams)
    if len(asked) < disclosure.k:
        # Not how many: that would tell, team by team, who takes part.
        return (
            f"Fewer than {disclosure.k} of these people have said yes, and results need at least "
            f"{disclosure.k} answers, so nothing could be shown. Whoever is new is first asked "
            "whether they want to take part, some minutes after you add them, on working days and "
            "outside quiet hours. Try again later, or bring in more people."
        )
    cut = split_blocks(blocks_for(season, members), teams)
    if cut:
        # Those without a team can only be asked with everyone.
        whole = f"all of them: {', '.join(cut[0].teams)}" if all(cut[0].teams) else "everyone"
        return (
            f"{cut[0].name} are reported together, to protect people in small teams. Ask {whole}."
        )
    return None


def last_asked(rounds: Sequence[Round], zone: str) -> dict[str, date]:
    """The day on which each question was last asked, on the programme's calendar, by its `marks`.

    A cancelled round counts too: people may have answered it, and been told to expect no more.
    """
    asked: dict[str, date] = {}
    for round_ in rounds:
        day = local_day(round_.opened_at, zone)
        for question in round_.questionnaire.questions:
            for mark in marks(question):
                asked[mark] = max(day, asked.get(mark, day))
    return asked
