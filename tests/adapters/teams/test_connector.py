"""The Connector service is asked again where it asks for that, and only there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.teams.connector import PAGE, TRIES, Connector
from adapters.teams.credentials import Tokens, by_password
from adapters.teams.outcomes import (
    CHANCES,
    NOT_THERE,
    WAIT_UNEXPLAINED,
    Chances,
    is_gone,
    outcome_of,
)
from adapters.teams.pacing import LONGEST_WAIT
from adapters.teams.told import Told
from bot.conversation.events import Actor
from bot.ports import InDoubt, Later, Refused
from tests.adapters.teams.test_credentials import Seconds
from tests.teams import troubles
from tests.teams.examples import ASK, message
from tests.teams.stage import Stage, staged
from tests.teams.troubles import Trouble, always, first

SEND = "sendToConversation"


@dataclass
class Desk:
    stage: Stage
    connector: Connector

    async def send(self) -> str:
        world, chat = self.stage.world, self.stage.dana.chat.id
        return await self.connector.send(world.service_url, chat, message(ASK))

    def trouble(self, trouble: Trouble, times: int) -> None:
        self.stage.world.troubles[SEND] = first(times, trouble)

    @property
    def tried(self) -> int:
        return len(self.stage.world.calls_of(SEND))


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    async with staged() as stage, aiohttp.ClientSession() as session:
        where = stage.teams.login_url, stage.tenant.id, stage.world.app_id
        tokens = Tokens(session, Seconds(stage.clock), by_password(*where, "app-secret"))
        # Without chance nobody waits before another try.
        yield Desk(stage, Connector(session, tokens, chance=lambda: 0.0))


async def test_a_message_is_sent_and_then_replaced() -> None:
    async with desk() as d:
        id_ = await d.send()
        other = {"type": "message", "text": "Thank you"}
        world, chat = d.stage.world, d.stage.dana.chat
        await d.connector.update(world.service_url, chat.id, id_, other)
        assert [(each.id, each.text) for each in chat.messages] == [(id_, "Thank you")]


async def test_a_personal_chat_is_made_once() -> None:
    async with desk() as d:
        world, dana = d.stage.world, d.stage.dana.user
        made = {
            await d.connector.create(world.service_url, world.bot_id, user, d.stage.tenant.id)
            for user in (dana.id, dana.id, dana.aad)
        }
        assert made == {d.stage.dana.chat.id}


async def test_a_chat_without_an_id_was_not_made() -> None:
    async def gateway(_: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    app = web.Application()
    app.add_routes([web.post("/v3/conversations", gateway)])
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        with pytest.raises(Told, match="no id"):
            await Connector(session, None).create(str(server.make_url("/")), "bot", "user", "t")


async def test_a_profile_is_found_by_either_id() -> None:
    async with desk() as d:
        dana = d.stage.dana
        for user in (dana.user.id, dana.user.aad):
            url = d.stage.world.service_url
            found = await d.connector.member(url, dana.chat.id, user)
            assert found["email"] == dana.user.email


@pytest.mark.parametrize("people", [0, 1, PAGE - 2, PAGE + 10])
async def test_everyone_in_a_team_is_listed_page_by_page(people: int) -> None:
    async with desk() as d:
        users = [d.stage.tenant.add_user(f"Person {number}") for number in range(people)]
        team = d.stage.tenant.add_team("Ward 4", [d.stage.dana.user, *users])
        team.has_app = True
        url = d.stage.world.service_url
        found = [member["id"] async for member in d.connector.members(url, team.id)]
        assert sorted(found) == sorted(user.id for user in (d.stage.dana.user, *users))


@pytest.mark.parametrize("status", [412, 503])
async def test_what_the_service_asks_to_repeat_is_repeated(status: int) -> None:
    async with desk() as d:
        d.trouble(troubles.status(status), TRIES - 1)
        assert await d.send()
        assert d.tried == TRIES


@pytest.mark.parametrize("status", [412, 503])
async def test_not_for_ever(status: int) -> None:
    async with desk() as d:
        d.stage.world.troubles[SEND] = always(troubles.status(status))
        with pytest.raises(Told) as told:
            await d.send()
        assert d.tried == TRIES
        assert isinstance(outcome_of(told.value), Later)


@pytest.mark.parametrize("status", [502, 504])
async def test_what_may_have_arrived_is_repeated_once_where_the_service_asks_for_it(
    status: int,
) -> None:
    async with desk() as d:
        d.trouble(troubles.status(status), 1)
        assert await d.send()
        assert d.tried == 2
        d.stage.world.troubles[SEND] = always(troubles.status(status))
        with pytest.raises(Told) as told:
            await d.send()
        assert d.tried == 4
        assert isinstance(outcome_of(told.value), InDoubt)


@pytest.mark.parametrize(
    "second",
    [*map(troubles.status, (401, 403, 404, 412, 503)), troubles.busy(1), troubles.drop()],
)
async def test_what_may_have_arrived_stays_in_doubt_whatever_the_second_try_says(
    second: Trouble,
) -> None:
    async with desk() as d:
        said = iter([troubles.status(504, after=True), second])
        d.stage.world.troubles[SEND] = lambda _: next(said, None)
        with pytest.raises(Told) as told:
            await d.send()
        assert isinstance(outcome_of(told.value), InDoubt)
        assert len(d.stage.dana.chat.messages) == 1


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_what_does_no_harm_twice_is_repeated_more_often(status: int) -> None:
    async with desk() as d:
        world, dana = d.stage.world, d.stage.dana
        world.troubles["createConversation"] = first(2, troubles.status(status, after=True))
        made = await d.connector.create(
            world.service_url, world.bot_id, dana.user.id, d.stage.tenant.id
        )
        assert made == dana.chat.id


@pytest.mark.parametrize("status", [400, 403, 404, 413, 429, 500])
async def test_anything_else_is_told_at_once(status: int) -> None:
    async with desk() as d:
        d.trouble(troubles.status(status), 1)
        with pytest.raises(Told):
            await d.send()
        assert d.tried == 1


@pytest.mark.parametrize("trouble", [troubles.drop(), troubles.drop(after=True)])
async def test_a_broken_connection_is_not_tried_again(trouble: Trouble) -> None:
    async with desk() as d:
        d.trouble(trouble, 1)
        with pytest.raises(aiohttp.ClientError):
            await d.send()
        assert d.tried == 1


async def test_a_token_that_has_ended_is_renewed_and_the_message_sent() -> None:
    async with desk() as d:
        await d.send()
        d.stage.world.tokens.clear()
        await d.send()
        assert len(d.stage.dana.chat.messages) == 2
        assert len(d.stage.world.calls_of("token")) == 2


async def test_a_bot_that_is_not_let_in_does_not_ask_for_ever() -> None:
    async with desk() as d:
        d.stage.world.troubles[SEND] = always(troubles.status(401))
        with pytest.raises(Told):
            await d.send()
        assert d.tried == 2


async def test_a_hundred_messages_take_few_connections_and_one_token() -> None:
    async with desk() as d:
        url = d.stage.world.service_url
        d.stage.world.rates.on = False  # it counts by a clock that stands still
        users = [d.stage.tenant.add_user(f"Person {number}") for number in range(100)]
        d.stage.tenant.installed |= {user.id for user in users}
        chats = [d.stage.world.chat(d.stage.tenant, user).id for user in users]
        for start in range(0, 100, 10):
            await asyncio.gather(
                *(d.connector.send(url, chat, message(ASK)) for chat in chats[start : start + 10])
            )
        assert len(d.stage.world.calls_of("token")) == 1
        assert len(d.stage.teams._runner.server.connections) <= 10  # type: ignore[union-attr]


def told(status: int, code: str = "", **headers: str) -> Told:
    return Told(status, code, {name.replace("_", "-"): value for name, value in headers.items()})


def test_a_rate_limit_says_how_long_to_wait() -> None:
    outcome = outcome_of(told(429, Retry_After="7"))
    assert isinstance(outcome, Later)
    assert outcome.after.total_seconds() == 7
    for text in ("", "soon", "-1", "\u0661", "9999999999"):
        later = outcome_of(told(429, retry_after=text))
        assert isinstance(later, Later)
        assert 0 < later.after.total_seconds() <= LONGEST_WAIT.total_seconds()


@pytest.mark.parametrize(
    ("status", "code", "gone"),
    [
        (403, "MessageWritesBlocked", True),
        (403, "BotNotInConversationRoster", True),
        (403, "ConversationBlockedByUser", True),
        (403, "ForbiddenOperationException", True),
        (404, "ConversationNotFound", False),
        (404, "", False),
        (403, "", False),
        (403, "ServiceError", False),
        (403, "BotDisabledByAdmin", False),
        (401, "Unauthorized", False),
        (400, "BadArgument", False),
    ],
)
def test_only_whoever_has_no_app_counts_as_gone(status: int, code: str, gone: bool) -> None:
    assert is_gone(told(status, code)) is gone
    assert (outcome_of(told(status, code)) == Refused(NOT_THERE)) is gone


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("code", ["", "ServiceError", "ConversationNotFound"])
def test_a_refusal_that_says_nothing_of_the_person_is_tried_again_later(
    status: int, code: str
) -> None:
    assert outcome_of(told(status, code)) == Later(WAIT_UNEXPLAINED)


def test_who_alone_is_refused_again_and_again_is_told_from_a_service_that_refuses_all() -> None:
    chances = Chances()
    one, other, elsewhere = (Actor("teams", tenant, user) for tenant, user in ("ta", "tb", "ua"))
    assert not any(chances.is_last(one) for _ in range(10))
    chances.sent(elsewhere)
    assert not any(chances.is_last(one) for _ in range(10))
    for number in range(2, CHANCES + 1):
        chances.sent(other)
        assert chances.is_last(one) is (number == CHANCES)
    chances.sent(one)
    assert not chances.is_last(one)


def test_what_may_have_arrived_is_in_doubt() -> None:
    assert isinstance(outcome_of(told(500)), InDoubt)


def test_what_teams_never_takes_is_refused_in_its_own_word() -> None:
    assert outcome_of(told(413, "MessageSizeTooBig")) == Refused("Teams said: MessageSizeTooBig")
