"""What can go wrong on the way to Microsoft's servers, and what a test chooses from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from tests.teams.records import Call

# Source: learn.microsoft.com, "Status codes from bot conversational APIs".
CODES = {
    400: "BadArgument",
    401: "BotNotRegistered",
    403: "BotDisabledByAdmin",
    404: "ConversationNotFound",
    412: "PreconditionFailed",
    413: "MessageSizeTooBig",
    429: "Throttled",
    500: "ServiceError",
    502: "ServiceError",
}


class How(Enum):
    STATUS = auto()
    DROP = auto()
    HANG = auto()


@dataclass(frozen=True, slots=True)
class Trouble:
    """How one call fails; with `after`, once it has had its effect. No code: no JSON either."""

    how: How
    after: bool = False
    status: int = 200
    code: str = ""
    retry_after: int | None = None


# Decides for each call; `call.number` counts the calls of its method, from 1.
Decide = Callable[[Call], Trouble | None]


def status(number: int, code: str | None = None, *, after: bool = False) -> Trouble:
    """An HTTP status with the code that is documented for it; 503 and 504 have none."""
    return Trouble(How.STATUS, after, number, CODES.get(number, "") if code is None else code)


def busy(seconds: int | None = 1) -> Trouble:
    """429, come back later; Teams does not always say when."""
    return Trouble(How.STATUS, status=429, code=CODES[429], retry_after=seconds)


def drop(*, after: bool = False) -> Trouble:
    """The connection ends without an answer."""
    return Trouble(How.DROP, after)


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
