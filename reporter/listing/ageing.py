"""Entries whose time is over drop out of the local blocklist, and what was kept long enough is forgotten.

By a clock that is believed (config/believed_clock.py): a jump ahead must not drop the list. Entries of a time when
the clock was ahead are moved back to now, or they would last for ever.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from trapline.blocklist.listing import Kept
from trapline.config.believed_clock import Believed, from_text, look
from trapline.reporter.listing import rows
from trapline.reporter.listing.changes import note_forgotten
from trapline.reporter.storage import notes
from trapline.reporter.storage.schema import blocklist, blocklist_records
from trapline.reporter.storage.store import Store

MAX_ROWS = 1000  #: that one step changes
AHEAD = timedelta(days=1)  #: a time of an entry that lies further ahead is a mistake of the clock

_CLOCK = "blocklist_clock"  # a note: Believed

_WHY = {"listed": "no more hits", "held": "no person cared, and no more hits", "off": "it is kept off no more"}


class Ageing:
    """Drops what is over, from `store`."""

    def __init__(self, store: Store, keep: timedelta | None) -> None:
        """`keep`: how long what is no longer listed is remembered; None is for ever."""
        self._store = store
        self._keep = keep

    def work(self, now: datetime) -> bool:
        """One step. True: there is more to be dropped. Raises StoreError."""
        with self._store.reading() as db:
            before = _known(db)
            known, believed = look(before, now)
            idle = known == before and not (believed and self._is_due(db, now))
        if idle:
            return False
        with self._store.writing() as db:
            known, believed = look(_known(db), now)
            notes.write(db, _CLOCK, known.text())
            return believed and _move_back(db, now) + _expire(db, now) + self._forget(db, now) > 0

    def _is_due(self, db: sa.Connection, now: datetime) -> bool:
        old = () if self._keep is None else _old(now - self._keep)
        return any(db.execute(query.limit(1)).first() is not None for query in (_over(now), _ahead(now), *old))

    def _forget(self, db: sa.Connection, now: datetime) -> int:
        """Forget entries, and records of changes, that are older than what is kept."""
        if self._keep is None:
            return 0
        entries, records = (db.execute(query.limit(MAX_ROWS)).all() for query in _old(now - self._keep))
        if entries:
            note_forgotten(db, max(row.revision for row in entries))
            db.execute(blocklist.delete().where(blocklist.c.network.in_([row.network for row in entries])))
        if records:
            db.execute(blocklist_records.delete().where(blocklist_records.c.id.in_([row.id for row in records])))
        return len(entries) + len(records)


def _over(now: datetime) -> sa.Select[tuple[object, ...]]:
    """What drops out: also what is held and what is kept off, where that has an end."""
    over = blocklist.c.state.in_(tuple(_WHY)) & (blocklist.c.expires <= now)
    return sa.select(blocklist).where(over)


def _ahead(now: datetime) -> sa.Select[tuple[object, ...]]:
    """What was written while the clock was ahead."""
    return sa.select(blocklist).where(blocklist.c.since > now + AHEAD)


def _old(before: datetime) -> tuple[sa.Select[tuple[object, ...]], sa.Select[tuple[object, ...]]]:
    """Entries that ended `before`, and records of changes from before; those of what is still listed too."""
    ended = (blocklist.c.state == "expired") & (blocklist.c.expires < before) & (blocklist.c.last_hit < before)
    entries = sa.select(blocklist.c.network, blocklist.c.revision).where(ended)
    return entries, sa.select(blocklist_records.c.id).where(blocklist_records.c.at < before)


def _expire(db: sa.Connection, now: datetime) -> int:
    over = [rows.kept_of(row) for row in db.execute(_over(now).limit(MAX_ROWS))]
    rows.save(db, (replace(kept, state="expired") for kept in over))
    for state, why in _WHY.items():
        networks = [kept.entry.network for kept in over if kept.state == state]
        rows.record(db, networks, rows.Change("expired", rows.OURSELVES, why, now))
    return len(over)


def _move_back(db: sa.Connection, now: datetime) -> int:
    """The clock was ahead: what it wrote is taken as of now. How many entries were."""
    found = [_as_of(rows.kept_of(row), now) for row in db.execute(_ahead(now).limit(MAX_ROWS))]
    rows.save(db, found)
    return len(found)


def _as_of(kept: Kept, now: datetime) -> Kept:
    entry, ahead = kept.entry, kept.since - now
    expires = None if entry.expires is None else entry.expires - ahead
    first, last = min(entry.first_hit, now), min(entry.last_hit, now)
    listed_at = None if kept.listed_at is None else min(kept.listed_at, now)
    entry = replace(entry, expires=expires, first_hit=first, last_hit=last)
    return replace(kept, entry=entry, since=now, listed_at=listed_at)


def _known(db: sa.Connection) -> Believed | None:
    text = notes.read(db, _CLOCK)
    return None if text is None else from_text(text)
