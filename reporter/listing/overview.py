"""What the store knows of the local blocklist, for those who look at it: the list, one entry's history, why.

Each function changes nothing. Those that take a connection are one step inside a reading transaction of the store; the
others read page by page.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import sqlalchemy as sa

from trapline.blocklist.entry import Entry
from trapline.blocklist.listing import Kept, State
from trapline.config.networks import Network
from trapline.reporter.listing import rows
from trapline.reporter.listing.rows import Change
from trapline.reporter.storage import pages
from trapline.reporter.storage.schema import blocklist, blocklist_hits, blocklist_records
from trapline.reporter.storage.store import Store

MAX_HISTORY = 50  #: changes, and hits, that are told of one entry; the newest

_KEY = sa.type_coerce(blocklist.c.network, sa.LargeBinary).label("key")  # as the database has it


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; None: whatever it is."""

    state: State | None = "listed"
    within: Network | None = None
    label: str | None = None  #: of a trap


@dataclass(frozen=True, slots=True)
class PastHit:
    """What was decided about listing the client of one caught message."""

    at: datetime
    message_id: str
    network: Network | None
    labels: tuple[str, ...]
    outcome: str  #: listed, extended, held, waiting, kept off, spared
    rule: str | None  #: that spared it
    why: str


@dataclass(frozen=True, slots=True)
class History:
    """All that is known of one network."""

    kept: Kept | None
    wider: tuple[Kept, ...]  #: the entries of networks that it is in, the narrowest first
    changes: tuple[Change, ...]  #: the newest first; MAX_HISTORY at most
    hits: tuple[PastHit, ...]  #: likewise

    @property
    def listed(self) -> Kept | None:
        """By which entry it is listed; None where it is not."""
        own = () if self.kept is None else (self.kept,)
        return next((kept for kept in (*own, *self.wider) if kept.state == "listed"), None)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many entries there are."""

    listed: int
    held: int


def matching(db: sa.Connection, wanted: Wanted, limit: int) -> list[bytes]:
    """The keys of the entries, the last hit first, `limit` at most: a few bytes each, for there may be a million."""
    query = sa.select(_KEY, *([] if wanted.label is None else [blocklist.c.labels]))
    if wanted.state is not None:
        query = query.where(blocklist.c.state == wanted.state)
    if wanted.within is not None:
        query = query.where(rows.inside(wanted.within))
    with db.execute(query.order_by(blocklist.c.last_hit.desc()), execution_options={"yield_per": pages.PAGE}) as found:
        keys = (row.key for row in found if wanted.label is None or wanted.label in row.labels)
        return list(islice(keys, limit))


def entries(store: Store, keys: Sequence[bytes]) -> Iterator[Kept]:
    """The entries of these keys, as they are when their turn comes; without those that are gone."""
    return pages.by_key(store, keys, _read)


def listed(store: Store) -> Iterator[Entry]:
    """All that is listed, in the order of their networks (IPv4 first), each as it is when its turn comes."""
    query = sa.select(*rows.ENTRY_COLUMNS, blocklist.c.state)
    found = pages.in_order(store, query, blocklist.c.network)  # asked for one state, SQLite would sort all each time
    return (rows.entry_of(row) for row in found if row.state == "listed")


def history(db: sa.Connection, network: Network) -> History:
    """What is known of `network`."""
    changes = sa.select(blocklist_records).where(blocklist_records.c.network == network)
    newest = changes.order_by(blocklist_records.c.id.desc()).limit(MAX_HISTORY)
    hits = sa.select(blocklist_hits).where(blocklist_hits.c.network == network)
    last = hits.order_by(blocklist_hits.c.at.desc()).limit(MAX_HISTORY)
    return History(
        rows.find(db, network),
        tuple(rows.covering(db, network)),
        tuple(Change(row.what, row.who, row.why, row.at) for row in db.execute(newest)),
        tuple(map(_hit, db.execute(last))),
    )


def of_message(db: sa.Connection, message_id: str) -> PastHit | None:
    """What was decided about the client of one message; None for messages of before there was a list."""
    row = db.execute(sa.select(blocklist_hits).where(blocklist_hits.c.message_id == message_id)).one_or_none()
    return None if row is None else _hit(row)


def counts(db: sa.Connection) -> Counts:
    """How many are listed, and how many wait for a person."""
    by_state = sa.select(blocklist.c.state, sa.func.count().label("number")).group_by(blocklist.c.state)
    found = {row.state: row.number for row in db.execute(by_state)}
    return Counts(found.get("listed", 0), found.get("held", 0))


def _read(db: sa.Connection, keys: Sequence[bytes]) -> Iterable[Kept]:
    found = {row.key: row for row in db.execute(sa.select(blocklist, _KEY).where(_KEY.in_(keys)))}
    return (rows.kept_of(found[key]) for key in keys if key in found)


def _hit(row: sa.Row[tuple[object, ...]]) -> PastHit:
    return PastHit(row.at, row.message_id, row.network, tuple(row.labels), row.outcome, row.rule, row.why)
