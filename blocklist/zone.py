"""The zone that serves the list: its SOA and NS as configured, and serials that only grow.

Sources: RFC 1035, 3.3.13 (SOA) and 5.1 (a dot in a mailbox's local part is escaped), RFC 1982 (serial arithmetic),
RFC 2308, 5 (a negative answer is kept for the lesser of the SOA's own TTL and its MINIMUM, so both are ours).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from trapline.config.blocklist_files import DnsZone

_SERIALS = 1 << 32
_SOA = re.compile(rb"^(?:@ IN SOA|\$SOA [0-9]+) \S+ \S+ ([0-9]{1,10}) ", re.MULTILINE)


class _Retry(NamedTuple):
    """What secondary servers go by, in seconds."""

    refresh: int = 60  # where no NOTIFY reached them
    retry: int = 30
    expire: int = 86_400  # a list that nobody renews is given up


RETRY = _Retry()


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone. Names are in normal form, without the last dot."""

    name: str
    nameservers: tuple[str, ...]
    mailbox: str  #: of the hostmaster, as SOA has it, with its last dot
    ttl: int  #: seconds
    negative_ttl: int  #: seconds

    @classmethod
    def configured(cls, zone: DnsZone) -> "Zone":
        """What `[blocklist.zone]` says."""
        local, _, domain = zone.hostmaster.rpartition("@")
        mailbox = f"{local.replace('.', chr(92) + '.')}.{domain}."
        ttl, negative = (int(length.total_seconds()) for length in (zone.ttl, zone.negative_ttl))
        return cls(zone.name, zone.nameservers, mailbox, ttl, negative)


def serial_of(head: bytes) -> int | None:
    """The serial of the zone file that begins with `head`, BIND's or rbldnsd's; None where it is none of ours."""
    found = _SOA.search(head)
    return None if found is None else int(found[1]) % _SERIALS


def without_serial(head: bytes) -> bytes:
    """What the `head` of a zone file says besides its serial."""
    found = _SOA.search(head)
    return head if found is None else head[: found.start(1)] + head[found.end(1) :]


def next_serial(before: int | None, now: datetime) -> int:
    """The serial after `before` (None: there was none): the time in seconds, unless that is not later.

    So it grows over two writings in a second, over a clock that was set back, and past 2^32 - 1, where 1 comes next.
    """
    moment = int(now.timestamp()) % _SERIALS
    if before is None or 0 < (moment - before) % _SERIALS < _SERIALS // 2:
        return moment or 1
    return (before + 1) % _SERIALS or 1


def later(one: int | None, other: int | None) -> int | None:
    """The later one of two serials, where there are two."""
    if one is None or other is None:
        return other if one is None else one
    return one if (one - other) % _SERIALS < _SERIALS // 2 else other
