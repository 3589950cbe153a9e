"""What an earlier version left that no migration can change, because it is sealed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, Row, and_, delete, func, select, update

from storage.session import Kept, Session
from storage.tables import answer, invitation, round_, round_key
from storage.vault import LONE_KEY_BYTES, RoundKey, Sheet, Vault, by_sheet

_KEYS = (
    select(round_key, round_.c.questionnaire)
    .join(round_, and_(round_.c.org_id == round_key.c.org_id, round_.c.id == round_key.c.round_id))
    .where(func.length(round_key.c.wrapped) == LONE_KEY_BYTES)
    .with_for_update(of=round_key)
)


def bring_up(engine: Engine, vault: Vault) -> None:
    """Answers that lie one by one in open rounds become sheets; all of them, or none."""
    with engine.begin() as connection:
        session = Session(connection, vault, writing=True)
        for found in session.execute(_KEYS).all():
            names = tuple(question.id for question in found.questionnaire.questions)
            key = vault.unwrap(found.round_id, found.wrapped, names)
            _gather(session, found, key)
            here = (round_key.c.org_id == found.org_id, round_key.c.round_id == found.round_id)
            session.execute(update(round_key).where(*here).values(wrapped=by_sheet(found.wrapped)))
        session.flush()


def _gather(session: Session, of: Row[Any], key: RoundKey) -> None:
    """One round's answers."""
    here = (answer.c.org_id == of.org_id, answer.c.round_id == of.round_id)
    rows = session.execute(select(answer.c.tag, answer.c.sealed).where(*here))
    lone = {row.tag: row.sealed for row in rows}
    session.execute(delete(answer).where(*here))
    invited = session.execute(
        select(invitation.c.person_id).where(
            invitation.c.org_id == of.org_id, invitation.c.round_id == of.round_id
        )
    )
    for person_id in invited.scalars():
        tags = {name: key.older_tag(person_id, name) for name in key.questions}
        sheet: Sheet = {
            name: key.open_older(tag, lone[tag]) for name, tag in tags.items() if tag in lone
        }
        if sheet:
            place = (of.org_id, of.round_id, key.tag(person_id))
            session.sheets[place] = Kept(key, sheet, stored=False, changed=True)
