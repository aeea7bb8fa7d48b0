"""Our own lookups of what was reported; an index by which submissions are counted without reading their samples."""

import sqlalchemy as sa
from alembic import op

revision = "0008_lookups"
down_revision = "0010_mailboxes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both."""
    op.create_table(
        "lookups",
        sa.Column("submission_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at_hit", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("clear_at", sa.DateTime(timezone=True)),
        sa.Column("listed_at", sa.DateTime(timezone=True)),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name="fk_lookups_submission_id_submissions"),
        sa.PrimaryKeyConstraint("submission_id", name="pk_lookups"),
    )
    op.create_index("ix_lookups_due_at", "lookups", ["due_at"])
    op.create_index("ix_submissions_state_answered_at_kind", "submissions", ["state", "answered_at", "kind"])


def downgrade() -> None:
    """Remove both."""
    op.drop_index("ix_submissions_state_answered_at_kind", "submissions")
    op.drop_table("lookups")
