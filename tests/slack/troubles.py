"""What can go wrong on the way to Slack, and what a test chooses from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from tests.slack.records import Call


class How(Enum):
    STATUS = auto()
    ERROR = auto()
    DROP = auto()
    HANG = auto()
    PAGE = auto()


@dataclass(frozen=True, slots=True)
class Trouble:
    """How one call fails; with `after`, once it has had its effect."""

    how: How
    after: bool = False
    status: int = 200
    retry_after: int | None = None
    error: str = ""


# Decides for each call; `call.number` counts the calls of its method, from 1.
Decide = Callable[[Call], Trouble | None]


def status(code: int, *, after: bool = False) -> Trouble:
    """An HTTP status without JSON, for example 500 or 503."""
    return Trouble(How.STATUS, after, status=code)


def busy(seconds: int = 1) -> Trouble:
    """429, come back later."""
    return Trouble(How.STATUS, status=429, retry_after=seconds, error="ratelimited")


def refuse(error: str) -> Trouble:
    """200 with `ok: false` and this error."""
    return Trouble(How.ERROR, error=error)


def drop(*, after: bool = False) -> Trouble:
    """The connection ends without an answer."""
    return Trouble(How.DROP, after)


def page(code: int = 200) -> Trouble:
    """A page that calls itself JSON, as some gateways send it."""
    return Trouble(How.PAGE, status=code)


def hang(*, after: bool = False) -> Trouble:
    """There is no answer until the stand-in closes."""
    return Trouble(How.HANG, after)


def always(trouble: Trouble) -> Decide:
    return lambda _call: trouble


def first(count: int, trouble: Trouble) -> Decide:
    """The first `count` calls that come from now on."""
    left = [count]

    def decide(_call: Call) -> Trouble | None:
        left[0] -= 1
        return trouble if left[0] >= 0 else None

    return decide
