"""The only file that knows the Bot Framework SDK: an activity in, through one turn, an answer out.

The SDK's own authentication and client are not used (docs/decisions/0013): both block the event
loop, and every answer to an invoke would become an error.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from botbuilder.core import CloudAdapterBase, InvokeResponse, TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import Activity, ChannelAccount, ConversationAccount
from botframework.connector.auth import BotFrameworkAuthentication, ClaimsIdentity
from botframework.connector.auth.authenticate_request_result import AuthenticateRequestResult
from botframework.connector.auth.connector_factory import ConnectorFactory

Json = Mapping[str, Any]
Take = Callable[[Json], Awaitable[Json | None]]

_PAYLOAD = "soundings.payload"  # where a turn keeps what Teams sent


class _Factory(ConnectorFactory):
    """Hands out our own client, which is the same for every service URL."""

    def __init__(self, client: object) -> None:
        self._client = client

    async def create(self, service_url: str, audience: str) -> Any:
        return self._client


class _Authentication(BotFrameworkAuthentication):
    """Requests are checked before they come here, so there is nothing left to do."""

    async def authenticate_request(
        self, activity: Activity, auth_header: str
    ) -> AuthenticateRequestResult:
        raise NotImplementedError("a turn starts with a request that was checked")

    async def authenticate_streaming_request(
        self, auth_header: str, channel_id_header: str
    ) -> AuthenticateRequestResult:
        raise NotImplementedError("there are no streams")

    def create_connector_factory(self, claims_identity: ClaimsIdentity) -> ConnectorFactory:
        raise NotImplementedError("messages go out through the connector itself")

    async def create_user_token_client(self, claims_identity: ClaimsIdentity) -> Any:
        return None  # nobody signs in


class _Adapter(CloudAdapterBase):
    """As the SDK has it."""


class _Handler(TeamsActivityHandler):
    """Hands every kind of activity that means something to us to the conversation."""

    def __init__(self, take: Take) -> None:
        self._take = take

    async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
        body = await self._take(turn_context.turn_state[_PAYLOAD])
        return InvokeResponse(status=200, body=body)

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        await self._take(turn_context.turn_state[_PAYLOAD])

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        await self._take(turn_context.turn_state[_PAYLOAD])

    async def on_installation_update(self, turn_context: TurnContext) -> None:
        await self._take(turn_context.turn_state[_PAYLOAD])


class Turns:
    """Runs one turn for each activity."""

    def __init__(self, client: object, take: Take) -> None:
        self._adapter = _Adapter(_Authentication())
        self._handler = _Handler(take)
        self._believed = AuthenticateRequestResult()
        self._believed.claims_identity = ClaimsIdentity({}, True)
        self._believed.connector_factory = _Factory(client)
        self._believed.audience = ""

    async def run(self, payload: Json) -> Json | None:
        """The body of the answer to an invoke; None for everything else.

        Raises what the conversation raises.
        """

        async def logic(context: TurnContext) -> None:
            context.turn_state[_PAYLOAD] = payload
            await self._handler.on_turn(context)

        answer = await self._adapter.process_activity(self._believed, activity_of(payload), logic)
        return None if answer is None else answer.body


def activity_of(payload: Json) -> Activity:
    """The parts of an activity by which the SDK chooses what to do.

    The SDK's own way of reading one takes ten times as long.
    """
    return Activity(
        type=_text(payload, "type") or "",  # the SDK refuses one without a type
        id=_text(payload, "id"),
        name=_text(payload, "name"),
        channel_id=_text(payload, "channelId"),
        service_url=_text(payload, "serviceUrl"),
        reply_to_id=_text(payload, "replyToId"),
        conversation=ConversationAccount(id=_text(payload.get("conversation"), "id")),
        from_property=ChannelAccount(id=_text(payload.get("from"), "id")),
        recipient=ChannelAccount(id=_text(payload.get("recipient"), "id")),
    )


def _text(holder: object, name: str) -> str | None:
    found = holder.get(name) if isinstance(holder, Mapping) else None
    return found if isinstance(found, str) else None
