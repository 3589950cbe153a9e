"""The bot signs in by a secret, a certificate or a machine: once, however many wait for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.teams.credentials import (
    CONNECTOR,
    RENEW_BEFORE,
    TRY_AGAIN,
    Ask,
    Asking,
    NoToken,
    Tokens,
    by_certificate,
    by_managed_identity,
    by_password,
    token_of,
)
from tests.teams import troubles
from tests.teams.certificate import certificate
from tests.teams.records import Call
from tests.teams.stage import HandClock, Stage, staged
from tests.teams.troubles import Trouble

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


class Seconds:
    """The stand-in's clock, as a clock of ours."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.moment, UTC)


@dataclass
class Desk:
    stage: Stage
    session: aiohttp.ClientSession

    def tokens(self, ask: Ask) -> Tokens:
        return Tokens(self.session, Seconds(self.stage.clock), ask)

    def by_password(self, said: str = "app-secret") -> Tokens:
        stage = self.stage
        return self.tokens(
            by_password(stage.teams.login_url, stage.tenant.id, stage.world.app_id, said)
        )

    @property
    def asked(self) -> int:
        return len(self.stage.world.calls_of("token"))


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    async with staged() as stage, aiohttp.ClientSession() as session:
        yield Desk(stage, session)


async def test_a_secret_gives_a_token_that_the_service_takes() -> None:
    async with desk() as d:
        assert await d.by_password().token() in d.stage.world.tokens


async def test_a_certificate_gives_one_too() -> None:
    async with desk() as d:
        private, public = certificate()
        d.stage.world.certificate = public
        where = d.stage.teams.login_url, d.stage.tenant.id, d.stage.world.app_id
        tokens = d.tokens(by_certificate(*where, (private + public).encode()))
        assert await tokens.token() in d.stage.world.tokens


async def test_another_certificate_gives_none() -> None:
    async with desk() as d:
        d.stage.world.certificate = certificate()[1]
        where = d.stage.teams.login_url, d.stage.tenant.id, d.stage.world.app_id
        with pytest.raises(NoToken) as refused:
            await d.tokens(by_certificate(*where, "".join(certificate("other")).encode())).token()
        assert refused.value.refused


async def test_a_machine_of_azure_gives_one_without_a_secret() -> None:
    async with desk() as d:
        world, url = d.stage.world, d.stage.teams.identity_url
        ask = by_managed_identity(url, world.identity_header, world.app_id)
        assert await d.tokens(ask).token() in world.tokens
        with pytest.raises(NoToken):
            await d.tokens(by_managed_identity(url, "another", world.app_id)).token()


async def test_many_who_wait_ask_once() -> None:
    async with desk() as d:
        tokens = d.by_password()
        found = await asyncio.gather(*(tokens.token() for _ in range(50)))
        assert len(set(found)) == 1
        assert d.asked == 1


async def test_a_token_is_renewed_before_it_ends() -> None:
    async with desk() as d:
        tokens = d.by_password()
        first = await tokens.token()
        d.stage.clock.moment += 3600 - RENEW_BEFORE.total_seconds() - 1
        assert await tokens.token() == first
        d.stage.clock.moment += 2
        assert await tokens.token() != first
        assert d.asked == 2


async def test_a_token_that_is_not_taken_is_asked_for_again_once() -> None:
    async with desk() as d:
        tokens = d.by_password()
        first = await tokens.token()
        tokens.forget(first)
        second = await tokens.token()
        tokens.forget(first)  # somebody was late: the newer one is not given up for that
        assert second != first
        assert await tokens.token() == second


async def test_a_wrong_secret_is_told_with_the_reason() -> None:
    async with desk() as d:
        with pytest.raises(NoToken, match="Invalid client secret") as refused:
            await d.by_password("wrong").token()
        assert refused.value.refused
        assert "wrong" not in str(refused.value)


def test_a_reason_is_whole_and_without_numbers_for_support() -> None:
    said = (
        "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the "
        "request is the client secret value, not the client secret ID, for a secret added to app "
        "'11111111-2222-3333-4444-555555555555'. Trace ID: 1 Correlation ID: 2 Timestamp: 3"
    )
    with pytest.raises(NoToken) as refused:
        token_of(401, json.dumps({"error_description": said}).encode(), NOW)
    assert str(refused.value) == said.partition(" Trace")[0].rstrip(".")
    with pytest.raises(NoToken, match=r"x{400}…"):
        token_of(401, json.dumps({"error": "x" * 500}).encode(), NOW)


