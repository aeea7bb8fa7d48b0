"""What Spamhaus made of each submission."""

import sqlalchemy as sa
from alembic import op

revision = "0005_reviews"
down_revision = "0004_contacts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "reviews",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("datasets", sa.JSON(), nullable=False),
        sa.Column("listed_since", sa.DateTime(timezone=True)),
        sa.Column("checked_at", sa.DateTime(timezone=True)),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name="fk_reviews_submission_id_submissions"),
        sa.PrimaryKeyConstraint("submission_id", name="pk_reviews"),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("reviews")
