"""Fixtures of the tests of teaching a filter."""

from pathlib import Path

import pytest

from tests.reporter.caught import Place


@pytest.fixture
def school(tmp_path: Path, database: str) -> Place:
    """A reporter that teaches spamd without asking a person."""
    return Place(tmp_path, database=database, options={"learning": {"filter": "spamd", "mode": "auto"}})
