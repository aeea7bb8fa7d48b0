"""What was queued while this host had no token: once one comes, only what is still news is sent.

What waits for another reason (an outage, the budget) is not dropped for that: overdue.py has what drops it.
"""

from datetime import datetime

import sqlalchemy as sa

from trapline.reporter.storage import notes
from trapline.reporter.storage.schema import messages, submissions
from trapline.reporter.submission import overdue
from trapline.reporter.submission.queue import STALE


def note(db: sa.Connection, host: str) -> None:
    """Remember that `host` can send nothing, for `drop_stale`."""
    if notes.read(db, _name(host)) is None:
        notes.write(db, _name(host), "yes")


def drop_stale(db: sa.Connection, now: datetime, host: str) -> int:
    """Now there is a token. If there was none before: drop what is older than STALE and was never tried. How many.

    Of the messages of `host` only, and so many at most as one step drops: to be done again until there are none.
    """
    if notes.read(db, _name(host)) is None:
        return 0
    old = overdue.of_message(messages.c.received_at < now - STALE)
    stale = overdue.untried(host) & ((submissions.c.queued_at < now - STALE) | old)
    dropped = overdue.drop_some(db, stale, now, "older than a day when a token came")
    if not dropped:
        notes.remove(db, _name(host))
    return dropped


def _name(host: str) -> str:
    """A note: submissions were queued while this host could send nothing."""
    return f"without_token {host}".rstrip()
