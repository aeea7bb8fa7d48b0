"""Brings the files of the local blocklist up to date with the store: all that are behind, whenever something changed.

What is over drops out here, too: ageing.py does it, in the store. A file that can't be written is told once while that
lasts, and tried again with each look; the others are written meanwhile.
"""

from contextlib import closing
from datetime import timedelta
from itertools import islice

import sqlalchemy as sa

from trapline.blocklist.entry import Entry
from trapline.blocklist.formats import Stamp
from trapline.blocklist.table import Table
from trapline.blocklist.zone import next_serial
from trapline.config.blocklist_files import Served
from trapline.config.clock import Clock
from trapline.config.durable import NotWritten
from trapline.config.events import Event
from trapline.config.networks import Network
from trapline.reporter.listing import changes
from trapline.reporter.listing.ageing import Ageing
from trapline.reporter.listing.complaints import Complaints, Say
from trapline.reporter.listing.targets import ZONE_FILES, last_serial, targets
from trapline.reporter.storage.store import Store

MAX_CHANGES = 50_000  #: that are applied one by one; of more, the whole list is read anew


class Publisher:
    """The list of one store and its files. Used by one thread."""

    def __init__(self, store: Store, served: Served, keep: timedelta | None, clock: Clock, say: Say) -> None:
        """`keep`: how long what is no longer listed is remembered; None is for ever."""
        self._store = store
        self._ageing = Ageing(store, keep)
        self._clock = clock
        self._complaints = Complaints(say)
        self._files = targets(served)
        self._enabled = served.enabled
        self._behind = set(self._files)  # the files that do not say what the table says
        self._serial = last_serial(self._files)
        self._table = Table()
        self._revision: int | None = None

    def look(self) -> bool:
        """Write what is to be written. Whether anything was.

        Raises StoreError: the store can't be read; what is known already is written even then.
        """
        try:
            while self._ageing.work(self._clock()):
                pass
            if self._read():
                self._behind = set(self._files)
        finally:
            written = self._revision is not None and self._write()
        return written

    @property
    def failed(self) -> bool:
        """Whether a file is not as it should be."""
        return bool(self._behind)

    def _read(self) -> bool:
        """What changed in the store. Whether anything did."""
        if not self._files:
            return False
        if not self._enabled:  # empty files: what reads them would go on with the list of the day it was turned off
            first, self._revision = self._revision is None, 0
            return first
        with self._store.reading() as db:
            revision = changes.revision(db)
            if revision == self._revision:
                return False
            some = None if self._revision is None else _few_changes(db, self._revision)
            if some is None:
                self._table = Table(changes.all_listed(db))
            changed = some is None or self._table.apply(some)
            self._revision = revision
            return changed

    def _write(self) -> bool:
        """Bring each file that is behind up to date. Whether one was written."""
        written = False
        stamp = Stamp(next_serial(self._serial, self._clock()), self._clock())
        for name, file in self._files.items():
            if name not in self._behind and file.is_current():
                continue
            self._behind.add(name)
            try:
                if file.update(self._table, stamp):
                    written = True
                    self._serial = stamp.serial if name in ZONE_FILES else self._serial
            except NotWritten as error:
                self._complaints.failed(name, Event("blocklist not written", {"file": name}, text=str(error)))
            else:
                self._behind.discard(name)
                self._complaints.well(name, f"{file.path} is written again")
        return written


def _few_changes(db: sa.Connection, known: int) -> dict[Network, Entry | None] | None:
    """What changed after the revision `known`; None: too much for that, or nobody knows any more."""
    found = changes.changes_since(db, known)
    if found is None:
        return None
    with closing(found):
        some = {change.network: change.entry for change in islice(found, MAX_CHANGES + 1)}
    return some if len(some) <= MAX_CHANGES else None
