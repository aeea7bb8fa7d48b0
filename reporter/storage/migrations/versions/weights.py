"""How much each submission is worth, and where large senders send from.

What waits already is worth what most of it is: the rest.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007_weights"
down_revision = "0005_reviews"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, make the table."""
    op.add_column("submissions", sa.Column("weight", sa.Integer(), nullable=False, server_default="20"))
    op.create_table(
        "sender_networks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("networks", sa.JSON(), nullable=False),
        sa.Column("good_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_sender_networks"),
    )


def downgrade() -> None:
    """Remove both."""
    op.drop_table("sender_networks")
    op.drop_column("submissions", "weight")
