"""The local blocklist: its entries, the record of their changes, what was decided about each message's client."""

import sqlalchemy as sa
from alembic import op

revision = "0011_blocklist"
down_revision = "0008_lookups"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "blocklist",
        sa.Column("network", sa.LargeBinary(), nullable=False),
        sa.Column("area", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("first_hit", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_hit", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("last_label", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True)),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True)),
        sa.Column("forgiven_at", sa.DateTime(timezone=True)),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("network", name="pk_blocklist"),
    )
    op.create_index("ix_blocklist_area", "blocklist", ["area"])
    op.create_index("ix_blocklist_listed_at", "blocklist", ["listed_at"])
    op.create_index("ix_blocklist_revision", "blocklist", ["revision"])
    op.create_index("ix_blocklist_since", "blocklist", ["since"])
    op.create_index("ix_blocklist_state_expires", "blocklist", ["state", "expires"])
    op.create_table(
        "blocklist_records",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("network", sa.LargeBinary(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_blocklist_records"),
    )
    op.create_index("ix_blocklist_records_at", "blocklist_records", ["at"])
    op.create_index("ix_blocklist_records_network", "blocklist_records", ["network"])
    op.create_table(
        "blocklist_hits",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("network", sa.LargeBinary()),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text()),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_blocklist_hits_message_id_messages"),
        sa.PrimaryKeyConstraint("message_id", name="pk_blocklist_hits"),
    )
    op.create_index("ix_blocklist_hits_network_at", "blocklist_hits", ["network", "at"])


def downgrade() -> None:
    """Remove them."""
    for table in ("blocklist_hits", "blocklist_records", "blocklist"):
        op.drop_table(table)
