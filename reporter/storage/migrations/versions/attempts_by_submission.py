"""An index for removing old submissions: without it each one costs a look at all attempts."""

from alembic import op

revision = "0003_attempts_by_submission"
down_revision = "0002_networks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_index("ix_attempts_submission_id", "attempts", ["submission_id"])


def downgrade() -> None:
    """Remove it."""
    op.drop_index("ix_attempts_submission_id", "attempts")
