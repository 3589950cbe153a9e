"""`make e2e-teams`: walks through a whole round, and keeps pictures of it."""

from __future__ import annotations

import asyncio
import shutil
import sys
from contextlib import AsyncExitStack

from playwright.async_api import async_playwright

from bot.clock import RunningClock
from scripts.e2e_teams.cast import EVERYONE, Person, zone_at
from scripts.e2e_teams.chat import Chat, chat_of
from scripts.e2e_teams.processes import ROOT, Missing, bot, client, installed
from scripts.e2e_teams.story import whole_round

FOLDER = ROOT / "var/e2e-teams"
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


async def main() -> None:
    """Raises Missing, or what the story raises."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise Missing(
            "This needs Chromium, which was not found: install Debian's package chromium."
        )
    print("Fetching the Agents Playground, where it is not there yet ...", flush=True)
    program = await installed(FOLDER / "client")
    run = FOLDER / "run"
    shutil.rmtree(run, ignore_errors=True)
    for picture in FOLDER.glob("*.png"):
        picture.unlink()
    async with AsyncExitStack() as stack:
        started = await stack.enter_async_context(bot(run / "bot"))
        endpoint = await started.says(r"Listening for local clients at (\S+)")
        code = await started.says(r"claim ([A-Z0-9-]{14})")
        print(f"Opening {len(EVERYONE)} clients ...", flush=True)
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        zone = zone_at(RunningClock().now())

        async def opened(person: Person) -> Chat:
            folder = run / f"{person.number:02}"
            address = await stack.enter_async_context(
                client(program, folder, person, zone, endpoint)
            )
            return await stack.enter_async_context(chat_of(browser, person, address, zone, FOLDER))

        chats = {person: await opened(person) for person in EVERYONE}
        try:
            await whole_round(chats, code)
        except BaseException:
            for person, chat in chats.items():
                await chat.shot(f"failed-{person.number:02}")
            raise
        finally:
            await browser.close()
    print(f"The round is over. Look at the pictures in {FOLDER.relative_to(ROOT)}.")


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except Missing as missing:
        sys.exit(str(missing))
