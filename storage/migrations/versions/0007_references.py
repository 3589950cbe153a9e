"""How accounts and groups are reached, where a platform tells it once and never again."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reference",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "workspace_id"],
            ["workspace.org_id", "workspace.id"],
            name="fk_reference_workspace",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "key", name="pk_reference"),
    )
    op.create_index("ix_reference_workspace_id_name", "reference", ["workspace_id", "name"])


def downgrade() -> None:
    op.drop_table("reference")
