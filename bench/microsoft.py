"""Microsoft's own side of Teams: Entra, and a service that says yes. It counts, and can be slow."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AsyncExitStack
from typing import Any

from aiohttp import web


async def service(certificate: str, stack: AsyncExitStack) -> web.Application:
    """Takes every message. With a certificate (a PEM file, with its key) it does over TLS too."""
    seen: set[Any] = set()
    tokens = 0
    latency = 0.0

    async def call(request: web.Request) -> web.Response:
        await request.read()
        seen.add(request.transport)
        if latency:
            await asyncio.sleep(latency)
        return web.Response(body=b'{"id":"1700000000001"}', content_type="application/json")

    async def token(_: web.Request) -> web.Response:
        nonlocal tokens
        tokens += 1
        return web.json_response({"access_token": "x" * 1000, "expires_in": 3600})

    async def wait(request: web.Request) -> web.Response:
        nonlocal latency
        latency = int(request.match_info["milliseconds"]) / 1000
        return web.Response()

    async def counted(_: web.Request) -> web.Response:
        return web.json_response({"connections": len(seen), "tokens": tokens})

    routes = [web.post("/v3/{path:.*}", call), web.put("/v3/{path:.*}", call)]
    secured = await _secured(routes, certificate, stack) if certificate else 0

    async def tls(_: web.Request) -> web.Response:
        return web.Response(text=str(secured))

    app = web.Application()
    app.add_routes(
        [
            *routes,
            web.post("/{tenant}/oauth2/v2.0/token", token),
            web.get("/tls", tls),
            web.get("/counted", counted),
            web.get("/latency/{milliseconds}", wait),
        ]
    )
    return app


async def _secured(routes: list[web.RouteDef], pem: str, stack: AsyncExitStack) -> int:
    """The port at which the same is served over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    return int(runner.addresses[0][1])
