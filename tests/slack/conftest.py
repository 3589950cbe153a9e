"""What the tests of the stand-in begin with."""

from collections.abc import AsyncIterator

import pytest

from tests.slack.house import House
from tests.slack.people import SlackUser
from tests.slack.server import StandIn
from tests.slack.small_app import SmallApp, Way
from tests.slack.stage import Stage
from tests.slack.world import World


@pytest.fixture
async def house() -> AsyncIterator[House]:
    found = House()
    async with found.slack:
        yield found


@pytest.fixture(params=["http", "socket"])
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


@pytest.fixture
async def stage(way: Way) -> AsyncIterator[Stage]:
    world = World()
    workspace = world.add_workspace()
    user = workspace.add_user("Dana Moss")
    async with StandIn(world) as slack:
        app = SmallApp(slack, workspace)
        async with app.reached(way) as delivery:
            yield Stage(world, slack, app, SlackUser(world, workspace, user, delivery))
