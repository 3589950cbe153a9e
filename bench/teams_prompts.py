"""Prompts for Teams: how soon many reach one chat, and what it takes to render them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from statistics import median
from time import perf_counter, process_time

import aiohttp

from adapters.teams.connector import Connector
from adapters.teams.render import render_message
from bench.common import Row
from bench.teams_serving import prompt
from bot.conversation.card import Card, Text


async def one_chat(service_url: str, count: int) -> Row:
    """When the last of many messages to one chat goes out, beside the earliest that is allowed."""
    message = render_message(prompt())
    async with aiohttp.ClientSession() as session:
        connector = Connector(session, None)
        begun = perf_counter()
        await asyncio.gather(*(connector.send(service_url, "a:one", message) for _ in range(count)))
        took = perf_counter() - begun
    return Row(
        what=f"The last of {count} messages to one chat in Teams, beside the rate limit",
        unit="s",
        value=took,
        baseline=_earliest(count) or None,
        most_ratio=1.2,  # there is a margin of 15 % for jitter on the way
    )


def _earliest(count: int) -> float:
    """By two of Microsoft's limits: 7 messages in a second, and 8 in two."""
    moments: list[float] = []
    for _ in range(count):
        least = [0.0]
        least += [moments[-7] + 1] if len(moments) >= 7 else []
        least += [moments[-8] + 2] if len(moments) >= 8 else []
        moments.append(max(least))
    return moments[-1]


# --- rendering ---------------------------------------------------------------------------------


def rendering(count: int, repeats: int) -> list[Row]:
    """A prompt that others had before, and one unlike any before."""
    card = prompt()
    fresh = [Card((*card.blocks, Text(str(number)))) for number in range(count)]

    def each(cards: Sequence[Card]) -> float:
        begun = process_time()
        for one in cards:
            render_message(one)
        return (process_time() - begun) / len(cards) * 1e6

    again = median(each([card] * count) for _ in range(repeats))
    return [
        Row(what="A prompt of a round for Teams, rendered", unit="us CPU", value=again, most=10),
        Row(what="A prompt for Teams unlike any before", unit="us CPU", value=each(fresh)),
    ]
