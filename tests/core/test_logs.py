"""What a line of the log says, and what it leaves out."""

from __future__ import annotations

import logging
import sys

from bot.logs import Lines


def line(logger: str, message: str, **extra: object) -> str:
    """The line, without its time."""
    record = logging.getLogger(logger).makeRecord(
        logger, logging.WARNING, "a.py", 1, message, (), None, extra=extra
    )
    return Lines().format(record).partition(" WARNING ")[2]


def test_a_line_says_what_it_is_about() -> None:
    said = line(
        "adapters.slack.platform", "A call failed", method="views.open", action="slack_call"
    )
    assert said == "A call failed action=slack_call method=views.open"


def test_a_line_without_anything_more_is_its_sentence() -> None:
    assert line("bot.inbox", "An event failed") == "An event failed"


def test_what_a_server_said_stays_in_one_line() -> None:
    said = line("adapters.slack.tokens", "Refused", error="a\nWARNING made up\r\n")
    assert said == "Refused error=a WARNING made up"


def test_what_a_library_adds_is_left_out() -> None:
    assert line("slack_sdk.web", "Sent", body="what somebody wrote") == "Sent"
    assert line("botbuilder", "Sent", body="what somebody wrote") == "Sent"


def test_a_traceback_comes_after_the_line() -> None:
    try:
        raise KeyError("x")
    except KeyError:
        error = sys.exc_info()
    record = logging.getLogger("bot").makeRecord(
        "bot", logging.ERROR, "a.py", 1, "Failed", (), error, extra={"action": "a"}
    )
    first, *rest = Lines().format(record).splitlines()
    assert first.endswith(" ERROR Failed action=a")
    assert rest[-1] == "KeyError: 'x'"
