"""The page for everyone: names, focus, contrast, live regions, and a phone's width."""

import re
from collections.abc import Awaitable, Callable
from typing import Literal

import pytest
from playwright.async_api import Page, expect

from tests.e2e.product import IN_BROWSER, Visit

pytestmark = IN_BROWSER

# Whatever can be operated and has nothing to be called by.
NAMELESS = """() => [...document.querySelectorAll(
    "button, input, select, textarea, a[href], summary, dialog[open], [role]"
)].filter((element) => element.checkVisibility()).filter((element) => {
    const referred = (element.getAttribute("aria-labelledby") || "").split(/\\s+/).filter(Boolean);
    const names = [
        element.getAttribute("aria-label"),
        ...referred.map((id) => document.getElementById(id)?.textContent),
        ...[...(element.labels || [])].map((label) => label.textContent),
        element.matches("button, a, summary, [role=tab], [role=status], [role=alert]")
            ? element.textContent || "(says nothing yet)"
            : "",
    ];
    return !names.some((name) => name?.trim());
}).map((element) => element.outerHTML.slice(0, 200))"""

NOT_UNIQUE = """() => {
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    return ids.filter((id, at) => ids.indexOf(id) !== at);
}"""

DANGLING = """() => [...document.querySelectorAll(
    "[aria-labelledby], [aria-describedby], [aria-controls], label[for]"
)].filter((element) => element.checkVisibility()).flatMap((element) => [
    "aria-labelledby", "aria-describedby", "aria-controls", "for"
].flatMap((name) => (element.getAttribute(name) || "").split(/\\s+/)))
    .filter((id) => id && !document.getElementById(id))"""

# Text whose contrast with what lies behind it is below WCAG 2.2's 1.4.3: 4.5, or 3 where large.
TOO_FAINT = """() => {
    const channels = (colour) => {
        const [whole, unit] = colour.startsWith("color(srgb") ? [1, 255] : [255, 1];
        return colour.match(/[\\d.]+/g).map((c, at) => (at < 3 ? Math.min(c, whole) * unit : +c));
    };
    const linear = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const colour = channels(getComputedStyle(at).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
            if (colour[3] > 0) throw new Error(`half transparent: ${at.outerHTML}`);
        }
        return [255, 255, 255];
    };
    const open = document.querySelector("dialog[open]") || document.body;
    const texts = document.createTreeWalker(open, NodeFilter.SHOW_TEXT);
    const faint = [];
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
        if (element.closest("svg, .notice, :disabled")) continue;
        const style = getComputedStyle(element);
        const tones = [channels(style.color), behind(element)].map(luminance);
        const contrast = (Math.max(...tones) + 0.05) / (Math.min(...tones) + 0.05);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        if (contrast < (large ? 3 : 4.5)) faint.push([texts.currentNode.data, contrast]);
    }
    return faint;
}"""

# Words of these elements that stand on more than one line.
BROKEN = """(elements) => elements.flatMap((element) => {
    const text = element.firstChild;
    return [...(text?.data || "").matchAll(/\\S+/g)].filter((word) => {
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        return range.getClientRects().length > 1;
    }).map((word) => word[0]);
})"""

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

State = Callable[[Visit], Awaitable[None]]


async def at_rest(visit: Visit) -> None:
    """The page with digests."""


async def with_a_prompt(visit: Visit) -> None:
    await visit.prompt()


async def with_replies(visit: Visit) -> None:
    await visit.command("facilitator", "help")
    await visit.command("facilitator", 'ask "How was today?" to everyone for 2 days')
    await expect(visit.cards("facilitator", "Ask this now?")).to_be_attached()


async def with_a_form_and_its_errors(visit: Visit) -> None:
    await visit.command("facilitator", "schedule new")
    await visit.dialog.get_by_role("button", name="Plan it").click()
    await expect(visit.dialog.get_by_role("alert")).to_contain_text("Please look at")


STATES = [at_rest, with_a_prompt, with_replies, with_a_form_and_its_errors]


async def operable(page: Page) -> None:
    assert await page.evaluate(NAMELESS) == []
    assert await page.evaluate(NOT_UNIQUE) == []
    assert await page.evaluate(DANGLING) == []


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
async def test_everything_has_a_name_stands_out_and_fits_a_phone(
    visit: Visit, state: State
) -> None:
    page = visit.page
    await state(visit)
    await operable(page)
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        # Without motion a colour is there at once.
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert await page.evaluate(TOO_FAINT) == []
    await page.set_viewport_size({"width": 390, "height": 800})
    assert await page.evaluate(OVERFLOW) == 0
    await operable(page)
    if await visit.dialog.count():
        box = await visit.dialog.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        return
    for role in ("Facilitator", "Lead", "Participant"):
        await page.get_by_role("tab", name=role).click()
        log = visit.pane(role.lower()).locator(".log")
        await expect(log).to_be_visible()
        assert await log.evaluate("log => log.scrollWidth - log.clientWidth") == 0
        assert await page.evaluate(OVERFLOW) == 0


async def test_what_arrives_is_announced(visit: Visit) -> None:
    for role in ("participant", "facilitator", "lead"):
        await expect(visit.pane(role).get_by_role("log")).to_have_attribute("aria-live", "polite")
        await expect(visit.pane(role).get_by_role("status")).to_have_count(1)
    await expect(visit.page.locator("#notice")).to_have_role("status")


async def test_the_focus_can_be_seen_on_every_stop_of_the_tab_key(visit: Visit) -> None:
    page = visit.page
    stops = 0
    for _ in range(60):
        await page.keyboard.press("Tab")
        seen = await page.evaluate(
            """() => {
                const element = document.activeElement;
                if (element === document.body) return null;
                const style = getComputedStyle(element);
                return [style.outlineStyle, parseFloat(style.outlineWidth), element.outerHTML];
            }"""
        )
        if seen is None:
            break
        stops += 1
        style, width, element = seen
        assert style == "solid", element
        assert width >= 2, element
    assert stops > 15


async def test_a_chart_is_told_in_words_patterns_and_numbers(visit: Visit) -> None:
    digest = visit.cards("lead").last
    chart = digest.locator(".chart").first
    await expect(chart.get_by_role("img")).to_have_accessible_name(
        re.compile(r"Everyone: \d+ answers, .* positive, .* in between, .* negative\.")
    )
    fills = await chart.locator(".legend rect").evaluate_all(
        "rects => rects.map((rect) => rect.getAttribute('fill').slice(4, -1))"
        ".map((pattern) => document.querySelector(`${pattern} path`).getAttribute('d'))"
    )
    assert len(fills) == len(set(fills)) >= 3
    await chart.locator("summary").click()
    await expect(chart.get_by_role("columnheader")).to_have_text(
        ["negative", "in between", "positive", "answers"]
    )
    heads = await chart.get_by_role("columnheader").evaluate_all(BROKEN)
    assert heads == []
    assert (
        await digest.locator(".card").evaluate("card => card.scrollWidth - card.clientWidth") == 0
    )


async def test_the_chats_stay_where_they_are_on_a_phone_when_news_come(visit: Visit) -> None:
    page = visit.page
    await page.set_viewport_size({"width": 390, "height": 844})
    before = await page.locator("#tabs").bounding_box()
    news = page.get_by_role("tab", name="Facilitator").locator(".badge")
    for _ in range(6):
        if await news.count():
            break
        await visit.next_event()
    await expect(news).to_have_text("1 new")
    assert await page.locator("#tabs").bounding_box() == before
