"""Whether a request was made by Slack: its signature over the raw body."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from functools import cache

WINDOW = 300  # seconds that a request may be old, or ahead

# Hashing more than 2047 bytes at once lets go of the interpreter. To get it back from a thread that
# is busy takes several times as long as the hash.
_PIECE = 2000


def is_signed(secret: bytes, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """`v0=` and the hex HMAC-SHA256 of "v0:timestamp:body" under the signing secret.

    Source: docs.slack.dev, "Verifying requests from Slack". `now` is in seconds since 1970.
    """
    stamp = headers.get("X-Slack-Request-Timestamp", "")
    # As long as a timestamp can be: a longer one is no number that Slack would send.
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):
        return False
    if abs(now - int(stamp)) > WINDOW:
        return False
    made = _keyed(secret).copy()
    made.update(b"v0:%s:" % stamp.encode())
    for start in range(0, len(body), _PIECE):
        made.update(body[start : start + _PIECE])
    given = headers.get("X-Slack-Signature", "")
    return hmac.compare_digest(f"v0={made.hexdigest()}".encode(), given.encode(errors="replace"))


@cache
def _keyed(secret: bytes) -> hmac.HMAC:
    return hmac.new(secret, digestmod="sha256")
