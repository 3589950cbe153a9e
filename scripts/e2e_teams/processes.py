"""The bot and the clients: processes of this machine, reached from nowhere else."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from bot.settings import NAMES
from bot.settings.teams import PLAYGROUND_TENANT
from scripts.e2e_teams.cast import ORGANISATION, Person, configuration

ROOT = Path(__file__).parents[2]
CLIENT = "@microsoft/m365agentsplayground"
VERSION = "0.2.28"
STARTS_WITHIN = 60  # seconds
# Nothing that is said to the world gets there: what is not of this machine ends at a closed port.
ALONE = {
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "NO_PROXY": "127.0.0.1,localhost",
}


class Missing(Exception):
    """Something that is needed is not on this machine. The message says what."""


class Process:
    """A running program; `said` is all that it printed so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said = ""
        self._reading = asyncio.create_task(self._read())
        self._more = asyncio.Event()

    async def says(self, pattern: str) -> str:
        """Waits until it does; returns what the group in the pattern matched."""
        async with asyncio.timeout(STARTS_WITHIN):
            while not (found := re.search(pattern, self.said)):
                if self._reading.done():
                    raise RuntimeError(f"It ended:\n{self.said}")
                self._more.clear()
                await self._more.wait()
        return found[1]

    async def stop(self) -> None:
        """Ask it to stop, and wait."""
        if self._process.returncode is None:
            self._process.terminate()
        await self._reading
        await self._process.wait()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.said += line.decode(errors="replace")
            self._more.set()
        self._more.set()


@asynccontextmanager
async def _started(
    folder: Path, environment: Mapping[str, str], *command: str
) -> AsyncIterator[Process]:
    folder.mkdir(parents=True, exist_ok=True)
    started = Process(
        await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=dict(environment), stdout=PIPE, stderr=STDOUT
        )
    )
    try:
        yield started
    finally:
        await started.stop()
        (folder / "log.txt").write_text(started.said)


@asynccontextmanager
async def bot(folder: Path) -> AsyncIterator[Process]:
    """Soundings as an operator starts it, for clients on this machine."""
    clean = {name: value for name, value in os.environ.items() if name not in NAMES}
    chosen = {
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "DATABASE_URL": f"sqlite:///{folder / 'soundings.db'}",
        "PORT": "0",
        "SOUNDINGS_TICK_SECONDS": "1",
        "TEAMS_AUTH": "none",
        "TEAMS_TENANT_IDS": f"{PLAYGROUND_TENANT}={ORGANISATION}",
    }
    command = (sys.executable, "-m", "bot", "run")
    async with _started(folder, {**clean, **chosen, **ALONE}, *command) as started:
        yield started


async def installed(folder: Path) -> Path:
    """The client's own program. It is fetched from the registry, and never part of Soundings."""
    program = folder / "node_modules" / CLIENT / "cli.js"
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise Missing("This needs Node.js with npm, which was not found.")
    if program.exists() and f'"{VERSION}"' in (program.parent / "package.json").read_text():
        return program
    folder.mkdir(parents=True, exist_ok=True)
    quiet = ("--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--loglevel=error")
    fetching = await asyncio.create_subprocess_exec(
        *(npm, "install", *quiet, "--prefix", str(folder), f"{CLIENT}@{VERSION}"),
        stdout=PIPE,
        stderr=STDOUT,
    )
    said, _ = await fetching.communicate()
    if fetching.returncode:
        raise Missing(f"npm could not install {CLIENT} {VERSION}:\n{said.decode()}")
    return program


@asynccontextmanager
async def client(
    program: Path, folder: Path, person: Person, zone: str, endpoint: str
) -> AsyncIterator[str]:
    """A client that is this person's; yields the address of its page.

    It tells the bot the zone of its process, wherever the browser is.
    """
    folder.mkdir(parents=True)
    (folder / ".m365agentsplayground.yml").write_text(configuration(person))
    environment = {**os.environ, **ALONE, "TZ": zone}
    # Where the port is taken it finds another one.
    where = ("-p", str(56150 + person.number), "-e", endpoint)
    command = ("node", str(program), *where, "-c", "msteams", "--disable-telemetry")
    async with _started(folder, environment, *command) as started:
        port = await started.says(r"Listening on (\d+)")
        yield f"http://127.0.0.1:{port}/"
