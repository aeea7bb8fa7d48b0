"""A private PostgreSQL server on a loopback port: one for all tests of a run, its database emptied for each of them."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
import psycopg.conninfo
import psycopg.sql

from tests.servers.processes import ServerError, free_port, program, tail, until

ROLE = "trapline"
PASSWORD = "hush-hush-hush"  # must never be seen outside the URL
_DEBIAN = Path("/usr/lib/postgresql")  # its servers are not on the PATH, one folder a version
_PLAIN = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=50", "-c", "shared_buffers=16MB")


class PostgreSQL:
    """The server, running while the `with` block does. Started by root it runs as postgres: it refuses to be root."""

    def __init__(self) -> None:
        self.port = free_port()
        self._databases = (f"database{number}" for number in count(1))
        self._store: str | None = None
        self._tables: list[tuple[str, str]] = []

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="trapline-postgresql-", dir="/tmp"))
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        try:
            self._run("initdb", "--no-sync", "--auth=scram-sha-256", "--username=postgres", *self._password_file())
            self.start()
            self._execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{PASSWORD}'")
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        try:
            self.stop()
        finally:
            self._remove()

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = (*_PLAIN, "-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-k", str(self.folder))
        self._run("pg_ctl", "start", "-w", "-l", str(self.folder / "log"), "-o", " ".join(options))

    def stop(self) -> None:
        """End it at once, whoever is connected."""
        self._run("pg_ctl", "stop", "-w", "-m", "fast")

    def kill(self) -> None:
        """End all its processes without warning (SIGKILL)."""
        main = int((self.folder / "data/postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{main}/task/{main}/children").read_text(encoding="ascii").split()
        for number in (main, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        until("PostgreSQL to end", lambda: not any(Path(f"/proc/{number}").exists() for number in (main, *children)))

    @contextmanager
    def refusing(self, url: str) -> Iterator[None]:
        """All connections to the database at `url` are ended, and no other ones taken, while the block runs."""
        name = psycopg.conninfo.conninfo_to_dict(url.replace("+psycopg", ""))["dbname"]
        self._execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
        try:
            self.end_connections(url)
            yield
        finally:
            self._execute(f"ALTER DATABASE {name} CONNECTION LIMIT -1")

    def new_database(self, encoding: str = "UTF8") -> str:
        """The URL of a fresh, empty database."""
        name = next(self._databases)
        self._execute(f"CREATE DATABASE {name} OWNER {ROLE} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
        return self.url(name)

    def url(self, database: str) -> str:
        """As `store.url` has it."""
        return f"postgresql+psycopg://{ROLE}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def connect(self, url: str) -> "psycopg.Connection[tuple[object, ...]]":
        """A connection of ours, past the store's own code, to the database at `url`."""
        return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)

    def fresh_store(self, make: Callable[[str], None]) -> str:
        """The URL of a database with the tables that `make` has made there, all of them empty.

        It is the same one each time, until a test has changed the tables themselves.
        """
        if self._store is None or not self._emptied(self._store):
            self._store = self.new_database()
            make(self._store)
            self._tables = self._tables_of(self._store)
        return self._store

    def _emptied(self, url: str) -> bool:
        """Empty all tables, so that what is numbered begins at 1 again. False: they are not what they were."""
        if self._tables_of(url) != self._tables:
            return False
        names = [psycopg.sql.Identifier(name) for name, _ in self._tables if name != "alembic_version"]
        with self.connect(url) as connection:
            every = psycopg.sql.SQL(", ").join(names)
            connection.execute(psycopg.sql.SQL("TRUNCATE {} RESTART IDENTITY").format(every))
        return True

    def _tables_of(self, url: str) -> list[tuple[str, str]]:
        """Each table, with its version where it tells one."""
        with self.connect(url) as connection:
            rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            version = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        return sorted((str(name), str(version)) for (name,) in rows)

    def end_connections(self, database: str) -> int:
        """End every connection to the database of this URL, as an administrator may. How many there were."""
        name = psycopg.conninfo.conninfo_to_dict(database.replace("+psycopg", ""))["dbname"]
        with self._administrator() as connection:
            end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            return len(connection.execute(end, [name]).fetchall())

    def _administrator(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", password=PASSWORD, dbname="postgres", autocommit=True
        )

    def _execute(self, statement: str) -> None:
        with self._administrator() as connection:
            connection.execute(statement.encode())

    def _password_file(self) -> tuple[str]:
        path = self.folder / "password"
        path.write_text(PASSWORD)
        path.chmod(0o644)
        return (f"--pwfile={path}",)

    def _run(self, name: str, *arguments: str) -> None:
        command = [_program(name), "-D", str(self.folder / "data"), *arguments]
        if os.geteuid() == 0:
            command = [program("setpriv"), "--reuid=postgres", "--regid=postgres", "--init-groups", *command]
        with (self.folder / "output").open("ab") as output:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", check=False)
        if done.returncode:
            log = "\n".join(tail(self.folder / file) for file in ("output", "log"))
            raise ServerError(f"{name} ended with {done.returncode}:\n{log}")

    def _remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _program(name: str) -> str:
    """The newest that Debian has installed; else the one on the PATH."""
    versions = sorted(_DEBIAN.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(versions[-1]) if versions else program(name)
