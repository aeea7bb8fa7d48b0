"""The list for rbldnsd: one file of its type `combined`, for `rbldnsd … ZONE:combined:FILE`.

IPv4 is an ip4set in it. IPv6 is an ip6trie: an ip6tset has one answer for all of its entries and knows nothing but
/64s, where ours differ by code and day, and people add wider networks. A trie has one answer for an entry, so the
second code of a repeated entry comes from a second trie; rbldnsd gives the answers of both. It is one file so that all
of it changes in one step, SOA and both families.

Sources: rbldnsd(8) of Debian's 1.0~20210120, and tried with it: where an ip4set has two entries for one address in the
same octet, it gives both answers, so nested networks are cut at octets here; a trie gives the most specific one. `$` in
a text is the address that was asked about.
"""

import re
from collections.abc import Iterable, Iterator

from trapline.blocklist.answers import Answers
from trapline.blocklist.entry import Entry
from trapline.blocklist.formats import Format, Section, Stamp
from trapline.blocklist.stretches import OCTETS, Stretch, holds, host_cells, network_cells
from trapline.blocklist.zone import RETRY, Zone, without_serial
from trapline.config.networks import Network, shown

_LISTED, _LISTED_MAPPED = "127.0.0.2", "::ffff:7f00:2"  # RFC 5782, 5; rbldnsd reads no dots in the second
_TEST_TEXT = "Test point"

# rbldnsd puts the address itself in, so that texts of a day are all the same to it and take its memory once. But a `$`
# before a digit is one of its variables, and one before a `$` a `$`.
_ADDRESS = "\0"
_AMBIGUOUS = re.compile(f"{_ADDRESS}[0-9$=]")


def rbldnsd(answers: Answers, zone: Zone) -> Format:
    """The format, with SOA and NS of `zone`."""
    lines = _Lines(answers)
    test = f"{answers.code}:{_TEST_TEXT}"
    return Format(
        (
            Section(4, lines.hosts4, lines.networks4, _section("ip4set:addresses", f"{_LISTED} :{test}")),
            Section(6, lines.hosts6, lines.networks6, _section("ip6trie:networks", f"{_LISTED_MAPPED} :{test}")),
            Section(6, lines.repeated_hosts6, lines.repeated_networks6, _section("ip6trie:repeated")),
        ),
        lambda stamp: _head(zone, stamp),
        without_serial,
    )


def _head(zone: Zone, stamp: Stamp) -> bytes:
    times = f"{RETRY.refresh} {RETRY.retry} {RETRY.expire} {zone.negative_ttl}"
    return (
        f"# {zone.name} for rbldnsd ({zone.name}:combined:FILE). Written by trapline: changes are lost\n"
        f"$SOA {zone.negative_ttl} {zone.nameservers[0]}. {zone.mailbox} {stamp.serial} {times}\n"
        f"$NS {zone.ttl} {' '.join(f'{server}.' for server in zone.nameservers)}\n"
        f"$TTL {zone.ttl}\n"
    ).encode("ascii")


def _section(kind: str, *lines: str) -> bytes:
    return "".join(f"{line}\n" for line in (f"$DATASET {kind} @", *lines)).encode("ascii")


class _Lines:
    """Entries as lines."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def hosts4(self, stretch: Stretch) -> bytes:
        cells = host_cells(stretch, OCTETS)
        return _joined(
            line
            for number, entry in cells
            for line in self._both(f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", entry)
        )

    def networks4(self, networks: Iterable[Entry]) -> bytes:
        cells = network_cells(networks, OCTETS)
        return _joined(line for network, entry in cells.items() for line in self._both(network, entry))

    def hosts6(self, stretch: Stretch) -> bytes:
        return _joined(self._first(entry.network, entry) for entry in stretch.entries)

    def networks6(self, networks: Iterable[Entry]) -> bytes:
        return _joined(self._first(entry.network, entry) for entry in networks)

    def repeated_hosts6(self, stretch: Stretch) -> bytes:
        return _joined(self._again(stretch.entries, stretch.around))

    def repeated_networks6(self, networks: Iterable[Entry]) -> bytes:
        every = tuple(networks)
        return _joined(self._again(every, every))

    def _both(self, what: str | Network, entry: Entry) -> Iterator[str]:
        yield self._first(what, entry)
        if entry.repeated:
            yield f"{what} :{self._answers.repeated_code}:\n"

    def _first(self, what: str | Network, entry: Entry) -> str:
        text = self._answers.text(entry, _ADDRESS)
        if _AMBIGUOUS.search(text):
            text = self._answers.text(entry, shown(entry.network))
        text = text.replace("$", "$$").replace(_ADDRESS, "$")
        if text.startswith("="):  # a first one says something about the text, and is left out
            text = f"={text}"
        return f"{what} :{self._answers.first_code(entry)}:{text}\n"

    def _again(self, entries: tuple[Entry, ...], around: tuple[Entry, ...]) -> Iterator[str]:
        """The second answer; of what is no repeated one in a network that is, that it has none."""
        for entry in entries:
            if entry.repeated:
                yield f"{entry.network} :{self._answers.repeated_code}:\n"
            elif any(one.repeated and one is not entry and holds(one.network, entry.network) for one in around):
                yield f"!{entry.network}\n"


def _joined(lines: Iterable[str]) -> bytes:
    return "".join(lines).encode("ascii")
