"""Forms open only from what says beforehand that it may open one."""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation.actions import Action
from bot.conversation.card import Card
from bot.conversation.events import Command, Event, Open, Pressed, Replace, Reply, Say
from bot.conversation.opening import line_may_open_form, may_open, may_open_form


class Openings:
    """What the buttons said that people have seen, and what came of them."""

    def __init__(self) -> None:
        self._may_open: set[Action] = set()

    def shown(self, card: Card) -> None:
        self._may_open |= {button.action for button in card.buttons if may_open(button)}

    def followed(self, event: Event, replies: Sequence[Reply]) -> None:
        """Fails where a form opens that nothing announced."""
        if any(isinstance(reply, Open) for reply in replies):
            match event:
                case Pressed(action=action):
                    assert action in self._may_open or may_open_form(action), action
                case Command(text=text):
                    assert line_may_open_form(text), text
        for reply in replies:
            if isinstance(reply, Say | Replace):
                self.shown(reply.card)
