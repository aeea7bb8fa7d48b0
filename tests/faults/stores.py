"""The reporter's store of a trial, as SQLite or as PostgreSQL: what the reckoning reads, past the store's own code."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, Protocol

import psycopg

from tests.servers.postgresql import PostgreSQL

Kind = Literal["sqlite", "postgresql"]

_TABLES = "messages, submissions, decisions"  # what the reporter can't do without


class Store(Protocol):
    """The reporter's database."""

    url: str

    def is_used_by(self, pid: int) -> bool:
        """Whether the reporter, which is this process, has opened it; not if it has ended."""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What is in it."""

    def locked(self) -> AbstractContextManager[None]:
        """Somebody else has it for himself while the block runs."""


class Sqlite:
    """A file in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "trapline.db"
        self.url = f"sqlite:///{self._path}"

    def is_used_by(self, pid: int) -> bool:
        """Whether the process has the reporter's lock open."""
        with suppress(OSError):
            lock = f"{self._path}.lock"
            return any(str(link.readlink()) == lock for link in Path(f"/proc/{pid}/fd").iterdir())
        return False

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What is in it, where the file is whole."""
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else can write."""
        with closing(sqlite3.connect(self._path, isolation_level=None, timeout=30)) as database:
            database.execute("BEGIN IMMEDIATE")
            yield


class Postgresql:
    """A database of its own in `server`."""

    def __init__(self, server: PostgreSQL) -> None:
        self.server = server
        self.url = server.new_database()

    def is_used_by(self, pid: int) -> bool:
        """Whether a reporter is connected: there is one alone."""
        del pid
        connected = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'trapline'"
        with suppress(psycopg.OperationalError):  # the server is away, or takes nobody
            return bool(self.rows(connected))
        return False

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What is in it."""
        with self.server.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else can read or write the tables, as during a dump's restoring."""
        with self.server.connect(self.url) as connection, connection.transaction():
            connection.execute(f"LOCK TABLE {_TABLES} IN ACCESS EXCLUSIVE MODE".encode())
            yield


@contextmanager
def opened(kind: Kind, folder: Path) -> Iterator[Store]:
    """A new, empty store, there while the block runs; `folder` is where a file would be."""
    if kind == "sqlite":
        yield Sqlite(folder)
    else:
        with PostgreSQL() as server:
            yield Postgresql(server)
