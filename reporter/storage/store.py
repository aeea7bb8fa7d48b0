"""Where the reporter remembers: opening the database, and the transactions on it.

What is written is the subject of history.py, submission/ and listing/. What is sent to the database is portable Core
SQL; how SQLite (the default) and PostgreSQL (for several reporters) are opened and locked is sqlite.py's and
postgresql.py's. Opening brings the tables up to date (alembic), in one transaction, so that of two that open at once
the second finds it done.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, Self

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from trapline.reporter.storage.postgresql import PostgreSQL
from trapline.reporter.storage.sqlite import SQLite
from trapline.reporter.storage.store_errors import StoreBusyError, StoreError, StoreSetupError, StoreUnavailableError

__all__ = ["Store", "StoreBusyError", "StoreError", "StoreSetupError", "StoreUnavailableError"]

_ESCAPES = "In the user's name and password write @ as %40, : as %3A, / as %2F and % as %25"

MIGRATIONS = Path(__file__).parent / "migrations"


class Database(Protocol):
    """A kind of database: what differs between SQLite and PostgreSQL."""

    @property
    def reading(self) -> tuple[str, ...]:
        """What begins a transaction that sees one moment, changes nothing and waits for no writer."""

    @property
    def writing(self) -> tuple[str, ...]:
        """What begins a transaction that nobody else writes beside."""

    @property
    def host(self) -> str:
        """Whose files the store tells of: this machine's name, "" where it tells of no other's."""

    def engine(self) -> sa.Engine:
        """Connections to it."""

    def exists(self) -> bool:
        """Whether there is a store."""

    def check(self, connection: sa.Connection) -> None:
        """Raises StoreSetupError: it is not fit for a store."""

    def claim(self) -> None:
        """Begin to work with it. Raises StoreBusyError: another reporter does, and only one may."""

    def give_up(self, connection: sa.Connection) -> None:
        """A transaction failed: give up what was claimed for longer by its connection."""

    def close(self) -> None:
        """The end of the work."""

    def error(self, error: SQLAlchemyError) -> StoreError:
        """The failure in plain words, without statement, values and password."""


class Store:
    """The open database. Used by one thread, one transaction at a time; other processes work with it meanwhile."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engine = database.engine()
        sa.event.listen(self._engine, "begin", _begin)

    @classmethod
    def open(cls, url: str, host: str | None = None) -> Self:
        """The store at `url`, its tables made or brought up to date. `host`: None is this machine's name.

        Raises StoreSetupError: no such folder, no permission, another kind of database, made by a newer trapline.
        Raises StoreUnavailableError: it can't be used just now. The URL is in no error: it may hold a password.
        """
        store = cls(_database(url, host))
        try:
            with store.writing() as connection:
                store._database.check(connection)
                _migrate(connection)
        except StoreUnavailableError:
            store.close()
            raise
        except StoreError as error:
            store.close()
            raise StoreSetupError(f"store.url: the database can't be opened: {error}") from None
        except BaseException:
            store.close()
            raise
        return store

    @staticmethod
    def exists(url: str) -> bool:
        """Whether there is a store at `url`: who only reads must not make one, which would belong to the wrong user.

        Raises StoreSetupError, StoreUnavailableError: as `open`.
        """
        return _database(url).exists()

    @staticmethod
    def check_url(url: str) -> None:
        """Raises StoreSetupError: `url` names no store. Nothing is opened: the rest is for the reporter to find out."""
        _database(url)

    @property
    def host(self) -> str:
        """Whose files those of our messages are, among the machines that share the store; "" where only one does."""
        return self._database.host

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that sees one moment and changes nothing; it waits for no writer.

        Raises StoreError: the database failed.
        """
        with self._transaction(self._database.reading) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that is committed, durably, when the block ends, and undone when it raises.

        Nobody else writes meanwhile, not on another machine either. Raises StoreError: the database failed; nothing of
        the block was kept.
        """
        with self._transaction(self._database.writing) as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: tuple[str, ...]) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect().execution_options(trapline_begin=begin) as connection:
                try:
                    with connection.begin():
                        yield connection
                except BaseException:
                    self._database.give_up(connection)
                    raise
        except SQLAlchemyError as error:
            raise self._database.error(error) from None

    def claim(self) -> None:
        """Begin to work with the store, until this process ends, however it ends.

        Raises StoreBusyError: it is SQLite, and there is another reporter; two would send the same submissions twice.
        """
        self._database.claim()

    def close(self) -> None:
        """Give everything back."""
        self._engine.dispose()
        self._database.close()


def _database(text: str, host: str | None = None) -> Database:
    try:
        url = sa.make_url(text)
    except ArgumentError:
        raise StoreSetupError('store.url: no database URL. Expected one such as "sqlite:////var/lib/x.db"') from None
    except ValueError:
        raise StoreSetupError(f"store.url: the port is no number. {_ESCAPES}") from None
    if "@" in (url.host or ""):  # the end of a password, which no error may show
        raise StoreSetupError(f"store.url: there is more than one @ in it. {_ESCAPES}")
    match url.get_backend_name():
        case "sqlite":
            return SQLite(url)
        case "postgresql":
            return PostgreSQL(url, host)
        case _:
            raise StoreSetupError(
                "store.url: neither SQLite nor PostgreSQL. Expected a URL such as "
                '"sqlite:////var/lib/x.db" or "postgresql+psycopg://user@host/database"'
            )


def _begin(connection: sa.Connection) -> None:
    for statement in connection.get_execution_options()["trapline_begin"]:
        connection.exec_driver_sql(statement)


def alembic_config() -> Config:
    """Where the migrations are."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _migrate(connection: sa.Connection) -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)  # that the tables are up to date is no news
    config = alembic_config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        head = ScriptDirectory.from_config(config).get_current_head()
        raise StoreSetupError(
            f"store.url: the tables can't be brought to version {head}: {error}. Was it made by a newer trapline?"
        ) from None
