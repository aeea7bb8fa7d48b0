"""The networks of which RIPE Stat told us."""

import sqlalchemy as sa
from alembic import op

revision = "0002_networks"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "networks",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("holder", sa.Text()),
        sa.Column("as_number", sa.BigInteger()),
        sa.Column("country", sa.Text()),
        sa.Column("good_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name="pk_networks"),
    )
    op.create_index("ix_networks_good_until", "networks", ["good_until"])


def downgrade() -> None:
    """Remove it."""
    op.drop_table("networks")
