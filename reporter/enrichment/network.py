"""What the registries say about the network of a client: from RIPE Stat's answers to facts for an analyst.

Pure: ripe_stat.py asks, submission/networks.py remembers. What stands in the answers was written by third parties, a
spammer among them perhaps: each value is cut to printable ASCII of a bounded length, and what does not fit the form is
dropped.
Sources: stat.ripe.net/docs, data calls `whois` and `prefix-overview`; RFC 2622 (netname), the registries' own keys.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network, summarize_address_range
from itertools import islice
from typing import Any

from trapline.config.names import IpAddress
from trapline.config.networks import Network as Prefix

MAX_NAME = 40  #: characters of a netname, or of who holds the network
MAX_VALUE = 200  #: characters of any value that are read at all
MAX_RECORDS = 50  #: groups of an answer that are looked at, and of each as many pairs
MAX_RANGES = 20  #: of one group; each may be made of hundreds of networks
SMALLEST = {
    4: 8,
    6: 16,
}  #: prefix length, by version: what claims to be larger is no network but a registry's whole share

_RANGE_KEYS = ("inetnum", "inet6num", "netrange", "cidr")
_HOLDER_KEYS = ("org-name", "orgname", "organization", "owner", "descr", "org")  # the most telling first
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_MAX_AS_NUMBER = 2**32 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What `whois` says."""

    prefix: Prefix | None = None  #: that it holds for
    name: str | None = None
    holder: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What `prefix-overview` says."""

    prefix: Prefix | None = None  #: as it is announced
    as_number: int | None = None
    holder: str | None = None  #: of the AS


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Both, for all addresses of `prefix`. All None: nothing is known."""

    prefix: Prefix
    name: str | None = None
    holder: str | None = None
    as_number: int | None = None
    country: str | None = None

    def facts(self) -> Iterator[str]:
        """As words for a reason, the longest form first; none where nothing is known.

        >>> next(Network(prefix=ip_network("11.0.0.0/24"), name="PILLS-NET", as_number=64500, country="NL").facts())
        'network PILLS-NET, AS64500, NL'
        """
        number = None if self.as_number is None else f"AS{self.as_number}"
        named = self.name and self.holder and f"{self.name} ({self.holder})"
        for first in (named or self.name or self.holder, self.name or self.holder, None):
            words = [word for word in (first, number, self.country) if word]
            if words:
                yield f"network {', '.join(words)}"


def combined(address: IpAddress, said: Registration | None, announced: Announcement | None) -> Network:
    """One network of the two answers (None: there is none); it holds where both do."""
    said, announced = said or Registration(), announced or Announcement()
    known = [prefix for prefix in (said.prefix, announced.prefix) if prefix is not None]
    prefix = max(known, key=lambda one: one.prefixlen) if known else ip_network(address)
    return Network(
        prefix=prefix,
        name=said.name,
        holder=said.holder or announced.holder,
        as_number=announced.as_number,
        country=said.country,
    )


def registration(address: IpAddress, data: Any) -> Registration:
    """From `data` of the call `whois`: the smallest network there that holds `address`."""
    best, chosen = None, None
    for group in _groups(data):
        prefix = next((found for found in _ranges(address, group)), None)
        if prefix is not None and (best is None or prefix.prefixlen > best.prefixlen):
            best, chosen = prefix, group
    if chosen is None:  # no range in it, or one that is too large to mean anything
        chosen = next((group for group in _groups(data) if not _has_range(group) and "netname" in dict(group)), [])
    return Registration(
        prefix=best,
        name=_first(chosen, ("netname",)),
        holder=_first(chosen, _HOLDER_KEYS),
        country=next((text.upper() for key, text in chosen if key == "country" and _COUNTRY.fullmatch(text)), None),
    )


def announcement(address: IpAddress, data: Any) -> Announcement:
    """From `data` of the call `prefix-overview`."""
    data = data if isinstance(data, dict) else {}
    asns = data.get("asns")
    first = asns[0] if isinstance(asns, list) and asns and isinstance(asns[0], dict) else {}
    number = _as_number(first.get("asn"))
    if number is None:
        return Announcement()
    return Announcement(
        prefix=_prefix_of(address, data.get("resource")),
        as_number=number,
        holder=_text(first.get("holder")),
    )


def _groups(data: Any) -> list[list[tuple[str, str]]]:
    """The records as pairs of a key in lower case and a value, in their order; keys may occur more than once."""
    records = data.get("records") if isinstance(data, dict) else None
    groups = [group for group in records[:MAX_RECORDS] if isinstance(group, list)] if isinstance(records, list) else []
    return [[pair for row in group[:MAX_RECORDS] if (pair := _pair(row)) is not None] for group in groups]


def _pair(row: Any) -> tuple[str, str] | None:
    if not isinstance(row, dict) or not isinstance(row.get("key"), str) or not isinstance(row.get("value"), str):
        return None
    return row["key"][:MAX_VALUE].strip().lower(), row["value"][:MAX_VALUE].strip()


def _first(group: list[tuple[str, str]], keys: tuple[str, ...]) -> str | None:
    values = (_text(value) for key in keys for found, value in group if found == key)
    return next((value for value in values if value is not None), None)


def _has_range(group: list[tuple[str, str]]) -> bool:
    return any(key in _RANGE_KEYS for key, _ in group)


def _ranges(address: IpAddress, group: list[tuple[str, str]]) -> Iterator[Prefix]:
    """The networks around `address` that the group says it is about."""
    parts = (part for key, value in group if key in _RANGE_KEYS for part in value.split(","))
    for part in islice(parts, MAX_RANGES):
        if (prefix := _prefix_of(address, part)) is not None:
            yield prefix


def _prefix_of(address: IpAddress, text: object) -> Prefix | None:
    """The part of the network or range `text` that holds `address`; None where none does, or it is too large."""
    if not isinstance(text, str):
        return None
    first, dash, last = text.partition("-")
    try:
        blocks = list(_blocks(first.strip(), last.strip())) if dash else [ip_network(text.strip(), strict=False)]
    except ValueError:
        return None
    large = SMALLEST[address.version]
    return next((one for one in blocks if address in one and one.prefixlen >= large), None)


def _blocks(first: str, last: str) -> Iterator[Prefix]:
    """The networks that a range is made of; none from one version to the other. Raises ValueError: no addresses."""
    low, high = ip_address(first), ip_address(last)
    if isinstance(low, IPv4Address) and isinstance(high, IPv4Address):  # noqa: SIM114 - one type in each arm
        yield from summarize_address_range(low, high)
    elif isinstance(low, IPv6Address) and isinstance(high, IPv6Address):
        yield from summarize_address_range(low, high)


def _as_number(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MAX_AS_NUMBER:
        return value
    return None


def _text(value: object) -> str | None:
    """Printable ASCII in one line, cut; None where nothing is left, or where it holds an address or a separator."""
    if not isinstance(value, str):
        return None
    clean = " ".join(_UNPRINTABLE.sub(" ", value[:MAX_VALUE]).replace(";", ",").split())
    if "@" in clean:
        return None
    return clean[:MAX_NAME].rstrip(" ,-(") or None
