"""Which countries the caught mail came from, as far as it is known: RIPE Stat is asked about reported clients only.

One step inside a reading transaction of the store. What is known of a network is kept for a week or so
(submission/networks.py), so the clients of longer ago are mostly unknown.
"""

from collections import Counter
from collections.abc import Iterable
from ipaddress import ip_address, ip_network

import sqlalchemy as sa

from trapline.reporter.overview.client_networks import ClientHits
from trapline.reporter.storage.schema import networks

UNKNOWN = "unknown"

_Masks = dict[int, dict[int, dict[int, str]]]  # by version, then by bits after the prefix: its first bits, and where


def countries(db: sa.Connection, found: Iterable[ClientHits]) -> Counter[str]:
    """The caught messages by the client's country (ISO 3166, two letters), or UNKNOWN."""
    masks = _masks(db)
    counts: Counter[str] = Counter()
    for client in found:
        counts[_country(masks, client.address)] += client.hits
    return counts


def _masks(db: sa.Connection) -> _Masks:
    found: _Masks = {4: {}, 6: {}}
    known = sa.select(networks.c.prefix, networks.c.country).where(networks.c.country.is_not(None))
    for row in db.execute(known):
        network = ip_network(row.prefix)
        bits = network.max_prefixlen - network.prefixlen
        found[network.version].setdefault(bits, {})[int(network.network_address) >> bits] = row.country
    return {version: dict(sorted(masks.items())) for version, masks in found.items()}  # the smallest network first


def _country(masks: _Masks, client: str) -> str:
    address = ip_address(client.partition("%")[0])
    number = int(address)
    for bits, known in masks[address.version].items():
        if (country := known.get(number >> bits)) is not None:
            return country
    return UNKNOWN
