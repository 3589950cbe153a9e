"""Channels and groups of a platform that people come from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A channel or group that a programme follows: whoever is in it is a participant.

    `external_id` is the platform's own name for it, `name` what people call it ("#ward-4" or
    "@nurses"), `team` where somebody new comes; "" for no team.
    """

    id: str
    org_id: str
    programme_id: str
    workspace_id: str
    external_id: str
    name: str
    team: str
