"""The entries of the local blocklist in the store: kept, found, and numbered so that a writer learns what changed.

Each function is one step inside a transaction of the store. Every change of an entry takes the next revision of the
list. What leads to a change is said by blocklist/listing.py, by the clock (ageing.py) and by persons (by_hand.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from typing import Any

import sqlalchemy as sa

from trapline.blocklist.entry import Entry
from trapline.blocklist.listing import Kept, area
from trapline.config.networks import Network
from trapline.reporter.storage import notes
from trapline.reporter.storage.schema import blocklist, blocklist_records

OURSELVES = "trapline"  #: who changed an entry, where no person did

_REVISION = "blocklist_revision"  # a note: the last one that was given out

ENTRY_COLUMNS = (
    blocklist.c.network,
    blocklist.c.first_hit,
    blocklist.c.last_hit,
    blocklist.c.hits,
    blocklist.c.labels,
    blocklist.c.last_label,
    blocklist.c.reason,
    blocklist.c.expires,
    blocklist.c.repeated,
)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an entry's state."""

    what: str  #: listed, held, expired, added, removed
    who: str  #: OURSELVES, or the system user
    why: str
    at: datetime


def revision(db: sa.Connection) -> int:
    """The revision of the list as it is; 0 for one in which nothing ever stood."""
    return int(notes.read(db, _REVISION) or 0)


def kept_of(row: Any) -> Kept:
    """The entry of a whole row of `blocklist`."""
    return Kept(entry_of(row), row.state, row.since, row.streak, row.listed_at, row.forgiven_at)


def entry_of(row: Any) -> Entry:
    """The entry of a row with ENTRY_COLUMNS."""
    return Entry(
        row.network,
        row.first_hit,
        row.last_hit,
        row.hits,
        tuple(row.labels),
        row.last_label,
        row.reason,
        row.expires,
        bool(row.repeated),
    )


def find(db: sa.Connection, network: Network) -> Kept | None:
    """The entry of `network` itself; None where there is none."""
    row = db.execute(sa.select(blocklist).where(blocklist.c.network == network)).one_or_none()
    return None if row is None else kept_of(row)


def inside(network: Network) -> sa.ColumnElement[bool]:
    """The entries in `network`, its own among them: a wider one that begins with it sorts before it (columns.py)."""
    last = ip_network((network.broadcast_address, network.max_prefixlen))
    return blocklist.c.network.between(network, last)


def covering(db: sa.Connection, network: Network) -> list[Kept]:
    """The entries of the wider networks that `network` is in, the narrowest first."""
    wider = [network.supernet(new_prefix=prefix) for prefix in range(network.prefixlen)]
    rows = db.execute(sa.select(blocklist).where(blocklist.c.network.in_(wider)))
    return sorted(map(kept_of, rows), key=lambda kept: -kept.entry.network.prefixlen)


def save(db: sa.Connection, every: Iterable[Kept]) -> None:
    """Keep entries as they are from now on, all as one revision of the list."""
    rows = [_row(kept) for kept in every]
    if not rows:
        return
    number = _next_revision(db)
    networks = [row["network"] for row in rows]
    db.execute(blocklist.delete().where(blocklist.c.network.in_(networks)))
    db.execute(blocklist.insert(), [row | {"revision": number} for row in rows])


def record(db: sa.Connection, networks: Iterable[Network], change: Change) -> None:
    """Keep who changed the entries of `networks`, and why."""
    facts = {"at": change.at, "what": change.what, "who": change.who, "why": change.why}
    if records := [facts | {"network": network} for network in networks]:
        db.execute(blocklist_records.insert(), records)


def _next_revision(db: sa.Connection) -> int:
    number = revision(db) + 1
    notes.write(db, _REVISION, str(number))
    return number


def _row(kept: Kept) -> dict[str, Any]:
    entry = kept.entry
    return {
        "network": entry.network,
        "area": area(entry.network),
        "state": kept.state,
        "first_hit": entry.first_hit,
        "last_hit": entry.last_hit,
        "hits": entry.hits,
        "labels": list(entry.labels),
        "last_label": entry.last_label,
        "reason": entry.reason,
        "expires": entry.expires,
        "repeated": entry.repeated,
        "since": kept.since,
        "streak": kept.streak,
        "listed_at": kept.listed_at,
        "forgiven_at": kept.forgiven_at,
    }
