"""Everything that is listed, sorted and packed: a million entries in 40 MB, of which a change unpacks a few hundred.

The store is read once; after that its changes are applied, which entries whose time is over are among: who drops them,
and by which clock, is the store's affair. Hosts are kept in blocks of neighbours, each packed to bytes; the networks
that people added are few, and kept as they are. Who writes the list knows by the identity of a block whether it is
still what he wrote last. Used by one thread.
"""

import marshal
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from sys import intern

from trapline.blocklist.entry import Entry
from trapline.blocklist.stretches import (
    HOST_BITS,
    HOSTS,
    VERSIONS,
    Stretch,
    Version,
    host,
    is_host,
    last_host,
    network_of,
    served,
    wider_first,
)
from trapline.config.networks import Network

BLOCK_ENTRIES = 256  #: of a block that is made; it is cut when it has grown to twice as many

FRESH = 64  #: blocks that stay unpacked until the next change

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_Row = tuple[int, int, int, int, tuple[str, ...], str | None, str, int | None, bool]


class Block:
    """Hosts next to one another, packed. Never changed: a block with other entries is another object."""

    __slots__ = ("_fresh", "_packed", "count", "first", "last", "version")

    def __init__(self, version: Version, entries: list[Entry]) -> None:
        """`entries`: at least one, all of them hosts of `version`, in order."""
        self.version = version
        self.count = len(entries)
        self.first = host(entries[0].network)
        self.last = host(entries[-1].network)
        self._packed = zlib.compress(marshal.dumps([_row(entry) for entry in entries]), 1)
        self._fresh: list[Entry] | None = None

    def keep(self, entries: list[Entry] | None) -> None:
        """Keep its entries unpacked as well, which several files are about to ask for; None: no more."""
        self._fresh = entries

    def entries(self) -> list[Entry]:
        """What is in it, in order."""
        if self._fresh is not None:
            return self._fresh
        bits = HOST_BITS[self.version]
        rows: list[_Row] = marshal.loads(zlib.decompress(self._packed))  # noqa: S302  our own bytes, from above
        return [
            Entry(network_of(self.version, number, bits), _time(first), _time(last), hits, labels, label, reason,
                  None if expires is None else _time(expires), repeated)
            for number, first, last, hits, labels, label, reason, expires, repeated in rows
        ]  # fmt: skip


class Piece:
    """A part of the address space that is written in one go: the block in it (or none), and the networks around it."""

    __slots__ = ("around", "block", "first", "key", "last", "version")

    def __init__(self, version: Version, block: Block | None, first: int, last: int, around: tuple[Entry, ...]) -> None:
        self.version = version
        self.block = block
        self.first = first
        self.last = last
        self.around = around
        #: what its content follows from: pieces of equal keys have equal content
        self.key: object = (version, block, (first, last, around) if around else None)

    def stretch(self) -> Stretch:
        """Its content, unpacked."""
        entries = () if self.block is None else tuple(self.block.entries())
        return Stretch(self.version, self.first, self.last, entries, self.around)