async def test_a_service_in_trouble_gives_none_for_now() -> None:
    async with desk() as d:
        d.stage.world.troubles["token"] = troubles.first(1, troubles.status(503))
        tokens = d.by_password()
        with pytest.raises(NoToken) as told:
            await tokens.token()
        assert not told.value.refused
        d.stage.clock.moment += TRY_AGAIN.total_seconds() - 1
        with pytest.raises(NoToken):
            await tokens.token()
        assert d.asked == 1
        d.stage.clock.moment += 1
        assert await tokens.token()


@pytest.mark.parametrize("trouble", [troubles.status(503), troubles.drop()])
async def test_many_who_wait_are_told_at_once_that_there_is_none(trouble: Trouble) -> None:
    async with desk() as d:
        d.stage.world.troubles["token"] = troubles.always(trouble)
        tokens = d.by_password()
        found = await asyncio.gather(*(tokens.token() for _ in range(50)), return_exceptions=True)
        assert {type(one) for one in found} == {NoToken}
        assert d.asked == 1


async def test_a_token_that_still_holds_goes_on_when_there_is_no_new_one() -> None:
    async with desk() as d:
        tokens = d.by_password()
        first = await tokens.token()
        d.stage.clock.moment += 3600 - 240
        d.stage.world.troubles["token"] = troubles.always(troubles.status(503))
        assert {await tokens.token() for _ in range(10)} == {first}
        assert d.asked == 2
        d.stage.clock.moment += 240
        with pytest.raises(NoToken):
            await tokens.token()


async def test_nobody_waits_for_a_new_token_while_the_old_one_holds() -> None:
    async with desk() as d:
        tokens = d.by_password()
        first = await tokens.token()
        d.stage.clock.moment += 3600 - 240
        asked = asyncio.Event()

        def hang(_: Call) -> Trouble:
            asked.set()
            return troubles.hang()

        d.stage.world.troubles["token"] = hang
        renewing = asyncio.create_task(tokens.token())
        await asked.wait()
        assert await tokens.token() == first
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)


async def test_a_secret_does_not_follow_to_another_address() -> None:
    async def elsewhere(_: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(d.by_password()._ask(NOW).url)

    app = web.Application()
    app.add_routes([web.post("/", elsewhere)])
    async with desk() as d, TestServer(app) as server:
        form = d.by_password()._ask(NOW).form
        with pytest.raises(NoToken, match="status 307"):
            await d.tokens(lambda _: Asking(str(server.make_url("/")), form)).token()
        assert d.asked == 0


async def test_nobody_there_is_told_by_its_kind() -> None:
    async with aiohttp.ClientSession() as session:
        ask = by_password("http://127.0.0.1:9", "t", "app", "secret")
        with pytest.raises(NoToken, match="ClientConnectorError"):
            await Tokens(session, Seconds(HandClock()), ask).token()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"access_token": 5, "expires_in": 60}',
        b'{"access_token": "t"}',
        b'{"access_token": "t", "expires_in": "soon"}',
        b'{"access_token": "t", "expires_on": "1e99"}',
        b'{"access_token": "t", "expires_on": 99999999999999999999}',
    ],
)
def test_an_answer_that_says_nothing_is_no_token(body: bytes) -> None:
    with pytest.raises(NoToken):
        token_of(200, body, NOW)


def test_a_token_lives_as_long_as_it_says() -> None:
    until = int((NOW + timedelta(hours=8)).timestamp())
    said = {"access_token": "t"}
    for more, lives in (({"expires_in": 3599}, 3599), ({"expires_on": str(until)}, 8 * 3600)):
        body = json.dumps({**said, **more}).encode()
        assert token_of(200, body, NOW) == ("t", timedelta(seconds=lives))


def test_a_file_without_a_key_or_certificate_is_refused() -> None:
    private, public = certificate()
    for pem in (private, public, "", "no PEM"):
        with pytest.raises(ValueError, match=r"."):
            by_certificate("https://login.example", "t", "app", pem.encode())


def test_what_is_asked_for_is_the_connector_unless_it_is_said() -> None:
    form = by_password("https://login.example/", "t", "app", "secret")(NOW).form
    assert form is not None
    assert form["scope"] == f"{CONNECTOR}/.default"
