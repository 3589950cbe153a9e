"""What a round is called, and how it is found by that name."""

from __future__ import annotations

from storage.store import SqlStore
from tests.flows.company import MAYA, company

FIRST = "p1@trust.example"
STATEMENT = "I can do my job well."


async def test_a_statement_reads_well_as_the_name_of_a_round(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, f'ask "{STATEMENT}"')
        heard = await c.desk.press(MAYA, "Ask now")
        assert '"I can do my job well" is on its way.' in heard.text
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
