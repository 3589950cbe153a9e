"""Charts reach people as Slack's own, as pictures or in words, and never hold a message up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageColor

from adapters.pictures import FILLS, WIDTH, draw
from adapters.slack import gallery
from adapters.slack.platform import Slack
from adapters.slack.tokens import Grant, OneWorkspace
from bot.conversation.card import Bar, Card, Chart, Text
from bot.conversation.events import Actor
from bot.ports import Sent
from tests.slack.records import Json, User, Workspace
from tests.slack.server import StandIn
from tests.slack.troubles import first, refuse
from tests.slack.world import World
from tests.strategies import charts


def chart(number: int) -> Chart:
    return Chart(
        title=f"Answers to {number}",
        series=("negative", "in between", "positive"),
        columns=("negative", "in between", "positive"),
        bars=(Bar("Everyone", (3, 0, 9 + number), ("3", "0", str(9 + number))),),
        alt=f"Everyone: 3 negative, {9 + number} positive.",
    )


def results(of: int) -> Card:
    return Card((Text("Results"), *(chart(number) for number in range(of))))


@dataclass
class House:
    world: World
    workspace: Workspace
    slack: Slack
    people: list[User]

    async def send(self, card: Card, which: int = 0) -> list[Json]:
        """The blocks that arrive in somebody's chat."""
        user = self.people[which]
        outcome = await self.slack.send(
            Actor("slack", self.workspace.team, user.id), card, f"key-{which}"
        )
        assert isinstance(outcome, Sent)
        return self.workspace.im(user.id).messages[-1].blocks


@pytest.fixture
async def house(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(gallery, "READY", 0.01)
    world = World()
    workspace = world.add_workspace()
    world.rates.on = False
    workspace.scopes.add("files:write")
    people = [workspace.add_user(f"Nurse {number}") for number in range(2)]
    grant = Grant(
        enterprise_id=None,
        team_id=workspace.team,
        whole=False,
        bot_token=workspace.token,
        bot_id=workspace.bot_id,
        bot_user_id=workspace.bot_user,
    )
    async with StandIn(world) as stand_in, Slack(OneWorkspace(grant), stand_in.base_url) as slack:
        yield House(world, workspace, slack, people)


def kinds(blocks: list[Json]) -> list[str]:
    return [block["type"] for block in blocks]


async def test_up_to_two_charts_are_slacks_own_with_their_words(house: House) -> None:
    blocks = await house.send(results(2))
    assert kinds(blocks) == ["section", *["data_visualization", "context"] * 2]
    assert house.world.calls_of("files.getUploadURLExternal") == []


async def test_a_part_that_may_be_more_says_so_where_parts_stand_side_by_side(
    house: House,
) -> None:
    loose = replace(chart(0), rest=True)
    blocks = await house.send(Card((Text("Results"), loose)))
    series = [each["name"] for each in blocks[1]["chart"]["series"]]
    assert series == ["negative, at least", "in between, at least", "positive"]


async def test_more_charts_are_pictures_that_are_uploaded_once(house: House) -> None:
    for which in range(2):
        blocks = await house.send(results(3), which)
        assert kinds(blocks) == ["section", *["image", "context"] * 3]
        assert [b["alt_text"] for b in blocks if b["type"] == "image"] == [
            chart(number).alt for number in range(3)
        ]
    assert len(house.world.calls_of("files.getUploadURLExternal")) == 3
    assert house.world.faults == []


async def test_a_workspace_that_takes_no_charts_gets_pictures_from_then_on(house: House) -> None:
    house.world.troubles["chat.postMessage"] = first(1, refuse("invalid_blocks"))
    assert "image" in kinds(await house.send(results(1)))
    assert "image" in kinds(await house.send(results(1), 1))
    assert len(house.world.calls_of("chat.postMessage")) == 3


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_where_nothing_can_be_uploaded_the_words_arrive(house: House, method: str) -> None:
    house.world.troubles[method] = first(9, refuse("missing_scope"))
    blocks = await house.send(results(3))
    assert kinds(blocks) == ["section", *["section", "context"] * 3]
    del house.world.troubles[method]
    assert "image" in kinds(await house.send(results(3), 1))


@given(charts(), st.integers(0, 40))
def test_any_chart_can_be_drawn(drawn: Chart, most: int) -> None:
    picture = Image.open(BytesIO(draw(drawn)))
    assert picture.format == "PNG"
    assert picture.width == WIDTH


def test_neighbouring_parts_differ_in_lightness() -> None:
    light = [ImageColor.getcolor(fill, "L") for fill in FILLS]
    assert all(abs(int(str(one)) - int(str(other))) >= 40 for one, other in pairwise(light))
