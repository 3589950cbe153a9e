"""What the playground is for: a newcomer sees the whole loop after a minute of clicking."""

import re

import pytest
from playwright.async_api import expect

from tests.e2e.product import IN_BROWSER, Visit

pytestmark = IN_BROWSER

COUNT_CLICKS = "window.clicks = 0; addEventListener('click', () => { window.clicks += 1; }, true)"


async def test_the_page_shows_three_people_and_a_clock(visit: Visit) -> None:
    page = visit.page
    await expect(page).to_have_title("Soundings playground")
    for role in ("Participant", "Facilitator", "Lead"):
        await expect(page.get_by_role("region", name=role)).to_be_visible()
        await expect(page.get_by_label(f"{role}: who you play")).to_have_value(re.compile("@"))
    assert len(await visit.options("participant")) == 60
    assert len(await visit.options("facilitator")) == 2
    await expect(page.locator("#time")).to_have_text(re.compile(r"^\d\d:\d\d$"))
    await expect(page.locator("#date")).to_have_text(re.compile(r"^\w{3}, \d+ \w+ \d{4} · "))
    await expect(visit.cards("lead").last).to_contain_text("Results: Rota check")


@pytest.mark.parametrize("answer", ["Agree", "Strongly disagree"])
async def test_fifteen_clicks_lead_from_a_fresh_page_to_a_new_digest(
    visit: Visit, answer: str
) -> None:
    page = visit.page
    await page.evaluate(COUNT_CLICKS)
    digests = visit.cards("lead", re.compile("Results: "))
    before = await digests.count()
    newest = visit.pane("participant").locator(".message").last
    while await digests.count() == before:
        asked = newest.get_by_text(re.compile(r"question \d of \d"))
        if await asked.count() == 0:
            await visit.next_event()
            continue
        wanted = newest.get_by_role("button", name=answer, exact=True)
        other = newest.get_by_role("button", name="Skip this question")
        if await visit.answer((wanted if await wanted.count() else other).click):
            await visit.dialog.get_by_role("button", name="Cancel").click()
    assert await page.evaluate("window.clicks") <= 15
    await expect(visit.cards("lead").last.get_by_role("img").first).to_be_visible()
