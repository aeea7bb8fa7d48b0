"""An index for the submissions of one kind and day: without it each link with a token costs a look at all of them."""

from alembic import op

revision = "0015_queued_links"
down_revision = "0014_trap_days"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_index("ix_submissions_kind_queued_at", "submissions", ["kind", "queued_at"])


def downgrade() -> None:
    """Remove it."""
    op.drop_index("ix_submissions_kind_queued_at", "submissions")
