"""Pictures of charts are drawn beside the event loop, once for everyone who waits."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest

from adapters.teams import drawing
from adapters.teams.drawing import Drawing
from adapters.teams.render import render_messages
from bot.conversation.card import Bar, Card, Chart, Text

CHART = Chart(
    title="Answers",
    series=("positive", "negative"),
    columns=("Group", "Positive", "Negative"),
    bars=(Bar("Everyone", (4, 3), ("Everyone", "4", "3")),),
    alt="Everyone: 4 positive, 3 negative.",
)


class Drawn:
    """What was rendered, and whether it was beside the loop."""

    def __init__(self) -> None:
        self.cards: list[Card] = []
        self.aside: list[bool] = []

    def __call__(self, card: Card) -> object:
        self.cards.append(card)
        self.aside.append(threading.current_thread() is not threading.main_thread())
        return render_messages(card)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    noted = Drawn()
    monkeypatch.setattr(drawing, "render_messages", noted)
    return noted


async def test_a_card_with_a_chart_is_drawn_once_beside_the_loop(drawn: Drawn) -> None:
    card, other = Card((CHART,)), Card((replace(CHART, title="Others"),))
    at_work = Drawing()
    await asyncio.gather(*(at_work.prepare(each) for each in [card] * 20 + [other]))
    assert sorted(map(str, drawn.cards)) == sorted(map(str, [card, other]))
    assert all(drawn.aside)


async def test_words_alone_wait_for_nobody(drawn: Drawn) -> None:
    await Drawing().prepare(Card((Text("Hello"),)))
    assert drawn.cards == []


async def test_whoever_gives_up_takes_the_picture_from_nobody(drawn: Drawn) -> None:
    at_work = Drawing()
    waits = asyncio.create_task(at_work.prepare(Card((CHART,))))
    gives_up = asyncio.create_task(at_work.prepare(Card((CHART,))))
    await asyncio.sleep(0)
    gives_up.cancel()
    await waits
    assert gives_up.cancelled() or gives_up.cancelling()
    assert len(drawn.cards) == 1
