"""A platform inside the test: it has a rate limit, fails in every way, and keeps what arrives."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from enum import Enum, auto

from bot.conversation.card import Card
from bot.conversation.events import Actor
from bot.pacing import filled
from bot.ports import InDoubt, Later, Rate, Refused, SendOutcome, Sent, Trace

FAST = Rate(1e6, 1000)


class Fault(Enum):
    """What goes wrong with one send. `*_THEN_*`: it was delivered before that."""

    NONE = auto()
    BUSY = auto()
    REFUSE = auto()
    RESET = auto()
    DELIVER_THEN_RESET = auto()
    HANG = auto()
    DELIVER_THEN_HANG = auto()
    CRASH = auto()
    DELIVER_THEN_CRASH = auto()
    CANCEL = auto()
    DELIVER_THEN_CANCEL = auto()


class LoopbackPlatform:
    """Delivers to lists. `fault` decides what happens to the nth send (from 0) with a key.

    Sends beyond `limit` are answered with `Later`, as long as the sender does not slow down.
    Where it is not `readable` it cannot say what has arrived.
    """

    def __init__(
        self,
        *,
        name: str = "loopback",
        rate: Rate = FAST,
        limit: Rate = FAST,
        latency: float = 0.0,
        readable: bool = True,
        wait: timedelta = timedelta(seconds=30),
        fault: Callable[[int, str], Fault] = lambda _number, _key: Fault.NONE,
    ) -> None:
        self.name = name
        self.rate = rate
        self.received: defaultdict[str, list[str]] = defaultdict(list)
        self.arrivals: list[float] = []
        self.sends = 0
        self.limit_hits = 0
        self.most_at_once = 0
        self._at_once = 0
        self._latency = latency
        self._readable = readable
        self.wait = wait
        self._fault = fault
        self._limit = filled(limit, limit, 0.0)

    async def send(self, to: Actor, card: Card, key: str) -> SendOutcome:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return await self._answer(to, key)
        finally:
            self._at_once -= 1

    async def find(self, to: Actor, key: str) -> Sent | Trace:
        await asyncio.sleep(self._latency)
        if not self._readable:
            return Trace.UNKNOWN
        return Sent(_ref(key)) if key in self.received[to.user] else Trace.ABSENT

    @property
    def everything(self) -> list[str]:
        """The ids of all deliveries that somebody really got, as often as they got them."""
        return sorted(key.partition(":")[0] for keys in self.received.values() for key in keys)

    async def _answer(self, to: Actor, key: str) -> SendOutcome:
        number, self.sends = self.sends, self.sends + 1
        await asyncio.sleep(self._latency)
        now = asyncio.get_running_loop().time()
        fault = self._fault(number, key)
        if fault is Fault.BUSY or not self._limit.within(now, 0):
            self.limit_hits += 1
            return Later(self.wait)
        _, self._limit = self._limit.reserve(now)
        if fault.name.startswith("DELIVER_") or fault is Fault.NONE:
            self.received[to.user].append(key)
            self.arrivals.append(now)
        match fault:
            case Fault.REFUSE:
                return Refused("account gone")
            case Fault.RESET | Fault.DELIVER_THEN_RESET:
                return InDoubt("connection reset")
            case Fault.HANG | Fault.DELIVER_THEN_HANG:
                await asyncio.Event().wait()
            case Fault.CRASH | Fault.DELIVER_THEN_CRASH:
                raise OSError(f"could not reach {to.user}")
            case Fault.CANCEL | Fault.DELIVER_THEN_CANCEL:
                raise asyncio.CancelledError
        return Sent(_ref(key))


def _ref(key: str) -> str:
    return f"ref-{key}"
