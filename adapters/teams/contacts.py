"""How the bot reaches somebody: what every activity says of that, and who has newly come.

Pure, as `inbound`: an activity that has not the shape of one says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from adapters.teams.happenings import has_come
from adapters.teams.reading import (
    PLATFORM,
    UNREADABLE,
    Activity,
    account_of,
    actor_of,
    is_personal,
    mapping,
    optional,
    tenant_of,
    text_of,
)
from bot.conversation.events import Actor
from bot.programme.sources import CHANNEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """How the bot reaches somebody. `conversation` is their own chat, "" where it is not known.

    A team has one too, without a user. `zone` and `language` are of the client that they use.
    `name` finds them again: an address, or a team's name; "" while Teams has not told it.
    `through` is why they can be reached: "" where they have the app themselves, or have written to
    the bot; else the ids of the teams that have it, with a space between.
    """

    service_url: str
    tenant: str
    bot: str
    user: str = ""  # as this bot knows them, "29:..."
    account: str = ""  # as the organisation's directory knows them
    conversation: str = ""
    zone: str = ""
    language: str = ""
    name: str = ""
    through: str = ""
    welcomed: str = ""  # "yes" once they were looked up because they added the app

    def of_team(self, team: str, name: str = "") -> Reference:
        """A team in the same place, by its id. Without a name where Teams has not told it."""
        return Reference(
            service_url=self.service_url,
            tenant=self.tenant,
            bot=self.bot,
            account=team,
            conversation=team,
            name=f"{CHANNEL}{name}" if name else "",
        )

    def to_json(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Reference | None:
        """What was kept; None for anything else."""
        try:
            kept = json.loads(text)
            return cls(**{name: value for name, value in kept.items() if isinstance(value, str)})
        except UNREADABLE:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The bot was added: by or for somebody, or to a team (then it is the team's reference)."""

    actor: Actor
    reference: Reference
    is_team: bool = False


def reference_of(payload: object) -> Reference | None:
    """How the person who acts can be reached; None where that cannot be seen."""
    try:
        activity = mapping(payload)
        client = _client_of(activity)
        return Reference(
            service_url=text_of(activity["serviceUrl"]),
            tenant=tenant_of(activity),
            bot=text_of(activity["recipient"]["id"]),
            user=text_of(activity["from"]["id"]),
            account=account_of(activity["from"]),
            zone=optional(client.get("timezone")) or optional(activity.get("localTimezone")),
            language=optional(client.get("locale")) or optional(activity.get("locale")),
            conversation=text_of(activity["conversation"]["id"]) if is_personal(activity) else "",
            through="" if is_personal(activity) else _told_of_team(activity, "id"),
        )
    except UNREADABLE:
        return None


def _told_of_team(activity: Activity, what: str) -> str:
    """Its id or its name; "" outside a team."""
    return optional(mapping(mapping(activity.get("channelData")).get("team")).get(what))


def _client_of(activity: Activity) -> Mapping[str, Any]:
    """What an activity says of the client somebody uses, where it says so."""
    entities = activity.get("entities")
    found = [mapping(entity) for entity in (entities if isinstance(entities, list) else [])]
    return next((entity for entity in found if entity.get("type") == "clientInfo"), {})


def arrival_of(payload: object) -> Arrival | None:
    """The bot was added somewhere; None for everything else."""
    try:
        activity = mapping(payload)
        told = reference_of(activity) if has_come(activity) else None
        return None if told is None else _arrival(activity, told)
    except UNREADABLE:
        return None


def _arrival(activity: Activity, told: Reference) -> Arrival | None:
    team = _told_of_team(activity, "id")
    if team:
        found = told.of_team(team, _told_of_team(activity, "name"))
        return Arrival(actor=Actor(PLATFORM, told.tenant, team), reference=found, is_team=True)
    if not told.conversation or told.user == told.bot:
        return None
    return Arrival(actor=actor_of(activity), reference=told)
