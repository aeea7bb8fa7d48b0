"""How things stand is told in a moment, however much there is. What it tells: tests/cli/test_status.py."""

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.reporter.caught import LABEL, NOON, Place, campaign, trap
from tests.reporter.storage.test_plans import asked
from trapline.reporter import trap_days
from trapline.reporter.overview.standing import first_moment, standing
from trapline.reporter.storage.schema import messages
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import reviews
from trapline.spool.envelope import Client


def steps_of_standing(tmp_path: Path) -> list[str]:
    """How the database finds what is asked."""
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
    return [f"{row.detail} " for plan in plans for row in plan]


def test_counting_submissions_reads_none_of_their_samples(tmp_path: Path) -> None:
    """A sample has up to 150 KB: to pass over all of them takes seconds."""
    steps = [step for step in steps_of_standing(tmp_path) if " submissions " in step]
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


def test_counting_hits_reads_no_message(tmp_path: Path) -> None:
    """A million of them take a quarter of a minute to read."""
    steps = [step for step in steps_of_standing(tmp_path) if " messages " in step]
    assert len(steps) >= 4
    for step in steps:
        assert "COVERING INDEX" in step


def test_a_message_counts_once_for_each_label_that_it_hit_on_its_day(place: Place) -> None:
    traps = (trap(), trap("second@trap-mx.com"), trap("third@trap-mx.com", "forum", "typo"))
    place.catch(recipients=traps)
    place.catch(recipients=traps[:1], received=NOON - timedelta(days=1))
    place.catch(recipients=traps[:1], received=NOON + timedelta(days=3))  # a clock that is ahead: it came today
    place.once(None)
    with closing(Store.open(place.url)) as store, store.reading() as db:
        days = [(str(one.day), one.label, one.kind, one.hits) for one in trap_days.by_day(db, date(2026, 11, 1))]
    assert days == [
        ("2026-11-20", LABEL, "pristine", 1),
        ("2026-11-21", "forum", "typo", 1),
        ("2026-11-21", LABEL, "pristine", 2),
    ]


def test_a_label_of_any_length_is_counted(place: Place) -> None:
    """PostgreSQL takes no key of more than 2,704 bytes."""
    place.catch(recipients=(trap(label="é" * 1900),))
    assert place.once(None) == 0
    with closing(Store.open(place.url)) as store, store.reading() as db:
        (found,) = standing(db, NOON).traps
    assert (found.label, found.hits) == ("é" * trap_days.MAX_LABEL, 1)


def test_the_messages_of_an_older_store_are_counted_when_it_is_brought_up_to_date(place: Place) -> None:
    for number in range(3):
        place.catch(campaign(number), mail_from="")
    place.catch(client="2001:4860::7", recipients=(trap(), trap(label="forum")), received=NOON - timedelta(days=2))
    place.once(None)
    with closing(Store.open(place.url)) as store:
        with store.reading() as db:
            before = standing(db, NOON).traps
        with store.writing() as db:
            db.exec_driver_sql("DROP TABLE trap_days")
            db.exec_driver_sql("DROP INDEX ix_submissions_kind_queued_at")
            db.exec_driver_sql("UPDATE alembic_version SET version_num = '0013_learning'")
    with closing(Store.open(place.url)) as store, store.reading() as db:
        assert standing(db, NOON).traps == before
    assert [(one.label, one.hits, one.spared) for one in before] == [(LABEL, 4, 3), ("forum", 1, 0)]


def test_an_older_store_is_counted_day_by_day_however_many_labels_there_are(place: Place) -> None:
    """Each message may have one of its own: what is counted fits into memory with one day of them."""
    for age in (0, 1, 5):
        for number in range(2):
            traps = (trap(label=f"{age}.{number}"),)
            place.catch(campaign(2 * age + number), recipients=traps, received=NOON - timedelta(days=age))
    place.once(None)
    with closing(Store.open(place.url)) as store, store.writing() as db:
        last = datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)  # of a clock that was wrong
        db.execute(messages.update().where(messages.c.received_at == NOON).values(received_at=last))
        db.exec_driver_sql("DROP TABLE trap_days")
        db.exec_driver_sql("DROP INDEX ix_submissions_kind_queued_at")
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '0013_learning'")
    with asked() as statements, closing(Store.open(place.url)) as store, store.reading() as db:
        days = [(str(one.day), one.label) for one in trap_days.by_day(db, date(2026, 1, 1))]
    expected = {"9999-12-31": "0", "2026-11-20": "1", "2026-11-16": "5"}
    assert days == sorted((day, f"{label}.{number}") for day, label in expected.items() for number in range(2))
    assert sum(statement.startswith("INSERT INTO trap_days") for statement, _ in statements) == 3


def test_days_are_forgotten_with_the_messages_of_them(place: Place) -> None:
    place.options["store"] = {"keep_days": 10}
    place.catch(received=NOON - timedelta(days=9))
    place.catch(received=NOON - timedelta(days=12))
    place.once(None)
    place.clock.move(days=0.1)
    place.once(None)
    with closing(Store.open(place.url)) as store, store.reading() as db:
        assert [str(one.day) for one in trap_days.by_day(db, date(2026, 1, 1))] == ["2026-11-12"]


def test_the_networks_with_the_most_hits_come_first_whatever_their_addresses_are(place: Place) -> None:
    for client in ("11.0.0.66", "11.0.0.7", "11.0.0.7", "11.0.1.7", "2001:4860:1::7", "2001:4860:1::8"):
        place.catch(client=client)
    place.catch(client=Client(address=None))
    place.once(None)
    with closing(Store.open(place.url)) as store, store.reading() as db:
        found = standing(db, NOON).networks
    assert [(one.network, one.hits, one.clients) for one in found] == [
        ("11.0.0.0/24", 3, 2),
        ("2001:4860:1::/64", 2, 2),
        ("11.0.1.0/24", 1, 1),
    ]


def test_30_days_are_whole_days_of_which_today_is_the_last() -> None:
    assert first_moment(NOON, 30) == datetime(2026, 10, 23, tzinfo=UTC)
    assert first_moment(NOON, 1) == datetime(2026, 11, 21, tzinfo=UTC)
