"""A facilitator in the browser: rhythms, one-off questions, people, drafts and mistakes."""

import re
from datetime import UTC, datetime, timedelta

from playwright.async_api import Locator, expect

from tests.e2e.product import A_WHILE, IN_BROWSER, Visit

pytestmark = IN_BROWSER

EVERY_OTHER_TUESDAY = re.compile(r"Tue (\d+ \w{3}) at 10:00")


async def dates(visit: Visit, card: Locator) -> list[datetime]:
    """The days after "Next" on a card; they lack a year, so the clock's is taken."""
    at = await visit.page.locator("#time").get_attribute("datetime")
    assert at is not None
    year = datetime.fromisoformat(at).year
    texts = EVERY_OTHER_TUESDAY.findall(await card.inner_text())
    found = [datetime.strptime(f"{text} {year}", "%d %b %Y").replace(tzinfo=UTC) for text in texts]
    return [day if day >= found[0] else day.replace(year=year + 1) for day in found]


async def test_a_typed_rhythm_is_echoed_with_its_next_three_dates(visit: Visit) -> None:
    await visit.command(
        "facilitator",
        'schedule "Night check" every 2 weeks on tue at 10:00 for 5 working days asking 3',
    )
    card = visit.cards("facilitator", "Night check is planned")
    await expect(card).to_contain_text("5 working days")
    first, second, third = await dates(visit, card)
    assert second - first == third - second == timedelta(weeks=2)
    await card.get_by_role("button", name="See all").click()
    overview = visit.cards("facilitator", "Pulses of A rota that works")
    await expect(overview).to_contain_text("Night check")
    await expect(overview).to_contain_text("Rota check")


async def test_an_error_stands_at_its_field_until_it_is_put_right(visit: Visit) -> None:
    await visit.command("facilitator", "/pulse schedule new")
    form = visit.page.get_by_role("dialog", name="Plan a pulse")
    rhythm = form.get_by_role("textbox", name="How often")
    send = form.get_by_role("button", name="Plan it")
    await form.get_by_role("textbox", name="Name").fill("Night check")
    await rhythm.fill("every blue moon")
    await send.click()
    await expect(rhythm).to_be_focused()
    await expect(rhythm).to_have_attribute("aria-invalid", "true")
    await expect(rhythm).to_have_accessible_description(re.compile('^Please check: "blue" was not'))
    await rhythm.fill("every 2 weeks on Tuesday at 10:00")
    await send.click()
    await expect(form).to_be_hidden()
    card = visit.cards("facilitator", "Night check is planned")
    assert len(await dates(visit, card)) == 3


async def test_a_question_asked_at_once_comes_back_as_the_same_digest_for_all(
    visit: Visit,
) -> None:
    await visit.command("facilitator", 'ask "How was today?" to everyone for 2 days')
    confirm = visit.cards("facilitator", "Ask this now?")
    await expect(confirm).to_contain_text("never for fewer than 7 answers")
    await confirm.get_by_role("button", name="Ask now").click()
    await expect(visit.cards("facilitator", "is on its way")).to_be_visible()
    seven = visit.page.get_by_role("button", name="7 out of 10")
    prompt = visit.cards("participant", "How was today?").filter(has=seven)
    await visit.day()
    await prompt.locator(seven).click()
    await expect(prompt).to_have_count(0)
    await visit.day()
    await visit.day()
    digest = re.compile("Results: .*How was today", re.DOTALL)
    for_lead, for_participant = visit.cards("lead", digest), visit.cards("participant", digest)
    await expect(for_lead.get_by_role("img").first).to_be_visible()
    await expect(for_lead).to_contain_text(re.compile(r"of \d+ answers are positive"))
    words = await for_lead.locator(".card").inner_text()
    assert await for_participant.locator(".card").inner_text() == words


async def test_a_draft_survives_closing_the_form_and_the_page(visit: Visit) -> None:
    question = visit.page.get_by_role("dialog", name="Ask a question").get_by_label("Question")
    await visit.command("facilitator", "ask")
    await question.fill("Half a thought")
    async with visit.page.expect_response("**/close"):
        await visit.page.keyboard.press("Escape")
    await visit.page.reload()
    await visit.command("facilitator", "ask")
    await expect(question).to_have_value("Half a thought")


async def test_a_typo_gets_a_button_with_the_nearest_command(visit: Visit) -> None:
    await visit.command("facilitator", "/pulse statsu")
    refusal = visit.cards("facilitator", 'I do not know the command "statsu"')
    await refusal.get_by_role("button", name="/pulse status").click()
    await expect(visit.cards("facilitator", "Who has answered is not shown")).to_be_visible()


async def test_a_command_of_another_role_is_refused_kindly(visit: Visit) -> None:
    await visit.command("lead", "people")
    refusal = visit.cards("lead", '"people" is for facilitators. Nothing was changed.')
    await refusal.get_by_role("button", name="What I can do").click()
    help_card = visit.cards("lead", "What you can do here")
    await expect(help_card).to_contain_text("/pulse digest")
    await expect(help_card).not_to_contain_text("/pulse people")


async def test_a_list_with_a_wrong_line_imports_nobody_and_names_the_line(visit: Visit) -> None:
    before = await visit.options("participant")
    await visit.command("facilitator", "people import")
    form = visit.page.get_by_role("dialog", name="Import people")
    box = form.get_by_role("textbox")
    right = "name,email,team,role\nWren Hale,wren.hale@northmoor.example,Ward 4,participant\n"
    await box.fill(f"{right}Idris Holt,idris.holt@northmoor.example,Ward 4,boss\n")
    await form.get_by_role("button", name="Next").click()
    await expect(box).to_be_focused()
    await expect(box).to_have_accessible_description(
        re.compile('Nothing was imported.*Line 3: The role "boss" is not known.', re.DOTALL)
    )
    assert await visit.options("participant") == before
    await box.fill(f"{right}Idris Holt,idris.holt@northmoor.example,,lead\n")
    await form.get_by_role("button", name="Next").click()
    shown = visit.cards("facilitator", "1 person is asked whether they want to take part")
    await shown.get_by_role("button", name="Import the list").click()
    card = visit.cards("facilitator", "people imported")
    await expect(card).to_contain_text("2 added")
    await expect(card).to_contain_text("They stay unless you take them out.")
    await expect(visit.pane("participant").get_by_label("who you play")).to_contain_text(
        "Wren Hale"
    )
    await expect(visit.pane("lead").get_by_label("who you play")).to_contain_text("Idris Holt")


async def test_someone_who_is_taken_out_leaves_the_page(visit: Visit) -> None:
    chooser = visit.pane("participant").get_by_label("who you play")
    gone = await chooser.input_value()
    await visit.command("facilitator", f"people remove {gone}")
    await visit.cards("facilitator", "Take").get_by_role("button", name="Take out").click()
    await expect(chooser).not_to_have_value(gone)
    await expect(visit.page.locator("#notice")).to_contain_text("is not here any more")
    await expect(visit.cards("participant").first).to_be_visible(timeout=A_WHILE)


async def test_an_export_is_there_to_copy_and_has_one_button(visit: Visit) -> None:
    await visit.command("lead", "export")
    form = visit.page.get_by_role("dialog", name="Published results")
    await expect(form.get_by_role("textbox")).to_have_value(re.compile(",Everyone,.*,positive,"))
    await expect(form.get_by_role("textbox")).not_to_be_editable()
    await form.get_by_role("button").click()
    await expect(form).to_be_hidden()
