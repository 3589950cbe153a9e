"""Reporting blocks: teams merged before asking, so that no small group needs to be blanked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.programme.people import NO_TEAM
from bot.sentiment.profile import Disclosure

# 196 people at a rate of 2 in 49 expect 8 answers, not a hair less.
_ROUNDING = 1e-9

_MAX_NAME = 75  # characters: what fits beside a bar


@dataclass(frozen=True, slots=True)
class Block:
    """Teams that are reported as one, in alphabetical order, and the name that people read."""

    name: str
    teams: tuple[str, ...]


def plan_blocks(
    team_sizes: Mapping[str, int], expected_rate: float, disclosure: Disclosure
) -> tuple[Block, ...]:
    """Merge the smallest team into the next smallest until each block expects enough answers.

    `team_sizes` is people per team, `expected_rate` the share of them that answers (0 to 1).
    If nothing else fits the whole organisation is one block. Equal sizes go by name, so the same
    roster always gives the same blocks. Raises ValueError for a rate outside 0 to 1.
    """
    if not 0 <= expected_rate <= 1:
        raise ValueError("the expected rate is a share from 0 to 1")
    blocks: list[tuple[int, tuple[str, ...]]]
    blocks = sorted((size, (team,)) for team, size in team_sizes.items())
    while len(blocks) > 1 and not _is_enough(blocks[0][0], expected_rate, disclosure):
        (small, few), (next_size, others), *rest = blocks
        blocks = sorted([(small + next_size, tuple(sorted(few + others))), *rest])
    return tuple(Block(block_name(teams), teams) for teams in sorted(teams for _, teams in blocks))


def block_name(teams: Sequence[str]) -> str:
    """For example "Day + Night"; of many teams only the first are named: "Day + Late + 7 more"."""
    names = [team or NO_TEAM for team in teams]
    name, shown = " + ".join(names), len(names)
    while len(name) > _MAX_NAME and shown > 1:
        shown -= 1
        name = " + ".join([*names[:shown], f"{len(names) - shown} more"])
    return name


def _is_enough(people: int, expected_rate: float, disclosure: Disclosure) -> bool:
    return people * expected_rate + _ROUNDING >= disclosure.expected_block
