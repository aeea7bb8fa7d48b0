"""What is over drops out; a clock that jumps drops nothing, and lists nobody for ever."""

from datetime import datetime, timedelta
from ipaddress import ip_network

from tests.reporter.caught import NOON, Place
from tests.reporter.listing.listed import a_kept
from trapline.blocklist.listing import Kept, State
from trapline.config.believed_clock import PROOF
from trapline.reporter.listing import ageing, changes, overview, rows
from trapline.reporter.listing.ageing import Ageing
from trapline.reporter.storage.store import Store

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
HERE = ip_network("11.0.0.66/32")


def keep(store: Store, *every: Kept) -> None:
    with store.writing() as db:
        rows.save(db, every)


def state(store: Store) -> str | None:
    with store.reading() as db:
        kept = rows.find(db, HERE)
    return None if kept is None else kept.state


def going_on(since: datetime) -> list[datetime]:
    """The looks by which a clock proves itself that jumped to `since`."""
    return [since + number * HOUR for number in range(PROOF // HOUR + 1)]


def age(store: Store, *times: datetime, days: int = 365) -> None:
    """What is done at these times."""
    worker = Ageing(store, timedelta(days=days) if days else None)
    for now in times:
        while worker.work(now):
            pass


def test_with_no_more_hits_an_entry_drops_out_at_its_expiry(store: Store) -> None:
    keep(store, a_kept())
    age(store, NOON, NOON + DAY - timedelta(seconds=1))
    assert state(store) == "listed"
    age(store, NOON + DAY)
    assert state(store) == "expired"
    with store.reading() as db:
        assert list(changes.all_listed(db)) == []
        (change,) = overview.history(db, HERE).changes
    assert (change.what, change.who, change.why, change.at) == ("expired", "trapline", "no more hits", NOON + DAY)


def test_a_writer_learns_that_it_is_gone(store: Store) -> None:
    keep(store, a_kept())
    age(store, NOON)
    with store.reading() as db:
        before = changes.revision(db)
    age(store, NOON + DAY)
    with store.reading() as db:
        assert list(changes.changes_since(db, before) or ()) == [changes.Changed(HERE, None)]


def test_what_a_person_holds_or_listed_without_an_end_stays(store: Store) -> None:
    states: tuple[State, ...] = ("held", "listed")
    for kind in states:
        keep(store, a_kept(state=kind, expires=None))
        age(store, NOON, NOON + DAY, NOON + 2 * DAY)
        assert state(store) == kind


def test_what_is_held_after_a_hit_and_nobody_looked_at_drops_out_with_that_reason(store: Store) -> None:
    keep(store, a_kept(state="held"))
    age(store, NOON, NOON + DAY)
    assert state(store) == "expired"
    with store.reading() as db:
        (change,) = overview.history(db, HERE).changes
    assert (change.what, change.why) == ("expired", "no person cared, and no more hits")


def test_what_was_kept_off_long_enough_may_be_listed_again(store: Store) -> None:
    keep(store, a_kept(state="off"))
    age(store, NOON, NOON + DAY)
    assert state(store) == "expired"


def test_a_clock_that_jumps_ahead_drops_nothing_and_nothing_is_lost_once_it_is_right_again(store: Store) -> None:
    keep(store, a_kept())
    age(store, NOON, NOON + 3000 * DAY, NOON + 3000 * DAY + PROOF / 2, NOON + timedelta(hours=4))
    assert state(store) == "listed"
    age(store, NOON + DAY)
    assert state(store) == "expired"


def test_after_a_long_time_off_entries_drop_out_once_the_clock_has_gone_on(store: Store) -> None:
    keep(store, a_kept())
    back = NOON + 10 * DAY
    age(store, NOON, back)
    assert state(store) == "listed"
    age(store, *going_on(back))
    assert state(store) == "expired"


def test_a_clock_that_jumps_a_second_time_while_it_is_doubted_drops_nothing_either(store: Store) -> None:
    keep(store, a_kept())
    age(store, NOON, NOON + 4 * DAY, NOON + 400 * DAY, NOON)
    assert state(store) == "listed"


def test_an_entry_of_a_time_when_the_clock_was_ahead_does_not_last_for_ever(store: Store) -> None:
    ahead = NOON + 3000 * DAY
    age(store, ahead)
    keep(store, a_kept(at=ahead))
    age(store, *going_on(NOON))
    with store.reading() as db:
        kept = rows.find(db, HERE)
    assert kept == a_kept(at=NOON + PROOF)
    age(store, NOON + PROOF + DAY)
    assert state(store) == "expired"


def test_nor_does_one_of_an_hour_in_which_it_was_ahead_and_not_believed(store: Store) -> None:
    ahead = NOON + 3000 * DAY
    age(store, NOON, ahead)
    keep(store, a_kept(at=ahead))
    age(store, NOON + timedelta(hours=1))
    with store.reading() as db:
        assert rows.find(db, HERE) == a_kept(at=NOON + timedelta(hours=1))


def test_a_clock_that_falls_back_for_a_while_changes_nothing(store: Store) -> None:
    keep(store, a_kept())
    age(store, NOON, datetime.fromisoformat("1970-01-01T00:00:10+00:00"), NOON)
    with store.reading() as db:
        assert rows.find(db, HERE) == a_kept()


def test_thousands_drop_out_step_by_step(store: Store) -> None:
    keep(store, *(a_kept(f"11.0.{number // 250}.{number % 250}/32") for number in range(ageing.MAX_ROWS + 1)))
    worker = Ageing(store, None)
    worker.work(NOON)
    assert worker.work(NOON + DAY)
    assert worker.work(NOON + DAY)
    assert not worker.work(NOON + DAY)
    with store.reading() as db:
        assert overview.counts(db) == overview.Counts(0, 0)


def test_nothing_is_written_while_there_is_nothing_to_do(database: str) -> None:
    store, other = Store.open(database), Store.open(database)
    worker = Ageing(store, 365 * DAY)
    keep(store, a_kept())
    worker.work(NOON)
    with other.writing():  # who wanted to write would wait
        assert not worker.work(NOON + timedelta(seconds=5))
    for one in (store, other):
        one.close()


def test_entries_and_records_are_forgotten_after_keep_days_but_never_what_is_listed(store: Store) -> None:
    other = ip_network("11.0.0.7/32")
    keep(store, a_kept(), a_kept(str(other), expires=NOON + 100 * DAY))
    age(store, NOON, NOON + DAY, days=10)
    with store.reading() as db:
        before = changes.revision(db) - 1
    age(store, *(NOON + number * DAY for number in range(2, 13)), days=10)
    with store.reading() as db:
        assert rows.find(db, HERE) is None
        assert rows.find(db, other) is not None
        assert overview.history(db, HERE).changes == ()
        assert changes.changes_since(db, before) is None, "who missed that it expired has to read all anew"
    age(store, NOON + 13 * DAY, days=0)


def test_the_reporter_drops_what_is_over_and_lists_it_no_more(place: Place) -> None:
    place.catch()
    place.once(None)
    place.clock.move(hours=23)
    place.once(None)
    assert place.rows("SELECT state FROM blocklist") == [("listed",)]
    place.clock.move(hours=1)
    place.once(None)
    assert place.rows("SELECT state FROM blocklist") == [("expired",)]
