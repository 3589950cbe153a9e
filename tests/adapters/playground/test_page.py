"""The page itself, in a headless browser."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Page, async_playwright, expect

from adapters.playground.colleagues import Colleagues
from adapters.playground.history import History
from adapters.playground.platform import Playground, make_app, serve
from bot.conversation.card import Card, Text
from bot.conversation.events import Actor, Closed, Command, Submitted
from tests.adapters.playground.small_core import SmallClock, SmallCore, prompt

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ADA = Actor("playground", "demo", "p0-0")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium was not found: install Debian's chromium package"
)


@dataclass(frozen=True, slots=True)
class Visit:
    page: Page
    playground: Playground
    core: SmallCore
    address: str
    problems: list[str]


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    clock = SmallClock()
    playground = Playground(History(":memory:"), "demo", clock)
    core = SmallCore(playground, clock)
    runner = await serve(make_app(playground, core, Colleagues(1)), "127.0.0.1", 0)
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    problems: list[str] = []
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
            page = await browser.new_page(locale="en-GB", timezone_id="Europe/London")
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on(
                "console",
                lambda line: problems.append(line.text) if line.type == "error" else None,
            )
            await page.goto(address)
            await expect(page.locator(".pane")).to_have_count(3)
            yield Visit(page, playground, core, address, problems)
            await browser.close()
    finally:
        await runner.cleanup()
    assert problems == []


async def test_a_participant_answers_and_the_card_changes_in_place(visit: Visit) -> None:
    pane = visit.page.locator(".participant")
    await visit.page.click("#next")
    card = pane.locator(".message")
    await expect(card.locator("h3")).to_contain_text("I know what the move")
    await card.get_by_role("button", name="Agree", exact=True).click()
    await expect(card.locator("h3")).to_contain_text("I get the help I need")
    await expect(card).to_have_count(1)
    await expect(card).to_be_focused()


async def test_the_second_half_of_a_double_click_answers_nothing(visit: Visit) -> None:
    await visit.playground.send(ADA, prompt(0), "k")
    button = visit.page.locator(".participant .message button").first
    await button.dblclick()
    await visit.page.wait_for_timeout(300)
    assert len(visit.core.events) == 1


async def test_a_lead_receives_the_digest_with_its_chart(visit: Visit) -> None:
    for _ in range(3):
        await visit.page.click("#next")
        await expect(visit.page.locator("#next")).to_be_enabled()
    chart = visit.page.locator(".lead .chart")
    await expect(chart.get_by_role("img")).to_have_accessible_name(
        "Work: 10 in 100 unfavourable, 25 neutral, 65 favourable. Help: 35, 20 and 45. "
        "Better: 0 to 3, 47 and 52."
    )
    await chart.locator("summary").click()
    rows = chart.locator("tbody")
    await expect(rows).to_have_count(3)
    await expect(rows.last.locator("td")).to_have_text(["0 to 3", "47", "52"])


async def test_a_bar_shows_all_its_numbers_or_none(visit: Visit) -> None:
    for _ in range(3):
        await visit.page.click("#next")
        await expect(visit.page.locator("#next")).to_be_enabled()
    bars = visit.page.locator(".lead .bar")
    await expect(bars.nth(0).locator("text")).to_have_text(["10", "25", "65"])
    # Its first part is too narrow for a number, and the others alone would not add up.
    await expect(bars.nth(2).locator(".segment")).to_have_count(3)
    await expect(bars.nth(2).locator("text")).to_have_count(0)


async def test_markup_is_shown_as_it_was_typed(visit: Visit) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    await visit.playground.send(ADA, Card((Text(nasty),)), "k")
    await visit.page.fill(".participant .composer input", nasty)
    await visit.page.press(".participant .composer input", "Enter")
    await expect(visit.page.get_by_text(nasty)).to_have_count(2)
    await expect(visit.page.locator(".log img")).to_have_count(0)


async def test_an_error_stands_at_its_field_and_keeps_what_was_typed(visit: Visit) -> None:
    composer = visit.page.locator(".facilitator .composer input")
    await composer.fill("/pulse ask")
    await composer.press("Enter")
    dialog = visit.page.get_by_role("dialog", name="Ask one question")
    question = dialog.get_by_role("textbox", name="Question")
    await dialog.get_by_label("Maple ward").check()
    await dialog.get_by_role("button", name="Send the question").click()
    await expect(question).to_be_focused()
    await expect(question).to_have_accessible_description(
        "Please check: Type the question that you want to ask. Keep it short."
    )
    await expect(dialog.get_by_label("Maple ward")).to_be_checked()
    await question.fill("How was it?")
    await dialog.get_by_role("button", name="Send the question").click()
    await expect(dialog).to_be_hidden()
    await expect(visit.page.locator(".facilitator .whisper")).to_contain_text("on its way")
    event = visit.core.events[-1]
    assert isinstance(event, Submitted)
    assert event.values == {"question": ("How was it?",), "to": ("ward",), "days": ()}


async def test_escape_closes_a_form_and_hands_over_the_draft(visit: Visit) -> None:
    composer = visit.page.locator(".facilitator .composer input")
    await composer.fill("ask")
    await composer.press("Enter")
    await visit.page.get_by_role("textbox", name="Question").fill("Half a thought")
    await visit.page.keyboard.press("Escape")
    await expect(visit.page.get_by_role("dialog")).to_be_hidden()
    await expect(composer).to_be_focused()
    await visit.page.wait_for_timeout(200)
    event = visit.core.events[-1]
    assert isinstance(event, Closed)
    assert event.values["question"] == ("Half a thought",)


async def test_an_answer_that_is_given_up_leaves_no_draft(visit: Visit) -> None:
    await visit.playground.send(ADA, prompt(3), "k")
    await visit.page.get_by_role("button", name="Write an answer").click()
    await visit.page.get_by_role("dialog").get_by_role("textbox").fill("Secret")
    await visit.page.keyboard.press("Escape")
    await expect(visit.page.locator(".participant .message")).to_be_focused()
    await visit.page.wait_for_timeout(200)
    assert not any(isinstance(event, Closed) for event in visit.core.events)


async def test_the_keyboard_alone_is_enough(visit: Visit) -> None:
    await visit.page.focus("#next")
    await visit.page.keyboard.press("Enter")
    await expect(visit.page.locator(".participant .message")).to_have_count(1)
    await visit.page.focus(".participant .log")
    await visit.page.keyboard.press("Tab")
    await visit.page.keyboard.press("Enter")
    await expect(visit.page.locator(".participant h3")).to_contain_text("I get the help")
    composer = visit.page.locator(".lead .composer input")
    await composer.focus()
    await visit.page.keyboard.type("help")
    await visit.page.keyboard.press("Enter")
    await visit.page.keyboard.press("ArrowUp")
    await expect(composer).to_have_value("help")
    assert any(isinstance(event, Command) for event in visit.core.events)


async def test_the_people_on_screen_stay_after_a_reload(visit: Visit) -> None:
    await visit.playground.send(Actor("playground", "demo", "p1-0"), prompt(0), "k")
    choice = visit.page.get_by_label("Participant: who you play")
    await choice.select_option("p1-0")
    await expect(visit.page.locator(".participant .message")).to_have_count(1)
    await visit.page.reload()
    await expect(choice).to_have_value("p1-0")
    await expect(visit.page.locator(".participant .message")).to_have_count(1)


async def test_a_phone_shows_one_chat_at_a_time(visit: Visit) -> None:
    await visit.page.set_viewport_size({"width": 390, "height": 800})
    await expect(visit.page.locator(".pane:visible")).to_have_count(1)
    await visit.page.get_by_role("tab", name="Lead").click()
    await expect(visit.page.locator(".pane.lead")).to_be_visible()
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await visit.page.evaluate(overflow) == 0
