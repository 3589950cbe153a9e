"""Only what the Bot Connector service has signed for this bot is believed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from adapters.teams.authentication import (
    MOST,
    Audience,
    Authentication,
    Unauthorised,
    check_moment,
    check_service,
    check_tenant,
)
from adapters.teams.signing_keys import KEEP, LOOK_AGAIN, TRY_AGAIN, SigningKeys, keys_of
from tests.teams.issuer import APP, TENANT, Issuer, activity, base64url, issuer

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
HERE = Audience(APP, frozenset({TENANT}))


class SetClock:
    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment


@dataclass(frozen=True)
class Door:
    """The authentication, the service that it trusts, and the time."""

    issuer: Issuer
    authentication: Authentication
    keys: SigningKeys
    clock: SetClock

    def token(self, **changed: Any) -> str:
        return self.issuer.token(self.clock.now(), **changed)

    async def lets_in(self, token: str, sent: Mapping[str, Any] | None = None) -> bool:
        try:
            await self.authentication.check(
                {"Authorization": f"Bearer {token}"}, sent or activity()
            )
        except Unauthorised:
            return False
        return True


@asynccontextmanager
async def door() -> AsyncIterator[Door]:
    clock = SetClock()
    async with issuer() as made, aiohttp.ClientSession() as session:
        keys = SigningKeys(session, clock, f"{made.url}/metadata")
        yield Door(made, Authentication(keys, HERE, clock), keys, clock)


async def test_what_the_service_signed_is_believed() -> None:
    async with door() as d:
        assert await d.lets_in(d.token())


@pytest.mark.parametrize(
    "changed",
    [
        {"algorithm": "none"},
        {"algorithm": "HS256"},
        {"algorithm": "RS512"},
        {"iss": "https://sts.windows.net/someone/"},
        {"aud": "another app"},
        {"aud": []},
        {"exp": NOW.timestamp() - 301},
        {"nbf": NOW.timestamp() + 301},
        {"exp": "soon"},
        {"exp": None},
        {"serviceurl": "https://evil.example/"},
        {"serviceurl": ""},
        {"serviceurl": ["https://smba.trafficmanager.net/emea/"]},
        *({"without": name} for name in ("exp", "nbf", "iss", "aud", "serviceurl")),
    ],
)
async def test_any_other_token_is_refused(changed: dict[str, Any]) -> None:
    async with door() as d:
        assert not await d.lets_in(d.token(**changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"channelId": "emulator"},
        {"channelId": ["msteams"]},
        {"serviceUrl": "https://evil.example/"},
        {"serviceUrl": None},
        {"conversation": {"id": "a:1", "tenantId": "another"}},
        {"channelData": {"tenant": {"id": "another"}}},
        {"conversation": {"id": "a:1"}, "channelData": {}},
        {"conversation": "a:1", "channelData": []},
    ],
)
async def test_a_good_token_is_no_use_for_another_activity(changed: dict[str, Any]) -> None:
    async with door() as d:
        token = d.token()
        assert not await d.lets_in(token, activity(**changed))
        assert await d.lets_in(token)
        assert not await d.lets_in(token, activity(**changed))


async def test_a_key_for_other_channels_too_speaks_for_teams_alone() -> None:
    async with door() as d:
        d.issuer.endorsements = ["msteams", "directline"]
        assert await d.lets_in(d.token())
        assert not await d.lets_in(d.token(), activity(channelId="directline"))


def test_a_key_that_is_no_key_is_left_out() -> None:
    assert keys_of({"keys": ["x", 3, None, {"kty": "RSA"}]}) == {}


async def test_one_of_the_two_places_of_a_tenant_is_enough() -> None:
    async with door() as d:
        assert await d.lets_in(d.token(), activity(channelData={}))
        assert await d.lets_in(d.token(), activity(conversation={"id": "a:1"}))


async def test_a_token_signed_by_somebody_else_is_refused() -> None:
    async with door() as d:
        stranger = Issuer()
        stranger.add_key("one")
        assert not await d.lets_in(stranger.token(NOW))


async def test_clocks_may_differ_by_five_minutes() -> None:
    async with door() as d:
        assert await d.lets_in(d.token(exp=NOW.timestamp() - 299))
        assert await d.lets_in(d.token(nbf=NOW.timestamp() + 299))


async def test_a_token_that_was_believed_ends_when_it_says() -> None:
    async with door() as d:
        token = d.token(exp=NOW.timestamp() + 60)
        for seconds, believed in ((0, True), (359, True), (360, False), (361, False)):
            d.clock.moment = NOW + timedelta(seconds=seconds)
            assert await d.lets_in(token) is believed


async def test_only_so_many_tokens_are_remembered() -> None:
    async with door() as d:
        tokens = [d.token(jti=str(number)) for number in range(MOST + 3)]
        for token in (*tokens, *tokens):
            assert await d.lets_in(token)
        assert len(d.authentication._verified) == MOST


async def test_what_is_refused_is_not_remembered() -> None:
    async with door() as d:
        for changed in ({"aud": "another app"}, {"exp": NOW.timestamp() - 301}):
            assert not await d.lets_in(d.token(**changed))
        assert not d.authentication._verified


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "bearer abc", "abc"])
async def test_a_header_of_another_kind_is_refused(header: str) -> None:
    async with door() as d:
        with pytest.raises(Unauthorised):
            await d.authentication.check({"Authorization": header}, activity())


async def test_a_key_for_another_channel_is_refused() -> None:
    async with door() as d:
        d.issuer.endorsements = ["skype"]
        assert not await d.lets_in(d.token())
        d.issuer.endorsements = []
        d.clock.moment += KEEP
        assert not await d.lets_in(d.token())


# --- keys ------------------------------------------------------------------------------------


async def test_keys_are_fetched_once_for_many_who_come_at_once() -> None:
    async with door() as d:
        token = d.token()
        assert all(await asyncio.gather(*(d.lets_in(token) for _ in range(50))))
        assert d.issuer.asked == 1


async def test_a_new_key_is_looked_for() -> None:
    async with door() as d:
        assert await d.lets_in(d.token())
        d.issuer.add_key("two")
        d.clock.moment += LOOK_AGAIN
        assert await d.lets_in(d.token(key="two"))


async def test_a_key_that_somebody_makes_up_does_not_make_us_ask_each_time() -> None:
    async with door() as d:
        assert await d.lets_in(d.token())
        d.issuer.add_key("made up")
        token = d.token(key="made up")
        del d.issuer.keys["made up"]
        for _ in range(20):
            assert not await d.lets_in(token)
        assert d.issuer.asked == 1


async def test_a_key_that_was_taken_back_is_refused_after_a_day() -> None:
    async with door() as d:
        assert await d.lets_in(d.token())
        d.issuer.add_key("two")
        d.clock.moment += KEEP
        assert await d.lets_in(d.token(key="two"))
        old, long = d.token(), d.token(exp=NOW.timestamp() + 10 * KEEP.total_seconds())
        assert await d.lets_in(long)
        del d.issuer.keys["one"]
        d.clock.moment += KEEP
        assert not await d.lets_in(old)
        assert not await d.lets_in(long)


async def test_another_key_of_the_same_name_does_not_know_the_tokens_of_the_first() -> None:
    async with door() as d:
        token = d.token(exp=NOW.timestamp() + 2 * KEEP.total_seconds())
        assert await d.lets_in(token)
        d.issuer.add_key("one")
        d.clock.moment += KEEP
        assert not await d.lets_in(token)


async def test_a_key_that_may_no_longer_speak_for_teams_takes_its_tokens_with_it() -> None:
    async with door() as d:
        token = d.token(exp=NOW.timestamp() + 2 * KEEP.total_seconds())
        assert await d.lets_in(token)
        d.issuer.endorsements = ["skype"]
        d.clock.moment += KEEP
        assert not await d.lets_in(token)


async def test_while_nobody_answers_the_keys_that_are_there_go_on() -> None:
    async with door() as d:
        assert await d.lets_in(d.token())
        d.issuer.is_down = True
        d.clock.moment += KEEP
        assert await d.lets_in(d.token())


async def test_keys_are_not_taken_from_another_address() -> None:
    async with door() as d:

        async def elsewhere(_: web.Request) -> web.Response:
            raise web.HTTPTemporaryRedirect(f"{d.issuer.url}/metadata")

        app = web.Application()
        app.add_routes([web.get("/metadata", elsewhere)])
        async with TestServer(app) as server, aiohttp.ClientSession() as session:
            keys = SigningKeys(session, d.clock, str(server.make_url("/metadata")))
            assert await keys.find("one") is None
        assert await d.keys.find("one") is not None


async def test_a_service_that_was_down_at_the_start_is_asked_again_soon() -> None:
    async with door() as d:
        d.issuer.is_down = True
        assert not await d.lets_in(d.token())
        d.issuer.is_down = False
        d.clock.moment += TRY_AGAIN
        assert await d.lets_in(d.token())


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", '{"keys": 3}', '{"keys": [{"kty": "RSA", "kid": "one"}]}', "x" * 600_000],
)
async def test_keys_that_cannot_be_read_let_nobody_in(text: str) -> None:
    async with door() as d:
        d.issuer.says = text or " "
        assert not await d.lets_in(d.token())


def test_keys_of_another_kind_are_left_out() -> None:
    assert keys_of({"keys": [{"kty": "EC", "kid": "one"}, {"kty": "RSA"}]}) == {}


# --- whatever is sent ------------------------------------------------------------------------

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner),
    max_leaves=10,
)
named = st.sampled_from(
    ["exp", "nbf", "iss", "aud", "serviceurl", "serviceUrl", "conversation", "channelData", "id"]
)
objects = st.dictionaries(named | st.text(max_size=8), anything, max_size=6)


@given(claims=objects, sent=objects)
def test_no_claim_and_no_activity_is_more_than_refused(
    claims: dict[str, Any], sent: dict[str, Any]
) -> None:
    with suppress(Unauthorised):
        check_moment(claims, NOW)
    with suppress(Unauthorised):
        check_service(claims, sent)
    with suppress(Unauthorised):
        check_tenant(sent, HERE.tenants)


class NoKeys(SigningKeys):
    """Knows nobody, and asks nobody."""

    def __init__(self) -> None:
        pass

    async def find(self, name: str) -> None:
        return None


headers = st.text(max_size=200) | st.builds(
    lambda head, body: f"Bearer {head}.{body}.x",
    st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789-_=", max_size=60),
    st.text(max_size=60),
)


@given(header=headers, head=anything)
def test_no_header_is_more_than_refused(header: str, head: object) -> None:
    door_ = Authentication(NoKeys(), HERE, SetClock())
    encoded = base64url(repr(head).encode())
    for sent in (header, f"Bearer {encoded}.{encoded}.{encoded}"):
        with pytest.raises(Unauthorised):
            asyncio.run(door_.check({"Authorization": sent}, activity()))


async def test_a_giant_token_is_not_looked_into() -> None:
    async with door() as d:
        assert not await d.lets_in("a" * 1_000_000)
        deep = base64url(b"[" * 5000)
        assert not await d.lets_in(f"{deep}.e30.x")
        assert d.issuer.asked == 0


async def test_a_year_later_a_token_is_refused() -> None:
    async with door() as d:
        token = d.token()
        d.clock.moment += timedelta(days=365)
        assert not await d.lets_in(token)
