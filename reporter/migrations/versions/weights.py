"""How much each submission is worth; what waits already is worth what most of it is: the rest."""

import sqlalchemy as sa
from alembic import op

revision = "0007_weights"
down_revision = "0005_reviews"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("submissions", sa.Column("weight", sa.Integer(), nullable=False, server_default="20"))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("submissions", "weight")
