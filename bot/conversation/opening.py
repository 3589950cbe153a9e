"""Which buttons may open a form: where a platform opens one only for a press that asked for it."""

from __future__ import annotations

from bot.conversation.actions import Action, Verb
from bot.conversation.card import Button
from bot.conversation.grammar import Parsed, opens_form, parse


def may_open(button: Button) -> bool:
    """Whether pressing this may open a form."""
    return button.opens or may_open_form(button.action)


def may_open_form(action: Action) -> bool:
    """The same by what the button does alone. What is answered with words may be among it."""
    match action.verb:
        case Verb.WRITE | Verb.CHANGE | Verb.FORM:
            return True
        case Verb.RUN | Verb.RUN_IN:
            return line_may_open_form(action.arguments[-1])
        case _:
            return False


def line_may_open_form(line: str) -> bool:
    """Whether typing this may open a form, for somebody in any role."""
    parsed = parse(line)
    return isinstance(parsed, Parsed) and opens_form(parsed)
