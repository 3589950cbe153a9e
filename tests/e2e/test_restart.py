"""The page and a server that goes away for a while."""

import re
from datetime import datetime
from pathlib import Path

from playwright.async_api import Locator, expect

from tests.e2e.product import A_WHILE, IN_BROWSER, Visit, running

pytestmark = IN_BROWSER


async def moment(time: Locator) -> datetime:
    at = await time.get_attribute("datetime")
    assert at is not None
    return datetime.fromisoformat(at)


async def test_the_page_survives_a_restart_of_the_server(page_only: Visit, folder: Path) -> None:
    visit, page = page_only, page_only.page
    notice, clock = page.locator("#notice"), page.locator("#time")
    with running(folder) as product:
        await visit.open(product.address)
        before = await moment((await visit.prompt()).locator("time"))
        messages = await visit.cards("participant").count()
    await expect(notice).to_contain_text("The connection is lost.")
    with running(folder, product.port):
        await expect(notice).to_have_text("", timeout=A_WHILE)
        assert await moment(clock) >= before
        await expect(visit.cards("participant")).to_have_count(messages)
        await visit.next_event()
        arrived = await visit.cards("participant").count()
        await visit.open(product.address)
        assert await moment(clock) >= before
        await expect(visit.cards("participant")).to_have_count(arrived)
    # While nobody answered, the browser said so; nothing else was wrong.
    refused = re.compile("ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE")
    visit.problems[:] = [problem for problem in visit.problems if not refused.search(problem)]


async def test_days_on_which_nothing_came_are_not_lived_again_after_a_restart(
    page_only: Visit, folder: Path
) -> None:
    with running(folder) as product:
        await page_only.open(product.address)
        await page_only.prompt()
        await page_only.day()
        before = await moment(page_only.page.locator("#time"))
        await page_only.page.goto("about:blank")
    with running(folder) as product:
        await page_only.open(product.address)
        assert await moment(page_only.page.locator("#time")) >= before
