"""What each chat platform contributes to the one process that serves them all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from aiohttp import web

from bot.conversation.events import Event, Reply
from bot.ports import Platform

Handle = Callable[[Event], Awaitable[tuple[Reply, ...]]]


class Attached(Protocol):
    """A platform's side of the process, once it knows where events go."""

    def routes(self) -> Sequence[web.RouteDef]:
        """What is answered over HTTP; empty where the platform is reached otherwise."""

    def running(self) -> AbstractAsyncContextManager[None]:
        """Its work in the background; at the end what is being said is finished.

        Raises Refused where the platform does not let it in.
        """

    def announce(self, address: str) -> Sequence[str]:
        """Sentences for the operator. `address`: where HTTP is served, empty where it is not."""

    async def invite(self) -> Sequence[str]:
        """Make its workspaces known; a sentence for each that nobody runs yet. Raises Refused."""


class Part(Protocol):
    """A platform that can send. `title` is what people call it."""

    @property
    def title(self) -> str: ...

    @property
    def platform(self) -> Platform: ...

    def attach(self, handle: Handle) -> Attached:
        """Called once, before anything is sent; `handle` takes its events."""
