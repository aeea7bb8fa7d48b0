"""What a person does to the local blocklist, kept with who he is: `trapline blocklist add`, `remove` and `hold`.

Each function is one step inside a transaction of the store; blocklist/by_hand.py says what may be done.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from trapline.blocklist import by_hand
from trapline.blocklist.listing import Kept
from trapline.config.blocklist import Blocklist
from trapline.config.networks import Network
from trapline.reporter.listing import rows
from trapline.reporter.storage.schema import blocklist

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


def release(db: sa.Connection, network: Network, lasts: timedelta | None, word: Word, rules: Blocklist) -> int:
    """List all that the limits hold in `network`, each as `add` does; how many entries that were.

    Not what a person holds, who had his reason for that one.
    """
    number = 0
    by_limits = (blocklist.c.state == "held") & (blocklist.c.expires > word.at)
    for found in _some(db, by_limits & rows.inside(network)):
        on = [by_hand.added(kept, kept.entry.network, lasts, word.about("added"), rules, word.at) for kept in found]
        _keep(db, on, "added", word)
        number += len(on)
    return number


def remove(db: sa.Connection, network: Network, lasts: timedelta, word: Word) -> tuple[Kept, list[Network]]:
    """Take `network` off, with all entries in it, and keep it off for `lasts`.

    The entry as it is now, and the wider networks that are listed still, of which it is a part.
    """
    until, reason = word.at + lasts, word.about("removed")
    narrower = rows.inside(network) & (blocklist.c.network != network)
    for found in _some(db, narrower & blocklist.c.state.in_(("listed", "held"))):
        off = [by_hand.removed(kept, kept.entry.network, until, reason, word.at) for kept in found]
        _keep(db, off, "removed", word)
    kept = by_hand.removed(rows.find(db, network), network, until, reason, word.at)
    _keep(db, [kept], "removed", word)
    wider = [above.entry.network for above in rows.covering(db, network) if above.state == "listed"]
    return kept, wider


def hold(db: sa.Connection, network: Network, word: Word) -> Kept:
    """Take `network`, with all entries in it, out of service until a person adds or removes it.

    The entry as it is now.
    """
    narrower = rows.inside(network) & (blocklist.c.network != network)
    for found in _some(db, narrower & (blocklist.c.state == "listed")):
        _keep(db, [by_hand.held(kept, kept.entry.network, word.about("held"), word.at) for kept in found], "held", word)
    kept = by_hand.held(rows.find(db, network), network, word.about("held"), word.at)
    _keep(db, [kept], "held", word)
    return kept


def _keep(db: sa.Connection, every: list[Kept], what: str, word: Word) -> None:
    rows.save(db, every)
    networks = [kept.entry.network for kept in every]
    rows.record(db, networks, rows.Change(what, word.who, word.reason, word.at))


def _some(db: sa.Connection, wanted: sa.ColumnElement[bool]) -> Iterator[list[Kept]]:
    """The entries that are `wanted`, some at a time; each is to be changed so that it is not any more."""
    while found := db.execute(sa.select(blocklist).where(wanted).limit(_AT_ONCE)).all():
        yield [rows.kept_of(row) for row in found]
