"""Seal where words come from: no round or question beside them, no respondents of free text."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COMMENT = sa.table("comment", sa.column("id"), sa.column("org_id"), sa.column("sealed"))


def upgrade() -> None:
    # Made anew, because neither database can drop a part of a key in place the same way.
    connection = op.get_bind()
    kept = [row._asdict() for row in connection.execute(sa.select(_COMMENT))]
    connection.execute(
        sa.text(
            "DELETE FROM respondent WHERE EXISTS (SELECT 1 FROM comment"
            " WHERE comment.org_id = respondent.org_id AND comment.round_id = respondent.round_id"
            " AND comment.question_id = respondent.question_id)"
        )
    )
    op.drop_table("comment")
    op.create_table(
        "comment",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name="fk_comment_organisation"),
        sa.PrimaryKeyConstraint("id", name="pk_comment"),
        sqlite_with_rowid=False,
    )
    if kept:
        op.bulk_insert(_COMMENT, kept)


def downgrade() -> None:
    """The words go: nothing in the database says any more which round they belong to."""
    op.drop_table("comment")
    op.create_table(
        "comment",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "round_id"], ["round.org_id", "round.id"], name="fk_comment_round"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_comment"),
        sqlite_with_rowid=False,
    )
