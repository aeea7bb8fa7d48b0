from trapline.reporter.storage import notes
from trapline.reporter.storage.store import Store


def test_a_note_is_what_was_written_last_until_it_is_removed(store: Store) -> None:
    with store.writing() as db:
        assert notes.read(db, "trouble") is None
        notes.write(db, "trouble", "the portal is away")
        notes.write(db, "trouble", "it is slow")
        notes.write(db, "another", "stays")
        assert notes.read(db, "trouble") == "it is slow"
        assert notes.remove(db, "trouble")
        assert not notes.remove(db, "trouble")
        assert notes.read(db, "trouble") is None
        assert notes.read(db, "another") == "stays"
