"""Whose file a message's is, where several hosts share the store; and an index that takes a URL of any length.

PostgreSQL keeps at most 2,704 bytes of a row in a B-tree, and a URL may have 8,000 characters: its index there is a
hash. SQLite knows no such limit and no such index.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006_hosts"
down_revision = "0009_content"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it to messages and failed files; index the value alone."""
    op.add_column("messages", sa.Column("host", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("failed_files") as failed_files:
        failed_files.add_column(sa.Column("host", sa.Text(), nullable=False, server_default=""))
        failed_files.drop_constraint("pk_failed_files", type_="primary")
        failed_files.create_primary_key("pk_failed_files", ["host", "file"])
    op.drop_index("ix_submissions_kind_value", "submissions")
    op.create_index("ix_submissions_value", "submissions", ["value"], postgresql_using="hash")


def downgrade() -> None:
    """Remove it."""
    op.drop_index("ix_submissions_value", "submissions")
    op.create_index("ix_submissions_kind_value", "submissions", ["kind", "value"])
    with op.batch_alter_table("failed_files") as failed_files:
        failed_files.drop_constraint("pk_failed_files", type_="primary")
        failed_files.drop_column("host")
        failed_files.create_primary_key("pk_failed_files", ["file"])
    op.drop_column("messages", "host")
