"""How people are reached: what Teams tells when they add the app, kept while they have it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from adapters.teams.contacts import Reference
from adapters.teams.reading import PLATFORM
from bot.conversation.events import Actor
from bot.ports import Store, Tx
from bot.programme.programmes import Workspace

KNOWN_FOR = 300.0  # seconds, after which it is looked up: another process may have erased it
MOST = 20_000  # references that need not be looked up again
AT_ONCE = 100  # of many that are noted, so that nobody waits for all of them

Noted = tuple[Actor, Reference, str]  # with an address or name that finds it again, or ""


def _running() -> float:
    return asyncio.get_running_loop().time()


class References:
    """Conversation references by actor. Teams tells them with everything that somebody does.

    A team has one as well, under its own id and without a user.
    """

    def __init__(self, store: Store, seconds: Callable[[], float] = _running) -> None:
        self._store = store
        self._seconds = seconds
        self._known: OrderedDict[Actor, tuple[Reference, float]] = OrderedDict()

    async def find(self, actor: Actor) -> Reference | None:
        """How this person is reached, if they ever had the app."""
        known = self._known.get(actor)
        if known is not None and self._seconds() < known[1] + KNOWN_FOR:
            return known[0]
        self.recall(actor)
        found = await self._store.read(lambda tx: _read(tx, actor))
        if found is not None:
            self._remember(actor, found)
        return found

    def recall(self, actor: Actor) -> None:
        """Look it up the next time: it may have been erased."""
        self._known.pop(actor, None)

    async def stored(self, actor: Actor) -> Reference | None:
        """As `find`, with what another process did meanwhile."""
        self.recall(actor)
        return await self.find(actor)

    async def named(self, tenant: str, name: str) -> tuple[Reference, ...]:
        """Whoever has this address, or the teams of this name."""
        return await self._store.read(lambda tx: _named(tx, tenant, name))

    async def note(self, actor: Actor, told: Reference, name: str = "") -> Reference:
        """Keep what was told, where it is news; what was known of their own chat stays."""
        before = await self.find(actor)
        merged = _merged(before, told, name)
        if merged != before or name:
            await self.note_all([(actor, merged, name)])
        return merged

    async def heard(self, actor: Actor, told: Reference) -> None:
        """They wrote: whoever is known through a team does not have the app themselves by that."""
        before = await self.find(actor)
        if before is not None and not told.through:
            told = replace(told, through=before.through)
        await self.note(actor, told)

    async def note_all(self, told: Iterable[Noted]) -> None:
        """Keep many, where it is news. Other work goes on in between."""
        told = tuple(told)
        for start in range(0, len(told), AT_ONCE):
            await self._note_some(told[start : start + AT_ONCE])

    async def _note_some(self, told: Sequence[Noted]) -> None:
        known = await self._store.read(lambda tx: [_read(tx, actor) for actor, *_ in told])
        news = []
        for noted, before in zip(told, known, strict=True):
            actor, found, name = noted
            if before is None or _merged(before, found, name) != before:
                news.append(noted)
            else:
                self._remember(actor, before)

        def work(tx: Tx) -> list[tuple[Actor, Reference]]:
            return [(actor, _keep(tx, actor, found, name)) for actor, found, name in news]

        if news:
            for actor, found in await self._store.write(work):
                self._remember(actor, found)

    async def forget(self, actor: Actor) -> None:
        """They do not have the app any more."""
        self.recall(actor)
        await self._store.write(lambda tx: _drop(tx, actor))

    async def leave(self, team: Actor, users: Iterable[str]) -> list[Actor]:
        """These are not in the team any more; returns who cannot be reached otherwise either."""
        actors, gone = [replace(team, user=user) for user in users], []
        for start in range(0, len(actors), AT_ONCE):
            some = actors[start : start + AT_ONCE]

            def work(tx: Tx, some: Sequence[Actor] = some) -> list[Actor]:
                return [actor for actor in some if _leave(tx, actor, team.user)]

            gone += await self._store.write(work)
            for actor in some:
                self.recall(actor)
        return gone

    async def end(self, team: Actor) -> list[Actor]:
        """The app is not in this team any more: as if everyone had left it."""
        await self.forget(team)
        users: list[str] = []
        after: bytes | None = b""
        while after is not None:
            look = partial(_through, team=team, after=after)
            some, after = await self._store.read(look)
            users += some
        return await self.leave(team, users)

    def _remember(self, actor: Actor, found: Reference) -> None:
        self._known[actor] = found, self._seconds()
        self._known.move_to_end(actor)
        if len(self._known) > MOST:
            self._known.popitem(last=False)


def _merged(before: Reference | None, told: Reference, name: str) -> Reference:
    told = replace(told, name=name or told.name)
    if before is None:
        return told
    return replace(
        told,
        user=told.user or before.user,
        conversation=told.conversation or before.conversation,
        zone=told.zone or before.zone,
        language=told.language or before.language,
        name=told.name or before.name,
        welcomed=told.welcomed or before.welcomed,
        through=_both(before.through, told.through),
    )


def _both(before: str, told: str) -> str:
    """Whoever has the app themselves is reached by that, whatever their teams do."""
    if not before or not told:
        return ""
    return " ".join(sorted({*before.split(), *told.split()}))


def _workspace(tx: Tx, tenant: str) -> Workspace | None:
    return tx.directory.workspace(PLATFORM, tenant)


def _read(tx: Tx, actor: Actor) -> Reference | None:
    workspace = _workspace(tx, actor.workspace)
    if workspace is None:
        return None
    text = tx.directory.reference(workspace.id, actor.user)
    return None if text is None else Reference.from_json(text)


def _named(tx: Tx, tenant: str, name: str) -> tuple[Reference, ...]:
    workspace = _workspace(tx, tenant)
    if workspace is None:
        return ()
    found = map(Reference.from_json, tx.directory.references_named(workspace.id, name))
    return tuple(one for one in found if one is not None)


def _keep(tx: Tx, actor: Actor, told: Reference, name: str) -> Reference:
    merged = _merged(_read(tx, actor), told, name)
    workspace = _workspace(tx, actor.workspace)
    if workspace is not None:
        tx.directory.keep_reference(workspace, actor.user, merged.to_json(), merged.name)
    return merged


def _leave(tx: Tx, actor: Actor, team: str) -> bool:
    """Whether they were reached through this team alone."""
    workspace, found = _workspace(tx, actor.workspace), _read(tx, actor)
    if workspace is None or found is None or team not in found.through.split():
        return False
    others = " ".join(one for one in found.through.split() if one != team)
    if others:
        kept = replace(found, through=others)
        tx.directory.keep_reference(workspace, actor.user, kept.to_json(), kept.name)
    else:
        tx.directory.drop_reference(workspace.id, actor.user)
    return not others


def _through(tx: Tx, team: Actor, after: bytes) -> tuple[list[str], bytes | None]:
    """Accounts that are reached through a team, among the next ones; None after the last."""
    workspace = _workspace(tx, team.workspace)
    rows = tx.directory.references(workspace.id, after, AT_ONCE) if workspace else ()
    found = [Reference.from_json(text) for _, text in rows]
    users = [one.account for one in found if one and team.user in one.through.split()]
    return users, rows[-1][0] if rows else None


def _drop(tx: Tx, actor: Actor) -> None:
    workspace = _workspace(tx, actor.workspace)
    if workspace is not None:
        tx.directory.drop_reference(workspace.id, actor.user)
