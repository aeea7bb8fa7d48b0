"""What the store knows of the local blocklist, for those who look at it: the list, one entry's history, why.

Each function is one step inside a reading transaction of the store, and changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from trapline.blocklist.listing import Kept, State
from trapline.config.networks import Network
from trapline.reporter.listing import rows
from trapline.reporter.listing.rows import Change
from trapline.reporter.storage.schema import blocklist, blocklist_hits, blocklist_records

MAX_HISTORY = 50  #: changes, and hits, that are told of one entry; the newest


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


def entries(db: sa.Connection, wanted: Wanted, limit: int) -> list[Kept]:
    """The entries, the last hit first, `limit` at most."""
    query = sa.select(blocklist)
    if wanted.state is not None:
        query = query.where(blocklist.c.state == wanted.state)
    if wanted.within is not None:
        query = query.where(rows.inside(wanted.within))
    ordered = db.execute(query.order_by(blocklist.c.last_hit.desc()), execution_options={"yield_per": 1000})
    found: list[Kept] = []
    for row in ordered:
        if wanted.label is None or wanted.label in row.labels:
            found.append(rows.kept_of(row))
            if len(found) >= limit:
                break
    ordered.close()
    return found


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


def _hit(row: sa.Row[tuple[object, ...]]) -> PastHit:
    return PastHit(row.at, row.message_id, row.network, tuple(row.labels), row.outcome, row.rule, row.why)
