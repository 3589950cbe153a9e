"""The route: 401 for whoever is not believed, and never an error, whatever is sent."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.teams.app import MAX_BODY, MESSAGES, AnyoneHere, Front, Guard, NotTaken
from adapters.teams.authentication import Audience, Authentication
from adapters.teams.signing_keys import SigningKeys
from adapters.teams.turns import Turns
from tests.strategies import JSON
from tests.teams.issuer import APP, TENANT, Issuer, activity, issuer

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
LOCAL = {"serviceUrl": "http://localhost:56150/_connector"}


class SetClock:
    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment


@dataclass
class Place:
    """The route on loopback; `taken` is what came through, `says` what is answered."""

    url: str
    issuer: Issuer
    clock: SetClock
    session: aiohttp.ClientSession
    taken: list[Mapping[str, Any]] = field(default_factory=list)
    says: Mapping[str, Any] | None = None
    is_broken: bool = False

    async def take(self, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if self.is_broken:
            raise NotTaken
        self.taken.append(payload)
        return self.says

    async def post(self, body: bytes, token: str | None = None) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        async with self.session.post(self.url, data=body, headers=headers) as response:
            return response.status, await response.read()

    async def signed(self, sent: Mapping[str, Any]) -> tuple[int, bytes]:
        return await self.post(json.dumps(sent).encode(), self.issuer.token(self.clock.now()))


@asynccontextmanager
async def place(signed: bool = True) -> AsyncIterator[Place]:
    clock = SetClock()
    async with issuer() as made, aiohttp.ClientSession() as session:
        here = Place("", made, clock, session)
        keys = SigningKeys(session, clock, f"{made.url}/metadata")
        tenants = frozenset({TENANT})
        guard: Guard = AnyoneHere(tenants)
        if signed:
            guard = Authentication(keys, Audience(APP, tenants), clock)
        app = web.Application()
        app.add_routes(
            [web.post(MESSAGES, Front(guard, Turns(object(), here.take), clock).messages)]
        )
        async with TestServer(app) as server:
            here.url = str(server.make_url(MESSAGES))
            yield here


async def test_what_the_service_signed_is_taken() -> None:
    async with place() as here:
        assert await here.signed(activity()) == (200, b"")
        assert [sent["text"] for sent in here.taken] == ["help"]


async def test_an_invoke_is_answered_in_the_body() -> None:
    async with place() as here:
        here.says = {"statusCode": 200, "type": "x", "value": {"a": "é"}}
        status, body = await here.signed(activity(type="invoke", name="adaptiveCard/action"))
        assert (status, json.loads(body)) == (200, here.says)


async def test_an_invoke_with_no_answer_is_acknowledged() -> None:
    async with place() as here:
        assert await here.signed(activity(type="invoke", name="task/submit")) == (200, b"")


async def test_what_could_not_be_taken_is_sent_again() -> None:
    async with place() as here:
        here.is_broken = True
        status, _ = await here.signed(activity(type="conversationUpdate"))
        assert status == 503


@pytest.mark.parametrize("changed", [{"aud": "another"}, {"algorithm": "none"}, {"without": "exp"}])
async def test_a_wrong_token_is_401(changed: dict[str, Any]) -> None:
    async with place() as here:
        token = here.issuer.token(NOW, **changed)
        status, _ = await here.post(json.dumps(activity()).encode(), token)
        assert status == 401
        assert here.taken == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 20_000]
)
async def test_a_body_that_is_no_activity_is_401(body: bytes) -> None:
    async with place() as here:
        status, _ = await here.post(body, here.issuer.token(NOW))
        assert status == 401


async def test_a_giant_body_is_401_and_is_not_read_to_its_end() -> None:
    async with place() as here:
        giant = json.dumps(activity(text="x" * MAX_BODY)).encode()
        assert (await here.post(giant, here.issuer.token(NOW)))[0] == 401

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(MAX_BODY // 1000 + 2):
                yield b"x" * 1000

        headers = {"Authorization": f"Bearer {here.issuer.token(NOW)}"}
        async with here.session.post(here.url, data=pieces(), headers=headers) as response:
            assert response.status == 401
        assert here.taken == []


async def test_a_service_that_is_down_lets_nobody_in() -> None:
    async with place() as here:
        here.issuer.is_down = True
        assert (await here.signed(activity()))[0] == 401


@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(
            "type name id value text from recipient conversation channelData serviceUrl "
            "channelId replyToId entities membersAdded membersRemoved action".split()
        ),
        JSON,
    )
)
def test_whatever_is_sent_by_anyone_here_is_never_an_error(sent: dict[str, Any]) -> None:
    async def send() -> None:
        async with place(signed=False) as here:
            believed = {**sent, **LOCAL, "channelData": {"tenant": {"id": TENANT}}}
            for each in (sent, believed):
                status, _ = await here.post(json.dumps(each).encode())
                assert status in (200, 401)

    asyncio.run(send())


async def test_a_local_client_has_no_answers_sent_elsewhere() -> None:
    async with place(signed=False) as here:
        urls = ("https://smba.trafficmanager.net/", "http://127.0.0.1.b.example/", "http://[", "")
        for url in urls:
            sent = activity(serviceUrl=url)
            assert (await here.post(json.dumps(sent).encode()))[0] == 401


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "Via"])
async def test_nobody_comes_from_outside_through_a_server_in_front(name: str) -> None:
    async with place(signed=False) as here:
        body, headers = json.dumps(activity(**LOCAL)), {name: "203.0.113.7"}
        async with here.session.post(here.url, data=body, headers=headers) as response:
            assert response.status == 401


async def test_a_local_client_of_another_tenant_is_not_believed() -> None:
    async with place(signed=False) as here:
        other = {"conversation": {"id": "a:1"}, "channelData": {"tenant": {"id": "other"}}}
        assert (await here.post(json.dumps(activity(**LOCAL, **other)).encode()))[0] == 401
        assert (await here.post(json.dumps(activity(**LOCAL)).encode()))[0] == 200


async def test_the_log_says_why_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "adapters.teams.app")
    async with place() as here:
        for _ in range(3):
            await here.post(b"secret words", "x.y.z")
        here.clock.moment += timedelta(minutes=1)
        await here.post(b"secret words", "x.y.z")
    assert len(caplog.records) == 2
    assert "secret" not in caplog.text


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "identity", "x"])
async def test_a_body_that_is_not_packed_as_it_says_is_401(encoding: str) -> None:
    async with place() as here:
        headers = {"Authorization": f"Bearer {here.issuer.token(NOW)}"}
        async with here.session.post(
            here.url, data=b"not packed", headers={**headers, "Content-Encoding": encoding}
        ) as response:
            assert response.status in (400, 401)
        assert here.taken == []


@pytest.mark.parametrize(
    "more", [{"Origin": "https://evil.example"}, {"Host": "rebound.evil.example"}, {"Host": "["}]
)
async def test_a_page_in_a_browser_of_this_machine_is_not_believed(more: dict[str, str]) -> None:
    async with place(signed=False) as here:
        body = json.dumps(activity(**LOCAL))
        headers = {"Content-Type": "text/plain", **more}
        async with here.session.post(here.url, data=body, headers=headers) as response:
            assert response.status in (400, 401)
        assert here.taken == []


async def test_what_was_not_sent_in_teams_is_not_believed() -> None:
    async with place(signed=False) as here:
        for channel in ("directline", "webchat", "emulator", None, ["msteams"]):
            sent = activity(**LOCAL, channelId=channel)
            assert (await here.post(json.dumps(sent).encode()))[0] == 401


async def test_a_fault_of_ours_is_told_without_anybodys_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with place() as here:

        async def broken(payload: Mapping[str, Any]) -> None:
            raise RuntimeError(payload["text"])

        front = Front(AnyoneHere(frozenset({TENANT})), Turns(object(), broken), here.clock)
        app = web.Application()
        app.add_routes([web.post(MESSAGES, front.messages)])
        async with TestServer(app) as server:
            here.url = str(server.make_url(MESSAGES))
            sent = activity(**LOCAL, text="secret words")
            assert (await here.post(json.dumps(sent).encode()))[0] == 503
    assert "RuntimeError" in str([vars(record) for record in caplog.records])
    assert "secret" not in caplog.text
