"""What Teams takes, in bytes and pieces: learn.microsoft.com, "Format your bot messages"."""

from __future__ import annotations

import json
from typing import Any

MAX_MESSAGE = 80_000  # bytes as UTF-16, of about 100,000 above which Teams answers 413
MAX_ACTIONS = 6  # in one ActionSet: others are not shown
MAX_SUMMARY = 500  # a notification shows much less

# How wide buttons are, about, and a phone: what does not fit into a line is hidden there.
ROW_WIDTH = 320
BUTTON_WIDTH = 40  # without its label
LETTER_WIDTH = 8
SHORT_LABEL = 3  # as the numbers of a scale are


def weight(payload: Any) -> int:
    """How much of a message this takes up."""
    text = json.dumps(payload, ensure_ascii=False)
    return len(text.encode("utf-16-le", "surrogatepass"))
