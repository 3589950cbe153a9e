"""How people are reached: what Teams tells when they add the app, kept while they have it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from adapters.teams.inbound import Reference
from adapters.teams.reading import PLATFORM
from bot.conversation.events import Actor
from bot.ports import Store, Tx
from bot.programme.programmes import Workspace

MOST = 20_000  # references that need not be looked up again
AT_ONCE = 100  # of many that are noted, so that nobody waits for all of them

Noted = tuple[Actor, Reference, str]  # with an address or name that finds it again, or ""


class References:
    """Conversation references by actor. Teams tells them with everything that somebody does.

    A team has one as well, under its own id and without a user.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[Actor, Reference] = OrderedDict()

    async def find(self, actor: Actor) -> Reference | None:
        """How this person is reached, if they ever had the app."""
        found = self._known.get(actor)
        if found is None:
            found = await self._store.read(lambda tx: _read(tx, actor))
            if found is not None:
                self._remember(actor, found)
        return found

    async def stored(self, actor: Actor) -> Reference | None:
        """As `find`, with what another process did meanwhile."""
        self._known.pop(actor, None)
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
        self._known.pop(actor, None)
        await self._store.write(lambda tx: _drop(tx, actor))

    def _remember(self, actor: Actor, found: Reference) -> None:
        self._known[actor] = found
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
    )


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


def _drop(tx: Tx, actor: Actor) -> None:
    workspace = _workspace(tx, actor.workspace)
    if workspace is not None:
        tx.directory.drop_reference(workspace.id, actor.user)
