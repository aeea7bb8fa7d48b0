"""What stands on the local blocklist: one entry an address or network, as it is decided, kept, served and shown."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network

from trapline.config.names import IpAddress, real_address
from trapline.config.networks import Network

V6_PREFIX = 64  #: what one host has of IPv6 (RFC 7421): an address of it alone would list nobody for long


@dataclass(frozen=True, slots=True)
class Entry:
    """A listed address or network. Traps stand in it by their labels, never by their addresses."""

    network: Network  #: an IPv4 address as /32, an IPv6 one by its /64; a person may add wider ones
    first_hit: datetime
    last_hit: datetime
    hits: int  #: messages to traps; 0 where a person added it
    labels: tuple[str, ...]  #: of the traps that were hit, sorted
    last_label: str | None  #: of the trap that was hit last
    reason: str  #: one line, for the operator
    expires: datetime | None  #: None: until somebody removes it
    repeated: bool  #: from the second hit on, or added by a person: refused for good (550), else delayed (450)


def listed_network(address: IpAddress) -> Network:
    """What is listed of a client: the address itself, of IPv6 its /64; an IPv4 address that IPv6 carries as such.

    >>> str(listed_network(IPv6Address("2001:db8::25")))
    '2001:db8::/64'
    """
    real = real_address(address)
    return ip_network((real, 32 if real.version == 4 else V6_PREFIX), strict=False)
