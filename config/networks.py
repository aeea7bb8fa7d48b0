"""Sets of IP networks: is an address in one of them?

Both the configuration and the registries name networks; each session asks, so the networks are merged to ranges once
and an address costs one bisection.
"""

from bisect import bisect_right
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Network = IPv4Network | IPv6Network


class NetworkSet:
    """Networks of both versions. Immutable."""

    __slots__ = ("_ranges",)

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        every = tuple(networks)
        self._ranges = {
            4: _ranges(network for network in every if isinstance(network, IPv4Network)),
            6: _ranges(network for network in every if isinstance(network, IPv6Network)),
        }

    def __contains__(self, address: IPv4Address | IPv6Address) -> bool:
        """Whether `address` is in one of the networks; an IPv4 address is in none of IPv6, mapped or not."""
        firsts, lasts = self._ranges[address.version]
        if not firsts:
            return False
        number = int(address)
        place = bisect_right(firsts, number) - 1
        return place >= 0 and number <= lasts[place]

    def overlaps(self, network: Network) -> bool:
        """Whether an address of `network` is in one of the networks."""
        firsts, lasts = self._ranges[network.version]
        place = bisect_right(firsts, int(network.broadcast_address)) - 1
        return place >= 0 and int(network.network_address) <= lasts[place]


def shown(network: Network) -> str:
    """As people write it: a single address without its prefix length."""
    return str(network.network_address if network.prefixlen == network.max_prefixlen else network)


def _ranges(networks: Iterable[Network]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The first and the last addresses of the merged networks (all of one version), in order."""
    bounds: list[tuple[int, int]] = []
    for first, last in sorted((int(one.network_address), int(one.broadcast_address)) for one in networks):
        if bounds and first <= bounds[-1][1] + 1:
            bounds[-1] = (bounds[-1][0], max(last, bounds[-1][1]))
        else:
            bounds.append((first, last))
    return tuple(first for first, _ in bounds), tuple(last for _, last in bounds)


NO_NETWORKS = NetworkSet()
