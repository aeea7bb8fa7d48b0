"""The store as one SQLite file, in WAL mode so that `trapline status` reads while the daemon writes.

One reporter works with it, and one transaction writes at a time. Sources: sqlite.org/wal.html, sqlite.org/pragma.html
(synchronous: FULL makes a commit durable in WAL mode), and SQLAlchemy's page on the SQLite dialect (transactions are
begun by us: the driver begins none for DDL and reads).
"""

import errno
import fcntl
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from trapline.config import owned
from trapline.config.sqlite_codes import CLOSED, DAMAGED, primary_code
from trapline.reporter.storage.store_errors import StoreBusyError, StoreError, StoreSetupError, StoreUnavailableError

BUSY_TIMEOUT_MS = 10_000  #: how long a writer waits for another one; ours take milliseconds

_PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM}
_PASSING_ERRNO = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
_FOR_WHOM = "Run this as root or as the reporter's user, to whom it must belong"


class SQLite:
    """The database file that `url` names."""

    reading = ("BEGIN",)
    writing = ("BEGIN IMMEDIATE",)
    host = ""  #: all files are this machine's

    def __init__(self, url: URL) -> None:
        """Raises StoreSetupError: no file is named, or not where it is."""
        if not url.database or url.database == ":memory:":
            raise StoreSetupError('store.url: no file is named. Expected a URL such as "sqlite:////var/lib/x.db"')
        if not Path(url.database).is_absolute():  # it would be another one for each folder that a command is run in
            raise StoreSetupError(
                f"store.url: {url.database} is not a whole path. Expected four slashes: sqlite:////var/lib/x.db"
            )
        self._url = url
        self._file = url.database
        self._lock: int | None = None

    def engine(self) -> sa.Engine:
        """Connections to it; the file is made where it is missing. Raises as `exists`."""
        if not self.exists():
            os.close(_made(Path(self._file)))
        # hide_parameters: an error's text would otherwise hold what was being written, a sample or a mail address.
        engine = sa.create_engine(self._url, hide_parameters=True)
        sa.event.listen(engine, "connect", _configure)
        return engine

    def exists(self) -> bool:
        """Whether the file is there.

        Raises StoreSetupError: its folder can't be used. Raises StoreUnavailableError: it can't just now.
        """
        folder = Path(self._file).parent
        if not folder.is_dir():
            raise StoreSetupError(
                f"store.url: the folder {folder} does not exist. Create it, owned by the reporter's user"
            )
        if os.statvfs(folder).f_flag & os.ST_RDONLY:
            raise StoreUnavailableError(
                f"store.url: the file system of {folder} is read-only. Look into the kernel's log for the reason"
            )
        if not os.access(folder, os.W_OK | os.X_OK):
            raise StoreSetupError(f"store.url: no permission to write in {folder}. {_FOR_WHOM}")
        return Path(self._file).exists()

    def check(self, connection: sa.Connection) -> None:
        """Any SQLite will do."""

    def claim(self) -> None:
        """Make this process the only reporter on the file. Raises StoreBusyError: there is another one.

        Raises StoreSetupError: no permission.
        """
        lock = _made(Path(f"{self._file}.lock"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise StoreBusyError(
                "another trapline reporter works with this store. Stop it first (systemctl stop trapline-reporter), "
                "or leave the work to it"
            ) from None
        self._lock = lock

    def give_up(self, connection: sa.Connection) -> None:
        """A transaction failed: nothing is held by its connection."""

    def close(self) -> None:
        """Let another reporter have it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def error(self, error: SQLAlchemyError) -> StoreError:
        """What the driver said, without the statement and its values."""
        cause = getattr(error, "orig", None)
        words = str(cause) if cause is not None else type(error).__name__
        code = primary_code(cause)
        told = f"the store failed: {words}. Nothing of this step was kept"
        if code in DAMAGED:
            told += (
                f". {self._file} is damaged, or no store: restore it from a backup, or move it away, "
                "with its -wal: the reporter makes a new one, which knows nothing of what was submitted before"
            )
        if code in CLOSED and self._is_anothers():  # what root brings back from a backup is root's
            told += (
                f". {self._file} must belong to the reporter's user, and so must -wal and -shm beside it: chown them, "
                "then restart the reporter"
            )
        return StoreUnavailableError(told) if code in _PASSING else StoreError(told)

    def _is_anothers(self) -> bool:
        """Whether the file, or one that SQLite keeps beside it, belongs to another user, who leaves it closed to us."""
        for path in (Path(f"{self._file}{end}") for end in ("", "-wal", "-shm")):
            with suppress(OSError):
                if path.stat().st_uid != os.geteuid() and not os.access(path, os.R_OK | os.W_OK):
                    return True
        return False


def _made(path: Path) -> int:
    """The file, open, made where it is missing, for its owner alone: the folder's, and so SQLite's files beside it.

    Raises StoreSetupError: no permission. Raises StoreUnavailableError: no room on the disk, or the disk fails.
    """
    try:
        return owned.opened(path)
    except OSError as error:
        if error.errno in _PASSING_ERRNO:
            raise StoreUnavailableError(f"store.url: cannot use {path}: {error.strerror}") from None
        raise StoreSetupError(f"store.url: cannot use {path}: {error.strerror}. {_FOR_WHOM}") from None


def _configure(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: store.py does
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
    finally:
        cursor.close()
