"""What is remembered on this host about one mailbox: a small SQLite file, and a lock.

The server's keywords are what counts where it has them. The file is for folders without, for POP3, for a message that
was stored and not yet marked, for one that the server fails to hand over, and for digests: a folder whose UIDVALIDITY
changed holds the same messages under other numbers.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Self

from trapline.config import believed_clock, owned
from trapline.config.errors import TraplineError
from trapline.config.sqlite_codes import DAMAGED, primary_code

KEPT = timedelta(days=60)  #: after a message is gone from its folder

ANY_TIME = timedelta(0)

What = Literal["taken", "old", "failed"]

_TABLES = """
CREATE TABLE IF NOT EXISTS messages (
    folder TEXT NOT NULL, uidvalidity TEXT NOT NULL, uid TEXT NOT NULL,
    what TEXT NOT NULL, digest TEXT, at REAL NOT NULL,
    PRIMARY KEY (folder, uidvalidity, uid)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS messages_by_digest ON messages (digest);
CREATE TABLE IF NOT EXISTS attempts (
    folder TEXT NOT NULL, uidvalidity TEXT NOT NULL, uid TEXT NOT NULL, times INTEGER NOT NULL,
    at REAL NOT NULL, PRIMARY KEY (folder, uidvalidity, uid)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS folders (folder TEXT PRIMARY KEY, uidvalidity TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS clock (known TEXT NOT NULL);
"""


_THIS = "folder = ? AND uidvalidity = ? AND uid = ?"


class StateError(TraplineError):
    """What is remembered of a mailbox can't be read or written."""


class Locked(TraplineError):
    """Another run works on the mailbox."""


class State:
    """What is remembered of the mailbox `name`, in the folder `directory`; one thread uses it."""

    def __init__(self, directory: Path, name: str) -> None:
        """Raises StateError: it can't be opened."""
        self._path = directory / f"{name}.db"
        _make(directory)
        try:
            os.close(owned.opened(self._path))  # SQLite's files beside it get its owner
            self._db = sqlite3.connect(self._path, isolation_level=None)
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise self._failed("opened", error) from None

    def _prepare(self) -> None:
        try:
            self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + _TABLES)
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def believes(self, now: datetime) -> bool:
        """Whether the clock that shows `now` is to be believed (believed_clock.py). To be asked at each look."""
        with self._reading() as db:
            row = db.execute("SELECT known FROM clock").fetchone()
        before = None if row is None else believed_clock.from_text(row[0])
        known, believed = believed_clock.look(before, now)
        if known != before:
            with self._writing() as db:
                db.execute("DELETE FROM clock")
                db.execute("INSERT INTO clock VALUES (?)", (known.text(),))
        return believed

    def moved(self, folder: str, uidvalidity: str) -> bool:
        """Whether the folder's UIDVALIDITY is another than last time; it is remembered."""
        with self._writing() as db:
            before = db.execute("SELECT uidvalidity FROM folders WHERE folder = ?", (folder,)).fetchone()
            db.execute("INSERT OR REPLACE INTO folders VALUES (?, ?)", (folder, uidvalidity))
        return before is not None and before[0] != uidvalidity

    def known(self, folder: str, uidvalidity: str) -> dict[str, What]:
        """The UIDs of the folder that were dealt with, and how."""
        with self._reading() as db:
            return dict(
                db.execute("SELECT uid, what FROM messages WHERE folder = ? AND uidvalidity = ?", (folder, uidvalidity))
            )

    def add(self, folder: str, uidvalidity: str, uids: Iterable[str], what: What, at: datetime) -> None:
        """Messages were dealt with."""
        rows = [(folder, uidvalidity, uid, what, None, at.timestamp()) for uid in uids]
        with self._writing() as db:
            db.executemany("INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?, ?)", rows)

    def add_taken(self, folder: str, uidvalidity: str, uid: str, digest: str, at: datetime) -> None:
        """A message is in the spool."""
        with self._writing() as db:
            row = (folder, uidvalidity, uid, "taken", digest, at.timestamp())
            db.execute("INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?, ?)", row)

    def was_elsewhere(self, folder: str, uidvalidity: str, digest: str) -> bool:
        """Whether the same bytes were taken under another UIDVALIDITY, or from another folder."""
        with self._reading() as db:
            query = "SELECT 1 FROM messages WHERE digest = ? AND NOT (folder = ? AND uidvalidity = ?)"
            return db.execute(query, (digest, folder, uidvalidity)).fetchone() is not None

    def uids_of(self, folder: str, uidvalidity: str, digest: str) -> set[str]:
        """The UIDs under which the same bytes were taken from the folder."""
        with self._reading() as db:
            query = "SELECT uid FROM messages WHERE digest = ? AND folder = ? AND uidvalidity = ?"
            return {uid for (uid,) in db.execute(query, (digest, folder, uidvalidity))}

    def attempt(self, folder: str, uidvalidity: str, uid: str, now: datetime, *, apart: timedelta = ANY_TIME) -> int:
        """A message is asked for once more; how often that makes it. Tries that are not `apart` count as one."""
        with self._writing() as db:
            key = (folder, uidvalidity, uid)
            row = db.execute(f"SELECT times, at FROM attempts WHERE {_THIS}", key).fetchone()  # noqa: S608
            if row is None or now.timestamp() >= row[1] + apart.total_seconds():
                row = (1 if row is None else row[0] + 1, now.timestamp())
                db.execute("INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?, ?)", (*key, *row))
            return int(row[0])

    def handed_over(self, folder: str, uidvalidity: str, uid: str) -> None:
        """The server handed a message over."""
        with self._writing() as db:
            key = (folder, uidvalidity, uid)
            db.execute(f"DELETE FROM attempts WHERE {_THIS}", key)  # noqa: S608

    def attempts(self, folder: str, uidvalidity: str) -> dict[str, int]:
        """The UIDs whose bodies were asked for in vain, and how often."""
        with self._reading() as db:
            query = "SELECT uid, times FROM attempts WHERE folder = ? AND uidvalidity = ?"
            return dict(db.execute(query, (folder, uidvalidity)))

    def forget(self, folder: str, uidvalidity: str, present: Iterable[str], now: datetime) -> None:
        """Drop what is known of messages that are gone from the folder, after some time."""
        with self._writing() as db:
            db.execute("CREATE TEMP TABLE IF NOT EXISTS present (uid TEXT PRIMARY KEY) WITHOUT ROWID")
            db.execute("DELETE FROM present")
            db.executemany("INSERT OR IGNORE INTO present VALUES (?)", ((uid,) for uid in present))
            gone = "folder = ? AND (uidvalidity <> ? OR uid NOT IN (SELECT uid FROM present))"
            before = (now - KEPT).timestamp()
            db.execute(f"DELETE FROM messages WHERE {gone} AND at < ?", (folder, uidvalidity, before))  # noqa: S608
            db.execute(f"DELETE FROM attempts WHERE {gone}", (folder, uidvalidity))  # noqa: S608

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction. Raises StateError."""
        with self._reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                if db.in_transaction:  # SQLite may have undone it already, where the disk is full or fails
                    db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._db
        except sqlite3.Error as error:
            raise self._failed("used", error) from None

    def _failed(self, what: str, error: OSError | sqlite3.Error) -> StateError:
        said = f"{self._path}: cannot be {what}: {error}"
        if primary_code(error) not in DAMAGED:
            return StateError(said)
        files = f"it, with {self._path.name}-wal and {self._path.name}-shm if they are there"
        anew = "A new one is made, and what it does not know is taken again"
        return StateError(f"{said}. It is damaged: move {files}, away. {anew}")


@contextmanager
def locked(directory: Path, name: str) -> Iterator[None]:
    """One run at a time works on the mailbox `name`. A crash leaves no lock behind: the kernel holds it.

    Raises Locked, StateError.
    """
    _make(directory)
    path = directory / f"{name}.lock"
    try:
        file = os.fdopen(owned.opened(path), "rb")
    except OSError as error:
        raise StateError(f"{path}: cannot be opened: {error.strerror}") from None
    with closing(file):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Locked(f"{name}: another run works on this mailbox ({path})") from None
        yield


def _make(directory: Path) -> None:
    try:
        owned.folder(directory)
    except OSError as error:
        raise StateError(f"mailbox_state.directory: {directory}: cannot be made: {error.strerror}") from None
