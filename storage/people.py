"""The people of one organisation: who they are, their roles, and where they are reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Select, and_, delete, func, or_, select

from bot.conversation.roles import Role
from bot.programme.people import Member, Membership, Person
from bot.programme.programmes import Programme
from storage.answers import SqlAnswers
from storage.session import Session, columns, own
from storage.tables import draft, identity, membership, person, programme, reference

# Drafts that are lists of people.
_LISTS = ("people-import:", "people-from:", "absent:")
_PERSON = columns(person, Person)
_MEMBERSHIP = columns(membership, Membership)


class SqlPeople:
    """Implements `bot.ports.People`."""

    def __init__(self, session: Session, org_id: str) -> None:
        self._session = session
        self._org_id = org_id

    def get(self, person_id: str) -> Person | None:
        return self._session.one(Person, self._one(person_id))

    def hold(self, person_id: str) -> Person | None:
        return self._session.hold(Person, self._one(person_id))

    def by_email(self, email: str) -> Person | None:
        return self._session.one(
            Person,
            select(*_PERSON).where(person.c.org_id == self._org_id, person.c.email == email),
        )

    def save(self, person_: Person) -> None:
        self._session.save(person, own(person_, self._org_id))

    def erase(self, person_id: str) -> None:
        answers = SqlAnswers(self._session, self._org_id)
        for round_id in answers.open_rounds():
            answers.withdraw(round_id, person_id)
        # Lists that were pasted and not imported yet may name them.
        self._session.execute(
            delete(draft).where(
                draft.c.org_id == self._org_id,
                or_(*(draft.c.form.startswith(name) for name in _LISTS)),
            )
        )
        self._forget_references(person_id)
        # Identities, memberships, invitations, respondents, deliveries and drafts go along.
        self._session.execute(
            delete(person).where(person.c.org_id == self._org_id, person.c.id == person_id)
        )
        self._session.scrub = True

    def _forget_references(self, person_id: str) -> None:
        users = self._session.execute(
            select(identity.c.workspace_id, identity.c.user).where(
                identity.c.org_id == self._org_id, identity.c.person_id == person_id
            )
        )
        for workspace_id, user in users.all():
            self._session.execute(
                delete(reference).where(
                    reference.c.org_id == self._org_id,
                    reference.c.workspace_id == workspace_id,
                    reference.c.key == self._session.vault.blind(user),
                )
            )

    def member(self, programme_id: str, person_id: str) -> tuple[Membership, ...]:
        return self._session.all(
            Membership,
            select(*_MEMBERSHIP)
            .where(
                membership.c.org_id == self._org_id,
                membership.c.programme_id == programme_id,
                membership.c.person_id == person_id,
                membership.c.left_on.is_(None),
            )
            .order_by(membership.c.role),
        )

    def members(self, programme_id: str, role: Role | None = None) -> tuple[Member, ...]:
        everyone = (
            select(*_PERSON, *(column.label(f"m_{column.name}") for column in _MEMBERSHIP))
            .join(
                membership,
                and_(
                    membership.c.org_id == person.c.org_id,
                    membership.c.person_id == person.c.id,
                ),
            )
            .where(
                membership.c.org_id == self._org_id,
                membership.c.programme_id == programme_id,
                membership.c.left_on.is_(None),
            )
        )
        only = everyone if role is None else everyone.where(membership.c.role == role)
        rows = self._session.execute(only)
        split = len(_PERSON)
        found = (
            Member(
                person=Person(**dict(zip(_PERSON_NAMES, row[:split], strict=True))),
                membership=Membership(**dict(zip(_MEMBERSHIP_NAMES, row[split:], strict=True))),
            )
            for row in rows
        )
        # Sorted here, because the databases do not agree on the order of names.
        return tuple(sorted(found, key=_by_name))

    def programmes_of(self, person_id: str) -> tuple[Programme, ...]:
        return self._session.all(
            Programme,
            select(*columns(programme, Programme))
            .where(
                programme.c.org_id == self._org_id,
                programme.c.id.in_(
                    select(membership.c.programme_id).where(
                        membership.c.org_id == self._org_id,
                        membership.c.person_id == person_id,
                        membership.c.left_on.is_(None),
                    )
                ),
            )
            .order_by(programme.c.starts_on, programme.c.id),
        )

    def save_membership(self, membership_: Membership) -> None:
        self._session.save(membership, own(membership_, self._org_id))

    def reach(self, person_id: str, workspace_id: str, user: str) -> None:
        here = and_(identity.c.org_id == self._org_id, identity.c.workspace_id == workspace_id)
        self._session.execute(
            delete(identity).where(
                here, (identity.c.person_id == person_id) | (identity.c.user == user)
            )
        )
        self._session.execute(
            self._session.insert(identity),
            {
                "org_id": self._org_id,
                "workspace_id": workspace_id,
                "user": user,
                "person_id": person_id,
            },
        )

    def unreach(self, workspace_id: str, user: str) -> None:
        self._session.execute(
            delete(identity).where(
                identity.c.org_id == self._org_id,
                identity.c.workspace_id == workspace_id,
                identity.c.user == user,
            )
        )

    def lanes(self, person_ids: Iterable[str]) -> Mapping[str, str]:
        # All of the organisation in one statement: the list may be longer than a statement's.
        wanted = frozenset(person_ids)
        rows = self._session.execute(
            select(identity.c.person_id, func.min(identity.c.workspace_id))
            .where(identity.c.org_id == self._org_id)
            .group_by(identity.c.person_id)
        )
        return {person_id: lane_id for person_id, lane_id in rows if person_id in wanted}

    def _one(self, person_id: str) -> Select[Any]:
        return select(*_PERSON).where(person.c.org_id == self._org_id, person.c.id == person_id)


_PERSON_NAMES = tuple(column.name for column in _PERSON)
_MEMBERSHIP_NAMES = tuple(column.name for column in _MEMBERSHIP)


def _by_name(member: Member) -> tuple[str, str, str]:
    return member.person.name.casefold(), member.person.id, member.membership.role