class Table:
    """What is listed now."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        """`entries` come in the order of `wider_first`, and may be a stream. Raises ValueError: they do not."""
        self._blocks: dict[Version, list[Block]] = {4: [], 6: []}
        self._networks: dict[Network, Entry] = {}
        self._fresh: list[Block] = []
        self._pieces: dict[Version, tuple[Piece, ...]] = {}  # as long as nothing changes
        for version, some in groupby(self._hosts(entries), key=_version):
            self._blocks[version].extend(_blocks(version, some))
        for blocks in self._blocks.values():
            if any(before.last >= after.first for before, after in pairwise(blocks)):
                raise ValueError("the entries of a table come in the order of their networks")

    def __len__(self) -> int:
        return len(self._networks) + sum(block.count for blocks in self._blocks.values() for block in blocks)

    def entries(self) -> Iterator[Entry]:
        """Everything, the networks of each version before its hosts."""
        for version in VERSIONS:
            yield from self.networks(version)
            for block in self._blocks[version]:
                yield from block.entries()

    def networks(self, version: Version) -> tuple[Entry, ...]:
        """What is wider than a host, as it is served, in order."""
        found = (entry for one in self._networks.values() for entry in served(one) if _version(entry) == version)
        return tuple(sorted((entry for entry in found if not is_host(entry.network)), key=wider_first))

    def pieces(self, version: Version) -> tuple[Piece, ...]:
        """All hosts of `version` from the first to the last one there can be, in order."""
        if version not in self._pieces:
            self._pieces[version] = tuple(self._cut(version))
        return self._pieces[version]

    def apply(self, changes: Mapping[Network, Entry | None]) -> bool:
        """Have each network stand for its entry, None: for none. Whether that made a difference."""
        for block in self._fresh:
            block.keep(None)
        self._fresh.clear()
        self._pieces.clear()
        hosts: dict[Version, dict[int, Entry | None]] = {4: {}, 6: {}}
        changed = False
        for network, entry in changes.items():
            if network.prefixlen >= HOST_BITS[network.version]:
                kept = None if entry is None else next(served(entry), None)
                hosts[_version_of(network)][host(network)] = kept
            elif self._networks.get(network) != entry:
                changed = True
                self._networks.pop(network, None)
                if entry is not None:
                    self._networks[network] = entry
        return self._put(4, hosts[4]) | self._put(6, hosts[6]) | changed

    def _cut(self, version: Version) -> Iterator[Piece]:
        blocks = self._blocks[version]
        around = _Around(self.networks(version))
        first, block = 0, blocks[0] if blocks else None
        for following in blocks[1:]:
            last = following.first - 1
            yield Piece(version, block, first, last, around(first, last))
            first, block = last + 1, following
        yield Piece(version, block, first, HOSTS[version] - 1, around(first, HOSTS[version] - 1))

    def _hosts(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The hosts among `entries`; the others are kept on the way."""
        for entry in entries:
            if entry.network.prefixlen >= HOST_BITS[entry.network.version]:
                yield from served(entry)
            else:
                self._networks[entry.network] = entry

    def _put(self, version: Version, changes: Mapping[int, Entry | None]) -> bool:
        """Change the blocks that `changes` (by host number) are in."""
        if not changes:
            return False
        old = self._blocks[version]
        firsts = [block.first for block in old]
        new: list[Block] = []
        reached = 0
        changed = False
        for place, some in groupby(sorted(changes.items()), key=lambda one: max(bisect_right(firsts, one[0]) - 1, 0)):
            new.extend(old[reached:place])
            before = old[place].entries() if old else []
            after = _merged(before, dict(some))
            if after == before:
                new.extend(old[place : place + 1])
            else:
                changed = True
                new.extend(self._made(version, after))
            reached = place + 1
        new.extend(old[reached:])
        self._blocks[version] = new
        return changed

    def _made(self, version: Version, entries: list[Entry]) -> Iterator[Block]:
        for block in _blocks(version, entries):
            if len(self._fresh) < FRESH:
                block.keep(block.entries())
                self._fresh.append(block)
            yield block


def _merged(entries: list[Entry], changes: Mapping[int, Entry | None]) -> list[Entry]:
    every: dict[int, Entry | None] = {host(entry.network): entry for entry in entries}
    every.update(changes)
    return [entry for _, entry in sorted(every.items()) if entry is not None]


def _blocks(version: Version, entries: Iterable[Entry]) -> Iterator[Block]:
    """`entries`, which are in order, in blocks; a few too many stay together."""
    some: list[Entry] = []
    for entry in entries:
        some.append(entry)
        if len(some) == 2 * BLOCK_ENTRIES:
            yield Block(version, some[:BLOCK_ENTRIES])
            del some[:BLOCK_ENTRIES]
    if some:
        yield Block(version, some)


class _Around:
    """The networks that lie around stretches, which are asked about in order."""

    def __init__(self, networks: tuple[Entry, ...]) -> None:
        self._ahead = list(reversed(networks))
        self._here: list[Entry] = []

    def __call__(self, first: int, last: int) -> tuple[Entry, ...]:
        """Those that have one of the hosts from `first` to `last` in them."""
        if not self._ahead and not self._here:
            return ()
        self._here = [entry for entry in self._here if last_host(entry.network) >= first]
        while self._ahead and host(self._ahead[-1].network) <= last:
            self._here.append(self._ahead.pop())
        return tuple(self._here)


def _version(entry: Entry) -> Version:
    return _version_of(entry.network)


def _version_of(network: Network) -> Version:
    return 4 if network.version == 4 else 6


def _row(entry: Entry) -> _Row:
    """As it is packed. Texts that occur again are one object, which marshal writes once."""
    label = None if entry.last_label is None else intern(entry.last_label)
    expires = None if entry.expires is None else _number(entry.expires)
    labels = tuple(map(intern, entry.labels))
    first, last = _number(entry.first_hit), _number(entry.last_hit)
    return host(entry.network), first, last, entry.hits, labels, label, intern(entry.reason), expires, entry.repeated


def _number(time: datetime) -> int:
    return (time - _EPOCH) // _MICROSECOND


def _time(number: int) -> datetime:
    return _EPOCH + timedelta(microseconds=number)
