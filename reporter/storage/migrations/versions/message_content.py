"""What a message consists of: its text and files."""

import sqlalchemy as sa
from alembic import op

revision = "0009_content"
down_revision = "0007_weights"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column."""
    op.add_column("messages", sa.Column("content", sa.JSON()))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("messages", "content")
