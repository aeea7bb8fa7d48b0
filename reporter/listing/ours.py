"""Taking off the local blocklist whoever became one of ours after he was listed.

Who was listed by mistake is first of all written into `milter.allow.addresses`; but what reads the list's files (a name
server, Postfix's map, a firewall) knows nothing of that setting.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from trapline.blocklist.entry import V6_PREFIX
from trapline.blocklist.listing import Kept
from trapline.config.networks import Network
from trapline.reporter.listing import rows
from trapline.reporter.storage.schema import blocklist

_WHY = "in a network of our own, exempt or allowlisted"


def take_off(db: sa.Connection, own: Iterable[Network], now: datetime) -> list[Network]:
    """Take off what is listed or held in the networks `own`, of IPv6 each /64 with such a host. Which they were.

    A wider network that a person listed stays: what he wrote is his to change.
    """
    found = [kept for network in dict.fromkeys(map(_as_listed, own)) for kept in _open_in(db, network)]
    off = {kept.entry.network: _ended(kept, now) for kept in found}
    rows.save(db, off.values())
    rows.record(db, off, rows.Change("removed", rows.OURSELVES, _WHY, now))
    return list(off)


def _as_listed(network: Network) -> Network:
    """IPv6 is listed by /64: the one in which a narrower network is."""
    if network.version == 6 and network.prefixlen > V6_PREFIX:
        return network.supernet(new_prefix=V6_PREFIX)
    return network


def _open_in(db: sa.Connection, network: Network) -> list[Kept]:
    found = rows.inside(network) & blocklist.c.state.in_(("listed", "held"))
    return [rows.kept_of(row) for row in db.execute(sa.select(blocklist).where(found))]


def _ended(kept: Kept, now: datetime) -> Kept:
    return replace(kept, entry=replace(kept.entry, expires=now), state="expired", since=now, forgiven_at=now)
