"""Where the reporter remembers: opening the database, and the transactions on it.

What is written is history.py's and queue.py's subject. SQLite by default, in WAL mode so that `trapline status` reads
while the daemon writes; what is sent to it is portable Core SQL. Opening brings the tables up to date (alembic).
Sources: sqlite.org/wal.html, sqlite.org/pragma.html (synchronous: FULL makes a commit durable in WAL mode), and
SQLAlchemy's page on the SQLite dialect (transactions are begun by us: the driver begins none for DDL and reads).
"""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from trapline.config.errors import ConfigError, TraplineError

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 10_000  #: how long a writer waits for another one; ours take milliseconds


class StoreError(TraplineError):
    """The database failed in the middle of work: a full disk, a lock that is never given up, a damaged file."""


class StoreSetupError(ConfigError):
    """The database can't be opened as it is configured."""


class StoreBusyError(TraplineError):
    """Another reporter works with this store."""


class Store:
    """The open database. Used by one thread; other processes may read meanwhile."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._lock: int | None = None

    @classmethod
    def open(cls, url: str) -> Self:
        """The store at `url`, its tables made or brought up to date.

        Raises StoreSetupError: no such folder, no permission, another kind of database, made by a newer trapline.
        The URL itself is in no error: it may hold a password.
        """
        store = cls(_engine(url))
        try:
            with store.writing() as connection:
                _migrate(connection)
        except StoreError as error:
            store.close()
            raise StoreSetupError(f"store.url: the database can't be opened: {error}") from None
        return store

    @staticmethod
    def exists(url: str) -> bool:
        """Whether there is a store at `url`: who only reads must not make one, which would be his and not ours.

        Raises StoreSetupError: as `open`.
        """
        return Path(str(_checked(url).database)).exists()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that sees one moment and changes nothing; it waits for no writer.

        Raises StoreError: the database failed.
        """
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that is committed, durably, when the block ends, and undone when it raises.

        Raises StoreError: the database failed; nothing of the block was kept.
        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect().execution_options(trapline_begin=begin) as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(f"the store failed: {_in_words(error)}. Nothing of this step was kept") from None

    def claim(self) -> None:
        """Make this process the only reporter on the store, until it ends, however it ends.

        Raises StoreBusyError: there is another one; two would send the same submissions twice.
        """
        path = f"{self._engine.url.database}.lock"
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise StoreBusyError(
                "another trapline reporter works with this store. Stop it first (systemctl stop trapline-reporter), "
                "or leave the work to it"
            ) from None
        self._lock = lock

    def close(self) -> None:
        """Give everything back."""
        self._engine.dispose()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _engine(text: str) -> sa.Engine:
    url = _checked(text)
    # hide_parameters: an error's text would otherwise hold what was being written, a sample or a mail address.
    engine = sa.create_engine(url, hide_parameters=True)
    sa.event.listen(engine, "connect", _configure)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _checked(text: str) -> URL:
    try:
        url = sa.make_url(text)
    except ArgumentError:
        raise StoreSetupError('store.url: no database URL. Expected one such as "sqlite:////var/lib/x.db"') from None
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise StoreSetupError(
            'store.url: this release keeps its store in an SQLite file. Expected one such as "sqlite:////var/lib/x.db"'
        )
    folder = Path(url.database).absolute().parent
    if not folder.is_dir():
        raise StoreSetupError(f"store.url: the folder {folder} does not exist. Create it, owned by the reporter's user")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StoreSetupError(f"store.url: no permission to write in {folder}. It must belong to the reporter's user")
    return url


def _configure(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: `_begin` does
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
    finally:
        cursor.close()


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options()["trapline_begin"])


def _migrate(connection: sa.Connection) -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)  # that the tables are up to date is no news
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        head = ScriptDirectory.from_config(config).get_current_head()
        raise StoreSetupError(
            f"store.url: the tables can't be brought to version {head}: {error}. Was it made by a newer trapline?"
        ) from None


def _in_words(error: SQLAlchemyError) -> str:
    """What the driver said, without the statement and its values."""
    cause = getattr(error, "orig", None)
    return str(cause) if cause is not None else type(error).__name__
