"""The same flows on every platform and on both databases.

Platforms and databases know nothing of each other (import-linter holds that), so each flow runs on
pairs that together have all of them. `--thorough` runs all six, and what is marked as such.
"""

from collections.abc import Iterator

import pytest

from storage.store import SqlStore
from tests.flows.company import PLATFORM

PLATFORMS = ("playground", "slack", "teams")
PAIRS = {("playground", "postgresql"), ("slack", "sqlite"), ("teams", "sqlite")}


@pytest.fixture(params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> Iterator[str]:
    token = PLATFORM.set(request.param)
    yield request.param
    PLATFORM.reset(token)


@pytest.fixture
def store(store: SqlStore, platform: str) -> SqlStore:
    """A flow that takes a store runs on this platform."""
    return store


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only a thorough run is for."""
    if config.getoption("--thorough"):
        return
    items[:] = [item for item in items if _is_wanted(item)]


def _is_wanted(item: pytest.Item) -> bool:
    if item.get_closest_marker("thorough"):
        return False
    callspec = getattr(item, "callspec", None)
    params = {} if callspec is None else callspec.params
    if not {"platform", "kind_of_database"} <= params.keys():
        return True
    chosen = {name for mark in item.iter_markers("parametrize") for name in _names(mark)}
    if chosen & {"platform", "kind_of_database"}:
        return True  # this flow says itself where it runs
    return (params["platform"], params["kind_of_database"]) in PAIRS


def _names(mark: pytest.Mark) -> list[str]:
    names = mark.args[0]
    return [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
