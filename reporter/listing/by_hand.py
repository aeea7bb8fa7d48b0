"""What a person does to the local blocklist, kept with who he is: `trapline blocklist add`, `remove` and `hold`.

Each function is one step inside a transaction of store.py's; blocklist/by_hand.py says what may be done.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network

import sqlalchemy as sa

from trapline.blocklist import by_hand
from trapline.blocklist.listing import Kept
from trapline.config.blocklist import Blocklist
from trapline.config.networks import Network
from trapline.reporter.listing import rows
from trapline.reporter.schema import blocklist

_AT_ONCE = 1000  # rows


@dataclass(frozen=True, slots=True)
class Word:
    """A person's."""

    who: str  #: the system user
    reason: str  #: his words; "" where he said none
    at: datetime

    def about(self, what: str) -> str:
        """The reason of an entry: `added by anna: a customer's complaint`."""
        return f"{what} by {self.who}" + (f": {self.reason}" if self.reason else "")


def add(db: sa.Connection, network: Network, lasts: timedelta | None, word: Word, rules: Blocklist) -> Kept:
    """List `network`, for `lasts` or until it is removed; the entry as it is now."""
    kept = by_hand.added(rows.find(db, network), network, lasts, word.about("added"), rules, word.at)
    _keep(db, [kept], "added", word)
    return kept


def remove(db: sa.Connection, network: Network, lasts: timedelta, word: Word) -> tuple[Kept, list[Network]]:
    """Take `network` off, with all entries in it, and keep it off for `lasts`.

    The entry as it is now, and the wider networks that are listed still, of which it is a part.
    """
    until, reason = word.at + lasts, word.about("removed")
    for found in _within(db, network):
        off = [by_hand.removed(kept, kept.entry.network, until, reason, word.at) for kept in found]
        _keep(db, off, "removed", word)
    kept = by_hand.removed(rows.find(db, network), network, until, reason, word.at)
    _keep(db, [kept], "removed", word)
    wider = [above.entry.network for above in rows.covering(db, network) if above.state == "listed"]
    return kept, wider


def hold(db: sa.Connection, network: Network, word: Word) -> Kept:
    """Take `network` out of service until a person adds or removes it; the entry as it is now."""
    kept = by_hand.held(rows.find(db, network), network, word.about("held"), word.at)
    _keep(db, [kept], "held", word)
    return kept


def _keep(db: sa.Connection, every: list[Kept], what: str, word: Word) -> None:
    rows.save(db, every)
    networks = [kept.entry.network for kept in every]
    rows.record(db, networks, rows.Change(what, word.who, word.reason, word.at))


def _within(db: sa.Connection, network: Network) -> Iterator[list[Kept]]:
    """The entries of narrower networks in `network` that are listed or held, some at a time; each is to be removed."""
    if network.prefixlen == network.max_prefixlen:
        return
    last = ip_network((network.broadcast_address, network.max_prefixlen))
    inside = blocklist.c.network.between(network, last) & (blocklist.c.network != network)
    open_ones = sa.select(blocklist).where(inside, blocklist.c.state.in_(("listed", "held")))
    while found := db.execute(open_ones.limit(_AT_ONCE)).all():
        yield [rows.kept_of(row) for row in found]
