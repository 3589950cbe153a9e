"""The same flows on every platform, each on both databases."""

from collections.abc import Iterator

import pytest

from storage.store import SqlStore
from tests.flows.company import PLATFORM


@pytest.fixture(params=["playground", "slack", "teams"])
def platform(request: pytest.FixtureRequest) -> Iterator[str]:
    token = PLATFORM.set(request.param)
    yield request.param
    PLATFORM.reset(token)


@pytest.fixture
def store(store: SqlStore, platform: str) -> SqlStore:
    """A flow that takes a store runs on this platform."""
    return store
