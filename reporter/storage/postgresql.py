"""The store as a PostgreSQL database, which the reporters of several mail servers share.

One transaction writes at a time, as with SQLite: each begins with the writers' lock and ends within milliseconds. So
what it finds is still so when it commits, and windows, budget and pace hold for all reporters together, without a rule
of its own for each table. What one reporter is at work on for longer is claims.py's subject.
Sources: postgresql.org/docs/current: explicit-locking (advisory locks), transaction-iso (READ COMMITTED sees what was
committed before each statement, so also what the lock was waited for), runtime-config-client and -connection.
"""

import socket
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from trapline.reporter.storage.claims import WRITERS
from trapline.reporter.storage.store_errors import StoreError, StoreSetupError, StoreUnavailableError

DRIVER = "postgresql+psycopg"
OLDEST = 120000  #: version 12, as `SHOW server_version_num` has it: older ones don't know tcp_user_timeout

# A server that is gone without a word is noticed within a minute or so; libpq's names, a URL may have its own values.
_CONNECT = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "application_name": "trapline",
}

# The server, too, is to notice that a reporter is gone: else it would keep its claims for two hours. No transaction of
# ours is ever idle, so a lock that is not given in time is held by one that hangs.
_SESSION = (
    "SET TIME ZONE 'UTC'",  # Python has no time past the year 9999, which another zone may make of one
    "SET lock_timeout = '30s'",
    "SET idle_in_transaction_session_timeout = '60s'",
    "SET tcp_keepalives_idle = 30",
    "SET tcp_keepalives_interval = 10",
    "SET tcp_keepalives_count = 3",
    "SET tcp_user_timeout = 60000",
    # A commit is durable: caught mail is filed away after it.
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
)


class PostgreSQL:
    """The database that `url` names. `host`: this machine's name, by which its files are told from others'."""

    reading = ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",)
    writing = (
        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE",
        f"SELECT pg_advisory_xact_lock({WRITERS[0]}, {WRITERS[1]})",
    )

    def __init__(self, url: URL, host: str | None = None) -> None:
        """Raises StoreSetupError: another driver is named."""
        if url.drivername not in {"postgresql", DRIVER}:
            raise StoreSetupError(f'store.url: unknown driver. Expected a URL such as "{DRIVER}://user@host/database"')
        self._url = url.set(drivername=DRIVER)
        self.host = socket.gethostname() if host is None else host

    def engine(self) -> sa.Engine:
        """One connection, which is made anew where it was lost: claims are held by it.

        Raises StoreSetupError: the driver is not installed.
        """
        arguments = {name: value for name, value in _CONNECT.items() if name not in self._url.query}
        try:
            engine = sa.create_engine(
                self._url,
                hide_parameters=True,  # an error's text would otherwise hold what was being written
                connect_args=arguments,
                pool_size=1,
                max_overflow=0,
                pool_pre_ping=True,
            )
        except ModuleNotFoundError as error:
            raise StoreSetupError(
                f"store.url: PostgreSQL needs psycopg ({error}): pip install 'trapline[postgres]'"
            ) from None
        sa.event.listen(engine, "connect", _configure)
        return engine

    def exists(self) -> bool:
        """Whether a reporter has made its tables there. Raises StoreError: the database can't be asked."""
        engine = self.engine()
        try:
            with engine.connect().execution_options(trapline_begin=self.reading) as connection:
                return sa.inspect(connection).has_table("alembic_version")
        except SQLAlchemyError as error:
            raise self.error(error) from None
        finally:
            engine.dispose()

    def check(self, connection: sa.Connection) -> None:
        """Raises StoreSetupError: it can't keep every text, or is too old."""
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise StoreSetupError(
                f"store.url: the database's encoding is {encoding}, which can't keep every text. "
                "Make it with: createdb --encoding=UTF8 --template=template0"
            )
        if int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) < OLDEST:
            raise StoreSetupError(f"store.url: the server is older than PostgreSQL {OLDEST // 10_000}")

    def claim(self) -> None:
        """Any number of reporters may work with it."""

    def give_up(self, connection: sa.Connection) -> None:
        """A transaction failed: close its connection, and with it give up all that it has claimed."""
        connection.invalidate()

    def close(self) -> None:
        """The connection is all there is, and the engine's."""

    def error(self, error: SQLAlchemyError) -> StoreError:
        """What the server said, without its details: they quote what was being written."""
        cause = getattr(error, "orig", None)
        primary = getattr(getattr(cause, "diag", None), "message_primary", None)
        lines = (primary or str(cause)).splitlines() if cause is not None else [type(error).__name__]
        words = "; ".join(line.strip() for line in lines if line.strip())
        words += "" if words.endswith(("?", ".")) else "."
        if self._url.password:
            words = words.replace(str(self._url.password), "…")
        if isinstance(error, OperationalError | InterfaceError):
            return StoreUnavailableError(
                f"the database of store.url is not available: {words} Nothing of this step was kept"
            )
        return StoreError(f"the store failed: {words} Nothing of this step was kept")


def _configure(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("; ".join(_SESSION))
    connection.commit()  # a setting is undone with the transaction that it was made in
