"""Which account in Teams is whom: people on a roster are found by their addresses."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from uuid import uuid4

from adapters.talking import Handle, Seeking, without_account
from adapters.teams.connector import Connector
from adapters.teams.contacts import Reference
from adapters.teams.installing import Installing
from adapters.teams.platform import FAULTS
from adapters.teams.profiles import joined
from adapters.teams.reading import PLATFORM
from adapters.teams.references import References
from bot.conversation.events import Actor, Joined, Left
from bot.ports import Store, Tx
from bot.programme.people import Consent

log = logging.getLogger(__name__)


class Accounts:
    """Teams cannot be asked for an address, so all who have the app are known by theirs."""

    def __init__(
        self,
        connector: Connector,
        references: References,
        store: Store,
        handle: Handle,
        installing: Installing | None = None,
    ) -> None:
        self._connector = connector
        self._installing = installing
        self._references = references
        self._store = store
        self._handle = handle
        seeking = Seeking(self.look, _log_failure)
        self.poke, self.run = seeking.poke, seeking.run

    async def look(self) -> None:
        """Tell the core about everyone on a roster who has the app and was not known by it."""
        for workspace, emails in await self._store.read(lambda tx: without_account(tx, PLATFORM)):
            declined = await self._store.read(partial(_declined, workspace.org_id))
            for email in emails:
                await self._find(workspace.external_id, email, gives=email not in declined)

    async def is_known(self, actor: Actor) -> bool:
        """Whether they are on a roster, and known by this account."""
        return await self._store.read(lambda tx: tx.directory.known(actor)) is not None

    async def introduced(
        self, actor: Actor, reference: Reference, conversation: str
    ) -> Joined | None:
        """Their profile, if Teams tells it. By it the core knows them, if they are on a roster."""
        try:
            member = await self._connector.member(
                reference.service_url, conversation, reference.user
            )
        except FAULTS as error:
            extra = {"action": "teams_profile_failed", "error": type(error).__name__}
            log.warning("Teams did not say who somebody is", extra=extra)
            return None
        found = joined(new_key(), actor, member, reference.zone, reference.language)
        if found is not None:
            await self._references.note(actor, reference, found.email)
            await self._handle(found)
        return found

    async def gone(self, actor: Actor) -> None:
        """They do not have the app any more. Whoever removed it is not given it at once again."""
        found = await self._references.find(actor)
        if found is not None and self._installing is not None:
            self._installing.removed(actor.workspace, found.name)
        await self._references.forget(actor)

    async def lost(self, actors: Sequence[Actor]) -> None:
        """They cannot be written to any more: whoever the core knows counts as left."""
        known = await self._store.read(
            lambda tx: [one for one in actors if tx.directory.known(one)]
        )
        for actor in known:
            await self._handle(Left(key=new_key(), actor=actor))

    async def _find(self, tenant: str, email: str, *, gives: bool) -> None:
        known = await self._references.named(tenant, email)
        if not known and gives and self._installing is not None:
            await self._installing.give(tenant, email)
        for found in known:
            event = Joined(
                key=new_key(),
                actor=Actor(PLATFORM, tenant, found.account),
                name=email,
                email=email,
                zone=found.zone or None,
                language=found.language or None,
            )
            await self._handle(event)


def _declined(org_id: str, tx: Tx) -> frozenset[str]:
    """The addresses of whoever takes part in nothing, because they said so."""
    declined: set[str] = set()
    wanted: set[str] = set()
    tenant = tx.tenant(org_id)
    for programme in tenant.programmes.all():
        for member in tenant.people.members(programme.id):
            said_no = member.membership.consent is Consent.DECLINED
            (declined if said_no else wanted).add(member.person.email)
    return frozenset(declined - wanted)


def new_key() -> str:
    """Of an event that we tell ourselves."""
    return f"{PLATFORM}:{uuid4().hex}"


def _log_failure(error: Exception) -> None:
    extra = {"action": "teams_accounts_failed", "error": type(error).__name__}
    log.warning("People could not be matched with their accounts", extra=extra)
