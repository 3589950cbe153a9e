"""What the tests of the stand-in begin with."""

from collections.abc import AsyncIterator

import pytest

from tests.teams.stage import Stage, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found
