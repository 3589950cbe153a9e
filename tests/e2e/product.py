"""The product as its users meet it: a process of its own, and a browser on its page."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]

# One browser serves all tests of a worker, so they share its event loop.
IN_BROWSER = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(
        CHROMIUM is None, reason="Chromium was not found: install Debian's chromium package"
    ),
]

expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong
A_WHILE = 60_000  # milliseconds: for steps in which days of the example go by
READY = re.compile(r"ready at (http://127\.0\.0\.1:(\d+)/)")
FIRST_QUESTION = "question 1 of"
SETTLED = 500  # milliseconds: a new card ignores the second half of a double click
STOPS_WITHIN = 20  # seconds
STOPPED, INTERRUPTED = 0, 130


@dataclass(frozen=True, slots=True)
class Product:
    """A running playground and what it has logged so far."""

    address: str
    port: int
    log: Path


@contextmanager
def running(folder: Path, port: int = 0) -> Iterator[Product]:
    """`python -m bot run --playground` on the database in `folder`, stopped cleanly at the end."""
    log = folder / "log.txt"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run", "--playground"],
            env={
                **os.environ,
                "DATABASE_URL": f"sqlite:///{folder / 'soundings.db'}",
                "PORT": str(port),
                "SOUNDINGS_HOST": "127.0.0.1",
                "SOUNDINGS_LOG_LEVEL": "warning",
            },
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    with process:
        try:
            assert process.stdout is not None
            said = list(_until_ready(process.stdout))
            ready = READY.search(said[-1] if said else "")
            assert ready, f"The playground did not start: {said} {log.read_text()}"
            yield Product(ready[1], int(ready[2]), log)
            logged = log.read_text()
            process.send_signal(signal.SIGINT)
            assert process.wait(STOPS_WITHIN) in (STOPPED, INTERRUPTED)
        finally:
            process.kill()
    assert logged == ""


def _until_ready(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line
        if READY.search(line):
            return


@dataclass(frozen=True, slots=True)
class Visit:
    """One browser page on a running playground."""

    page: Page
    problems: list[str]

    @property
    def dialog(self) -> Locator:
        """The form that is open."""
        return self.page.locator("dialog[open]")

    def pane(self, role: str) -> Locator:
        """The chat of the participant, facilitator or lead."""
        return self.page.locator(f".pane.{role}")

    def cards(self, role: str, text: str | re.Pattern[str] = "") -> Locator:
        """The messages in a chat, or those with this text."""
        return self.pane(role).locator(".message").filter(has_text=text)

    async def open(self, address: str) -> None:
        """Load the page and wait until every chat shows its messages."""
        await self.page.goto(address)
        await expect(self.page.locator("#next")).to_be_enabled()
        await expect(self.page.locator(".log:not(:has(.message, .empty))")).to_have_count(0)
        await expect(self.page.locator(".pane")).to_have_count(3)
        await expect(self.page.locator(".lead .message").first).to_be_attached()

    async def command(self, role: str, text: str) -> None:
        """Type a command in a chat and send it."""
        box = self.pane(role).get_by_role("textbox")
        await box.fill(text)
        await box.press("Enter")

    async def day(self) -> None:
        """Press "+1 day" and wait until the clock stands still again."""
        await self.page.get_by_role("button", name="+1 day").click()
        await self._still()

    async def next_event(self, press: Callable[[], Awaitable[None]] | None = None) -> None:
        """Press "Next event", or `press` it in another way, and wait for what it brings."""
        messages = self.page.locator(".message")
        before = await messages.count()
        await (press or self.page.get_by_role("button", name="Next event").click)()
        await self._still()
        await expect(messages).not_to_have_count(before)

    async def _still(self) -> None:
        await expect(self.page.locator("#next")).to_be_enabled(timeout=A_WHILE)

    async def prompt(self, press: Callable[[], Awaitable[None]] | None = None) -> Locator:
        """Go on until the participant is asked the first question of a new round."""
        messages = self.cards("participant")
        first = messages.filter(has_text=FIRST_QUESTION)
        before = await first.count()
        for _ in range(6):
            await self.next_event(press)
            if await first.count() > before:
                texts = await messages.all_inner_texts()
                # By its place: its words change with every answer.
                return messages.nth(max(i for i, t in enumerate(texts) if FIRST_QUESTION in t))
        raise AssertionError("No round came.")

    async def answer(self, act: Callable[[], Awaitable[None]]) -> bool:
        """Press a button of a prompt by `act`; True where that opens a form."""
        async with self.page.expect_response("**/press"):
            await act()
        await self.page.wait_for_timeout(SETTLED)
        return await self.dialog.count() > 0

    async def options(self, role: str) -> list[str]:
        """The names of everyone who can be played in a chat."""
        return await self.pane(role).locator("header select option").all_inner_texts()
