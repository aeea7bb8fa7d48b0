"""What was queued while this host had no token: once one comes, only what is still news is sent.

What waits for another reason (an outage, the budget) is kept however old it is.
"""

from datetime import datetime

import sqlalchemy as sa

from trapline.reporter.storage import notes
from trapline.reporter.storage.schema import messages, submissions
from trapline.reporter.submission.queue import STALE

MAX_AT_ONCE = 10_000  #: that one step drops: all others wait meanwhile


def note(db: sa.Connection, host: str) -> None:
    """Remember that `host` can send nothing, for `drop_stale`."""
    if notes.read(db, _name(host)) is None:
        notes.write(db, _name(host), "yes")


def drop_stale(db: sa.Connection, now: datetime, host: str) -> int:
    """Now there is a token. If there was none before: drop what is older than STALE and was never tried. How many.

    Of the messages of `host` only, MAX_AT_ONCE at most: to be done again until there are none.
    """
    if notes.read(db, _name(host)) is None:
        return 0
    old = _of_message(messages.c.received_at < now - STALE)
    stale = sa.select(submissions.c.id).where(_untried(host), (submissions.c.queued_at < now - STALE) | old)
    drop = submissions.update().where(submissions.c.id.in_(stale.limit(MAX_AT_ONCE)))
    why = "older than a day when a token came"
    dropped = db.execute(drop.values(state="dropped", answered_at=now, answer=why)).rowcount
    if not dropped:
        notes.remove(db, _name(host))
    return dropped


def drop_untried(db: sa.Connection, before: datetime, host: str) -> int:
    """While `host` has no token: drop what it queued `before` and nobody tried: it need not be kept. How many."""
    if notes.read(db, _name(host)) is None:
        return 0
    untried = submissions.update().where(_untried(host), submissions.c.queued_at < before)
    return db.execute(untried.values(state="dropped", answered_at=before, answer="no token came")).rowcount


def _name(host: str) -> str:
    """A note: submissions were queued while this host could send nothing."""
    return f"without_token {host}".rstrip()


def _untried(host: str) -> sa.ColumnElement[bool]:
    ours = _of_message(messages.c.host == host)
    return (submissions.c.state == "queued") & (submissions.c.attempts == 0) & ours


def _of_message(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether `condition` holds for a submission's message: that one is looked up, no other is read for it."""
    return sa.exists().where(messages.c.id == submissions.c.message_id, condition)
