"""A person, the small app, and the stand-in between them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.slack.people import SlackUser
from tests.slack.server import StandIn
from tests.slack.small_app import SmallApp
from tests.slack.world import World


@dataclass
class Stage:
    world: World
    slack: StandIn
    app: SmallApp
    dana: SlackUser
