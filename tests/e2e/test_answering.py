"""A participant in the browser: a whole round by mouse and by keyboard, and second thoughts."""

import re

from playwright.async_api import Locator, Page, expect

from tests.e2e.product import IN_BROWSER, Visit

pytestmark = IN_BROWSER

# All that is left in the chat after a round: it never shows a choice.
THANKS = re.compile(
    r"^Thank you, noted\.\s+Results come to you here when the round has closed, on "
    r"\w{3} \d+ \w{3} at \d\d:\d\d at the latest\. "
    r"Until then you can change your answers\.\s+Change my answers$"
)


async def said(card: Locator) -> str:
    return await card.locator(".card").inner_text()


async def answer_by_mouse(visit: Visit, card: Locator) -> None:
    """Agree, choose a number, or open the form, whatever the question wants; fill in the form."""
    wanted = re.compile("^(Agree|8 out of 10|Yes|Write an answer|Choose up to 3)$")
    if await visit.answer(card.get_by_role("button", name=wanted).click):
        for box in (await visit.dialog.get_by_role("checkbox").all())[:2]:
            await box.check()
        for box in await visit.dialog.get_by_role("textbox").all():
            await box.fill("A secret thought")
        await visit.dialog.get_by_role("button", name="Send").click()
        await expect(visit.dialog).to_be_hidden()


async def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(80):
        if await target.evaluate("element => element === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError("Tab never got there.")


async def test_a_participant_answers_a_whole_round_by_mouse(visit: Visit) -> None:
    card = await visit.prompt()
    while "question" in await said(card):
        await answer_by_mouse(visit, card)
    assert THANKS.match(await said(card))


async def test_a_participant_answers_a_whole_round_by_keyboard_alone(visit: Visit) -> None:
    page = visit.page
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the chats")).to_be_focused()
    await tab_to(page, page.locator("#next"))
    card = await visit.prompt(lambda: page.keyboard.press("Enter"))
    while "question" in await said(card):
        await tab_to(page, card.get_by_role("button").first)
        if await card.get_by_role("button", name=re.compile("Write|Choose")).count():
            await tab_to(page, card.get_by_role("button", name="Skip this question"))
        if await visit.answer(lambda: page.keyboard.press("Enter")):
            await page.keyboard.press("Space")
            await tab_to(page, visit.dialog.get_by_role("button", name="Send"))
            await page.keyboard.press("Enter")
            await expect(visit.dialog).to_be_hidden()
        await expect(card).to_be_focused()
    assert THANKS.match(await said(card))


async def test_a_choice_shows_in_the_form_alone_and_can_be_changed_there(visit: Visit) -> None:
    card = await visit.prompt()
    question = await card.get_by_role("heading").inner_text()
    assert not await visit.answer(card.get_by_role("button", name="Strongly agree").click)
    while "question" in await said(card):
        await visit.answer(card.get_by_role("button", name="Skip this question").click)
    await card.get_by_role("button", name="Change my answers").click()
    group = visit.dialog.get_by_role("group", name=question)
    await expect(group.get_by_role("radio", name="Strongly agree")).to_be_checked()
    await group.get_by_role("radio", name="Disagree", exact=True).check()
    await visit.dialog.get_by_role("button", name="Save my answers").click()
    await expect(visit.dialog).to_be_hidden()
    await expect(card).to_be_focused()
    assert THANKS.match(await said(card))
    await visit.command("participant", "me")
    change = visit.pane("participant").get_by_role("button", name="Change my answers: Rota check")
    await change.click()
    await expect(group.get_by_role("radio", name="Disagree", exact=True)).to_be_checked()
