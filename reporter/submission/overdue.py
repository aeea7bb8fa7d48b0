"""What has waited for its first turn longer than caught mail is kept, and is dropped.

Its turn never comes where more is queued than the day's budget lets out, or where no token comes: the queue would grow
for ever, and keep mail that is to be removed. What was tried is kept however old it is: a failure is tried again.
"""

from datetime import datetime

import sqlalchemy as sa

from trapline.reporter.storage.schema import messages, submissions

MAX_AT_ONCE = 10_000  #: that one step drops: all others wait meanwhile


def drop(db: sa.Connection, host: str, before: datetime, now: datetime) -> int:
    """Drop what `host` queued `before` and nobody tried, MAX_AT_ONCE at most. How many."""
    return drop_some(db, untried(host) & (submissions.c.queued_at < before), now, "its turn did not come in time")


def drop_some(db: sa.Connection, where: sa.ColumnElement[bool], now: datetime, why: str) -> int:
    """Drop what is queued and of which `where` holds, MAX_AT_ONCE at most, with the text of samples. How many."""
    some = sa.select(submissions.c.id).where(where).limit(MAX_AT_ONCE)
    text = sa.case((submissions.c.kind == "email", ""), else_=submissions.c.object)
    dropped = submissions.update().where(submissions.c.id.in_(some), submissions.c.state == "queued")
    return db.execute(dropped.values(state="dropped", answered_at=now, answer=why, object=text)).rowcount


def untried(host: str) -> sa.ColumnElement[bool]:
    """What `host` queued and nobody tried to send."""
    ours = of_message(messages.c.host == host)
    return (submissions.c.state == "queued") & (submissions.c.attempts == 0) & ours


def of_message(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether `condition` holds for a submission's message: that one is looked up, no other is read for it."""
    return sa.exists().where(messages.c.id == submissions.c.message_id, condition)
