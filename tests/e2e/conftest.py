"""One lived-through example for all tests, a copy of it for each, and one browser a worker."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.e2e.product import CHROMIUM, SWITCHES, Product, Visit, running


@pytest.fixture(scope="session")
def lived_example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a playground that has lived through the example's weeks and was stopped."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (shared / "example.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = shared / "example"
        if not folder.exists():
            unfinished = Path(mkdtemp(dir=shared))
            with running(unfinished):
                pass
            unfinished.rename(folder)
    return folder


@pytest.fixture
def folder(lived_example: Path, tmp_path: Path) -> Path:
    """A copy of the example for one test."""
    return shutil.copytree(lived_example, tmp_path / "playground")


@pytest.fixture
def product(folder: Path) -> Iterator[Product]:
    """A running playground of this test's own."""
    with running(folder) as one:
        yield one


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One headless Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page_only(browser: Browser) -> AsyncIterator[Visit]:
    """An empty page, in a browser that is set to other habits than the playground's.

    The test fails for any error on the page, a breach of its content policy included, and for any
    request that leaves this machine.
    """
    context = await browser.new_context(
        viewport={"width": 1400, "height": 900}, locale="en-US", timezone_id="Europe/London"
    )
    page = await context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.on(
        "request",
        lambda request: (
            None if urlsplit(request.url).hostname == "127.0.0.1" else problems.append(request.url)
        ),
    )
    yield Visit(page, problems)
    await context.close()
    assert problems == []


@pytest_asyncio.fixture(loop_scope="session")
async def visit(product: Product, page_only: Visit) -> Visit:
    """The playground's page, loaded; it is closed before the playground stops."""
    await page_only.open(product.address)
    return page_only
