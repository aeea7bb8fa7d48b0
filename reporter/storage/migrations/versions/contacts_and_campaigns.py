"""Who wrote before, and the campaigns of the samples."""

import sqlalchemy as sa
from alembic import op

revision = "0004_contacts"
down_revision = "0003_attempts_by_submission"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sketch", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_message_id", "contacts", ["message_id"])
    op.create_index("ix_contacts_at", "contacts", ["at"])
    op.create_index("ix_contacts_sender", "contacts", ["sender"])
    op.create_table(
        "campaigns",
        sa.Column("submission_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("domain", sa.Text()),
        sa.Column("sketch", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("submission_id", name="pk_campaigns"),
    )
    op.create_index("ix_campaigns_at", "campaigns", ["at"])
