"""The load: signed requests as Slack makes them, over as many connections as are asked for."""

from __future__ import annotations

import asyncio
import gc
import hmac
import re
from collections.abc import Mapping, Sequence
from time import perf_counter, time
from typing import Any
from urllib.parse import urlencode

import orjson

from adapters.slack.app import EVENTS
from bench.common import Flood
from bench.serving import SECRET

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


def interaction(payload: Mapping[str, Any]) -> bytes:
    """A press or a form, as a request."""
    return request(urlencode({"payload": orjson.dumps(payload).decode()}).encode())


def request(body: bytes) -> bytes:
    """A form, signed now: it is believed for five minutes."""
    stamp = int(time())
    made = hmac.digest(SECRET.encode(), b"v0:%d:%s" % (stamp, body), "sha256").hex()
    head = (
        f"POST {EVENTS} HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n"
        "Accept: application/json,*/*\r\n"
        "Accept-Encoding: gzip,deflate\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"X-Slack-Request-Timestamp: {stamp}\r\n"
        f"X-Slack-Signature: v0={made}\r\n\r\n"
    )
    return head.encode() + body


class Connection:
    """One connection that is kept open, as Slack keeps its own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, asked: bytes, late: bytes = b"") -> bytes:
        """The body of the answer. Raises RuntimeError for any status but 200 and `late`."""
        self._writer.write(asked)
        head = await self._reader.readuntil(b"\r\n\r\n")
        if head[9:12] not in (b"200", late):
            raise RuntimeError(f"the server said {head[:40]!r}")
        length = _LENGTH.search(head)
        return await self._reader.readexactly(int(length[1])) if length else b""

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


async def connect(port: int) -> Connection:
    return Connection(*await asyncio.open_connection("127.0.0.1", port))


async def get(port: int, path: str) -> bytes:
    """The body of a GET, over a connection of its own."""
    connection = await connect(port)
    try:
        return await connection.ask(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    finally:
        await connection.close()


async def load(port: int, requests: Sequence[bytes], at_once: int, late: bytes = b"") -> Flood:
    """Make the requests, so many at a time. The CPU is the server's.

    `late` is the status of a server that gave up waiting for itself.
    """
    waiting = iter(requests)
    latencies: list[float] = []

    async def one_after_another(connection: Connection) -> None:
        for asked in waiting:
            begun = perf_counter()
            await connection.ask(asked, late)
            latencies.append(perf_counter() - begun)

    connections = [await connect(port) for _ in range(at_once)]
    gc.collect()
    cpu, wall = float(await get(port, "/cpu")), perf_counter()
    await asyncio.gather(*(one_after_another(each) for each in connections))
    wall = perf_counter() - wall
    cpu = float(await get(port, "/cpu")) - cpu
    for each in connections:
        await each.close()
    return Flood(wall, cpu, tuple(latencies))
