"""Look-ups that start without a tenant: who acts, and where."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, delete, select

from bot.conversation.events import Actor
from bot.ports import Known, Rate
from bot.programme.programmes import Organisation, Workspace
from storage.session import Session, columns, record
from storage.tables import (
    claim,
    identity,
    inbound,
    installation,
    lane,
    organisation,
    person,
    reference,
    workspace,
)

_ORGANISATION = columns(organisation, Organisation)
# Every click starts with this one.
_KNOWN = (
    select(identity.c.org_id, identity.c.person_id, identity.c.workspace_id, person.c.zone)
    .join(
        workspace,
        and_(
            workspace.c.org_id == identity.c.org_id,
            workspace.c.id == identity.c.workspace_id,
        ),
    )
    .join(person, and_(person.c.org_id == identity.c.org_id, person.c.id == identity.c.person_id))
    .where(
        workspace.c.platform == bindparam("platform"),
        workspace.c.external_id == bindparam("external_id"),
        identity.c.user == bindparam("user"),
    )
)


class SqlDirectory:
    """Implements `bot.ports.Directory`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def known(self, actor: Actor) -> Known | None:
        return self._session.recalled(actor, lambda: self._known(actor))

    def _known(self, actor: Actor) -> Known | None:
        where = {
            "platform": actor.platform,
            "external_id": actor.workspace,
            "user": actor.user,
        }
        return self._session.first(Known, _KNOWN, where)

    def workspace(self, platform: str, external_id: str) -> Workspace | None:
        return self._session.one(
            Workspace,
            select(*columns(workspace, Workspace)).where(
                workspace.c.platform == platform, workspace.c.external_id == external_id
            ),
        )

    def add_organisation(self, organisation_: Organisation) -> None:
        self._session.execute(self._session.insert(organisation), record(organisation_))

    def add_workspace(self, workspace_: Workspace, rate: Rate) -> None:
        self._session.execute(self._session.insert(workspace), record(workspace_))
        self._session.execute(
            self._session.insert(lane),
            {
                "id": workspace_.id,
                "org_id": workspace_.org_id,
                "per_second": rate.per_second,
                "burst": rate.burst,
            },
        )

    def organisations(self) -> tuple[Organisation, ...]:
        return self._session.all(
            Organisation,
            select(*_ORGANISATION).order_by(organisation.c.name, organisation.c.id),
        )

    def workspaces(self, platform: str) -> tuple[Workspace, ...]:
        return self._session.all(
            Workspace,
            select(*columns(workspace, Workspace))
            .where(workspace.c.platform == platform)
            .order_by(workspace.c.id),
        )

    def installation(self, workspace_id: str) -> str | None:
        sealed = self._session.execute(
            select(installation.c.sealed).where(installation.c.workspace_id == workspace_id)
        ).scalar_one_or_none()
        if sealed is None:
            return None
        return self._session.vault.open_installation(workspace_id, sealed)

    def keep_installation(self, workspace_: Workspace, text: str) -> None:
        sealed = self._session.vault.seal_installation(workspace_.id, text)
        self._session.save(
            installation,
            {"org_id": workspace_.org_id, "workspace_id": workspace_.id, "sealed": sealed},
        )

    def drop_installation(self, workspace_id: str) -> None:
        self._session.execute(
            delete(installation).where(installation.c.workspace_id == workspace_id)
        )
        self._session.scrub = True

    def keep_reference(
        self, workspace_: Workspace, external_id: str, text: str, name: str = ""
    ) -> None:
        vault = self._session.vault
        key = vault.blind(external_id)
        named = vault.blind(name.casefold()) if name else self._name(workspace_.id, key)
        self._session.save(
            reference,
            {
                "org_id": workspace_.org_id,
                "workspace_id": workspace_.id,
                "key": key,
                "name": named,
                "sealed": vault.seal_reference(workspace_.id, key, text),
            },
        )

    def _name(self, workspace_id: str, key: bytes) -> bytes:
        found = self._session.execute(select(reference.c.name).where(_at(workspace_id, key)))
        return found.scalar_one_or_none() or b""

    def reference(self, workspace_id: str, external_id: str) -> str | None:
        key = self._session.vault.blind(external_id)
        sealed = self._session.execute(
            select(reference.c.sealed).where(_at(workspace_id, key))
        ).scalar_one_or_none()
        if sealed is None:
            return None
        return self._session.vault.open_reference(workspace_id, key, sealed)

    def references_named(self, workspace_id: str, name: str) -> tuple[str, ...]:
        vault = self._session.vault
        if not name:
            return ()
        rows = self._session.execute(
            select(reference.c.key, reference.c.sealed)
            .where(
                reference.c.workspace_id == workspace_id,
                reference.c.name == vault.blind(name.casefold()),
            )
            .order_by(reference.c.key)
        )
        return tuple(vault.open_reference(workspace_id, key, sealed) for key, sealed in rows)

    def references(
        self, workspace_id: str, after: bytes = b"", most: int = 100
    ) -> tuple[tuple[bytes, str], ...]:
        rows = self._session.execute(
            select(reference.c.key, reference.c.sealed)
            .where(reference.c.workspace_id == workspace_id, reference.c.key > after)
            .order_by(reference.c.key)
            .limit(most)
        )
        vault = self._session.vault
        return tuple((key, vault.open_reference(workspace_id, key, sealed)) for key, sealed in rows)

    def drop_reference(self, workspace_id: str, external_id: str) -> None:
        key = self._session.vault.blind(external_id)
        self._session.execute(delete(reference).where(_at(workspace_id, key)))
        self._session.scrub = True

    def add_claim(self, workspace_: Workspace, code: str, expires_at: datetime) -> None:
        self._session.save(
            claim,
            {
                "org_id": workspace_.org_id,
                "workspace_id": workspace_.id,
                "code": self._session.vault.blind(code),
                "expires_at": expires_at,
            },
        )

    def claim(self, workspace_id: str, code: str, now: datetime) -> bool:
        used = self._session.execute(
            delete(claim)
            .where(
                claim.c.workspace_id == workspace_id,
                claim.c.code == self._session.vault.blind(code),
                claim.c.expires_at > now,
            )
            .returning(claim.c.workspace_id)
        )
        return used.one_or_none() is not None

    def first_time(self, key: str, now: datetime) -> bool:
        added = self._session.execute(
            self._session.insert(inbound).on_conflict_do_nothing().returning(inbound.c.key),
            {"key": self._session.vault.blind(key), "at": now},
        )
        return added.one_or_none() is not None


def _at(workspace_id: str, key: bytes) -> ColumnElement[bool]:
    return and_(reference.c.workspace_id == workspace_id, reference.c.key == key)
