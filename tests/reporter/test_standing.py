"""How things stand is told in a moment, however much there is. What it tells: tests/cli/test_status.py."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.reporter.caught import LABEL, NOON, Place, campaign
from trapline.reporter import reviews
from trapline.reporter.standing import standing
from trapline.reporter.store import Store


def test_counting_submissions_reads_none_of_their_samples(tmp_path: Path) -> None:
    """A sample has up to 150 KB: to pass over all of them takes seconds."""
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")  # whose plan of a query can be read as text
    asked: list[tuple[str, Any]] = []

    def remember(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    with store.reading() as db:
        sa.event.listen(db, "before_cursor_execute", remember)
        standing(db, NOON)
        reviews.is_due(db, NOON, reviews.REACH / 2)
        sa.event.remove(db, "before_cursor_execute", remember)
        plans = [db.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", values).all() for one, values in asked]
    store.close()
    steps = [row.detail for plan in plans for row in plan if " submissions " in row.detail]
    assert len(steps) >= 4
    for step in steps:
        assert "SEARCH" in step or "COVERING INDEX" in step


def test_a_trap_that_is_hit_by_bounces_is_told_as_burnt_whichever_database_counts(place: Place) -> None:
    for number in range(5):
        place.catch(campaign(number), mail_from="")
    place.once(None)
    store = Store.open(place.url)
    with store.reading() as db:
        (found,) = standing(db, place.clock()).traps
    store.close()
    assert (found.label, found.hits, found.spared, found.burnt) == (LABEL, 5, 5, True)
