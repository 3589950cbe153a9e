"""The one HTTP listener of a process, for all its platforms."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiohttp import web

from bot.service.running import Refused, nowhere, place_of
from bot.settings import Settings

HEALTH = "/healthz"
MAX_BODY = 512 * 1024  # bytes; what platforms send is far smaller


def make_app(routes: Iterable[web.RouteDef]) -> web.Application:
    """The application with these routes, and one that says that it is there."""
    app = web.Application(client_max_size=MAX_BODY)
    app.add_routes([*routes, web.get(HEALTH, _health)])
    return app


async def _health(_: web.Request) -> web.Response:
    return web.Response(text="ok")


@asynccontextmanager
async def listening(settings: Settings, routes: Iterable[web.RouteDef]) -> AsyncIterator[str]:
    """The address at which the routes are served. Raises Refused where nothing can listen."""
    runner = web.AppRunner(make_app(routes), access_log=None, shutdown_timeout=5)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
        except OSError as error:
            raise Refused(nowhere(settings, error)) from error
        host, port = runner.addresses[0][:2]
        yield f"http://{place_of(host, port)}"
    finally:
        await runner.cleanup()
