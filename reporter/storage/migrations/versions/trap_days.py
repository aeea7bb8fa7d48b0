"""How often the traps of each label were hit, day by day, so that nobody reads all messages to count them.

What is there already is counted once, here: day by day, since there may be a label for each message.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time
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
    for counted in _by_day(op.get_bind()):
        if rows := [dict(zip(names, (*key, *counts), strict=True)) for key, counts in counted.items()]:
            op.bulk_insert(table, rows)


def downgrade() -> None:
    """Remove it."""
    op.drop_table("trap_days")


_MESSAGES = sa.table(
    "messages", sa.column("id"), sa.column("received_at", sa.DateTime()), sa.column("envelope", sa.JSON())
)
_HITS = sa.table("blocklist_hits", sa.column("message_id"), sa.column("rule"))


def _by_day(db: sa.Connection) -> Iterator[_Days]:
    """What was hit on each day on which there was anything."""
    received = _MESSAGES.c.received_at
    next_one = sa.select(received).order_by(received).limit(1)
    begin = db.execute(next_one).scalar()
    while begin is not None:
        end = datetime.combine(begin, time.max, begin.tzinfo)
        yield _counted(db, received.between(begin, end))
        begin = db.execute(next_one.where(received > end)).scalar()


def _counted(db: sa.Connection, when: sa.ColumnElement[bool]) -> _Days:
    query = sa.select(_MESSAGES.c.received_at, _MESSAGES.c.envelope, _HITS.c.rule).select_from(
        _MESSAGES.outerjoin(_HITS, _HITS.c.message_id == _MESSAGES.c.id)
    )
    found: _Days = {}
    for at, envelope, rule in db.execute(query.where(when), execution_options={"yield_per": 1000}):
        for key in _keys(at, envelope):
            hit, spared, last = found.get(key, [0, 0, at])
            found[key] = [hit + 1, spared + (rule in INNOCENT), max(last, at)]
    return found


def _keys(at: datetime, envelope: dict[str, Any]) -> set[tuple[Any, str, str]]:
    day = (at if at.tzinfo is None else at.astimezone(UTC)).date()
    traps = (one for one in envelope.get("recipients", ()) if one.get("trap"))
    return {(day, str(one.get("label") or "-")[:MAX_LABEL], str(one.get("kind") or "-")) for one in traps}
