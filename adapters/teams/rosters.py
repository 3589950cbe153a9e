"""Who is in a team: only teams that the app was added to can be looked into."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from adapters.teams.connector import Connector, Json
from adapters.teams.contacts import Reference
from adapters.teams.inbound import Origin
from adapters.teams.outcomes import is_gone
from adapters.teams.platform import FAULTS
from adapters.teams.profiles import someone, user_of
from adapters.teams.reading import PLATFORM
from adapters.teams.references import Noted, References
from adapters.teams.told import Told
from bot.conversation.events import Actor, Gather
from bot.conversation.gathering import Gathering, NotGathered, Someone
from bot.programme.sources import CHANNEL

MOST = 5000  # people; more of them take longer than somebody waits
_HERE = ("#team", "#this team")

_NOT_IN_IT = (403, 404)  # the app was taken out, or the team is gone


class Rosters:
    """Everyone in such a team can be written to, so how is noted for everyone who is seen."""

    def __init__(self, connector: Connector, references: References) -> None:
        self._connector = connector
        self._references = references

    async def gather(self, actor: Actor, ask: Gather, origin: Origin) -> Gathering | NotGathered:
        """Everyone in the team of this name, or in the one where it was typed."""
        why = NotGathered.UNKNOWN
        for team in await self._teams(actor, ask, origin):
            try:
                found = await self._look(actor, team)
            except Told as told:
                if told.status not in _NOT_IN_IT:
                    return NotGathered.FAILED
                # A gateway may be in trouble: a team is not let go for that.
                if is_gone(told):
                    await self._references.forget(
                        Actor(PLATFORM, actor.workspace, team.conversation)
                    )
                continue
            except FAULTS:
                return NotGathered.FAILED
            if isinstance(found, Gathering):
                return found
            why = found
        return why

    async def _look(self, actor: Actor, team: Reference) -> Gathering | NotGathered:
        """Who is in a team is for those who are in it. Raises `FAULTS`."""
        members = await self._members(team)
        if len(members) > MOST:
            return NotGathered.TOO_MANY
        if actor.user not in map(user_of, members):
            return NotGathered.HIDDEN
        name = await self.named(actor.workspace, team)
        await self._note(actor.workspace, team, members)
        people = tuple(someone(actor.workspace, member) for member in members)
        return Gathering(external_id=team.conversation, name=name, people=people)

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
        await self.named(tenant, team)
        members = await self._members(team)
        if len(members) <= MOST:
            await self._note(tenant, team, members)

    async def named(self, tenant: str, team: Reference) -> str:
        """What a team is called now, which is noted."""
        about = await self._connector.team(team.service_url, team.conversation)
        name = f"{CHANNEL}{about.get('name') or ''}"
        await self._references.note(Actor(PLATFORM, tenant, team.conversation), team, name)
        return name

    async def _teams(self, actor: Actor, ask: Gather, origin: Origin) -> tuple[Reference, ...]:
        """Which teams may be meant."""
        if ask.external_id:
            return await self._kept(actor, ask.external_id)
        name = ask.source.casefold()
        here = await self._kept(actor, origin.team) if origin.team else ()
        if here and name in (*_HERE, here[0].name.casefold()):
            return here
        return await self._references.named(actor.workspace, ask.source)

    async def _kept(self, actor: Actor, team: str) -> tuple[Reference, ...]:
        """A team by its id. Where it was not told, it is reached like whoever speaks of it."""
        found = await self._references.find(replace(actor, user=team))
        if found is None and (asker := await self._references.find(actor)) is not None:
            found = asker.of_team(team)
        return () if found is None else (found,)

    async def _members(self, team: Reference) -> list[Json]:
        found: list[Json] = []
        async for member in self._connector.members(team.service_url, team.conversation):
            found.append(member)
            if len(found) > MOST:
                break
        return found

    async def _note(self, tenant: str, team: Reference, members: Iterable[Json]) -> None:
        noted: list[Noted] = []
        for member in members:
            who = someone(tenant, member)
            if who.unfit is None:
                user = str(member.get("id") or who.user)
                told = replace(
                    team,
                    user=user,
                    account=who.user,
                    conversation="",
                    name=who.email,
                    through=team.conversation,
                )
                noted.append((Actor(PLATFORM, tenant, who.user), told, who.email))
        await self._references.note_all(noted)
