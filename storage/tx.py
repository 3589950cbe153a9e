"""One transaction as the core sees it: every room, over one session."""

from __future__ import annotations

from bot.ports import (
    Agenda,
    Answers,
    Directory,
    Lanes,
    Notes,
    People,
    Post,
    Programmes,
    Pulses,
    Releases,
    Tenant,
)
from storage.agenda import SqlAgenda
from storage.answers import SqlAnswers
from storage.directory import SqlDirectory
from storage.ids import new_id
from storage.lanes import SqlLanes
from storage.notes import SqlNotes
from storage.people import SqlPeople
from storage.post import SqlPost
from storage.programmes import SqlProgrammes
from storage.pulses import SqlPulses
from storage.releases import SqlReleases
from storage.session import Session


class SqlTenant:
    """Implements `bot.ports.Tenant`: each statement of its rooms names the organisation."""

    def __init__(self, session: Session, org_id: str) -> None:
        self.people: People = SqlPeople(session, org_id)
        self.programmes: Programmes = SqlProgrammes(session, org_id)
        self.pulses: Pulses = SqlPulses(session, org_id)
        self.answers: Answers = SqlAnswers(session, org_id)
        self.releases: Releases = SqlReleases(session, org_id)
        self.post: Post = SqlPost(session, org_id)
        self.notes: Notes = SqlNotes(session, org_id)


class SqlTx:
    """Implements `bot.ports.Tx`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.directory: Directory = SqlDirectory(session)
        self.agenda: Agenda = SqlAgenda(session)
        self.lanes: Lanes = SqlLanes(session)
        self._tenants: dict[str, Tenant] = {}

    def tenant(self, org_id: str) -> Tenant:
        found = self._tenants.get(org_id)
        if found is None:
            found = self._tenants[org_id] = SqlTenant(self.session, org_id)
        return found

    def new_id(self) -> str:
        return new_id()
