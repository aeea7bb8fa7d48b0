"""Which networks the caught mail came from: counted from the clients' addresses alone, without reading the messages.

Each function is one step inside a reading transaction of the store, which reads an index and nothing else: a million
messages take a second. A network is what one sender is likely to hold: a /24 of IPv4, a /64 of IPv6.
"""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Network

import sqlalchemy as sa

from trapline.reporter.storage.schema import messages

_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class ClientHits:
    """The caught messages of one client."""

    address: str
    hits: int
    last: datetime


@dataclass(frozen=True, slots=True)
class NetworkTotal:
    """Those of one network."""

    network: str  #: CIDR
    hits: int
    clients: int  #: different addresses in it
    last: datetime


def clients(db: sa.Connection, since: datetime, *, only_v6: bool = False) -> Iterator[ClientHits]:
    """Every client from `since` on, in no order."""
    query = _by_client(since)
    for row in db.execute(query.where(messages.c.client_address.contains(":")) if only_v6 else query):
        yield ClientHits(row.client, row.hits, row.last)


def busiest(db: sa.Connection, since: datetime, number: int) -> list[NetworkTotal]:
    """The `number` networks with the most hits from `since` on, these first."""
    found = [*_busiest_v4(db, since, number), *_v6(clients(db, since, only_v6=True))]
    return sorted(found, key=lambda one: (-one.hits, one.network))[:number]


def _by_client(since: datetime) -> sa.Select[tuple[str, int, datetime]]:
    client, at = messages.c.client_address, messages.c.received_at
    columns = (client.label("client"), sa.func.count().label("hits"), sa.func.max(at).label("last"))
    return sa.select(*columns).where(client.is_not(None), at >= since).group_by(client)


def _busiest_v4(db: sa.Connection, since: datetime, number: int) -> Iterator[NetworkTotal]:
    one = _by_client(since).where(~messages.c.client_address.contains(":")).subquery()
    first = sa.func.rtrim(one.c.client, _DIGITS).label("first")  # "9.8.7.", of the addresses of a /24
    hits = sa.func.sum(one.c.hits).label("hits")
    query = sa.select(first, hits, sa.func.count(), sa.func.max(one.c.last)).group_by(first)
    for octets, *counts in db.execute(query.order_by(hits.desc(), first).limit(number)):
        yield NetworkTotal(f"{octets}0/24", *counts)


def _v6(found: Iterator[ClientHits]) -> Iterator[NetworkTotal]:
    """A spammer may use a new address for each message, so there may be many: compared as bytes, which is quick."""
    totals: dict[bytes, tuple[int, int, datetime]] = {}
    for client in found:
        first = socket.inet_pton(socket.AF_INET6, client.address.partition("%")[0])[:8]
        hits, number, last = totals.get(first, (0, 0, client.last))
        totals[first] = hits + client.hits, number + 1, max(last, client.last)
    for first, counts in totals.items():
        yield NetworkTotal(str(IPv6Network((first + bytes(8), 64))), *counts)
