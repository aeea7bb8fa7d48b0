"""How often the traps of each label were hit, day by day, so that nobody reads all messages to count them.

What is there already is counted once, here.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014_trap_days"
down_revision = "0013_learning"
branch_labels = None
depends_on = None

# The rules of listing that spare an innocent sender, as they were named when this was written.
INNOCENT = frozenset(
    {
        "large_sender",
        "large_senders_network",
        "forwarder",
        "rewritten_sender",
        "backscatter",
        "program_notice",
        "confirmation_request",
        "on_dnswl",
        "newsletter",
        "said_forwarded",
    }
)
MAX_LABEL = 200

_Days = dict[tuple[Any, str, str], list[Any]]


def upgrade() -> None:
    """Make the table, and count."""
    table = op.create_table(
        "trap_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("spared", sa.Integer(), nullable=False),
        sa.Column("last", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", "label", "kind", name="pk_trap_days"),
    )
    names = ("day", "label", "kind", "hits", "spared", "last")
    rows = [dict(zip(names, (*key, *counts), strict=True)) for key, counts in _counted(op.get_bind()).items()]
    if rows:
        op.bulk_insert(table, rows)


def downgrade() -> None:
    """Remove it."""
    op.drop_table("trap_days")


def _counted(db: sa.Connection) -> _Days:
    messages = sa.table(
        "messages", sa.column("id"), sa.column("received_at", sa.DateTime()), sa.column("envelope", sa.JSON())
    )
    hits = sa.table("blocklist_hits", sa.column("message_id"), sa.column("rule"))
    query = sa.select(messages.c.received_at, messages.c.envelope, hits.c.rule).select_from(
        messages.outerjoin(hits, hits.c.message_id == messages.c.id)
    )
    found: _Days = {}
    for at, envelope, rule in db.execute(query, execution_options={"yield_per": 1000}):
        for key in _keys(at, envelope):
            hit, spared, last = found.get(key, [0, 0, at])
            found[key] = [hit + 1, spared + (rule in INNOCENT), max(last, at)]
    return found


def _keys(at: datetime, envelope: dict[str, Any]) -> set[tuple[Any, str, str]]:
    day = (at if at.tzinfo is None else at.astimezone(UTC)).date()
    traps = (one for one in envelope.get("recipients", ()) if one.get("trap"))
    return {(day, str(one.get("label") or "-")[:MAX_LABEL], str(one.get("kind") or "-")) for one in traps}
