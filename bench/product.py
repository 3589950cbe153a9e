"""The candidate of a start: what `soundings run --playground` does on a database that is there."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import bot.__main__  # noqa: F401  as a real start does
from bench.started import report
from bot.service import run
from bot.settings import read_settings


def listening(_: str) -> None:
    report()
    # Only once `run` waits for the signal.
    asyncio.get_running_loop().call_later(0.1, os.kill, os.getpid(), signal.SIGTERM)


async def main(url: str, organisation: str) -> None:
    settings = read_settings({"DATABASE_URL": url, "PORT": "0"})
    await run(settings, playground=True, role="all", organisation=organisation, announce=listening)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
