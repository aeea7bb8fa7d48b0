"""The mail that could not be handled: what lies in `.failed/`, why, and how it is taken up again.

The files are what counts, the store only knows the reasons: a file is moved back to `new/` and nothing else is done
here, so that a kill leaves it in one of the two; the reporter forgets the reason once the file could be read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from trapline.config.missing import is_missing
from trapline.config.settings import Settings
from trapline.reporter.retention import maildirs
from trapline.reporter.storage.schema import failed_files
from trapline.spool.maildir import Maildir, unflagged


@dataclass(frozen=True, slots=True)
class SetAside:
    """One file of mail that could not be handled."""

    file: str  #: its name, as the log's line and field FILE have it
    maildir: Maildir  #: that it came from
    failed_at: datetime | None  #: None where the store does not know it
    reason: str | None

    def is_called(self, identity: str) -> bool:
        """Whether `identity` means it: the file's name, or the id of the message (the milter puts it into the name)."""
        return identity == self.file or (identity.isalnum() and f"T{identity}." in self.file)

    def retry(self) -> None:
        """Put it back where the reporter takes mail in. Raises SpoolError: it can't be moved."""
        self.maildir.retry(self.maildir.failed.path / "new" / self.file)


def set_aside(settings: Settings, db: sa.Connection | None, host: str = "") -> Iterator[SetAside]:
    """All of it on this `host`, oldest first; `db` None: there is no store yet.

    Raises SpoolError: a folder can't be read.
    """
    reasons = {} if db is None else dict(_reasons(db, host))
    for maildir in maildirs(settings):
        if is_missing(maildir.failed.path / "new"):
            continue
        for path in maildir.failed.new():
            failed_at, reason = reasons.get(unflagged(path.name), (None, None))
            yield SetAside(path.name, maildir, failed_at, reason)


def _reasons(db: sa.Connection, host: str) -> Iterable[tuple[str, tuple[datetime, str]]]:
    for row in db.execute(sa.select(failed_files).where(failed_files.c.host == host)):
        yield unflagged(row.file), (row.failed_at, row.reason)
