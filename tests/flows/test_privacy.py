"""What must never be written down: who said what, in the chat, in the log, in the database."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from storage.store import SqlStore
from tests.flows.company import MAYA, RUTH, company

WORDS = "Zebras in the linen cupboard"


async def test_the_chat_never_shows_what_was_chosen(store: SqlStore) -> None:
    async with company(store) as c:
        await c.ask("What helps most?", 'as choice with "alpha ward, beta ward" for 2 days')
        for user in c.people():
            await c.desk.press(user, "alpha ward")
            shown = "\n".join(seen.text for seen in c.desk.messages(user))
            assert "alpha" not in shown


async def test_the_log_holds_no_answer_no_name_and_no_address(
    store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with company(store) as c:
        await c.ask("What should we know?", "as text for 2 days")
        for user in c.people():
            await c.desk.press(user, "Write an answer")
            name = (await c.desk.press(user, "Write an answer")).form
            assert name is not None
            await c.desk.submit(user, **{name["fields"][0]["id"]: WORDS})
        await c.desk.command(MAYA, "people import")
        await c.desk.submit(MAYA, csv="name,email\nBroken,\n")
        await c.wait(days=3)
    written = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    for secret in (WORDS, "trust.example", "Person 1", "Ruth"):
        assert secret not in written


async def test_nobody_can_read_written_answers_anywhere(store: SqlStore) -> None:
    async with company(store) as c:
        await c.ask("What should we know?", "as text for 2 days")
        for user in c.people():
            heard = await c.desk.press(user, "Write an answer")
            assert heard.form is not None
            assert not heard.form["keeps_draft"]
            await c.desk.submit(user, **{heard.form["fields"][0]["id"]: WORDS})
        await c.wait(days=2)
        for user in (MAYA, RUTH, *c.people()):
            for line in ("digest", "export", "status", "audit"):
                assert WORDS not in str(await c.desk.command(user, line))
            assert all(WORDS not in seen.text for seen in c.desk.messages(user))


def contents(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.iterdir()]


async def test_answers_are_not_in_the_files_while_the_round_is_open(
    store: SqlStore, url: str, tmp_path: Path
) -> None:
    async with company(store) as c:
        await c.ask("What should we know?", "as text for 2 days")
        for user in c.people():
            heard = await c.desk.press(user, "Write an answer")
            assert heard.form is not None
            await c.desk.submit(user, **{heard.form["fields"][0]["id"]: WORDS})
        files = contents(tmp_path)
        # PostgreSQL keeps its files elsewhere, with the same bytes in them.
        assert files or url.startswith("postgresql")
        assert all(WORDS.encode() not in content for content in files)
