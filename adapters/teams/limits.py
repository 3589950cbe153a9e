"""What Teams takes, in bytes and pieces: learn.microsoft.com, "Format your bot messages"."""

from __future__ import annotations

from typing import Any

import orjson

MAX_MESSAGE = 80_000  # bytes as UTF-16, of about 100,000 above which Teams answers 413
MAX_ACTIONS = 6  # in one ActionSet: others are not shown
MAX_SUMMARY = 500  # a notification shows much less

# Pixels, about. A phone scrolls a row of buttons sideways where it is wider than the screen.
ROW_WIDTH = 300
BUTTON_WIDTH = 36  # with its distance to the next, without its label
LETTER_WIDTH = 8
SHORT_LABEL = 3  # as the numbers of a scale are


def weight(payload: Any) -> int:
    """How much of a message this takes up."""
    return len(orjson.dumps(payload).decode().encode("utf-16-le"))
