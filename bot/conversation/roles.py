"""The three people who use Soundings."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What someone is in one programme; one person may be several."""

    PARTICIPANT = "participant"
    FACILITATOR = "facilitator"
    LEAD = "lead"
