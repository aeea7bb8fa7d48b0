"""No step of the reporter's round reads a whole table of what is kept for a year: all others wait for it meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.reporter.caught import MESSAGE, TOKEN, Place
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import queue

KEPT_FOR_A_YEAR = ("attempts", "blocklist_hits", "decisions", "messages", "reviews", "submissions")


@contextmanager
def asked() -> Iterator[list[tuple[str, Any]]]:
    """The statements that are sent to any database, with their values."""
    found: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, _context: object, many: bool) -> None:
        found.append((statement, values[0] if many else values))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def plans(url: str, statements: list[tuple[str, Any]]) -> Iterator[tuple[str, str]]:
    """Each statement with each step that SQLite takes for it."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement, values in statements:
            if statement.startswith(("SELECT", "UPDATE", "DELETE")):
                for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values):
                    yield statement, step.detail


@pytest.mark.parametrize("token", [None, TOKEN], ids=["no token", "a token"])
def test_no_round_reads_a_whole_table_of_what_is_kept_for_long(tmp_path: Path, token: str | None) -> None:
    place = Place(tmp_path)
    Store.open(place.url).close()
    place.catch()
    place.once(None)
    place.clock.move(hours=23)
    place.catch(MESSAGE.replace(b"/now", b"/now?u=8fe21c1"))
    with asked() as statements:
        place.once(token)
    whole = tuple(f"SCAN {table}" for table in KEPT_FOR_A_YEAR)
    counted = "SCAN submissions USING COVERING INDEX ix_submissions_state_id"  # how many are in each state
    steps = {(step, one) for one, step in plans(place.url, statements) if step.startswith(whole) and step != counted}
    assert steps == set()
    assert any("LIKE" in statement for statement, _ in statements), "no link was compared with others"


def test_a_page_of_what_would_be_submitted_is_found_without_sorting_the_whole_queue(tmp_path: Path) -> None:
    place = Place(tmp_path)
    store = Store.open(place.url)
    with asked() as statements, store.reading() as db:
        assert queue.unsent(db) == []
    store.close()
    assert [step for _, step in plans(place.url, statements) if "TEMP B-TREE" in step] == []
