"""The file that the milter reads itself: who is listed on this server, sorted, for a host without a DNS server.

The writer of the format that `dnsbl/blockfile.py` reads and describes; a test holds the two together, as neither room
imports the other. Pure: rows in, the file's bytes out. Who writes them, and when, is the publisher's affair.
"""

import struct
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from trapline.config.networks import Network

MAGIC = b"TRAPLBL1"  #: the format and its version

_BEGIN = struct.Struct("<8sI")  # magic, CRC-32 of all that follows
_COUNTS = struct.Struct("<QII")  # when it was written (unix seconds), ranges of IPv4, of IPv6
AFTER_TIME = _BEGIN.size + 8  #: where what does not depend on the time of writing begins
_FOR_EVER = 2**32  # sorts after every expiry
_LAST_SECOND = 2**32 - 1  # of unix time that the file can hold: in 2106


class Row(NamedTuple):
    """One entry as the file has it. IPv6 addresses are told by their upper 64 bits: a /64 is one number."""

    version: int  #: 4 or 6
    first: int  #: the network's first address
    last: int  #: and its last
    expires: int  #: unix seconds; 0: until somebody removes it
    code: int  #: the last octet of 127.0.0.x, 2 to 254
    repeated: bool  #: refused for good (550), else delayed (450)


_END = Row(0, 0, 0, 0, 0, repeated=False)


def row(network: Network, expires: datetime | None, code: int, *, repeated: bool) -> Row:
    """The entry for `network`, of IPv6 for the /64 that holds it where it is smaller; `expires` is aware."""
    seconds = 0 if expires is None else min(max(int(expires.timestamp()), 1), _LAST_SECOND)
    shift = 0 if network.version == 4 else 64
    address = int(network.network_address)
    last = address + (1 << (network.max_prefixlen - network.prefixlen)) - 1
    return Row(network.version, address >> shift, last >> shift, seconds, code, repeated)


def order(one: Row) -> tuple[int, int, int, bool, int]:
    """By what rows are sorted for `content`: wider networks first, of two about one network that which counts last."""
    return one.version, one.first, -one.last, one.repeated, one.expires or _FOR_EVER


def outlasting(inner: Row, outer: Row) -> Row:
    """`inner`, which answers for as long as either lasts: who is in both stays listed when the inner one is over."""
    end = max(inner.expires or _FOR_EVER, outer.expires or _FOR_EVER)
    return inner._replace(expires=0 if end == _FOR_EVER else end)


def content(rows: Iterable[Row], written: datetime) -> bytes:
    """The whole file for `rows`, which come sorted by `order`; where networks are nested, the smaller one counts.

    Rows are taken one by one, so a million need not be in memory together. Raises ValueError: they are not in order.
    """
    return joined([columns(rows)], written)


def columns(rows: Iterable[Row]) -> dict[int, "Columns"]:
    """The columns of one part of the file, by IP version; rows as `content` gets them."""
    found = {4: Columns("I"), 6: Columns("Q")}
    for first, last, one in _flat(_in_order(rows)):
        found[one.version].add(first, last, one)
    return found


def joined(parts: Sequence[Mapping[int, "Columns"]], written: datetime) -> bytes:
    """The whole file of `parts`, the ranges of each of which come after those of the one before it."""
    v4, v6 = ([part[version] for part in parts if version in part] for version in (4, 6))
    counts = _COUNTS.pack(int(written.timestamp()), sum(map(len, v4)), sum(map(len, v6)))
    every = (column for some in (v4, v6) for column in zip(*(one.parts() for one in some), strict=True))
    body = b"".join((counts, *chain.from_iterable(every)))
    return _BEGIN.pack(MAGIC, zlib.crc32(body)) + body


class Columns:
    """The ranges of one IP version, a column for each of their facts."""

    def __init__(self, number: str) -> None:
        """`number`: the type code of an address, `I` or `Q`."""
        self._firsts, self._lasts = array(number), array(number)
        self._expires = array("I")
        self._codes, self._repeated = bytearray(), bytearray()

    def __len__(self) -> int:
        return len(self._firsts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Columns) and tuple(self.parts()) == tuple(other.parts())

    __hash__ = None  # type: ignore[assignment]  # it is added to

    def add(self, first: int, last: int, one: Row) -> None:
        """The range from `first` to `last`, of which `one` holds."""
        self._firsts.append(first)
        self._lasts.append(last)
        self._expires.append(one.expires)
        self._codes.append(one.code)
        self._repeated.append(one.repeated)

    def parts(self) -> Iterator[bytes]:
        """The columns one after another, little-endian."""
        for column in (self._firsts, self._lasts, self._expires):
            if sys.byteorder == "little":
                yield column.tobytes()
            else:
                turned = column[:]
                turned.byteswap()
                yield turned.tobytes()
        yield bytes(self._codes)
        yield bytes(self._repeated)


def _in_order(rows: Iterable[Row]) -> Iterator[Row]:
    before: tuple[int, int, int, bool, int] | None = None
    for one in rows:
        place = order(one)
        if before is not None and place < before:
            raise ValueError("the rows of the milter's file are not in order: sort them by `order`")
        before = place
        yield one


def _flat(rows: Iterable[Row]) -> Iterator[tuple[int, int, Row]]:
    """Ranges in order that do not overlap, each with the smallest of the networks around it, until all are over."""
    around: list[Row] = []  # the networks that hold the place that was reached, the widest first
    reached = 0  # all before it is told
    for one in chain(rows, (_END,)):
        while around and (around[-1].last < one.first or around[-1].version != one.version):
            inner = around.pop()
            if reached <= inner.last:
                yield reached, inner.last, inner
                reached = inner.last + 1
        if around and reached < one.first:
            yield reached, one.first - 1, around[-1]
        reached = one.first
        around.append(outlasting(one, around[-1]) if around else one)
