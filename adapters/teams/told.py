"""What the Bot Connector service says in return, as far as anybody needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson


class Told(Exception):
    """The service did not do it. Its text is the service's own code, never what was sent."""

    def __init__(self, status: int, code: str, headers: Mapping[str, str]) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.headers = headers


def object_of(said: bytes) -> dict[str, Any]:
    """What a successful call says; nothing where it says nothing that we understand."""
    try:
        found = orjson.loads(said) if said else {}
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def code_of(said: bytes) -> str:
    """The error's code. Of a chat that is blocked it may be in the message, as JSON in JSON."""
    found = object_of(said)
    error = found.get("error")
    about = error if isinstance(error, dict) else found
    message = about.get("message")
    inner = object_of(message.encode()) if isinstance(message, str) else {}
    return str(inner.get("subCode") or about.get("code") or "")[:100]
