"""A small bot on aiohttp, against which the stand-in proves itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import jwt
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestServer

from tests.teams.delivery import Delivery
from tests.teams.examples import ASK, card, dialog, message, words
from tests.teams.issuer import ISSUER
from tests.teams.records import CARD, Json, Tenant
from tests.teams.server import StandIn

PATH = "/api/messages"


class SmallBot:
    """Answers lines, presses and dialogs, and keeps what it has heard."""

    def __init__(self, teams: StandIn, tenant: Tenant) -> None:
        self.teams = teams
        self.tenant = tenant
        self.heard: list[Json] = []
        self.deaf_seconds = 0.0
        self.status = 200
        self._token = ""

    @asynccontextmanager
    async def reached(self) -> AsyncIterator[Delivery]:
        """The bot runs; this is the way to it."""
        app = web.Application()
        app.router.add_post(PATH, self._receive)
        async with TestServer(app) as server:
            yield self.teams.delivery(str(server.make_url(PATH)))

    async def token(self, scope: str = "api.botframework.com") -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.teams.world.app_id,
            "client_secret": self.teams.world.app_secret,
            "scope": f"https://{scope}/.default",
        }
        url = f"{self.teams.login_url}/{self.tenant.id}/oauth2/v2.0/token"
        async with self.teams.session.post(url, data=form) as response:
            return str((await response.json())["access_token"])

    async def call(self, verb: str, path: str, body: Json | None = None) -> tuple[int, Any]:
        response = await self.raw(verb, path, body)
        return response.status, await response.json() if response.content_length else None

    async def raw(self, verb: str, path: str, body: Json | None = None) -> ClientResponse:
        self._token = self._token or await self.token()
        url = f"{self.teams.world.service_url}v3/{path}"
        headers = {"Authorization": f"Bearer {self._token}"}
        session = self.teams.session
        async with session.request(verb, url, json=body, headers=headers) as response:
            await response.read()
            return response

    async def send(self, conversation: str, body: Json) -> tuple[int, Any]:
        return await self.call("POST", f"conversations/{quote(conversation)}/activities", body)

    async def open(self, member: str) -> tuple[int, Any]:
        world = self.teams.world
        body = {
            "bot": {"id": world.bot_id},
            "members": [{"id": member}],
            "tenantId": self.tenant.id,
        }
        return await self.call("POST", "conversations", body)

    async def _receive(self, request: web.Request) -> web.Response:
        activity: Json = await request.json()
        token = request.headers["Authorization"].removeprefix("Bearer ")
        public = self.teams.world.issuer.keys["one"].public_key()
        wall = {"verify_exp": False, "verify_nbf": False}
        claims = jwt.decode(
            token,
            public,
            ["RS256"],
            audience=self.teams.world.app_id,
            issuer=ISSUER,
            options=wall,  # type: ignore[arg-type]
        )
        assert claims["serviceurl"] == activity["serviceUrl"]
        self.heard.append(activity)
        await asyncio.sleep(self.deaf_seconds)
        answer = await self._answer(activity)
        if answer is None:
            return web.Response(status=self.status)
        return web.json_response(answer, status=self.status)

    async def _answer(self, activity: Json) -> Json | None:
        place, value = activity["conversation"]["id"], activity.get("value") or {}
        match activity["type"], activity.get("name"):
            case "message", _ if "ask" in activity.get("text", ""):
                await self.send(place, message(ASK))
            case "message", _:
                await self.send(place, {"type": "message", "text": "Hello"})
            case "invoke", "adaptiveCard/action":
                return {"statusCode": 200, "type": CARD, "value": card(words("Thank you"))}
            case "invoke", "task/fetch":
                return dialog()
            case "invoke", "task/submit":
                return self._submitted(value["data"].get("f.words", ""))
        return None

    def _submitted(self, entered: str) -> Json | None:
        match entered:
            case "wrong":
                return dialog("Say it better", "There is more to say.")
            case "words":
                return {"task": {"type": "message", "value": "Noted"}}
            case "broken":
                return {"task": {"type": "nothing"}}
        return None
