"""Messages are found by their client: who else saw what a mailbox's owner found in his Junk folder?"""

from alembic import op

revision = "0010_mailboxes"
down_revision = "0006_hosts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_messages_client_address_received_at", "messages", ["client_address", "received_at"])


def downgrade() -> None:
    """Remove it."""
    op.drop_index("ix_messages_client_address_received_at", "messages")
