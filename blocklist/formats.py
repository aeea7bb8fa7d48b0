"""What a format is: its head, its sections of hosts and networks, its foot; and a whole list written in one.

Pure: bytes come out. A section is told stretch by stretch, so that who keeps the file's parts (spliced.py) has to have
only those made anew that changed.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from trapline.blocklist.entry import Entry
from trapline.blocklist.stretches import Stretch, Version
from trapline.blocklist.table import Table


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which writing of a file it is."""

    serial: int  #: of the zone: greater, in the arithmetic of RFC 1982, than that of any earlier one
    at: datetime


def _nothing(of: object) -> bytes:
    del of
    return b""


@dataclass(frozen=True, slots=True)
class Section:
    """The entries of one IP version, once; a format may have several of the same version."""

    version: Version
    hosts: Callable[[Stretch], bytes]
    networks: Callable[[Iterable[Entry]], bytes]
    head: bytes = b""


@dataclass(frozen=True, slots=True)
class Format:
    """How a list is written."""

    sections: tuple[Section, ...]
    head: Callable[[Stamp], bytes] = _nothing
    lasting: Callable[[bytes], bytes] = _nothing  #: what a head says beside which writing it is
    foot: bytes = b""
    between: bytes = b""  #: what separates two pieces that are not empty


def head_line(stamp: Stamp) -> bytes:
    """The head of a file whose comments begin with `#`."""
    return f"# Written by trapline at {stamp.at:%Y-%m-%d %H:%M:%S} UTC: changes are lost\n".encode("ascii")


def written(form: Format, table: Table, stamp: Stamp) -> Iterator[bytes]:
    """The whole of `table`, in pieces."""
    yield form.head(stamp)
    begun = False
    for section in form.sections:
        yield section.head
        for piece in _pieces(section, table):
            if piece:
                yield form.between + piece if begun else piece
                begun = True
    yield form.foot


def _pieces(section: Section, table: Table) -> Iterator[bytes]:
    yield section.networks(table.networks(section.version))
    for piece in table.pieces(section.version):
        yield section.hosts(piece.stretch())
