"""Cards with charts are rendered beside the event loop: their pictures take a while to draw."""

from __future__ import annotations

import asyncio

from adapters.teams.render import render_messages
from bot.conversation.card import Card, Chart


class Drawing:
    """Each card is drawn once, however many wait for it; the renderer remembers what came of it."""

    def __init__(self) -> None:
        self._drawing: dict[Card, asyncio.Task[object]] = {}

    async def prepare(self, card: Card) -> None:
        """After this the card is rendered at once."""
        if not any(isinstance(block, Chart) for block in card.blocks):
            return
        task = self._drawing.get(card)
        if task is None:
            task = asyncio.create_task(asyncio.to_thread(render_messages, card))
            self._drawing[card] = task
            task.add_done_callback(lambda _: self._drawing.pop(card, None))
        # Shielded: whoever waits too long must not take the picture from all others.
        await asyncio.shield(task)
