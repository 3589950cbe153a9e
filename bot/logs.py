"""The lines of the log: a sentence, and after it what it is about."""

from __future__ import annotations

import logging

_OURS = ("adapters", "bot", "storage")
# What every record has, whatever it is about.
_USUAL = {*vars(logging.makeLogRecord({})), "asctime", "message", "taskName"}


class Lines(logging.Formatter):
    """A time, a level and a sentence; then `action=...` and whatever else was given as `extra`.

    Only what this project's own modules give is written. They give no names and no words of people.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the base's name
        """The line, before any traceback."""
        return " ".join([super().formatMessage(record), *_about(record)])


def _about(record: logging.LogRecord) -> list[str]:
    if record.name.partition(".")[0] not in _OURS:
        return []
    # In one line, whatever a server said.
    return [
        f"{name}={' '.join(str(value).split())}"
        for name, value in sorted(vars(record).items())
        if name not in _USUAL
    ]
