"""Socket Mode: the web sockets over which Slack delivers when the app has no public address."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.slack.records import Json
from tests.slack.world import World


@dataclass
class Envelope:
    """One delivery, until it is acknowledged. `sent` counts how often it went out."""

    body: Json
    sent: int = 0
    acked: asyncio.Event = field(default_factory=asyncio.Event)
    payload: object = None

    @property
    def id(self) -> str:
        return str(self.body["envelope_id"])


class SocketHub:
    """All open sockets of the app, and the envelopes that wait for an ack."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sockets: list[web.WebSocketResponse] = []
        self.waiting: dict[str, Envelope] = {}
        self.unknown_acks: list[str] = []
        self._changed = asyncio.Condition()

    def ticket(self) -> str:
        """An address that opens one socket."""
        ticket = self.world.fresh("ticket")
        self.world.tickets.add(ticket)
        address = self.world.address.replace("http://", "ws://", 1)
        return f"{address}/link/?ticket={ticket}&app_id={self.world.app_id}"

    async def accept(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self.world.tickets:
            return web.Response(status=401, text="invalid ticket")
        self.world.tickets.remove(ticket)
        socket = web.WebSocketResponse(timeout=1.0)
        await socket.prepare(request)
        async with self._changed:
            self.sockets.append(socket)
            self._changed.notify_all()
        hello = {
            "type": "hello",
            "num_connections": len(self.sockets),
            "debug_info": {"host": "applink-1", "approximate_connection_time": 18060},
            "connection_info": {"app_id": self.world.app_id},
        }
        try:
            await socket.send_json(hello)
            await self._deliver_waiting()
            await self._listen(socket)
        finally:
            async with self._changed:
                if socket in self.sockets:
                    self.sockets.remove(socket)
                self._changed.notify_all()
        return socket

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            ack = message.json()
            envelope = self.waiting.pop(str(ack.get("envelope_id")), None)
            if envelope is None:
                self.unknown_acks.append(str(ack.get("envelope_id")))
                continue
            envelope.payload = ack.get("payload")
            envelope.acked.set()

    async def connected(self, count: int = 1, *, seconds: float = 5.0) -> None:
        """Waits until at least so many sockets are open."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: len(self.sockets) >= count)

    async def send(
        self, kind: str, payload: Json, *, accepts: bool, retry: int = 0, reason: str = ""
    ) -> Envelope:
        """Put an envelope on its way, over the newest socket; it waits where none is open."""
        body: Json = {
            "envelope_id": str(uuid.uuid4()),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": accepts,
        }
        if kind == "events_api":
            body |= {"retry_attempt": retry, "retry_reason": reason}
        envelope = Envelope(body)
        self.waiting[envelope.id] = envelope
        await self._deliver(envelope)
        return envelope

    async def _deliver(self, envelope: Envelope) -> None:
        for socket in reversed(self.sockets):
            if not socket.closed:
                envelope.sent += 1
                await socket.send_json(envelope.body)
                return

    async def _deliver_waiting(self) -> None:
        """What nobody has acknowledged goes out again, as with a new socket."""
        for envelope in list(self.waiting.values()):
            await self._deliver(envelope)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the app to come back over a new socket: warning, refresh_requested, ..."""
        body = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}}
        for socket in list(self.sockets):
            await socket.send_json(body)

    async def drop(self) -> None:
        """Close all sockets without a word."""
        for socket in list(self.sockets):
            await socket.close()
