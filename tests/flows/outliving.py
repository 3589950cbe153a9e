"""What lives on when the process that serves it is killed: a platform, its people and the time."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiohttp import ClientError, ClientSession

from storage.store import open_store
from storage.vault import Vault
from tests.flows.company import TestClock
from tests.flows.doomed_service import LIVE, NEXT
from tests.flows.doomed_world import (
    END,
    SECRET,
    STAFF,
    START,
    Line,
    World,
    answers_now,
    check_answers,
)
from tests.slack.delivery import NotAcked
from tests.stores import copied
from tests.teams.delivery import NotTaken

KILLED = -signal.SIGKILL
# The day before the round, when everyone has said yes.
EVE = START + timedelta(days=3)
# Where a chat has the messages of the round.
PROMPT, REMINDER = 0, 1


class Died(Exception):
    """The process did not answer any more."""


def died(failure: NotAcked | NotTaken) -> Exception:
    """Whoever answers with an error, or not in time, is alive."""
    alive = failure.status or failure.reason == "timeout"
    return AssertionError(str(failure)) if alive else Died()


class Nursery:
    """Bears processes: see `doomed_service.live_and_die`."""

    def __init__(self, program: str) -> None:
        self._program = subprocess.Popen(
            [sys.executable, "-m", program],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def order(self, order: Mapping[str, Any]) -> None:
        assert self._program.stdin is not None
        self._program.stdin.write(json.dumps(order) + "\n")
        self._program.stdin.flush()

    async def says(self) -> Mapping[str, int]:
        """The port of the process, or the status with which it ended."""
        assert self._program.stdout is not None
        # In a thread: the platform has to answer meanwhile.
        line = await asyncio.to_thread(self._program.stdout.readline)
        said: dict[str, int] = json.loads(line)
        return said

    def close(self) -> None:
        self._program.communicate()


class Outliving(ABC):
    """To be entered and left.

    `journal` has every answer that was sent, and once more when it was acknowledged.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.journal: list[Line] = []
        self._clock = TestClock(EVE)
        self._place = ""

    @property
    @abstractmethod
    def _session(self) -> ClientSession:
        """What requests are sent with."""

    @abstractmethod
    def _order(self, now: str, last: int | str | None) -> Mapping[str, Any]:
        """What a process is born for."""

    @abstractmethod
    async def _take_part(self, user: str) -> None:
        """Answer whatever is there to be answered. Raises Died."""

    @abstractmethod
    async def _come_too_late(self) -> None:
        """Answer a round that has closed. Raises Died."""

    async def go_on(self, nursery: Nursery, last: int | str | None = None) -> bool:
        """Have a process serve until long after the round; whether it was killed, at `last`."""
        async with open_store(self.world.url, Vault(SECRET)) as store:
            check_answers(self.journal, await store.read(answers_now))
        nursery.order(self._order(self._clock.now().isoformat(), last))
        said = await nursery.says()
        died = False
        if "port" in said:
            self._place = f"http://127.0.0.1:{said['port']}"
            try:
                await self._live()
            except Died:
                died = True
            said = await nursery.says()
        assert said["status"] in (0, KILLED), f"a process ended with {said['status']}"
        assert not died or said["status"] == KILLED, "a process stopped answering"
        return said["status"] == KILLED

    async def _live(self) -> None:
        """From wherever the world stands until long after the round."""
        while True:
            await self._ask("POST", LIVE, self._clock.now().isoformat())
            for user in STAFF:
                await self._take_part(user)
            following = await self._ask("GET", NEXT)
            if not following or datetime.fromisoformat(following) > END:
                break
            moment = datetime.fromisoformat(following)
            self._clock.move(max(moment, self._clock.now() + timedelta(seconds=1)))
        await self._come_too_late()
        await self._ask("DELETE", LIVE)

    async def _ask(self, method: str, path: str, body: str = "") -> str:
        try:
            url = self._place + path
            async with self._session.request(method, url, data=body) as response:
                assert response.status == 200
                return await response.text()
        except ClientError:
            raise Died from None

    def _note(self, user: str, question_id: str, value: str, *, acknowledged: bool) -> None:
        if question_id:
            self.journal.append(Line(user, question_id, value, acknowledged))


Alive = TypeVar("Alive", bound=Outliving)


def worlds(
    url: str,
    original: Path,
    kind: Callable[[World], AbstractAsyncContextManager[Alive]],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Callable[[], AbstractAsyncContextManager[Alive]]:
    """Makes worlds that are copies of what is at a URL and in a folder."""

    @asynccontextmanager
    async def copy() -> AsyncIterator[Alive]:
        folder = tmp_path_factory.mktemp("world")
        shutil.copytree(original, folder, dirs_exist_ok=True)
        with copied(url, folder, request) as address:
            world = World(address, str(folder))
            try:
                async with kind(world) as survivors:
                    yield survivors
            except AssertionError as error:
                error.add_note(world.deaths())
                raise
        shutil.rmtree(folder)

    return copy
