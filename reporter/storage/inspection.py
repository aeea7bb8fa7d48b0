"""Looking at the database without opening it for work: nothing is made, migrated, locked or waited for long.

Store.open would bring the tables up to date. Sources: sqlite.org/uri.html (mode=ro, immutable) and
sqlite.org/walformat.html (2.3.1: the writer's lock is one byte of the -shm file), fcntl(2) for asking who holds it,
postgresql.org's pg_locks.
"""

import fcntl
import os
import sqlite3
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util.exc import CommandError
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from trapline.reporter.storage.claims import WRITERS
from trapline.reporter.storage.postgresql import PostgreSQL
from trapline.reporter.storage.store import Store, alembic_config
from trapline.reporter.storage.store_errors import StoreError

LOOKS = 8  #: how often a lock must be seen with the same holder: a transaction of ours takes milliseconds
PAUSE_SECONDS = 0.25  #: between two looks
STUCK_SECONDS = 60  #: that a server's transaction may keep the right to write

_WAL_WRITE_LOCK = 120
_FLOCK = struct.Struct("@hhqqi4x")  # struct flock of Linux: type, whence, start, length, process


@dataclass(frozen=True, slots=True)
class Tables:
    """Which version the tables have."""

    version: str | None  #: None: there are none yet
    head: str  #: what this trapline needs
    known: bool  #: False: made by a newer trapline
    holder: int | None = None  #: the process that does not give up the right to write

    @property
    def current(self) -> bool:
        """Whether nothing is to be done to them."""
        return self.version == self.head


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite `url`; None for a server. Raises StoreSetupError: it names no store."""
    Store.check_url(url)
    parsed = sa.make_url(url)
    return Path(str(parsed.database)) if parsed.get_backend_name() == "sqlite" else None


def inspect(url: str, wait: Callable[[float], object]) -> Tables:
    """What is at `url`, which must be there if it is a file. `wait` sleeps for the seconds between two looks.

    Raises StoreError, StoreSetupError: it can't be read; with the reason, and without the URL.
    """
    file = sqlite_file(url)
    if file is None:
        version, holder = _of_server(sa.make_url(url)), None
    else:
        version, holder = _of_file(file), _writer(Path(f"{file}-shm"), wait)
    scripts = ScriptDirectory.from_config(alembic_config())
    head = str(scripts.get_current_head())
    return Tables(version, head, version is None or _knows(scripts, version), holder)


def _of_file(file: Path) -> str | None:
    """Where there is no -wal, all is in the file itself, which then is read as it stands: nothing is made beside it."""
    how = "mode=ro" if Path(f"{file}-wal").exists() else "mode=ro&immutable=1"
    try:
        connection = sqlite3.connect(f"file:{quote(str(file))}?{how}", uri=True, timeout=2.0)
        try:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'alembic_version'").fetchall()
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall() if tables else []
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StoreError(f"{file}: {error}") from None
    return str(rows[0][0]) if rows else None


def _writer(shared: Path, wait: Callable[[float], object]) -> int | None:
    """The process that holds the writer's lock in each of several looks; None where it is given up in time."""
    holder: int | None = None
    for look in range(LOOKS):
        now = _holder(shared)
        if now is None or (look and now != holder):
            return None
        holder = now
        wait(PAUSE_SECONDS)
    return holder


def _holder(shared: Path) -> int | None:
    """Who would be in the way of a writer; asking takes nothing."""
    try:
        file = os.open(shared, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # nobody works with it, or it is another user's
        return None
    try:
        asked = _FLOCK.pack(fcntl.F_RDLCK, os.SEEK_SET, _WAL_WRITE_LOCK, 1, 0)
        kind, _, _, _, process = _FLOCK.unpack(fcntl.fcntl(file, fcntl.F_GETLK, asked))
    finally:
        os.close(file)
    return None if kind == fcntl.F_UNLCK else int(process)


def _of_server(url: URL) -> str | None:
    """Raises StoreError: no connection, no permission, or a writer that keeps all others waiting."""
    database = PostgreSQL(url)
    engine = database.engine()
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            database.check(connection)
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            version = str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())
            if not connection.exec_driver_sql("SELECT has_table_privilege('messages', 'INSERT')").scalar_one():
                raise StoreError("its user may not write to the tables: they belong to another one")
            writers = {"group": WRITERS[0], "lock": WRITERS[1], "seconds": STUCK_SECONDS}
            if connection.execute(_STUCK, writers).first() is not None:
                raise StoreError(f"a writer keeps its lock for more than {STUCK_SECONDS} s, and all others wait")
            return version
    except SQLAlchemyError as error:
        raise database.error(error) from None
    finally:
        engine.dispose()


_STUCK = sa.text(
    "SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted "
    "AND classid = :group AND objid = :lock AND xact_start <= now() - make_interval(secs => :seconds)"
)


def _knows(scripts: ScriptDirectory, version: str) -> bool:
    try:
        return scripts.get_revision(version) is not None
    except (CommandError, ResolutionError):
        return False
