"""The stand-in limits rates, and fails as a test wishes."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from tests.slack.house import House, refusal
from tests.slack.troubles import always, busy, drop, first, hang, refuse, status


async def test_messages_to_one_channel_come_in_short_bursts_and_then_one_a_second(
    house: House,
) -> None:
    client = house.client()
    for _ in range(house.world.rates.channel_burst):
        await client.chat_postMessage(channel=house.dana.id, text="x")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=house.im, text="x")
    answer = caught.value.response
    assert (answer.status_code, answer["error"]) == (429, "ratelimited")
    assert answer.headers["Retry-After"] == "1"
    house.moment += 1
    await client.chat_postMessage(channel=house.im, text="x")
    house.world.rates.on = False
    await client.chat_postMessage(channel=house.im, text="x")


async def test_a_workspace_takes_so_many_messages_a_minute(house: House) -> None:
    house.world.rates.workspace_per_minute = 3
    people = [house.workspace.add_user(f"Person {number}") for number in range(4)]
    client = house.client()
    for person in people[:3]:
        await client.chat_postMessage(channel=person.id, text="x")
    fourth = client.chat_postMessage(channel=people[3].id, text="x")
    assert await refusal(fourth) == "ratelimited"
    other = house.world.add_workspace("Other Trust")
    other_im = other.im(other.add_user("Somebody Else").id).id
    await house.client(other.token).chat_postMessage(channel=other_im, text="x")


async def test_each_method_has_its_tier(house: House) -> None:
    client = house.client()
    for _ in range(20):
        await client.users_list()
    with pytest.raises(SlackApiError) as caught:
        await client.users_list()
    assert caught.value.response.headers["Retry-After"] == "60"
    house.moment += 60
    assert (await client.users_list())["ok"]


async def test_a_test_chooses_what_goes_wrong(house: House) -> None:
    client = house.client(timeout=1, retry_handlers=[])
    troubles = house.world.troubles

    def post(text: str) -> Awaitable[Any]:
        return client.chat_postMessage(channel=house.im, text=text)

    troubles["chat.postMessage"] = first(1, status(503))
    with pytest.raises(SlackApiError) as caught:
        await post("never")
    assert caught.value.response.status_code == 503
    troubles["chat.postMessage"] = always(busy(7))
    with pytest.raises(SlackApiError) as caught:
        await post("never")
    assert caught.value.response.headers["Retry-After"] == "7"
    troubles["chat.postMessage"] = always(refuse("fatal_error"))
    assert await refusal(post("never")) == "fatal_error"
    troubles["chat.postMessage"] = always(drop())
    with pytest.raises(ClientError):
        await post("never")
    troubles["chat.postMessage"] = always(drop(after=True))
    with pytest.raises(ClientError):
        await post("arrived, but without an answer")
    troubles["chat.postMessage"] = always(hang())
    with pytest.raises(asyncio.TimeoutError):
        await post("never")
    troubles.clear()
    house.world.latency["*"] = 0.05
    begun = asyncio.get_running_loop().time()
    await post("slow")
    assert asyncio.get_running_loop().time() - begun >= 0.05
    texts = [message.text for message in house.workspace.im(house.dana.id).messages]
    assert texts == ["arrived, but without an answer", "slow"]
