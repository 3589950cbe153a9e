"""Microsoft's SDK as it comes, to be measured by. Imported only where that is done.

It is made of the parts that its `CloudAdapter` for aiohttp is made of, because that itself answers
500 to every invoke with a body. It has its token already: by itself it would sign in twice a turn.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from botbuilder.core import CloudAdapterBase, InvokeResponse, TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import Activity, Attachment
from botframework.connector.aio import ConnectorClient
from botframework.connector.auth import (
    BotFrameworkAuthenticationFactory,
    MicrosoftAppCredentials,
    PasswordServiceClientCredentialFactory,
)

from tests.teams.issuer import APP, ISSUER

Json = dict[str, Any]


class SignedIn(MicrosoftAppCredentials):
    """Has a token."""

    def get_access_token(self, force_refresh: bool = False) -> str:
        return "x" * 1000


class Factory(PasswordServiceClientCredentialFactory):
    """For our one bot."""

    async def create_credentials(
        self, app_id: str, oauth_scope: str, login_endpoint: str, validate_authority: bool
    ) -> SignedIn:
        return SignedIn(app_id, "secret", oauth_scope=oauth_scope)


class Adapter(CloudAdapterBase):
    """As the SDK has it."""


class Handler(TeamsActivityHandler):
    """Answers every invoke at once."""

    def __init__(self, body: Json) -> None:
        self._answer = InvokeResponse(status=200, body=body)

    async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
        return self._answer


def takes(
    metadata: str, login: str, body: Json
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A handler of requests, which answers with this body."""
    handler = Handler(body)
    adapter = Adapter(
        BotFrameworkAuthenticationFactory.create(
            to_channel_from_bot_login_url=login,
            to_channel_from_bot_oauth_scope=ISSUER,
            to_bot_from_channel_token_issuer=ISSUER,
            to_bot_from_channel_open_id_metadata_url=metadata,
            oauth_url=login,
            credential_factory=Factory(APP, "secret"),
        )
    )

    async def take(request: web.Request) -> web.Response:
        activity = Activity().deserialize(await request.json())
        header = request.headers["Authorization"]
        said = await adapter.process_activity(header, activity, handler.on_turn)
        return web.json_response(said.body, status=said.status)

    return take


def sends(service_url: str, message: Json) -> Callable[[str], Awaitable[None]]:
    """Posts this message into a conversation, with one client for all of them."""
    client = ConnectorClient(SignedIn(APP, "secret"), base_url=service_url)

    async def send(conversation: str) -> None:
        attachments = [
            Attachment(content_type=each["contentType"], content=each["content"])
            for each in message["attachments"]
        ]
        activity = Activity(type="message", summary=message["summary"], attachments=attachments)
        said = await client.conversations.send_to_conversation(conversation, activity)
        if not said.id:
            raise RuntimeError("a message was not sent")

    return send
