"""The stand-in limits rates, and fails as a test wishes."""

import asyncio

import pytest
from aiohttp import ClientError

from tests.teams.stage import Stage
from tests.teams.troubles import always, busy, drop, first, hang, status

TEXT = {"type": "message", "text": "Hello"}


async def test_a_conversation_takes_seven_messages_in_a_second_and_eight_in_two(
    stage: Stage,
) -> None:
    chat = stage.dana.chat.id
    for _ in range(7):
        assert (await stage.bot.send(chat, TEXT))[0] == 201
    refused = await stage.bot.raw("POST", f"conversations/{chat}/activities", TEXT)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    stage.clock.moment += 1
    assert (await stage.bot.send(chat, TEXT))[0] == 201
    status, answer = await stage.bot.send(chat, TEXT)
    assert (status, answer["error"]["code"]) == (429, "Throttled")
    stage.clock.moment += 1
    assert (await stage.bot.send(chat, TEXT))[0] == 201
    stage.world.rates.on = False
    for _ in range(20):
        assert (await stage.bot.send(chat, TEXT))[0] == 201


async def test_a_conversation_takes_sixty_messages_in_half_a_minute(stage: Stage) -> None:
    chat = stage.dana.chat.id
    for _ in range(60):
        assert (await stage.bot.send(chat, TEXT))[0] == 201
        stage.clock.moment += 0.25
    refused = await stage.bot.raw("POST", f"conversations/{chat}/activities", TEXT)
    assert refused.headers["Retry-After"] == "15"


async def test_a_tenant_takes_fifty_calls_in_a_second(stage: Stage) -> None:
    people = [stage.tenant.add_user(f"Person {number}") for number in range(51)]
    stage.tenant.installed |= {user.id for user in people}
    for user in people[:50]:
        assert (await stage.bot.open(user.aad))[0] == 201
    assert (await stage.bot.open(people[50].aad))[0] == 429


async def test_a_test_chooses_what_goes_wrong(stage: Stage) -> None:
    stage.world.rates.on = False
    chat, troubles = stage.dana.chat.id, stage.world.troubles

    async def send(text: str) -> tuple[int, str]:
        number, body = await stage.bot.send(chat, {"type": "message", "text": text})
        return number, (body or {}).get("error", {}).get("code", "")

    for number, code in ((412, "PreconditionFailed"), (413, "MessageSizeTooBig")):
        troubles["sendToConversation"] = first(1, status(number))
        assert await send("never") == (number, code)
    for number, code in ((500, "ServiceError"), (502, "ServiceError")):
        troubles["*"] = first(1, status(number))
        troubles.pop("sendToConversation", None)
        assert await send("never") == (number, code)
    for number in (503, 504):
        troubles["*"] = always(status(number))
        answer = await stage.bot.raw("POST", f"conversations/{chat}/activities", TEXT)
        assert (answer.status, answer.content_type) == (number, "text/plain")
    troubles["*"] = always(busy(7))
    answer = await stage.bot.raw("POST", f"conversations/{chat}/activities", TEXT)
    assert answer.headers["Retry-After"] == "7"
    troubles["*"] = always(busy(None))
    answer = await stage.bot.raw("POST", f"conversations/{chat}/activities", TEXT)
    assert "Retry-After" not in answer.headers
    troubles["*"] = always(drop())
    with pytest.raises(ClientError):
        await send("never")
    troubles["*"] = always(drop(after=True))
    with pytest.raises(ClientError):
        await send("arrived, but without an answer")
    troubles["*"] = always(status(502, after=True))
    assert await send("arrived, and refused") == (502, "ServiceError")
    troubles["*"] = always(hang())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(send("never"), 0.2)
    troubles.clear()
    stage.world.latency["*"] = 0.05
    begun = asyncio.get_running_loop().time()
    assert await send("slow") == (201, "")
    assert asyncio.get_running_loop().time() - begun >= 0.05
    assert stage.dana.reads() == ["arrived, but without an answer", "arrived, and refused", "slow"]
