"""Someone in two programmes: a button or form acts on the programme that it was shown for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.conversation.actions import Action, Verb, encode
from bot.conversation.roles import Role
from bot.handlers.arrivals import enter
from bot.ports import Tx
from bot.programme.people import Consent
from bot.programme.programmes import Level, Programme
from bot.programme.roster import RosterRow
from storage.store import SqlStore
from tests.flows.company import MAYA, Company, company

FIRST = "p1@trust.example"
HEADER = "name,email,team,role,timezone,language\n"


@asynccontextmanager
async def two_programmes(store: SqlStore) -> AsyncIterator[tuple[Company, Programme]]:
    """Maya runs both, the current one is "Better rotas"; everyone is in both."""
    async with company(store) as c:
        await c.desk.command(MAYA, "programme new")
        heard = await c.desk.submit(MAYA, name="Hot desks", change="the hot desks")
        assert not heard.errors

        def fill(tx: Tx) -> Programme:
            tenant = tx.tenant(c.programme.org_id)
            other = next(p for p in tenant.programmes.all() if p.name == "Hot desks")
            rows = [
                RosterRow(line=n, name=f"Person {n}", email=f"p{n}@trust.example", team="Ward")
                for n in range(1, 13)
            ]
            enter(tx, other, rows, c.clock.now())
            return other

        other = await c.store.write(fill)
        await c.desk.command(MAYA, 'programme use "Better rotas"')
        yield c, other


async def members(c: Company, programme: Programme) -> set[str]:
    def read(tx: Tx) -> set[str]:
        found = tx.tenant(programme.org_id).people.members(programme.id)
        return {m.person.email for m in found if m.membership.role is Role.PARTICIPANT}

    return await c.store.read(read)


async def consent(c: Company, programme: Programme, email: str) -> Consent:
    def read(tx: Tx) -> Consent:
        people = tx.tenant(programme.org_id).people
        person = people.by_email(email)
        assert person is not None
        return people.member(programme.id, person.id)[0].consent

    return await c.store.read(read)


async def test_taking_someone_out_is_about_the_programme_on_the_card(store: SqlStore) -> None:
    async with two_programmes(store) as (c, other):
        await c.desk.command(MAYA, f"people remove {FIRST}")
        await c.desk.command(MAYA, 'programme use "Hot desks"')
        await c.desk.press(MAYA, "Take out")
        assert FIRST not in await members(c, c.programme)
        assert FIRST in await members(c, other)


async def test_leaving_is_about_the_programme_on_the_card(store: SqlStore) -> None:
    async with two_programmes(store) as (c, other):
        await c.desk.press_action(FIRST, encode(Action(Verb.CONSENT, (other.id, "yes"))))
        await c.desk.press_action(FIRST, encode(Action(Verb.LEAVE, (other.id,))))
        assert await consent(c, other, FIRST) is Consent.DECLINED
        assert await consent(c, c.programme, FIRST) is Consent.GIVEN


async def test_a_programme_that_one_is_not_in_cannot_be_left(store: SqlStore) -> None:
    async with company(store) as c:
        heard = await c.desk.press_action(FIRST, encode(Action(Verb.LEAVE, ("forged",))))
        assert "not in use any more" in heard.text
        assert await consent(c, c.programme, FIRST) is Consent.GIVEN


async def test_an_older_list_of_absent_people_takes_nobody_else_out(store: SqlStore) -> None:
    async with company(store) as c:
        button = ""
        for missing in (1, 12):
            rows = [f"Person {n},p{n}@trust.example,Ward,,," for n in range(1, 13) if n != missing]
            await c.desk.command(MAYA, "people import")
            heard = await c.desk.submit(MAYA, csv=HEADER + "\n".join(rows))
            if missing == 1:
                heard = await c.desk.press(MAYA, "Import the list")
            if missing == 1:
                button = heard.said[-1].buttons["Take out 1 person"]
        heard = await c.desk.press_action(MAYA, button)
        assert "Nobody was taken out" in heard.text
        assert len(await members(c, c.programme)) == 12
        await c.desk.press(MAYA, "Take out 1 person")
        assert await members(c, c.programme) == {f"p{n}@trust.example" for n in range(1, 12)}


@pytest.mark.parametrize("closed_first", [False, True])
async def test_a_form_changes_the_programme_it_was_opened_for(
    store: SqlStore, closed_first: bool
) -> None:
    async with two_programmes(store) as (c, other):
        await c.desk.command(MAYA, "programme edit")
        if closed_first:
            await c.desk.close_form(MAYA, change="the new rota, part two")
            await c.desk.command(MAYA, 'programme use "Hot desks"')
            heard = await c.desk.command(MAYA, "programme edit")
            assert heard.form is not None
            shown = {field["id"]: field["value"] for field in heard.form["fields"]}
            assert shown["change"] == "the hot desks"
            return
        await c.desk.command(MAYA, 'programme use "Hot desks"')
        # The desk sends the form that was opened last: that of "Better rotas".
        heard = await c.desk.submit(MAYA, name="Best rotas")
        assert not heard.errors

        def names(tx: Tx) -> set[str]:
            return {p.name for p in tx.tenant(other.org_id).programmes.all()}

        assert await c.store.read(names) == {"Best rotas", "Hot desks"}


async def test_a_round_is_closed_from_its_card_whichever_programme_is_current(
    store: SqlStore,
) -> None:
    async with two_programmes(store) as (c, _):
        await c.ask("I can do my job well.", "for 2 days")
        await c.desk.command(MAYA, "close")
        await c.desk.command(MAYA, 'programme use "Hot desks"')
        heard = await c.desk.press(MAYA, "Close and share")
        assert "closed" in heard.text
        await c.desk.command(MAYA, 'programme use "Better rotas"')
        assert "No round is open now" in (await c.desk.command(MAYA, "status")).text


async def test_a_participant_sees_and_leaves_each_of_their_programmes(store: SqlStore) -> None:
    async with two_programmes(store) as (c, other):
        await c.desk.press_action(FIRST, encode(Action(Verb.CONSENT, (other.id, "yes"))))
        heard = await c.desk.command(FIRST, "me")
        assert "Better rotas: You said yes." in heard.text
        assert "Hot desks: You said yes." in heard.text
        heard = await c.desk.press(FIRST, "Stop asking me: Hot desks")
        assert "no more questions or results from Hot desks" in heard.text
        heard = await c.desk.press(FIRST, "Stop asking me")
        assert "You will not be asked again in Hot desks." in heard.text
        assert await consent(c, c.programme, FIRST) is Consent.GIVEN
        heard = await c.desk.command(FIRST, "me")
        assert "Hot desks: You said no" in heard.text
        heard = await c.desk.press(FIRST, "Ask me again: Hot desks")
        assert "May we ask how it is going?" in heard.text
        assert await consent(c, other, FIRST) is Consent.DECLINED
        await c.desk.press(FIRST, "Yes, ask me")
        assert await consent(c, other, FIRST) is Consent.GIVEN


async def test_a_programme_is_left_by_its_name(store: SqlStore) -> None:
    async with two_programmes(store) as (c, _):
        await c.desk.command(FIRST, 'programme use "Better rotas"')
        assert "from Hot desks" in (await c.desk.command(FIRST, "me leave hot desks")).text
        assert "from Better rotas" in (await c.desk.command(FIRST, "me leave")).text
        assert 'in no programme "Cold desks"' in (
            (await c.desk.command(FIRST, 'me leave "Cold desks"')).text
        )


async def test_answers_in_open_rounds_of_all_programmes_can_be_changed(store: SqlStore) -> None:
    async with two_programmes(store) as (c, other):
        for user in c.people():
            await c.desk.press_action(user, encode(Action(Verb.CONSENT, (other.id, "yes"))))
        await c.ask("I can do my job well.", "for 2 days")
        await c.desk.command(MAYA, 'programme use "Hot desks"')
        await c.ask("I know where to sit.", "for 2 days")
        await c.desk.command(FIRST, "me")
        for name, programme in (
            ("I can do my job well", "Better rotas"),
            ("I know where to sit", "Hot desks"),
        ):
            heard = await c.desk.press(FIRST, f"Answer: {name} ({programme})")
            assert heard.form is not None
            assert heard.form["fields"][0]["label"] == f"{name}."
            await c.desk.submit(FIRST, **{heard.form["fields"][0]["id"]: "4"})
            await c.desk.command(FIRST, "me")
            heard = await c.desk.press(FIRST, f"Change my answers: {name} ({programme})")
            assert heard.form is not None
            assert heard.form["fields"][0]["value"] == ["4"]


async def test_a_participant_chooses_what_their_commands_are_about(store: SqlStore) -> None:
    async with two_programmes(store) as (c, _):
        await c.desk.command(FIRST, 'programme use "Better rotas"')
        heard = await c.desk.command(FIRST, "programme")
        assert "Better rotas (chosen now): you are a participant" in heard.text
        assert list(heard.said[-1].buttons) == ["Use Hot desks"]
        await c.desk.press(FIRST, "Use Hot desks")
        assert "In Hot desks you are a participant" in (await c.desk.command(FIRST, "help")).text
        for line in ("programme new", "programme edit"):
            heard = await c.desk.command(FIRST, line)
            assert f'"{line}" is for facilitators. Nothing was changed.' in heard.text
            assert heard.form is None
        assert "/pulse programme new" not in (await c.desk.command(FIRST, "help programme")).text


async def test_a_command_on_a_card_is_about_the_programme_of_the_card(store: SqlStore) -> None:
    async with two_programmes(store) as (c, other):
        await c.desk.command(MAYA, "level")
        await c.desk.command(MAYA, 'programme use "Hot desks"')
        await c.desk.press(MAYA, "Make it gold")

        def levels(tx: Tx) -> dict[str, Level]:
            return {p.name: p.level for p in tx.tenant(other.org_id).programmes.all()}

        assert await c.store.read(levels) == {
            "Better rotas": Level.GOLD,
            "Hot desks": Level.SILVER,
        }
