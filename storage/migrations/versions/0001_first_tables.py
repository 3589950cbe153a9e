"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbound",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_inbound"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_inbound_at", "inbound", ["at"])
    op.create_table(
        "organisation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisation"),
    )
    op.create_table(
        "proof",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_proof_single")),
        sa.PrimaryKeyConstraint("id", name="pk_proof"),
    )
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
    op.create_table(
        "programme",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("subdivision", sa.String(), nullable=True),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("expected_rate", sa.Integer(), nullable=False),
        sa.Column("working_days", sa.Text(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=False),
        sa.Column("quiet_to", sa.Time(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "level IN ('gold', 'silver', 'bronze')", name=op.f("ck_programme_level")
        ),
        sa.CheckConstraint(
            "profile IN ('minimum', 'standard', 'strict')", name=op.f("ck_programme_profile")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name="fk_programme_organisation"),
        sa.PrimaryKeyConstraint("org_id", "id", name="pk_programme"),
    )
    op.create_table(
        "workspace",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name="fk_workspace_organisation"),
        sa.PrimaryKeyConstraint("id", name="pk_workspace"),
        sa.UniqueConstraint("org_id", "id", name="uq_workspace_org_id_id"),
        sa.UniqueConstraint("platform", "external_id", name="uq_workspace_platform_external_id"),
    )
    op.create_table(
        "lane",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=True),
        sa.Column("per_second", sa.Float(), nullable=False),
        sa.Column("burst", sa.Integer(), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id", "id"], ["workspace.org_id", "workspace.id"], name="fk_lane_workspace"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_lane"),
    )
    op.create_table(
        "own_question",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "programme_id"],
            ["programme.org_id", "programme.id"],
            name="fk_own_question_programme",
        ),
        sa.PrimaryKeyConstraint("org_id", "programme_id", "question_id", name="pk_own_question"),
    )
    op.create_table(
        "person",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("preferred_time", sa.Time(), nullable=True),
        sa.Column("away_from", sa.Date(), nullable=True),
        sa.Column("away_to", sa.Date(), nullable=True),
        sa.Column("programme_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id", "programme_id"],
            ["programme.org_id", "programme.id"],
            name="fk_person_programme",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name="fk_person_organisation"),
        sa.PrimaryKeyConstraint("org_id", "id", name="pk_person"),
        sa.UniqueConstraint("org_id", "email", name="uq_person_org_id_email"),
    )
    op.create_table(
        "pulse",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("questions", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("teams", sa.Text(), nullable=False),
        sa.Column("cadence", sa.Text(), nullable=True),
        sa.Column("anchor", sa.Date(), nullable=False),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'active', 'paused', 'ended')", name=op.f("ck_pulse_state")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "programme_id"],
            ["programme.org_id", "programme.id"],
            name="fk_pulse_programme",
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name="pk_pulse"),
    )
    op.create_index(
        "ix_pulse_active",
        "pulse",
        ["next_at"],
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "season",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("blocks", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "programme_id"],
            ["programme.org_id", "programme.id"],
            name="fk_season_programme",
        ),
        sa.PrimaryKeyConstraint("org_id", "programme_id", "starts_on", name="pk_season"),
    )
    op.create_table(
        "draft",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("filled", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "person_id"],
            ["person.org_id", "person.id"],
            name="fk_draft_person",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("org_id", "person_id", "form", name="pk_draft"),
    )
    op.create_table(
        "identity",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "person_id"],
            ["person.org_id", "person.id"],
            name="fk_identity_person",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "workspace_id"],
            ["workspace.org_id", "workspace.id"],
            name="fk_identity_workspace",
        ),
        sa.PrimaryKeyConstraint("org_id", "workspace_id", "user", name="pk_identity"),
        sa.UniqueConstraint(
            "org_id", "person_id", "workspace_id", name="uq_identity_org_id_person_id_workspace_id"
        ),
    )
    op.create_table(
        "membership",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("consent", sa.String(), nullable=False),
        sa.CheckConstraint(
            "consent IN ('unasked', 'asked', 'given', 'declined')",
            name=op.f("ck_membership_consent"),
        ),
        sa.CheckConstraint(
            "role IN ('participant', 'facilitator', 'lead')", name=op.f("ck_membership_role")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "person_id"],
            ["person.org_id", "person.id"],
            name="fk_membership_person",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "programme_id"],
            ["programme.org_id", "programme.id"],
            name="fk_membership_programme",
        ),
        sa.PrimaryKeyConstraint(
            "org_id", "programme_id", "person_id", "role", name="pk_membership"
        ),
    )
    op.create_index("ix_membership_org_id_person_id", "membership", ["org_id", "person_id"])
    op.create_table(
        "round",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("pulse_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("close_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("questionnaire", sa.Text(), nullable=False),
        sa.Column("blocks", sa.Text(), nullable=False),
        sa.Column("invited", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "profile IN ('minimum', 'standard', 'strict')", name=op.f("ck_round_profile")
        ),
        sa.CheckConstraint("state IN ('open', 'closed', 'cancelled')", name=op.f("ck_round_state")),
        sa.ForeignKeyConstraint(
            ["org_id", "programme_id"],
            ["programme.org_id", "programme.id"],
            name="fk_round_programme",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "pulse_id"], ["pulse.org_id", "pulse.id"], name="fk_round_pulse"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name="pk_round"),
        sa.UniqueConstraint("org_id", "pulse_id", "due_at", name="uq_round_org_id_pulse_id_due_at"),
    )
    op.create_index("ix_round_org_id_opened_at", "round", ["org_id", "opened_at"])
    op.create_index(
        "ix_round_open",
        "round",
        ["close_at"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
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
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("lane_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=True),
        sa.Column("round_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_ref", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('consent', 'prompt', 'reminder', 'digest', 'notice')",
            name=op.f("ck_delivery_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'sent', 'skipped', 'failed')",
            name=op.f("ck_delivery_state"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "lane_id"],
            ["workspace.org_id", "workspace.id"],
            name="fk_delivery_workspace",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "person_id"],
            ["person.org_id", "person.id"],
            name="fk_delivery_person",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "programme_id"],
            ["programme.org_id", "programme.id"],
            name="fk_delivery_programme",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "round_id"], ["round.org_id", "round.id"], name="fk_delivery_round"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("org_id", "key", name="uq_delivery_org_id_key"),
    )
    op.create_index("ix_delivery_org_id_person_id", "delivery", ["org_id", "person_id"])
    op.create_index("ix_delivery_org_id_round_id", "delivery", ["org_id", "round_id"])
    op.create_index(
        "ix_delivery_pending",
        "delivery",
        ["lane_id", "due_at", "id"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_delivery_sending",
        "delivery",
        ["lane_id", "lease_until"],
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_table(
        "invitation",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("block", sa.String(), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "person_id"],
            ["person.org_id", "person.id"],
            name="fk_invitation_person",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "round_id"], ["round.org_id", "round.id"], name="fk_invitation_round"
        ),
        sa.PrimaryKeyConstraint("org_id", "round_id", "person_id", name="pk_invitation"),
    )
    op.create_index("ix_invitation_org_id_person_id", "invitation", ["org_id", "person_id"])
    op.create_table(
        "release",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("response_rate", sa.Integer(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "programme_id"],
            ["programme.org_id", "programme.id"],
            name="fk_release_programme",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "round_id"], ["round.org_id", "round.id"], name="fk_release_round"
        ),
        sa.PrimaryKeyConstraint("org_id", "round_id", name="pk_release"),
    )
    op.create_index(
        "ix_release_org_id_programme_id_released_at",
        "release",
        ["org_id", "programme_id", "released_at"],
    )
    op.create_table(
        "respondent",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "person_id"],
            ["person.org_id", "person.id"],
            name="fk_respondent_person",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "round_id"], ["round.org_id", "round.id"], name="fk_respondent_round"
        ),
        sa.PrimaryKeyConstraint(
            "org_id", "round_id", "question_id", "person_id", name="pk_respondent"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_respondent_org_id_person_id", "respondent", ["org_id", "person_id"])
    op.create_table(
        "round_key",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "round_id"], ["round.org_id", "round.id"], name="fk_round_key_round"
        ),
        sa.PrimaryKeyConstraint("org_id", "round_id", name="pk_round_key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "answer",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "round_id"],
            ["round_key.org_id", "round_key.round_id"],
            name="fk_answer_round_key",
        ),
        sa.PrimaryKeyConstraint("org_id", "round_id", "tag", name="pk_answer"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in (
        "answer",
        "round_key",
        "respondent",
        "release",
        "invitation",
        "delivery",
        "comment",
        "round",
        "membership",
        "identity",
        "draft",
        "season",
        "pulse",
        "person",
        "own_question",
        "lane",
        "workspace",
        "programme",
        "audit",
        "proof",
        "organisation",
        "inbound",
    ):
        op.drop_table(table)
