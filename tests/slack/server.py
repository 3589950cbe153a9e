"""The loopback server that behaves like Slack: Web API, uploads, response_urls, sockets."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Literal, Self

from aiohttp import ClientSession, web

from tests.slack import methods_apps, methods_chat, methods_people, methods_views
from tests.slack.calling import Request, SlackError
from tests.slack.delivery import Delivery, HttpDelivery, SocketDelivery
from tests.slack.oauth import access, allow, credentials
from tests.slack.records import Call, Json, Token
from tests.slack.replies import respond
from tests.slack.socket import SocketHub
from tests.slack.troubles import How, Trouble
from tests.slack.world import World

METHODS = {
    **methods_apps.METHODS,
    **methods_chat.METHODS,
    **methods_people.METHODS,
    **methods_views.METHODS,
}
WITHOUT_TOKEN = frozenset({"api.test", "apps.connections.open", "oauth.v2.access"})
SECRETS = frozenset({"token", "client_secret", "refresh_token", "code"})


class StandIn:
    """One running stand-in: `async with StandIn(World()) as slack`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sockets = SocketHub(world)
        self._closing = asyncio.Event()
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/upload/v1/{file}", self._upload)
        app.router.add_get("/files-pri/{file}/{name}", self._download)
        app.router.add_post("/response/{id}", self._response)
        app.router.add_get("/oauth/v2/authorize", self._authorize)
        app.router.add_get("/link/", self.sockets.accept)
        self._runner = web.AppRunner(app, shutdown_timeout=0.5)

    @property
    def base_url(self) -> str:
        """What the SDK calls its base_url."""
        return f"{self.world.address}/api/"

    @property
    def authorize_url(self) -> str:
        return f"{self.world.address}/oauth/v2/authorize"

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.world.address = f"http://{host}:{port}"
        self.session = ClientSession()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        await self.session.close()
        await self.sockets.drop()
        await self._runner.cleanup()

    def delivery(self, way: Literal["http", "socket"], url: str = "") -> Delivery:
        """How the app is reached: at its request URL, or over the sockets that it opens."""
        if way == "socket":
            return SocketDelivery(self.sockets)
        return HttpDelivery(self.world, self.session, url)

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            arguments = await _arguments(request)
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_json"})
        value = str(arguments.pop("token", "") or "")
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            value = bearer
        token = self.world.tokens.get(value)
        kept = {name: item for name, item in arguments.items() if name not in SECRETS}
        call = self.world.record(method, kept, token.team if token else "")
        trouble = await self._before(call)
        if trouble and not trouble.after:
            return await self._trouble(request, call, trouble)
        try:
            answer = self._answer(request, method, arguments, value)
        except SlackError as error:
            answer = error.answer
        wait = int(answer.pop("retry_after", 0))
        call.answer = answer if method != "oauth.v2.access" else {"ok": answer["ok"]}
        if trouble:
            return await self._trouble(request, call, trouble)
        headers = {"Retry-After": str(wait)} if wait else {}
        return web.json_response(answer, status=429 if wait else 200, headers=headers)

    async def _before(self, call: Call) -> Trouble | None:
        """The test's wishes for this call: how long it takes, and whether it fails."""
        await asyncio.sleep(self.world.latency[call.method] or self.world.latency["*"])
        decide = self.world.troubles.get(call.method) or self.world.troubles.get("*")
        return decide(call) if decide else None

    async def _trouble(
        self, request: web.Request, call: Call, trouble: Trouble
    ) -> web.StreamResponse:
        if trouble.how is How.HANG:
            await self._closing.wait()
        if trouble.how in {How.HANG, How.DROP}:
            if request.transport:
                request.transport.abort()
            return web.Response()
        if trouble.how is How.PAGE:
            return web.Response(
                status=trouble.status, text="<html>", content_type="application/json"
            )
        wait = trouble.retry_after
        if trouble.how is How.ERROR or wait is not None:
            call.answer = {"ok": False, "error": trouble.error}
            headers = {"Retry-After": str(wait)} if wait is not None else {}
            return web.json_response(call.answer, status=trouble.status, headers=headers)
        return web.Response(status=trouble.status, text="upstream connect error")

    def _answer(self, request: web.Request, method: str, arguments: Json, value: str) -> Json:
        """What Slack says to one call; a call that is refused has no effect."""
        if method not in METHODS and method not in WITHOUT_TOKEN:
            raise SlackError("unknown_method", req_method=method)
        token = self._token(method, value)
        self._keep_to_rates(method, token, arguments)
        if method == "api.test":
            if arguments.get("error"):
                raise SlackError(str(arguments["error"]), args=arguments)
            return {"ok": True, "args": arguments}
        if method == "oauth.v2.access":
            return {"ok": True, **access(self.world, *credentials(request, arguments), arguments)}
        if token is None:
            return {"ok": True, "url": self.sockets.ticket()}
        workspace = self.world.workspaces[token.team]
        return {"ok": True, **METHODS[method](Request(self.world, workspace, token, arguments))}

    def _token(self, method: str, value: str) -> Token | None:
        """The bot token of a call, if it is good; none for the methods that need none."""
        if method == "apps.connections.open" and value != self.world.app_token:
            raise SlackError("not_allowed_token_type" if value else "not_authed")
        if method in WITHOUT_TOKEN:
            return None
        if not value:
            raise SlackError("not_authed")
        token = self.world.tokens.get(value)
        if token is None:
            raise SlackError("invalid_auth")
        if token.revoked:
            raise SlackError("token_revoked")
        if self.world.workspaces[token.team].inactive:
            raise SlackError("account_inactive")
        if token.expires_at is not None and self.world.now() >= token.expires_at:
            raise SlackError("token_expired")
        return token

    def _keep_to_rates(self, method: str, token: Token | None, arguments: Json) -> None:
        team, channel = token.team if token else "", str(arguments.get("channel", ""))
        if token:
            known = self.world.workspaces[team].channels.get(channel)
            channel = known.user or channel if known else channel
        wait = self.world.rates.wait(method, team, channel, self.world.now())
        if wait:
            raise SlackError("ratelimited", retry_after=wait)

    async def _upload(self, request: web.Request) -> web.Response:
        file = self.world.files.get(request.match_info["file"])
        if file is None or file.data is not None:
            return web.Response(status=404, text="not found")
        data = await request.read()
        if len(data) != file.length:
            return web.Response(status=400, text="length does not match")
        file.data = data
        return web.Response(text=f"OK - {len(data)}")

    async def _download(self, request: web.Request) -> web.Response:
        """Without a good token Slack answers 200 with its sign-in page."""
        token = self.world.tokens.get(request.headers.get("Authorization", "").partition(" ")[2])
        file = self.world.files.get(request.match_info["file"])
        granted = token and "files:read" in self.world.workspaces[token.team].scopes
        if file is None or not granted:
            return web.Response(
                text="<!DOCTYPE html><title>Slack</title>", content_type="text/html"
            )
        return web.Response(body=file.data, content_type="application/octet-stream")

    async def _response(self, request: web.Request) -> web.StreamResponse:
        found = self.world.response_urls.get(request.match_info["id"])
        try:
            body = await _arguments(request)
        except ValueError:
            return web.Response(status=400, text="invalid_payload")
        call = self.world.record("response_url", body, found.team if found else "")
        trouble = await self._before(call)
        if trouble and not trouble.after:
            return await self._trouble(request, call, trouble)
        call.answer = {"ok": True}
        try:
            respond(self.world, found, body)
        except SlackError as error:
            call.answer = error.answer
        if trouble:
            return await self._trouble(request, call, trouble)
        if call.answer["ok"]:
            return web.Response(text="ok")
        gone = call.answer["error"].endswith("_url")
        return web.json_response(call.answer, status=404 if gone else 200)

    async def _authorize(self, request: web.Request) -> web.Response:
        return allow(self.world, request)


async def _arguments(request: web.Request) -> Json:
    """Everything that was sent, whether in the address, as a form or as JSON."""
    found: Json = dict(request.query)
    if request.content_type == "application/json":
        body = await request.json() if await request.read() else {}
        if not isinstance(body, dict):
            raise ValueError("not an object")
        return {**found, **body}
    if request.method == "POST":
        found |= dict(await request.post())
    return found
