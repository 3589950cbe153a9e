"""The baseline of a start: Slack's Bolt listening, SQLModel with a table and an engine."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiohttp import web
from slack_bolt.async_app import AsyncApp
from sqlmodel import Field, SQLModel, create_engine

from bench.started import report


class Thing(SQLModel, table=True):
    """Something to keep."""

    id: int | None = Field(default=None, primary_key=True)
    name: str


async def main(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    SQLModel.metadata.create_all(engine)
    app = AsyncApp(token="xoxb-0", signing_secret="none")  # noqa: S106  it talks to nobody
    runner = web.AppRunner(app.web_app(path="/slack/events"))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    report()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
