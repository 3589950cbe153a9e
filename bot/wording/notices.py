"""Notices to facilitators about what the bot did, or could not do, by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.conversation.card import Card
from bot.programme.programmes import Programme
from bot.pulse.opening import NotOpened
from bot.wording.asking import not_opened
from bot.wording.phrases import count, moment, plain
from bot.wording.sources import came, shut, went


def notice(programme: Programme, about: Mapping[str, str], zone: str) -> Card:
    """The words of a notice from the facts that were kept with it.

    Raises:
        ValueError: a notice of an unknown name.
    """
    match about["notice"]:
        case "missed":
            last = moment(datetime.fromisoformat(about["at"]), zone)
            times = count(int(about["count"]), "round")
            return plain(
                f"{programme.name}: {times} of {about['pulse']} could not open in time, the last "
                f"on {last}, because nothing was running. It goes on from its next date."
            )
        case "not-opened":
            return not_opened(f"{programme.name}: {about['pulse']}", NotOpened(about["reason"]))
        case "came":
            return came(programme, about)
        case "went":
            return went(programme, about)
        case "shut":
            return shut(programme, about)
        case unknown:
            raise ValueError(f"there is no notice {unknown}")
