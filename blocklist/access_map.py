"""The list as the source of a Postfix access map, for `check_client_access hash:FILE` on a host without the milter.

A running smtpd notices a new `hash:` map by itself; of a `cidr:` table it notices nothing, and each process would hold
all of it. Postfix shortens an address octet by octet (IPv6: by what stands between colons) until the map has it, the
longest first: a /24 is `11.0.7`, a /64 `2001:db8:1:2`. Source: access(5), and smtpd_check.c of Postfix
(check_addr_access, split_at_right).

An IPv6 address is shortened as it is written, with its longest run of zeros left out (RFC 5952). So a network that ends
in zeros has a second key, `2001:db8:1:` for 2001:db8:1:0::/64, which is what is left of those whose run begins there.
postmap takes such a key for one of an alias file and warns of it, so it is not in the source: who makes the database
adds it (`second_keys`). A network with two zeros elsewhere is found where the run is not left out, and else not: a key
that is never too wide is all that is written. Two networks may have the same second key; the more specific one stands
first in the source, and the first one counts (`postmap -w`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from mmap import mmap

from trapline.blocklist.answers import Answers
from trapline.blocklist.entry import Entry
from trapline.blocklist.formats import Format, Section, head_line
from trapline.blocklist.stretches import (
    GROUPS,
    HOST_BITS,
    OCTETS,
    VERSIONS,
    Stretch,
    host,
    host_cells,
    network_cells,
    network_of,
)
from trapline.config.networks import Network, shown

_BORDERS = {4: OCTETS, 6: GROUPS}


def access_map(answers: Answers) -> Format:
    """The format: 450 for a first listing, 550 for a repeated one, with the explanation."""
    lines = _Lines(answers)
    hosts = tuple(Section(version, lines.hosts, _none) for version in VERSIONS)
    networks = tuple(Section(version, _none, lines.networks) for version in VERSIONS)
    return Format(hosts + networks, head_line)


def _none(entries: object) -> bytes:
    del entries
    return b""


class _Lines:
    """Entries as lines: a key, and what Postfix answers."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def hosts(self, stretch: Stretch) -> bytes:
        if not stretch.around:
            return self._joined({entry.network: entry for entry in stretch.entries})
        bits = HOST_BITS[stretch.version]
        cells = host_cells(stretch, _BORDERS[stretch.version])
        return self._joined({network_of(stretch.version, number, bits): entry for number, entry in cells})

    def networks(self, networks: Iterable[Entry]) -> bytes:
        every = tuple(networks)
        if not every:
            return b""
        cells = network_cells(every, _BORDERS[every[0].network.version])
        return self._joined(dict(sorted(cells.items(), key=lambda cell: -cell[0].prefixlen)))

    def _joined(self, cells: Mapping[Network, Entry]) -> bytes:
        return "".join(f"{key(network)}\t{self._answer(entry)}\n" for network, entry in cells.items()).encode("ascii")

    def _answer(self, entry: Entry) -> str:
        code = "550 5.7.1" if entry.repeated else "450 4.7.1"
        return f"{code} {self._answers.text(entry, shown(entry.network))}"


def key(network: Network) -> str:
    """What Postfix looks up for addresses in `network`, which ends at an octet or at 16 bits of IPv6.

    >>> key(ip_network("11.0.7.0/24")), key(ip_network("2001:db8:1::/64"))
    ('11.0.7', '2001:db8:1:0')
    """
    number = host(network)
    if network.version == 4:
        return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0)[: network.prefixlen // 8])
    return ":".join(f"{number >> shift & 0xFFFF:x}" for shift in (48, 32, 16, 0)[: network.prefixlen // 16])


def second_keys(source: bytes | mmap) -> Iterator[bytes]:
    r"""The lines with the second keys of a source, for a database that has those of the source already.

    >>> list(second_keys(b"2001:db8:1:0\t450 x\n2001:db8:0:0\t450 y\n2001:db8:1:2\t450 z\n"))
    [b'2001:db8:1:\t450 x\n', b'2001:db8:\t450 y\n']
    """
    for line in _ENDS_IN_ZEROS.finditer(source):
        yield line[1] + b":" + line[2]


# One or two groups of zeros: three could be left out of more than this network's addresses.
_ENDS_IN_ZEROS = re.compile(rb"^([0-9a-f:]*[1-9a-f][0-9a-f]*)(?::0){1,2}(\t.*\n)", re.MULTILINE)
