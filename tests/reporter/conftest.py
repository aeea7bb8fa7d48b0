"""Fixtures of the reporter's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reporter.caught import Place
from tests.servers.portal import Portal
from tests.servers.postgresql import PostgreSQL
from trapline.reporter.storage.store import Store


@pytest.fixture
def url(postgresql: PostgreSQL) -> str:
    """The URL of a PostgreSQL database with the tables of a store, in which nothing is kept yet."""
    return postgresql.fresh_store(lambda url: Store.open(url).close())


#: Files whose tests are about something else than what the store keeps: one kind of database is enough.
ONE_KIND = {
    "test_daemon.py",
    "test_dnswl.py",
    "test_large_senders.py",
    "test_networks.py",
    "test_real_filters.py",
    "test_tokens.py",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses a store with each kind of database."""
    if "database" in metafunc.fixturenames:
        kinds = ["sqlite"] if metafunc.definition.path.name in ONE_KIND else ["sqlite", "postgresql"]
        metafunc.parametrize("database", kinds, indirect=True)


@pytest.fixture
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
