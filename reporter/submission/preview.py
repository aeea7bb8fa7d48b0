"""What would be submitted, for a reader at a terminal or of the log: where there is no token, or `spamhaus.dry_run`."""

import sqlalchemy as sa

from trapline.config.events import MAX_VALUE_LENGTH
from trapline.config.printable import printable
from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.storage import notes
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import queue, without_token
from trapline.reporter.submission.threat_types import PREFERENCES
from trapline.reporter.telling import Say


def preview(store: Store, say: Say, after: int = 0, *, once: bool = False) -> int:
    """Say what would be sent, from the submission after `after`; nothing is. The id of the last one said.

    `once`: each of them is said once, over restarts of the reporter too: a year's submissions may be waiting.
    """
    while True:
        with store.writing() as db:
            without_token.note(db, store.host)
            after = _further(db, store.host, after) if once else after
            page = queue.unsent(db, after)
        for row in page:
            types = ", else ".join(PREFERENCES[row.kind])
            size = f" ({row.size} characters, subject {_short(row.subject or '-')})" if row.kind == "email" else ""
            say(f"would submit {described(row.kind, row.value, row.message_id)}{size} as {types}: {row.reason}")
            after = row.id
        if not page:
            return after


def _further(db: sa.Connection, host: str, after: int) -> int:
    """The last one that was said: `after`, or one that was noted before a restart. Notes it for the next restart."""
    name = f"previewed {host}".rstrip()
    before = int(notes.read(db, name) or 0)
    if after > before:
        notes.write(db, name, str(after))
    return max(before, after)


def described(kind: IndicatorKind, value: str, message_id: str) -> str:
    """A submission in a few words, fit for a terminal; a sample by its message, since it is somebody's mail."""
    return f"email, the sample of {_short(message_id)}" if kind == "email" else f"{kind} {_short(value)}"


def _short(text: str) -> str:
    return printable(text, MAX_VALUE_LENGTH)
