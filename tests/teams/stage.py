"""A person, the small bot, and the stand-in between them; its clock is moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.teams.people import TeamsUser
from tests.teams.records import Tenant, User
from tests.teams.server import StandIn
from tests.teams.small_bot import SmallBot
from tests.teams.world import World


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = 1_930_000_000.0

    def now(self) -> float:
        return self.moment


@dataclass
class Stage:
    clock: HandClock
    world: World
    tenant: Tenant
    teams: StandIn
    bot: SmallBot
    dana: TeamsUser

    def person(self, user: User) -> TeamsUser:
        return TeamsUser(self.world, self.tenant, user, self.dana.delivery)


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    """Dana has the app already, and the bot has heard of nothing."""
    clock = HandClock()
    world = World(now=clock.now, wall=clock.now)
    tenant = world.add_tenant()
    user = tenant.add_user("Dana Moss", zone="Europe/Berlin", locale="de-DE")
    tenant.installed.add(user.id)
    async with StandIn(world) as teams:
        bot = SmallBot(teams, tenant)
        async with bot.reached() as delivery:
            dana = TeamsUser(world, tenant, user, delivery)
            yield Stage(clock, world, tenant, teams, bot, dana)
