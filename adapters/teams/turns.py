"""The only file that knows the Bot Framework SDK: an activity in, through one turn, an answer out.

The SDK's own authentication and client are not used (docs/decisions/0013): both block the event
loop, and every answer to an invoke would become an error.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botbuilder.core import CloudAdapterBase, TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import Activity, ChannelAccount, ConversationAccount

Json = Mapping[str, Any]
Take = Callable[[Json], Awaitable[Json | None]]

_TURN = "soundings.turn"  # where the SDK's context keeps ours


@dataclass(slots=True)
class _Turn:
    """What Teams sent, and the body that it is answered with."""

    payload: Json
    answer: Json | None = None


@dataclass(frozen=True, slots=True)
class _Factory:
    """Hands out our own client, which is the same for every service URL."""

    client: object

    async def create(self, service_url: str, audience: str) -> object:
        return self.client


@dataclass(frozen=True, slots=True)
class _Believed:
    """What the SDK wants to know of a request that was checked before it came here."""

    connector_factory: _Factory
    claims_identity: None = None
    audience: str = ""
    caller_id: None = None


class _Authentication:
    """All of the SDK's authentication that a turn asks for."""

    async def create_user_token_client(self, claims_identity: object) -> None:
        """Nobody signs in."""


class _Adapter(CloudAdapterBase):
    """As the SDK has it."""


class _Handler(TeamsActivityHandler):
    """Hands every kind of activity that means something to us to the conversation."""

    def __init__(self, take: Take) -> None:
        self._take = take

    async def on_invoke_activity(self, turn_context: TurnContext) -> None:
        # Kept here: the SDK makes a deep copy of what it is given, which takes longer than a turn.
        turn = turn_context.turn_state[_TURN]
        turn.answer = await self._take(turn.payload)

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        await self._take(turn_context.turn_state[_TURN].payload)

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        await self._take(turn_context.turn_state[_TURN].payload)

    async def on_installation_update(self, turn_context: TurnContext) -> None:
        await self._take(turn_context.turn_state[_TURN].payload)


class Turns:
    """Runs one turn for each activity."""

    def __init__(self, client: object, take: Take) -> None:
        self._adapter = _Adapter(_Authentication())
        self._handler = _Handler(take)
        self._believed = _Believed(_Factory(client))

    async def run(self, payload: Json) -> Json | None:
        """The body of the answer to an invoke; None for everything else.

        Raises what the conversation raises.
        """
        turn = _Turn(payload)

        async def logic(context: TurnContext) -> None:
            context.turn_state[_TURN] = turn
            await self._handler.on_turn(context)

        await self._adapter.process_activity(self._believed, activity_of(payload), logic)
        return turn.answer


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
    found = holder.get(name) if isinstance(holder, dict) else None
    return found if isinstance(found, str) else None
