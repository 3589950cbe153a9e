"""How a workspace that the operator connected gets its first facilitator."""

from __future__ import annotations

from dataclasses import dataclass

from bot.handlers.claims import connected, new_code
from bot.ports import Clock, Rate, Store, Tx
from bot.programme.programmes import Workspace
from bot.service.running import Refused, organisation_named


@dataclass(frozen=True, slots=True)
class Connected:
    """A workspace as its platform knows it."""

    platform: str
    external_id: str
    name: str
    rate: Rate


async def claim_code(
    store: Store, clock: Clock, workspace: Connected, organisation: str | None
) -> str | None:
    """Make the workspace known. A code where nobody runs its organisation yet, else None.

    Raises Refused where it cannot be in the organisation that the operator named.
    """

    def settle(tx: Tx) -> Workspace:
        if organisation is not None:
            organisation_named(tx, organisation)
        found = connected(
            tx,
            workspace.platform,
            workspace.external_id,
            workspace.name,
            workspace.rate,
            organisation or workspace.name,
        )
        home = tx.tenant(found.org_id).programmes.organisation().name
        if organisation is not None and organisation.casefold() != home.casefold():
            raise Refused(
                f"The workspace {workspace.name} is in the organisation {home} already, not in "
                f"{organisation}. Leave --organisation out."
            )
        return found

    known = await store.write(settle)
    now = clock.now()
    return await store.write(lambda tx: new_code(tx, known, now))
