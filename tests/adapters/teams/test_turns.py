"""One turn of the SDK for each activity, whatever is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from adapters.teams.turns import Turns
from tests.teams.issuer import activity

ANSWER = {"statusCode": 200, "value": {"body": [{"type": "TextBlock"}]}}
HEARD = ("invoke", "message", "conversationUpdate", "installationUpdate")


class Taker:
    """Answers everything, and remembers it."""

    def __init__(self) -> None:
        self.taken: list[Mapping[str, Any]] = []

    async def take(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        self.taken.append(payload)
        return ANSWER


@pytest.mark.parametrize("kind", HEARD)
async def test_what_teams_sent_comes_through_as_it_is(kind: str) -> None:
    taker, sent = Taker(), activity(type=kind, name="task/fetch", value={"data": {"do": "home"}})
    await Turns(object(), taker.take).run(sent)
    assert len(taker.taken) == 1
    assert taker.taken[0] is sent


@pytest.mark.parametrize("kind", ["typing", "event", "endOfConversation", "", "nonsense"])
async def test_what_means_nothing_to_us_is_not_taken(kind: str) -> None:
    taker = Taker()
    assert await Turns(object(), taker.take).run(activity(type=kind)) is None
    assert taker.taken == []


async def test_the_answer_to_an_invoke_is_not_copied_on_its_way() -> None:
    sent = activity(type="invoke", name="adaptiveCard/action")
    assert await Turns(object(), Taker().take).run(sent) is ANSWER


@pytest.mark.parametrize("kind", HEARD[1:])
async def test_nobody_waits_for_an_answer_to_anything_else(kind: str) -> None:
    assert await Turns(object(), Taker().take).run(activity(type=kind)) is None


async def test_what_goes_wrong_in_a_conversation_is_told() -> None:
    async def take(payload: Mapping[str, Any]) -> None:
        raise LookupError(payload["type"])

    with pytest.raises(LookupError, match="invoke"):
        await Turns(object(), take).run(activity(type="invoke"))
