"""Name the programme of each line of the audit log in a column, to read one programme alone."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NAMES = ("id", "org_id", "at", "person_id", "what", "about")
_BEFORE = sa.table("audit", *map(sa.column, _NAMES))
_AFTER = sa.table("audit", *map(sa.column, (*_NAMES, "programme_id")))


def upgrade() -> None:
    rows = []
    for row in _taken(_BEFORE):
        about = json.loads(row["about"])
        programme_id = about.pop("programme", None)
        # A line without one was never shown.
        if programme_id is not None:
            rows.append({**row, "programme_id": programme_id, "about": _written(about)})
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "programme_id"],
            ["programme.org_id", "programme.id"],
            name="fk_audit_programme",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_org_id_programme_id_at", "audit", ["org_id", "programme_id", "at"])
    if rows:
        op.bulk_insert(_AFTER, rows)


def downgrade() -> None:
    rows = []
    for row in _taken(_AFTER):
        about = {**json.loads(row["about"]), "programme": row.pop("programme_id")}
        rows.append({**row, "about": _written(about)})
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name="fk_audit_organisation"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_org_id_at", "audit", ["org_id", "at"])
    if rows:
        op.bulk_insert(_BEFORE, rows)


def _taken(audit: sa.TableClause) -> list[dict[str, str]]:
    """All lines in their order, without their numbers: the table is made anew, and so are they."""
    rows = op.get_bind().execute(sa.select(audit).order_by(audit.c.id))
    taken = [row._asdict() for row in rows]
    op.drop_table("audit")
    return [{name: value for name, value in row.items() if name != "id"} for row in taken]


def _written(about: dict[str, str]) -> str:
    return json.dumps(about, ensure_ascii=False, separators=(",", ":"))
