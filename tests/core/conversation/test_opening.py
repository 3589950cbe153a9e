"""Which presses and lines may open a form, and that the table of commands says so."""

import pytest

from bot.conversation.actions import ARGUMENTS, Action, Verb
from bot.conversation.card import Button
from bot.conversation.commands import COMMANDS
from bot.conversation.opening import line_may_open_form, may_open, may_open_form

OPENING = [
    "programme new",
    "programme edit",
    "people add",
    "people import",
    "people from",
    "people remove",
    "questions add",
    "schedule new",
    "ask",
    "export",
]


def test_these_lines_alone_may_open_a_form() -> None:
    lines = [line for spec in COMMANDS for line in spec.usage]
    assert [line for line in lines if line_may_open_form(line)] == OPENING


@pytest.mark.parametrize("line", ["", "nonsense", "people ad", "ask Ward 4", "people add Sam"])
def test_a_line_that_is_not_understood_opens_none(line: str) -> None:
    assert not line_may_open_form(line)


@pytest.mark.parametrize("line", OPENING)
def test_a_button_that_runs_a_line_opens_what_the_line_opens(line: str) -> None:
    assert may_open_form(Action(Verb.RUN, (line,)))
    assert may_open_form(Action(Verb.RUN_IN, ("p1", line)))
    assert not may_open_form(Action(Verb.RUN_IN, (line, "status")))


def test_these_verbs_alone_open_a_form_by_themselves() -> None:
    opening = {
        verb for verb in Verb if may_open_form(Action(verb, tuple("x" for _ in ARGUMENTS[verb])))
    }
    assert opening == {Verb.WRITE, Verb.CHANGE, Verb.FORM}


def test_a_button_may_open_more_than_its_action_says() -> None:
    answer = Action(Verb.ANSWER, ("r", "q", "2"))
    assert not may_open(Button("Disagree", answer))
    assert may_open(Button("Disagree", answer, opens=True))
    assert may_open(Button("Write an answer", Action(Verb.WRITE, ("r", "q"))))
