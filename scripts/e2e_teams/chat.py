"""One person's client, in a browser: what they type, press and see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, Locator, Page, Route, ViewportSize, expect

from scripts.e2e_teams.cast import BOT, TEAM, Person

HERE = ("127.0.0.1", "localhost")
WITHIN = 30_000  # milliseconds
WINDOW = ViewportSize(width=1400, height=1000)


@dataclass(frozen=True, slots=True)
class Chat:
    """The page of one person."""

    person: Person
    page: Page
    shots: Path

    async def say(self, line: str) -> None:
        """Type a line to the bot and send it."""
        await self._box().click()
        await self.page.keyboard.type(line)
        await self.page.get_by_role("button", name="Send Message").click()

    async def post(self, line: str) -> None:
        """Begin a thread in the team's channel, with the bot's name before the line."""
        await self.page.get_by_role("treeitem", name=f"{TEAM} - General").click()
        await self._box().click()
        await self.page.keyboard.type("@")
        await self.page.get_by_role("menuitem", name=BOT).first.click()
        await self.page.keyboard.type(line)
        await self.page.get_by_role("button", name="Post").click()

    async def back(self) -> None:
        """From the channel to the chat with the bot."""
        await self.page.get_by_role("treeitem", name="Personal Chat").click()

    async def press(self, label: str) -> None:
        """Press the newest button of this label."""
        await self.page.get_by_role("button", name=label, exact=True).last.click(timeout=WITHIN)

    async def sees(self, text: str) -> None:
        """Wait for a text; the newest of several."""
        await expect(self.page.get_by_text(text).last).to_be_visible(timeout=WITHIN)

    async def sees_no_more(self, text: str) -> None:
        """Wait until it is gone."""
        found = self.page.get_by_text(text, exact=True)
        await expect(found).to_have_count(0, timeout=WITHIN)

    async def shot(self, name: str) -> None:
        """Keep a picture of the page."""
        await self.page.screenshot(path=self.shots / f"{name}.png")

    def _box(self) -> Locator:
        return self.page.locator("[data-lexical-editor]").first


@asynccontextmanager
async def chat_of(
    browser: Browser, person: Person, address: str, zone: str, shots: Path
) -> AsyncIterator[Chat]:
    """Their page. It is opened once: loading it again would empty the chat."""
    context = await browser.new_context(
        viewport=WINDOW, locale="en-GB", timezone_id=zone, device_scale_factor=1
    )
    await context.route("**/*", _only_here)
    page = await context.new_page()
    await page.goto(address)
    await page.locator("[data-lexical-editor]").wait_for(timeout=WITHIN)
    await page.get_by_role("button", name="Hide log panel").click()
    try:
        yield Chat(person, page, shots)
    finally:
        await context.close()


async def _only_here(route: Route) -> None:
    if urlsplit(route.request.url).hostname in HERE:
        await route.continue_()
    else:
        await route.abort()  # fonts, which the page does without
