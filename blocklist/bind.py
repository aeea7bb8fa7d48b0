"""The list as a zone file for BIND (and whatever else reads RFC 1035, 5): a name for each address, its labels reversed.

A network is a wildcard at an octet (IPv6: a nibble); one between two octets is several. A wildcard says nothing below a
name that is there, be it only because of a name further below (RFC 4592, 2.2.2 and 3.3.1): for an address in a listed
network, the wildcard is therefore repeated at each level between the two.
"""

from collections.abc import Iterable, Mapping

from trapline.blocklist.answers import Answers
from trapline.blocklist.entry import Entry
from trapline.blocklist.formats import Format, Section, Stamp
from trapline.blocklist.stretches import (
    HOST_BITS,
    NIBBLES,
    OCTETS,
    Stretch,
    host,
    host_cells,
    most_specific,
    network_cells,
    network_of,
)
from trapline.blocklist.zone import RETRY, Zone, without_serial
from trapline.config.networks import Network, shown

_TEST_TEXT = "Test point"
_TEST_NAMES = (  # RFC 5782, 5: 127.0.0.2, and ::FFFF:7F00:2 for what asks about IPv6
    "2.0.0.127",
    "2.0.0.0.0.0.f.7.f.f.f.f" + ".0" * 20,
)


def bind(answers: Answers, zone: Zone) -> Format:
    """The format, with SOA and NS of `zone`."""
    names = _Names(answers)
    return Format(
        (Section(4, names.hosts, names.networks), Section(6, names.hosts, names.networks)),
        lambda stamp: _head(answers, zone, stamp),
        without_serial,
    )


def _head(answers: Answers, zone: Zone, stamp: Stamp) -> bytes:
    times = f"{RETRY.refresh} {RETRY.retry} {RETRY.expire} {zone.negative_ttl}"
    lines = [
        f"; {zone.name} for BIND. Written by trapline: changes are lost",
        f"$ORIGIN {zone.name}.",
        f"$TTL {zone.negative_ttl}",
        f"@ IN SOA {zone.nameservers[0]}. {zone.mailbox} {stamp.serial} {times}",
        f"$TTL {zone.ttl}",
        *(f"@ IN NS {server}." for server in zone.nameservers),
        *(_records(name, (answers.code,), _TEST_TEXT) for name in _TEST_NAMES),
    ]
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _records(name: str, codes: tuple[int, ...], text: str) -> str:
    first, *others = codes
    more = "".join(f"\n\tA 127.0.0.{code}" for code in others)
    return f"{name} A 127.0.0.{first}{more}\n\tTXT {_quoted(text)}"


def _quoted(text: str) -> str:
    r"""`text`, printable ASCII, as a string of a zone file (RFC 1035, 5.1).

    >>> print(_quoted('"a\\b"'))
    "\"a\\b\""
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Names:
    """Entries as names with their records."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def hosts(self, stretch: Stretch) -> bytes:
        borders, bits = _BORDERS[stretch.version], HOST_BITS[stretch.version]
        if not stretch.around:
            return self._joined({entry.network: entry for entry in stretch.entries})
        cells = {network_of(stretch.version, number, bits): entry for number, entry in host_cells(stretch, borders)}
        return self._joined(_with_levels_between(cells, stretch.around, borders))

    def networks(self, networks: Iterable[Entry]) -> bytes:
        every = tuple(networks)
        if not every:
            return b""
        borders = _BORDERS[every[0].network.version]
        return self._joined(_with_levels_between(network_cells(every, borders), every, borders))

    def _joined(self, cells: Mapping[Network, Entry]) -> bytes:
        return "".join(self._line(network, entry) for network, entry in cells.items()).encode("ascii")

    def _line(self, network: Network, entry: Entry) -> str:
        text = self._answers.text(entry, shown(entry.network))
        return f"{_name(network)}{_records('', self._answers.all_codes(entry), text)}\n"


_BORDERS = {4: OCTETS, 6: NIBBLES}


def _with_levels_between(
    cells: dict[Network, Entry], around: tuple[Entry, ...], borders: tuple[int, ...]
) -> dict[Network, Entry]:
    """`cells`, and the levels above each of them that are in a network of `around`, with what is said there."""
    every = dict(cells)
    for cell in cells:
        for level in reversed(borders[: borders.index(cell.prefixlen)]):
            above = cell.supernet(new_prefix=level)
            if above in every:
                continue
            entry = most_specific(above, around)
            if entry is None:
                break
            every[above] = entry
    return every


def _name(network: Network) -> str:
    """The name of a network that ends at a border: a single IPv4 address, or a wildcard.

    >>> _name(ip_network("11.0.7.0/24")), _name(ip_network("2001:db8:0:1::/64"))
    ('*.7.0.11', '*.1.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2')
    """
    number = host(network)
    if network.version == 4:
        if network.prefixlen == 32:
            return f"{number & 255}.{number >> 8 & 255}.{number >> 16 & 255}.{number >> 24}"
        octets = [str(number >> shift & 255) for shift in (24, 16, 8)][: network.prefixlen // 8]
        return "*." + ".".join(reversed(octets))
    return "*." + ".".join(reversed(f"{number:016x}"[: network.prefixlen // 4]))
