"""Slack's requests: the short way for people, Bolt for all else, and Socket Mode."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from adapters.slack.conversation import Conversation, NotTaken
from adapters.slack.inbound import parse, workspace_of
from adapters.slack.platform import quiet
from adapters.slack.render import Json
from adapters.slack.signing import is_signed
from adapters.talking import Seldom
from bot.ports import Clock

log = logging.getLogger(__name__)

EVENTS = "/slack/events"
INSTALL = "/slack/install"
REDIRECT = "/slack/oauth_redirect"
DIRECT = ("block_actions", "view_submission", "view_closed")  # what a person did
OTHERS = (None, "event_callback", "url_verification")  # what else Slack sends for what we ask
HELD_BACK = "app_rate_limited"

NO_PAYLOAD = "This request has no payload of Slack's."
NOT_INSTALLED: Json = {
    "response_type": "ephemeral",
    "text": "Soundings is not installed in this workspace. Whoever looks after it can install it.",
}

Authorize = Callable[[str | None, str | None], Awaitable[AuthorizeResult | None]]
Gone = Callable[[str], Awaitable[None]]


class _Authorize(AsyncAuthorize):
    """Bolt asks on every request, so it is answered from what we know, without a call.

    Where the app is not installed the result has no token: without a result Bolt would call Slack
    before it answers.
    """

    def __init__(self, known: Authorize) -> None:
        self._known = known

    async def __call__(
        self, *, enterprise_id: str | None, team_id: str | None, **_: object
    ) -> AuthorizeResult:
        known = await self._known(enterprise_id, team_id)
        return known or AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)


def make_bolt(
    conversation: Conversation,
    client: AsyncWebClient,
    authorize: Authorize,
    gone: Gone,
    oauth: AsyncOAuthFlow | None = None,
) -> AsyncApp:
    """The Bolt app: it checks who is installed, and hands every payload to the conversation.

    One middleware takes all, because each listener that Bolt tries before the right one costs time.
    Signatures are checked before a request comes here.
    """
    app = AsyncApp(
        name="soundings",
        logger=_quieter("slack_bolt"),
        client=client,
        signing_secret="unused",  # noqa: S106  see above
        authorize=_Authorize(authorize),
        oauth_flow=oauth,
        process_before_response=True,
        request_verification_enabled=False,
        attaching_function_token_enabled=False,
        ignoring_self_events_enabled=False,  # what a program says means nothing to us anyway
    )

    async def everything(req: AsyncBoltRequest) -> BoltResponse:
        body: Mapping[str, Any] = req.body
        event = body.get("event") if body.get("type") == "event_callback" else None
        if isinstance(event, Mapping) and _is_goodbye(event):
            await gone(_workspace(body))
        if body.get("type") == HELD_BACK:
            conversation.held_back(_workspace(body))
        if req.context.token is None:
            return _bolt_answer(NOT_INSTALLED if "command" in body else None)
        try:
            return _bolt_answer(await conversation.take(body, parse(body)))
        except NotTaken:
            return BoltResponse(status=503, body="")  # Slack sends it again

    app.use(everything)
    return app


def _quieter(name: str) -> logging.Logger:
    """Without Bolt's remark that it will not use the token of the settings: we do."""
    logger = quiet(name)
    logger.addFilter(lambda record: "`token` will be unused" not in record.getMessage())
    return logger


def _is_goodbye(event: Mapping[str, Any]) -> bool:
    """The app was removed from the workspace, or its token taken away."""
    tokens = event.get("tokens")
    bots = tokens.get("bot") if isinstance(tokens, Mapping) else None
    revoked = event.get("type") == "tokens_revoked" and bool(bots)
    return event.get("type") == "app_uninstalled" or revoked


def _workspace(body: Mapping[str, Any]) -> str:
    """Where it happened: a team may go while its enterprise stays. Empty for nowhere."""
    try:
        return workspace_of(body)
    except (AttributeError, LookupError, TypeError):  # not the shape that Slack documents
        return ""


class Front:
    """The routes. A request is believed only with Slack's signature over its very bytes."""

    def __init__(self, conversation: Conversation, bolt: AsyncApp, secret: str, clock: Clock):
        self._conversation = conversation
        self._bolt = bolt
        self._secret = secret.encode()
        self._clock = clock
        self._warned = Seldom()

    def routes(self) -> list[web.RouteDef]:
        found = [web.post(EVENTS, self.events)]
        if self._bolt.oauth_flow is not None:
            found += [web.get(INSTALL, self.install), web.get(REDIRECT, self.installed)]
        return found

    async def events(self, request: web.Request) -> web.Response:
        """Commands, presses, forms and events."""
        body = await request.read()
        if not is_signed(self._secret, request.headers, body, self._clock.now().timestamp()):
            self._warn()
            return web.Response(status=401, text="This request is not signed by Slack.")
        payload = payload_of(request.content_type, body)
        if payload is None or not isinstance(payload.get("event", {}), dict):
            return web.Response(status=400, text=NO_PAYLOAD)
        kind = payload.get("type")
        is_command = "command" in payload
        event = parse(payload) if is_command or kind in DIRECT else None
        if kind in DIRECT or self._conversation.has_met(event):
            # Whoever acts is checked by the core, and did so before where the app is installed.
            return _http_answer(await self._conversation.take(payload, event))
        if kind == HELD_BACK:
            self._conversation.held_back(_workspace(payload))
        if kind not in OTHERS:
            return _http_answer(None)
        try:
            asked = AsyncBoltRequest(body=payload, mode="socket_mode")
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            # Bolt looks into it for who sent it, and trusts that all of it has Slack's shape.
            return web.Response(status=400, text=NO_PAYLOAD)
        return await to_aiohttp_response(await self._bolt.async_dispatch(asked))

    def _warn(self) -> None:
        """Once a minute: whoever found the address could fill the log."""
        if self._warned.is_due(self._clock.now()):
            log.warning(
                "A request was not signed by Slack. If it was Slack's, look at "
                "SLACK_SIGNING_SECRET and at the clock of this machine.",
                extra={"action": "slack_unsigned"},
            )

    async def install(self, request: web.Request) -> web.Response:
        """To Slack's page where the app is installed."""
        return await self._oauth(request, "handle_installation")

    async def installed(self, request: web.Request) -> web.Response:
        """Back from that page."""
        return await self._oauth(request, "handle_callback")

    async def _oauth(self, request: web.Request, step: str) -> web.Response:
        handle = getattr(self._bolt.oauth_flow, step)
        return await to_aiohttp_response(await handle(await to_bolt_request(request)))


def payload_of(content_type: str, body: bytes) -> dict[str, Any] | None:
    """The payload of a request: a JSON body, JSON in a form's one field, or the form itself."""
    try:
        if content_type == "application/json":
            found = orjson.loads(body)
            return found if isinstance(found, dict) else None
        # Several times faster than the standard library, which matters for every click.
        form = URL.build(path="/", query_string=body.decode(), encoded=True).query
        if "payload" in form:
            found = orjson.loads(form["payload"])
            return found if isinstance(found, dict) else None
        return dict(form) if "command" in form or "ssl_check" in form else None
    except (UnicodeDecodeError, ValueError):
        return None


def _http_answer(ack: Json | None) -> web.Response:
    if ack is None:
        return web.Response()
    return web.Response(body=orjson.dumps(ack), content_type="application/json")


def _bolt_answer(ack: Json | None) -> BoltResponse:
    return BoltResponse(status=200, body="" if ack is None else orjson.dumps(ack).decode())
