"""What was queued while this host had no token: once one comes, only what is still news is sent.

What waits for another reason (an outage, the budget) is kept however old it is.
"""

from datetime import datetime

import sqlalchemy as sa

from trapline.reporter.storage import notes
from trapline.reporter.storage.schema import messages, submissions
from trapline.reporter.submission.queue import STALE


def note(db: sa.Connection, host: str) -> None:
    """Remember that `host` can send nothing, for `drop_stale`."""
    if notes.read(db, _name(host)) is None:
        notes.write(db, _name(host), "yes")


def drop_stale(db: sa.Connection, now: datetime, host: str) -> int:
    """Now there is a token. If there was none before: drop what is older than STALE and was never tried. How many.

    Of the messages of `host` only.
    """
    if not notes.remove(db, _name(host)):
        return 0
    old = _of_message(messages.c.received_at < now - STALE)
    stale = _untried(host).where((submissions.c.queued_at < now - STALE) | old)
    why = "older than a day when a token came"
    return db.execute(stale.values(state="dropped", answered_at=now, answer=why)).rowcount


def drop_untried(db: sa.Connection, before: datetime, host: str) -> int:
    """While `host` has no token: drop what it queued `before` and nobody tried: it need not be kept. How many."""
    if notes.read(db, _name(host)) is None:
        return 0
    untried = _untried(host).where(submissions.c.queued_at < before)
    return db.execute(untried.values(state="dropped", answered_at=before, answer="no token came")).rowcount


def _name(host: str) -> str:
    """A note: submissions were queued while this host could send nothing."""
    return f"without_token {host}".rstrip()


def _untried(host: str) -> sa.Update:
    ours = _of_message(messages.c.host == host)
    return submissions.update().where(submissions.c.state == "queued", submissions.c.attempts == 0, ours)


def _of_message(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether `condition` holds for a submission's message: that one is looked up, no other is read for it."""
    return sa.exists().where(messages.c.id == submissions.c.message_id, condition)
