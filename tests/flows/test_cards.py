"""Every card and form keeps to what the smallest platform can show (the desk checks each one)."""

from __future__ import annotations

import pytest

from bot.pulse.bank import instruments
from storage.store import SqlStore
from tests.flows.company import MAYA, RUTH, company

FIRST = "p1@trust.example"
LINES = (
    "help",
    *(f"help {name}" for name in ("people", "schedule", "me")),
    "programme",
    "programme new",
    "programme edit",
    "people",
    "people add",
    "people import",
    "questions",
    *(f"questions show {one.id}" for one in instruments()),
    "questions show nothing",
    "questions add",
    "schedule",
    "schedule new",
    "schedule stop nothing",
    "ask",
    "status",
    "close",
    "cancel",
    "digest",
    "audit",
    "export",
    "me",
    "me leave",
    "me erase",
    "nonsense",
)


@pytest.mark.parametrize("user", [MAYA, RUTH, FIRST])
async def test_every_command_answers_with_something_that_fits(store: SqlStore, user: str) -> None:
    async with company(store) as c:
        for line in LINES:
            heard = await c.desk.command(user, line)
            assert heard.said or heard.form, line
            assert "Something went wrong" not in heard.text, line


async def test_every_kind_of_question_is_asked_answered_and_shown(store: SqlStore) -> None:
    async with company(store) as c:
        kinds = {
            "agree": "Agree",
            "0-10": "9",
            "yes/no": "Yes",
            'choice with "more time, more people"': "more time",
            'pick with "time, training, people, tools"': "Choose up to 3",
            "text": "Write an answer",
        }
        for number, (kind, label) in enumerate(kinds.items()):
            await c.ask(f"Question number {number}", f"as {kind} for 1 day reminders 0")
            for user in c.people():
                heard = await c.desk.press(user, label)
                if heard.form:
                    name = heard.form["fields"][0]["id"]
                    await c.desk.submit(user, **{name: "0" if "pick" in kind else "Fine so far"})
                assert "Thank you, noted." in c.desk.messages(user)[-1].text
            await c.wait(days=1)
            digest = c.desk.messages(RUTH)[-1].text
            assert ("kept sealed" if kind == "text" else f"Question number {number}") in digest
            assert "Fine so far" not in digest
