"""Goal 7: from the start of a fresh process until it listens."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.common import Row, Scale, folder, migrated
from bench.people import Home
from bot.service import open_database
from bot.settings import read_settings

REPEATS = {Scale.FULL: 9, Scale.QUICK: 3, Scale.SMOKE: 0}
# What a start on SQLite with nobody to send to has no use for.
HEAVY = (
    "PIL",
    "alembic",
    "botbuilder",
    "botframework",
    "holidays",
    "jwt",
    "matplotlib",
    "msal",
    "msrest",
    "nltk",
    "numpy",
    "playwright",
    "psycopg",
    "requests",
    "slack_bolt",
    "slack_sdk",
)


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds on the clock and of CPU, the most memory in MB, and the packages loaded."""

    wall: float
    cpu: float
    megabytes: float
    packages: frozenset[str]


async def measure(scale: Scale) -> list[Row]:
    with folder() as place:
        home = Home(number=1)
        url = migrated(place / "soundings.db")
        async with open_database(read_settings({"DATABASE_URL": url})) as store:
            await store.write(lambda tx: tx.directory.add_organisation(home.organisation))
        product = ("bench.product", url, home.organisation.name)
        bare = ("bench.bare", str(place / "bare.db"))
        pairs = [(await start(*bare), await start(*product)) for _ in range(1 + REPEATS[scale])]
    # The first start of each writes byte code and makes what is missing.
    counted = pairs[1:] or pairs
    theirs, ours = [one for one, _ in counted], [one for _, one in counted]
    heavy = {name for one in ours for name in HEAVY if name in one.packages}
    return [
        Row(
            what="Start until listening",
            unit="ms CPU",
            value=median(one.cpu for one in ours) * 1e3,
            baseline=median(one.cpu for one in theirs) * 1e3,
            most_ratio=1.2,
        ),
        Row(
            what="Start until listening, wall",
            unit="ms",
            value=median(one.wall for one in ours) * 1e3,
            baseline=median(one.wall for one in theirs) * 1e3,
        ),
        Row(
            what="Memory when listening",
            unit="MB",
            value=median(one.megabytes for one in ours),
            baseline=median(one.megabytes for one in theirs),
            most=85,
        ),
        Row(
            what=f"Heavy packages loaded ({', '.join(sorted(heavy)) or 'none'})",
            unit="packages",
            value=len(heavy),
            most=0,
        ),
    ]


async def start(module: str, *arguments: str) -> Start:
    """Run the module until it reports that it listens. Raises RuntimeError if it does not."""
    # Compiling every module anew is no part of a start.
    environment = {n: v for n, v in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}
    begun = perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        cwd=Path(__file__).parent.parent,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    line = b"" if process.stdout is None else await process.stdout.readline()
    listened = perf_counter()
    await process.communicate()
    if not line:
        raise RuntimeError(f"{module} ended before it listened")
    found = json.loads(line)
    return Start(listened - begun, found["cpu"], found["megabytes"], frozenset(found["packages"]))
