"""The rows of old messages are removed, each with all that refers to them: in steps, each a transaction of its own.

A step looks at so many messages and no more, and none is looked at twice before all were: what is kept longer than the
others, however much that is, is not read again and again.
"""

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from trapline.reporter.storage import schema
from trapline.reporter.storage.schema import decisions, messages, metadata, submissions
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import queue

MAX_MESSAGES = 200  #: that one step looks at, and removes with all that belongs to them


def remove(store: Store, before: datetime) -> Iterator[int]:
    """Remove the messages that were taken in, and done with, `before`; after each step how many it removed.

    The youngest first, since a message waits for younger ones that repeat it. Where times are not in the order in which
    they came, what went may let something else go: so all are looked at again, until none goes any more.
    """
    removed = -1
    while removed:
        removed, last = 0, None
        while True:
            with store.writing() as db:
                candidates = _old(db, before, last)
                identities = _finished(db, before, [identity for identity, _ in candidates])
                if identities:
                    _delete(db, identities)
            removed += len(identities)
            yield len(identities)
            if len(candidates) < MAX_MESSAGES:
                break
            last = candidates[-1]


def _old(db: sa.Connection, before: datetime, last: tuple[str, datetime] | None) -> list[tuple[str, datetime]]:
    """The next messages that came `before`, behind the `last` one: its id and when it came."""
    columns = messages.c
    query = sa.select(columns.id, columns.received_at).where(columns.received_at < before)
    if last is not None:
        identity, at = last
        query = query.where(columns.received_at <= at, (columns.received_at < at) | (columns.id < identity))
    page = query.order_by(columns.received_at.desc(), columns.id.desc()).limit(MAX_MESSAGES)
    return [(row.id, row.received_at) for row in db.execute(page)]


def _finished(db: sa.Connection, before: datetime, identities: list[str]) -> list[str]:
    """Those of the messages that were taken in, and done with, `before`.

    A message whose submission a younger one repeats waits until that one goes; so does one that a filter learned, until
    that can't be undone any more.
    """
    mine = submissions.c.message_id == messages.c.id
    live = submissions.c.state.in_(queue.OPEN) | (submissions.c.attempted_at >= before)
    repeated = sa.exists().where(
        mine, decisions.c.submission_id == submissions.c.id, decisions.c.message_id != messages.c.id
    )
    old = messages.c.id.in_(identities) & (messages.c.taken_at < before)
    taught = schema.lessons
    learned = sa.exists().where(taught.c.message_id == messages.c.id, taught.c.content.is_not(None))
    query = sa.select(messages.c.id).where(old, ~sa.exists().where(mine, live), ~repeated, ~learned)
    return list(db.execute(query).scalars())


def _delete(db: sa.Connection, identities: list[str]) -> None:
    """Delete messages with all rows that refer to them or to their submissions, whichever table these are in."""
    sent = sa.select(submissions.c.id).where(submissions.c.message_id.in_(identities))
    for column in referring(submissions):
        db.execute(sa.delete(column.table).where(column.in_(sent)))
    for column in referring(messages):
        db.execute(sa.delete(column.table).where(column.in_(identities)))
    db.execute(messages.delete().where(messages.c.id.in_(identities)))


def referring(table: sa.Table) -> Iterator[sa.Column[object]]:
    """The columns that refer to `table`; those of tables that others refer to come last."""
    for other in reversed(metadata.sorted_tables):
        for key in other.foreign_keys:
            if key.column.table is table:
                yield key.parent
