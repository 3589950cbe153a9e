"""What a round is called, and how it is found by that name."""

from __future__ import annotations

import pytest

from storage.store import SqlStore
from tests.flows.company import MAYA, company

FIRST = "p1@trust.example"
STATEMENT = "I can do my job well."


async def test_a_statement_reads_well_as_the_name_of_a_round(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, f'ask "{STATEMENT}"')
        heard = await c.desk.press(MAYA, "Ask now")
        assert '"I can do my job well" is on its way.' in heard.text
        assert "Until it closes you can call it off with /pulse cancel." in heard.text
        await c.settle()
        prompt = c.desk.messages(FIRST)[-1].text
        assert prompt.startswith(f"{STATEMENT}\n"), "it is the one question, and needs no title"
        assert "question 1 of 1" not in prompt
        await c.wait(days=1)
        assert '"I can do my job well" is open until' in c.desk.messages(FIRST)[-1].text


async def test_a_round_of_one_question_is_named_without_a_count(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(
            MAYA, 'schedule "One" weekly on mon at 10:00 asking 1 with csps.workload'
        )
        await c.wait(hours=2)
        assert c.desk.messages(FIRST)[-1].text.startswith("One\n")


@pytest.mark.parametrize(("line", "does"), [("close", "Close"), ("cancel", "Cancel")])
async def test_a_name_without_an_open_round_is_told_which_rounds_are_open(
    store: SqlStore, line: str, does: str
) -> None:
    async with company(store) as c:
        heard = await c.desk.command(MAYA, f'{line} "Team check"')
        assert "No round is open now." in heard.text
        await c.ask(STATEMENT)
        await c.ask("How was today?")
        heard = await c.desk.command(MAYA, f'{line} "Team check"')
        assert '"Team check" has no open round.' in heard.text
        assert "Open now: " in heard.text
        assert '"How was today?"' in heard.text
        assert '"I can do my job well"' in heard.text
        heard = await c.desk.press(MAYA, f"{does}: I can do my job well")
        assert f'{does} "I can do my job well"' in heard.text


async def test_a_round_is_chosen_by_a_button_where_several_are_open(store: SqlStore) -> None:
    async with company(store) as c:
        await c.ask(STATEMENT)
        await c.ask("How was today?")
        heard = await c.desk.command(MAYA, "close")
        assert "2 rounds are open" in heard.text
        heard = await c.desk.press(MAYA, "Close: How was today?")
        assert 'Close "How was today?" now?' in heard.text


async def test_a_round_is_found_with_the_full_stop_of_its_question(store: SqlStore) -> None:
    async with company(store) as c:
        await c.ask(STATEMENT)
        heard = await c.desk.command(MAYA, f'close "{STATEMENT}"')
        assert 'Close "I can do my job well" now?' in heard.text
