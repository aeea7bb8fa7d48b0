"""The list as its writers get it: cut into stretches of neighbouring addresses, so that a change costs one stretch.

A host is what a hit lists: an IPv4 address, or an IPv6 /64. Wider networks, which people add, lie around hosts and may
be nested; where several entries hold an address, the most specific one answers. Formats know borders at which they can
name a network at all (the octets of a zone, for instance): a network between two of them becomes several cells.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network
from typing import Literal

from trapline.blocklist.entry import Entry
from trapline.config.networks import Network

Version = Literal[4, 6]
VERSIONS: tuple[Version, Version] = (4, 6)

HOST_BITS = {4: 32, 6: 64}  #: the prefix of a host
HOSTS = {version: 1 << bits for version, bits in HOST_BITS.items()}  #: how many there are; they are counted from 0

OCTETS = (8, 16, 24, 32)
NIBBLES = tuple(range(4, 68, 4))
GROUPS = (16, 32, 48, 64)  #: of an IPv6 address as it is written

# Never listed, by which a broken list is told (RFC 5782, 5): 127.0.0.1, and as ::FFFF:7F00:1 it is in ::/64.
_NEVER: dict[int, Network] = {4: IPv4Network("127.0.0.0/8"), 6: IPv6Network("::/64")}


@dataclass(frozen=True, slots=True)
class Stretch:
    """The hosts from `first` to `last`, by their numbers (`host`), and what is listed of them."""

    version: Version
    first: int
    last: int
    entries: tuple[Entry, ...]  #: hosts, in order
    around: tuple[Entry, ...]  #: wider networks that have hosts of the stretch in them, in the order of `wider_first`


def host(network: Network) -> int:
    """The number of the (first) host in `network`: of IPv6, its address's upper half."""
    return int(network.network_address) >> (0 if network.version == 4 else 64)


def is_host(network: Network) -> bool:
    """Whether `network` is one host."""
    return network.prefixlen == HOST_BITS[network.version]


def network_of(version: int, first: int, prefix: int) -> Network:
    """The network of `prefix` bits that begins with host number `first`."""
    return IPv4Network((first, prefix)) if version == 4 else IPv6Network((first << 64, prefix))


def last_host(network: Network) -> int:
    """The number of the last host in `network`."""
    return host(network) + (1 << (HOST_BITS[network.version] - network.prefixlen)) - 1


def served(entry: Entry) -> Iterator[Entry]:
    """`entry` as it is served: without what is never listed, of IPv6 nothing smaller than a host."""
    network, never = entry.network, _NEVER[entry.network.version]
    if network.prefixlen > HOST_BITS[network.version]:
        network = network.supernet(new_prefix=HOST_BITS[network.version])
    if not network.overlaps(never):
        yield entry if network is entry.network else replace(entry, network=network)
    elif network.prefixlen < never.prefixlen:
        for piece in network.address_exclude(never):  # type: ignore[arg-type]  # both are of one version
            yield replace(entry, network=piece)


def wider_first(entry: Entry) -> tuple[int, int, int]:
    """The order of entries: by version and address, a network before those in it."""
    return entry.network.version, int(entry.network.network_address), entry.network.prefixlen


def border(network: Network, borders: Sequence[int]) -> int:
    """The border at which `network` can be named: the first one that is not shorter."""
    return borders[bisect_left(borders, network.prefixlen)]


def host_cells(stretch: Stretch, borders: Sequence[int]) -> Iterator[tuple[int, Entry]]:
    """The hosts that are to be named one by one, each with the entry that answers for it, in order.

    Beside the entries these are those of networks that are too narrow for the next border.
    """
    cells: dict[int, Entry] = {}
    bits = HOST_BITS[stretch.version]
    for entry in sorted(stretch.around, key=_prefix):
        if border(entry.network, borders) == bits:
            first, last = max(host(entry.network), stretch.first), min(last_host(entry.network), stretch.last)
            cells.update(dict.fromkeys(range(first, last + 1), entry))
    if not cells:
        yield from ((host(entry.network), entry) for entry in stretch.entries)
        return
    cells.update((host(entry.network), entry) for entry in stretch.entries)
    yield from sorted(cells.items(), key=_number)


def network_cells(networks: Iterable[Entry], borders: Sequence[int]) -> dict[Network, Entry]:
    """The networks that are to be named, each on a border and wider than a host, with the entry that answers for it."""
    cells: dict[Network, Entry] = {}
    for entry in sorted(networks, key=_prefix):
        at = border(entry.network, borders)
        if at < HOST_BITS[entry.network.version]:
            cells.update(dict.fromkeys(entry.network.subnets(new_prefix=at), entry))
    return cells


def most_specific(network: Network, around: Iterable[Entry]) -> Entry | None:
    """Of the entries `around`, the narrowest that holds all of `network`."""
    found = [entry for entry in around if holds(entry.network, network)]
    return max(found, key=_prefix, default=None)


def holds(outer: Network, inner: Network) -> bool:
    """Whether all of `inner` is in `outer`."""
    if isinstance(outer, IPv4Network):
        return isinstance(inner, IPv4Network) and inner.subnet_of(outer)
    return isinstance(inner, IPv6Network) and inner.subnet_of(outer)


def _prefix(entry: Entry) -> int:
    return entry.network.prefixlen


def _number(cell: tuple[int, Entry]) -> int:
    return cell[0]
