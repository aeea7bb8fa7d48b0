"""What a spam filter is taught."""

import sqlalchemy as sa
from alembic import op

revision = "0013_learning"
down_revision = "0011_blocklist"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make its table."""
    op.create_table(
        "lessons",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text()),
        sa.Column("sketch", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text()),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True)),
        sa.Column("begun_at", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True)),
        sa.Column("filter", sa.Text()),
        sa.Column("content", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_lessons_message_id_messages"),
        sa.PrimaryKeyConstraint("message_id", name="pk_lessons"),
    )
    op.create_index("ix_lessons_state_host", "lessons", ["state", "host"])
    op.create_index("ix_lessons_prepared_at", "lessons", ["prepared_at"])
    op.create_index("ix_lessons_begun_at", "lessons", ["begun_at"])


def downgrade() -> None:
    """Remove it."""
    op.drop_table("lessons")
