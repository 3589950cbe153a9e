"""Opening a round: who is asked what, in which reporting groups, and when it reaches each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.conversation.roles import Role
from bot.programme.people import Consent, Member
from bot.programme.programmes import Programme
from bot.pulse.personal import calendar_of, local_day, rules_for
from bot.pulse.pulses import Invitation, Pulse, Round, RoundState
from bot.pulse.questionnaire import Questionnaire, rotate
from bot.pulse.questions import Question, fill
from bot.pulse.windows import close_at, reminder_times, send_at
from bot.sentiment.blocks import Block, block_name, plan_blocks
from bot.sentiment.profile import Disclosure, Profile

SEASON = timedelta(weeks=13)  # how long reporting groups stay as they are


class NotOpened(StrEnum):
    """Why a due round does not open; each has its own words for the facilitator."""

    TOO_FEW = "too-few"
    ALL_RESTING = "all-resting"
    NO_QUESTIONS = "no-questions"
    NOT_STARTED = "not-started"
    ENDED = "ended"
    CUTS_A_GROUP = "cuts-a-group"


@dataclass(frozen=True, slots=True)
class Message:
    """When something reaches one person; `number` 0 is the prompt, 1 and 2 are reminders."""

    person_id: str
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A round, its invitations, and when its prompts and reminders go out."""

    round: Round
    invitations: tuple[Invitation, ...]
    messages: tuple[Message, ...]


def participants(members: Iterable[Member], teams: Collection[str] = ()) -> tuple[Member, ...]:
    """Those who said yes, of these teams (none: everyone)."""
    return tuple(
        member
        for member in on_the_list(members, teams)
        if member.membership.consent is Consent.GIVEN
    )


def on_the_list(members: Iterable[Member], teams: Collection[str] = ()) -> tuple[Member, ...]:
    """All participants of these teams (none: everyone), whether they said yes or not."""
    return tuple(
        member
        for member in members
        if member.membership.role is Role.PARTICIPANT
        and (not teams or member.membership.team in teams)
    )


def plan_season(
    members: Iterable[Member], expected_rate: int, disclosure: Disclosure
) -> tuple[Block, ...]:
    """The reporting groups of a season, from everyone who said yes. `expected_rate`: per cent."""
    sizes = Counter(member.membership.team for member in participants(members))
    return plan_blocks(sizes, expected_rate / 100, disclosure)


def place_late(blocks: Sequence[Block], members: Iterable[Member]) -> tuple[Block, ...]:
    """The season's groups, with teams that came later in the smallest, whomever a round asks.

    It is to be kept: a team that changed groups could be told from the difference of two rounds.
    Only teams change here: a group's name was published, so it stays.
    """
    sizes = Counter(member.membership.team for member in participants(members))
    placed = {team for block in blocks for team in block.teams}
    late = tuple(sorted(sizes.keys() - placed))
    if not late:
        return tuple(blocks)
    present = [block for block in blocks if any(sizes[team] for team in block.teams)]
    if not present:
        return (*blocks, Block(block_name(late), late))
    smallest = min(present, key=lambda block: sum(sizes[team] for team in block.teams))
    joined = replace(smallest, teams=(*smallest.teams, *late))
    return tuple(joined if block is smallest else block for block in blocks)


def blocks_for(blocks: Sequence[Block], members: Sequence[Member]) -> tuple[Block, ...]:
    """The season's groups in which there is somebody now who said yes."""
    there = {member.membership.team for member in participants(members)}
    return tuple(b for b in place_late(blocks, members) if not there.isdisjoint(b.teams))


def split_blocks(blocks: Sequence[Block], teams: Collection[str]) -> tuple[Block, ...]:
    """The groups that these teams would cut in two: results are never shown for part of one."""
    if not teams:
        return ()
    return tuple(
        block
        for block in blocks
        if any(team in teams for team in block.teams)
        and not all(team in teams for team in block.teams)
    )


def open_round(
    *,
    pulse: Pulse,
    programme: Programme,
    organisation: str,
    members: Sequence[Member],
    season: Sequence[Block],
    pool: Sequence[Question],
    last_asked: Mapping[str, date],
    due_at: datetime,
    now: datetime,
    new_id: Callable[[], str],
) -> Opened | NotOpened:
    """Freeze a round at `now` for the due moment. It depends on nothing that anyone answered."""
    today = local_day(now, programme.zone)
    if today < programme.starts_on:
        return NotOpened.NOT_STARTED
    if today > programme.ends_on:
        return NotOpened.ENDED
    if not pool:
        return NotOpened.NO_QUESTIONS
    profile = Profile(programme.profile)
    asked = participants(members, pulse.teams)
    if len(asked) < profile.disclosure.k:
        return NotOpened.TOO_FEW
    groups = blocks_for(season, members)
    if split_blocks(groups, pulse.teams):
        return NotOpened.CUTS_A_GROUP
    filled = [fill(q, organisation=organisation, change=programme.change) for q in pool]
    questions = rotate(filled, last_asked, today, pulse.size).asked
    if not questions:
        return NotOpened.ALL_RESTING
    calendar = calendar_of(programme)
    closes = close_at(now, pulse.window, calendar)
    teams = {member.membership.team for member in asked}
    blocks = tuple(b for b in groups if not teams.isdisjoint(b.teams))
    block_of = {team: block.name for block in blocks for team in block.teams}
    round_ = Round(
        id=new_id(),
        org_id=pulse.org_id,
        programme_id=programme.id,
        pulse_id=pulse.id,
        name=pulse.name,
        due_at=due_at,
        opened_at=now,
        close_at=closes,
        state=RoundState.OPEN,
        profile=profile,
        questionnaire=Questionnaire(questions),
        blocks=blocks,
        invited=len(asked),
    )
    starts = (now, *reminder_times(now, closes, pulse.reminders, calendar))
    messages = tuple(
        message for member in asked for message in _messages(member, programme, starts, closes)
    )
    first = {m.person_id: m.at for m in messages if m.number == 0}
    invitations = tuple(
        Invitation(
            org_id=pulse.org_id,
            round_id=round_.id,
            person_id=member.person.id,
            block=block_of[member.membership.team],
            send_at=first.get(member.person.id, now),
        )
        for member in asked
    )
    return Opened(round_, invitations, messages)


def reminders_for(
    pulse: Pulse, programme: Programme, members: Iterable[Member], opens: datetime
) -> tuple[int, int]:
    """The least and the most reminders that anyone on the list gets of a round that opens then.

    A short window has room for fewer than were asked for, and so have some people's hours.
    """
    calendar = calendar_of(programme)
    closes = close_at(opens, pulse.window, calendar)
    starts = (opens, *reminder_times(opens, closes, pulse.reminders, calendar))
    # Whoever has the same hours gets as many.
    alike = {rules_for(m.person, programme): m for m in on_the_list(members, pulse.teams)}
    numbers = {
        max(len(_messages(member, programme, starts, closes)) - 1, 0) for member in alike.values()
    }
    return min(numbers, default=0), max(numbers, default=0)


def _messages(
    member: Member, programme: Programme, starts: Sequence[datetime], closes: datetime
) -> tuple[Message, ...]:
    """The prompt and the reminders of one person; none where quiet hours fill the whole window.

    The first moment that their hours allow is the prompt's, even if a reminder was meant for it.
    Two messages that their hours move to one moment are one.
    """
    rules = rules_for(member.person, programme)
    moments = (send_at(rules, start, closes) for start in starts)
    distinct = sorted({moment for moment in moments if moment is not None})
    return tuple(Message(member.person.id, number, at) for number, at in enumerate(distinct))
