"""Whether a request was made by Slack: its signature over the raw body."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

WINDOW = 300  # seconds that a request may be old, or ahead


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
    made = hmac.digest(secret, b"v0:%s:%s" % (stamp.encode(), body), "sha256").hex()
    given = headers.get("X-Slack-Signature", "")
    return hmac.compare_digest(f"v0={made}".encode(), given.encode(errors="replace"))
