"""Fixtures of the reporter's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reporter.caught import Place
from tests.servers.portal import Portal
from trapline.reporter.store import Store


@pytest.fixture
def place(tmp_path: Path, portal: Portal) -> Place:
    """Spool, traps and database in a temporary folder, and the portal."""
    return Place(tmp_path, portal.url)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A fresh store."""
    opened = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    opened.close()
