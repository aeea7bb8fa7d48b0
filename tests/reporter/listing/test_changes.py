"""A writer reads all that is listed, and from then on what changed."""

from collections.abc import Iterable

from tests.reporter.listing.listed import a_kept
from trapline.blocklist.listing import Kept
from trapline.reporter.listing import changes, rows
from trapline.reporter.storage.store import Store


def save(store: Store, *every: Kept) -> int:
    """The revision after it."""
    with store.writing() as db:
        rows.save(db, every)
        return changes.revision(db)


def since(store: Store, revision: int) -> list[tuple[str, bool]] | None:
    """Each network that changed, and whether it is listed."""
    with store.reading() as db:
        found: Iterable[changes.Changed] | None = changes.changes_since(db, revision)
        return None if found is None else [(str(one.network), one.entry is not None) for one in found]


def test_all_that_is_listed_comes_in_the_order_of_its_networks(store: Store) -> None:
    networks = ("2a00:1::/64", "11.0.0.9/32", "11.0.0.10/32", "9.0.0.0/16")
    save(store, *map(a_kept, networks), a_kept("11.0.0.1/32", "held"), a_kept("11.0.0.2/32", "off"))
    with store.reading() as db:
        found = [str(entry.network) for entry in changes.all_listed(db)]
    assert found == ["9.0.0.0/16", "11.0.0.9/32", "11.0.0.10/32", "2a00:1::/64"]


def test_an_entry_comes_back_as_it_was_kept(store: Store) -> None:
    kept = a_kept("2a00:1::/64", labels=("a", "b"), expires=None, repeated=True, forgiven_at=a_kept().since)
    save(store, kept)
    with store.reading() as db:
        assert rows.find(db, kept.entry.network) == kept
        assert list(changes.all_listed(db)) == [kept.entry]


def test_a_list_in_which_nothing_ever_stood_has_revision_0_and_no_changes(store: Store) -> None:
    with store.reading() as db:
        assert changes.revision(db) == 0
    assert since(store, 0) == []


def test_what_changed_since_a_revision_is_told_once_and_as_it_is_now(store: Store) -> None:
    first = save(store, a_kept("11.0.0.1/32"), a_kept("11.0.0.2/32"))
    second = save(store, a_kept("11.0.0.3/32"))
    save(store, a_kept("11.0.0.3/32", "expired"))
    last = save(store, a_kept("11.0.0.1/32", hits=2))
    assert since(store, first) == [("11.0.0.3/32", False), ("11.0.0.1/32", True)]
    assert since(store, second) == [("11.0.0.3/32", False), ("11.0.0.1/32", True)]
    assert since(store, last) == []


def test_who_knows_too_old_a_revision_or_that_of_another_store_reads_all_anew(store: Store) -> None:
    first, second = save(store, a_kept("11.0.0.1/32")), save(store, a_kept("11.0.0.2/32"))
    with store.writing() as db:
        changes.note_forgotten(db, second)
    assert since(store, first) is None
    assert since(store, second) == []
    assert since(store, second + 1) is None


def test_who_reads_while_another_writes_sees_revision_and_entries_of_one_moment(database: str) -> None:
    one, other = Store.open(database), Store.open(database)
    save(one, a_kept("11.0.0.1/32"))
    with one.reading() as db:
        before = changes.revision(db)
        save(other, a_kept("11.0.0.2/32"))
        assert changes.revision(db) == before
        assert len(list(changes.all_listed(db))) == 1
    for store in (one, other):
        store.close()
