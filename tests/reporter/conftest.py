"""Fixtures of the reporter's tests. What uses a store is run with each kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reporter.caught import TOKEN, Place
from tests.servers.portal import Portal
from tests.servers.postgresql import PostgreSQL
from trapline.reporter.store import Store


@pytest.fixture
def portal() -> Iterator[Portal]:
    """The Submission Portal's stand-in."""
    with Portal(TOKEN) as running:
        yield running


@pytest.fixture
def url(postgresql: PostgreSQL) -> str:
    """The URL of a PostgreSQL database with the tables of a store, in which nothing is kept yet."""
    return postgresql.fresh_store(lambda url: Store.open(url).close())


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database in which nothing is kept yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'trapline.db'}"
    return str(request.getfixturevalue("url"))


@pytest.fixture
def place(tmp_path: Path, portal: Portal, database: str) -> Place:
    """Spool, traps and database in a temporary folder, and the portal."""
    return Place(tmp_path, portal.url, database)


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """A fresh store."""
    opened = Store.open(database)
    yield opened
    opened.close()
