"""The loopback server that behaves like Microsoft's: the Connector service, Entra and Graph."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientSession, web

from tests.teams import conversations, rosters
from tests.teams.calling import BotError, Request
from tests.teams.delivery import Delivery
from tests.teams.entra import Refused, bearer, machine_token, token
from tests.teams.graph import install
from tests.teams.happenings import Happenings
from tests.teams.records import Call, Json, Tenant, User
from tests.teams.troubles import How, Trouble
from tests.teams.world import World

METHODS = {**conversations.METHODS, **rosters.METHODS}
ROUTES = (
    ("POST", "conversations", "createConversation"),
    ("POST", "conversations/{conversation}/activities", "sendToConversation"),
    ("POST", "conversations/{conversation}/activities/{activity}", "replyToActivity"),
    ("PUT", "conversations/{conversation}/activities/{activity}", "updateActivity"),
    ("DELETE", "conversations/{conversation}/activities/{activity}", "deleteActivity"),
    ("GET", "conversations/{conversation}/members/{member}", "getConversationMember"),
    ("GET", "conversations/{conversation}/pagedmembers", "getConversationPagedMembers"),
    ("GET", "conversations/{conversation}/activities/{activity}/members", "getActivityMembers"),
    ("GET", "teams/{team}", "fetchTeamDetails"),
    ("GET", "teams/{team}/conversations", "fetchChannelList"),
)
# Refusals that no state of the world explains: the app asked for what makes no sense.
OUR_OWN = frozenset({400, 413})
SECRETS = frozenset({"client_secret", "client_assertion"})
# An answer: a status, JSON or nothing, and headers.
Answered = tuple[int, Any, dict[str, str]]


class StandIn:
    """One running stand-in: `async with StandIn(World()) as teams`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._closing = asyncio.Event()
        self._delivery: Delivery | None = None
        self._installs: set[asyncio.Task[None]] = set()
        app = web.Application(client_max_size=2**24)
        for verb, path, method in ROUTES:
            app.router.add_route(verb, f"/{{region}}/v3/{path}", self._connector(method))
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        app.router.add_get("/msi/token", self._machine_token)
        app.router.add_post("/v1.0/users/{user}/teamwork/installedApps", self._install)
        world.issuer.add_routes(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0.5)

    @property
    def login_url(self) -> str:
        """In place of https://login.microsoftonline.com."""
        return self.world.address

    @property
    def graph_url(self) -> str:
        """In place of https://graph.microsoft.com."""
        return self.world.address

    @property
    def metadata_url(self) -> str:
        """In place of login.botframework.com's OpenID metadata."""
        return f"{self.world.address}/metadata"

    @property
    def identity_url(self) -> str:
        """What a machine of App Service has in IDENTITY_ENDPOINT."""
        return f"{self.world.address}/msi/token"

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.world.address = self.world.issuer.url = f"http://{host}:{port}"
        self.session = ClientSession()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        await self.idle()
        await self.session.close()
        await self._runner.cleanup()

    def delivery(self, url: str) -> Delivery:
        """How the app is reached, from now on for installations by Graph too."""
        self._delivery = Delivery(self.world, self.session, url)
        return self._delivery

    async def idle(self) -> None:
        """Until the app has heard of every installation by Graph."""
        while self._installs:
            await asyncio.gather(*self._installs)

    def _connector(self, method: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            body = await _json(request)
            arguments = {**request.query, **request.match_info, **(body or {})}
            call = self.world.record(method, arguments, self._tenant_of(arguments))

            async def answer() -> Answered:
                if body is None:
                    raise BotError(400, "BadSyntax", "The body is no JSON object")
                return self._do(request, call, {**request.query, **body})

            return await self._answer(request, call, answer)

        return handle

    def _do(self, request: web.Request, call: Call, arguments: Json) -> Answered:
        """What the service says to one call; a call that is refused has no effect."""
        world = self.world
        token = bearer(world, request.headers.get("Authorization", ""), "connector")
        if token is None or token.tenant != world.home.id:
            raise BotError(401, "Unauthorized")
        about = str(call.arguments.get("conversation") or self._about(arguments))
        wait = world.rates.wait(call.method, call.tenant, about.partition(";")[0], world.now())
        if wait:
            raise BotError(429, "Throttled", retry_after=wait)
        made = Request(world, arguments, dict(request.match_info))
        return *METHODS[call.method](made), {}

    def _about(self, body: Json) -> str:
        """A conversation that is being created counts by its member."""
        members = body.get("members") or [{}]
        return str(members[0].get("id"))

    def _tenant_of(self, arguments: Json) -> str:
        named = arguments.get("conversation") or arguments.get("team") or ""
        found = self.world.conversation(named)
        data = arguments.get("channelData") or {}
        tenant = arguments.get("tenantId") or (data.get("tenant") or {}).get("id") or ""
        return found.tenant if found else str(tenant)

    async def _answer(
        self, request: web.Request, call: Call, answer: Callable[[], Awaitable[Answered]]
    ) -> web.StreamResponse:
        """With the test's wishes: how long it takes, and whether it fails."""
        world = self.world
        await asyncio.sleep(world.latency[call.method] or world.latency["*"])
        decide = world.troubles.get(call.method) or world.troubles.get("*")
        trouble = decide(call) if decide else None
        if trouble and not trouble.after:
            return await self._trouble(request, call, trouble)
        try:
            status, body, headers = await answer()
        except BotError as error:
            if error.status in OUR_OWN:
                world.faults.append(f"{call.method}: {error}")
            status, body, headers = error.status, error.answer, error.headers
        if trouble:
            return await self._trouble(request, call, trouble)
        call.status = status
        call.answer = body if isinstance(body, dict) and "access_token" not in body else {}
        if body is None:
            return web.Response(status=status, headers=headers)
        return web.json_response(body, status=status, headers=headers)

    async def _trouble(
        self, request: web.Request, call: Call, trouble: Trouble
    ) -> web.StreamResponse:
        if trouble.how is How.HANG:
            await self._closing.wait()
        if trouble.how in {How.HANG, How.DROP}:
            if request.transport:
                request.transport.abort()
            return web.Response()
        call.status = trouble.status
        wait = trouble.retry_after
        headers = {} if wait is None else {"Retry-After": str(wait)}
        if not trouble.code:
            return web.Response(status=trouble.status, headers=headers, text="<h1>Sorry</h1>")
        call.answer = BotError(trouble.status, trouble.code).answer
        return web.json_response(call.answer, status=trouble.status, headers=headers)

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        tenant = request.match_info["tenant"]
        kept = {name: value for name, value in form.items() if name not in SECRETS}
        call = self.world.record("token", kept, tenant)

        async def answer() -> Answered:
            try:
                return 200, token(self.world, tenant, form), {}
            except Refused as refused:
                return refused.status, refused.answer, {}

        return await self._answer(request, call, answer)

    async def _machine_token(self, request: web.Request) -> web.StreamResponse:
        call = self.world.record("msi", dict(request.query), self.world.home.id)

        async def answer() -> Answered:
            header = request.headers.get("X-IDENTITY-HEADER", "")
            return *machine_token(self.world, request.query, header), {}

        return await self._answer(request, call, answer)

    async def _install(self, request: web.Request) -> web.StreamResponse:
        name, body = request.match_info["user"], await _json(request)
        token = bearer(self.world, request.headers.get("Authorization", ""), "graph")
        call = self.world.record(
            "installApp", {"user": name, **(body or {})}, token.tenant if token else ""
        )

        async def answer() -> Answered:
            if token is None:
                error = {"code": "InvalidAuthenticationToken", "message": "Access token is bad."}
                return 401, {"error": error}, {}
            made = install(self.world, self.world.tenants[token.tenant], name, body or {})
            if made.person:
                self._tell(*made.person)
            return made.status, made.answer, {}

        return await self._answer(request, call, answer)

    def _tell(self, tenant: Tenant, user: User) -> None:
        """The person has the app now, and the app hears of it a little later."""
        assert self._delivery is not None, "nobody said where the app is"
        happenings = Happenings(self.world, tenant, self._delivery)
        tenant.installed.add(user.id)
        task = asyncio.create_task(happenings.install(user))
        self._installs.add(task)
        task.add_done_callback(self._installs.discard)


async def _json(request: web.Request) -> Json | None:
    """The body, {} where there is none; None for anything but a JSON object."""
    if not await request.read():
        return {}
    try:
        found = await request.json()
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
