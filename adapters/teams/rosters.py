"""Who is in a team: only teams that the app was added to can be looked into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import aiohttp

from adapters.teams.connector import Connector, Json, Told
from adapters.teams.credentials import NoToken
from adapters.teams.inbound import Origin, Reference
from adapters.teams.profiles import someone, user_of
from adapters.teams.reading import PLATFORM
from adapters.teams.references import Noted, References
from bot.conversation.events import Actor, Gather
from bot.conversation.gathering import Gathering, NotGathered, Someone
from bot.programme.sources import CHANNEL

MOST = 5000  # people; more of them take longer than somebody waits
FAULTS = (Told, NoToken, aiohttp.ClientError, TimeoutError)

_WHY = {403: NotGathered.NOT_ALLOWED, 404: NotGathered.UNKNOWN}


class Rosters:
    """Everyone in such a team can be written to, so how is noted for everyone who is seen."""

    def __init__(self, connector: Connector, references: References) -> None:
        self._connector = connector
        self._references = references

    async def gather(self, actor: Actor, ask: Gather, origin: Origin) -> Gathering | NotGathered:
        """Everyone in the team of this name, or in the one where it was typed."""
        tenant, hidden = actor.workspace, False
        try:
            for team in await self._teams(tenant, ask, origin):
                members = await self._members(team)
                if len(members) > MOST:
                    return NotGathered.TOO_MANY
                # Who is in a team is for those who are in it.
                hidden = actor.user not in map(user_of, members)
                if not hidden:
                    return await self._gathered(tenant, team, members)
        except Told as told:
            return _WHY.get(told.status, NotGathered.FAILED)
        except FAULTS:
            return NotGathered.FAILED
        return NotGathered.HIDDEN if hidden else NotGathered.UNKNOWN

    async def meet(self, tenant: str, team: str, users: Iterable[str]) -> tuple[Someone, ...]:
        """Who these are who came into a team. Raises `FAULTS`."""
        found = await self._references.find(Actor(PLATFORM, tenant, team))
        if found is None:
            return ()
        members = []
        for user in users:
            try:
                members.append(await self._connector.member(found.service_url, team, user))
            except Told as told:
                if told.status != 404:  # they may be out again
                    raise
        await self._note(tenant, found, members)
        return tuple(someone(tenant, member) for member in members)

    async def note_team(self, tenant: str, team: Reference) -> None:
        """The app was added to a team: its people can be reached from now on. Raises `FAULTS`."""
        about = await self._connector.team(team.service_url, team.conversation)
        await self._remember(tenant, team, str(about.get("name") or ""))
        members = await self._members(team)
        if len(members) <= MOST:
            await self._note(tenant, team, members)

    async def _gathered(self, tenant: str, team: Reference, members: Sequence[Json]) -> Gathering:
        about = await self._connector.team(team.service_url, team.conversation)
        name = str(about.get("name") or "")
        await self._remember(tenant, team, name)
        await self._note(tenant, team, members)
        return Gathering(
            external_id=team.conversation,
            name=f"{CHANNEL}{name}",
            people=tuple(someone(tenant, member) for member in members),
        )

    async def _teams(self, tenant: str, ask: Gather, origin: Origin) -> tuple[Reference, ...]:
        if ask.external_id:
            found = await self._references.find(Actor(PLATFORM, tenant, ask.external_id))
            return () if found is None else (found,)
        name = ask.source.removeprefix(CHANNEL)
        if origin.team and name.casefold() in ("team", "this team", origin.team_name.casefold()):
            found = await self._references.find(Actor(PLATFORM, tenant, origin.team))
            return () if found is None else (found,)
        return await self._references.named(tenant, f"{CHANNEL}{name}")

    async def _members(self, team: Reference) -> list[Json]:
        found: list[Json] = []
        async for member in self._connector.members(team.service_url, team.conversation):
            found.append(member)
            if len(found) > MOST:
                break
        return found

    async def _remember(self, tenant: str, team: Reference, name: str) -> None:
        if name:
            actor = Actor(PLATFORM, tenant, team.conversation)
            await self._references.note(actor, team, f"{CHANNEL}{name}")

    async def _note(self, tenant: str, team: Reference, members: Iterable[Json]) -> None:
        noted: list[Noted] = []
        for member in members:
            who = someone(tenant, member)
            if who.unfit is None:
                user = str(member.get("id") or who.user)
                told = replace(team, user=user, account=who.user, conversation="")
                noted.append((Actor(PLATFORM, tenant, who.user), told, who.email))
        await self._references.note_all(noted)
