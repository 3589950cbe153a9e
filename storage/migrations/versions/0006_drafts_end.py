"""Keep when a draft was made, so that it can be forgotten."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_NAMES = ("org_id", "person_id", "form", "filled")
_BEFORE = sa.table("draft", *map(sa.column, _NAMES))
_AFTER = sa.table("draft", *map(sa.column, _NAMES), sa.column("at"))


def upgrade() -> None:
    rows = _taken()
    _create(sa.Column("at", sa.DateTime(timezone=True), nullable=False))
    for row in rows:
        op.execute(_AFTER.insert().values(**row, at=sa.func.current_timestamp()))


def downgrade() -> None:
    rows = _taken()
    _create()
    if rows:
        op.bulk_insert(_BEFORE, rows)


def _taken() -> list[dict[str, str]]:
    """All drafts; the table is made anew, so that its columns stand as the program has them."""
    rows = op.get_bind().execute(sa.select(_BEFORE))
    taken = [row._asdict() for row in rows]
    op.drop_table("draft")
    return taken


def _create(*more: sa.Column[datetime]) -> None:
    op.create_table(
        "draft",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("filled", sa.Text(), nullable=False),
        *more,
        sa.ForeignKeyConstraint(
            ["org_id", "person_id"],
            ["person.org_id", "person.id"],
            name="fk_draft_person",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("org_id", "person_id", "form", name="pk_draft"),
    )
