"""What is listed, for those who write it out: all of it, or what changed since a revision that they have already.

Each function is one step inside a reading transaction of the store, in which revision and entries are of one moment;
rows are read as they are asked for, so that a million entries take no memory.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from trapline.blocklist.entry import Entry
from trapline.config.networks import Network
from trapline.reporter.listing.rows import ENTRY_COLUMNS, entry_of, revision
from trapline.reporter.storage import notes
from trapline.reporter.storage.schema import blocklist

__all__ = ["Changed", "all_listed", "changes_since", "note_forgotten", "revision"]

_AT_ONCE = 1000  # rows

_FORGOTTEN = "blocklist_forgotten"  # a note: the highest revision of a row that retention removed


@dataclass(frozen=True, slots=True)
class Changed:
    """One network, and what is listed of it now."""

    network: Network
    entry: Entry | None  #: None: it is not listed any more, or never was


def all_listed(db: sa.Connection) -> Iterator[Entry]:
    """Every entry that is to be served, in the order of their networks (IPv4 first)."""
    query = sa.select(*ENTRY_COLUMNS).where(blocklist.c.state == "listed").order_by(blocklist.c.network)
    for row in db.execute(query, execution_options={"yield_per": _AT_ONCE}):
        yield entry_of(row)


def changes_since(db: sa.Connection, known: int) -> Generator[Changed, None, None] | None:
    """What changed after the revision `known`, each network once, as it is now; the oldest change first.

    None: so much was forgotten since that all has to be read anew (`all_listed`); likewise if `known` is higher than
    the list's revision, for then the store is another one. Whoever does not read all changes closes the generator.
    """
    forgotten = int(notes.read(db, _FORGOTTEN) or 0)
    if known < forgotten or known > revision(db):
        return None
    return _changes(db, known)


def note_forgotten(db: sa.Connection, number: int) -> None:
    """Rows up to this revision were removed: who knows only older ones can't learn of it from what is left."""
    notes.write(db, _FORGOTTEN, str(number))


def _changes(db: sa.Connection, known: int) -> Generator[Changed, None, None]:
    query = sa.select(*ENTRY_COLUMNS, blocklist.c.state).where(blocklist.c.revision > known)
    with db.execute(query.order_by(blocklist.c.revision), execution_options={"yield_per": _AT_ONCE}) as found:
        for row in found:
            yield Changed(row.network, entry_of(row) if row.state == "listed" else None)
