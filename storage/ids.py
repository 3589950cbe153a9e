"""Fresh ids."""

from __future__ import annotations

import secrets


def new_id() -> str:
    """96 random bits in hexadecimal: short enough for a button, and without order or time."""
    return secrets.token_hex(12)
