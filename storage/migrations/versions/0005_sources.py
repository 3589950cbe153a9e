"""Channels and groups that a programme follows."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NAMES = ("org_id", "id", "programme_id", "workspace_id", "external_id", "name", "team")


def upgrade() -> None:
    op.create_table(
        "source",
        *(sa.Column(name, sa.String(), nullable=False) for name in _NAMES),
        sa.ForeignKeyConstraint(
            ["org_id", "programme_id"],
            ["programme.org_id", "programme.id"],
            name="fk_source_programme",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "workspace_id"],
            ["workspace.org_id", "workspace.id"],
            name="fk_source_workspace",
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name="pk_source"),
        sa.UniqueConstraint(
            "org_id",
            "programme_id",
            "workspace_id",
            "external_id",
            name="uq_source_org_id_programme_id_workspace_id_external_id",
        ),
    )
    op.create_index(
        "ix_source_org_id_workspace_id_external_id",
        "source",
        ["org_id", "workspace_id", "external_id"],
    )


def downgrade() -> None:
    op.drop_table("source")
