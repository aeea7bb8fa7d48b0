"""A file of the list that is kept up to date: what did not change is copied from the old one inside the kernel.

So an update costs what writing the file costs, however long it would take to make a million lines anew. What the file
holds is remembered piece by piece, not the lines themselves; a file that somebody else has touched meanwhile, or that
is gone, is made anew as a whole. Written in one step: a file beside, synced, put in place, the folder synced. Nothing
is written where nothing but the serial or the time of writing would differ.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BufferedWriter
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from trapline.blocklist.formats import Format, Section, Stamp
from trapline.blocklist.table import Piece, Table
from trapline.config.durable import Beside, NotWritten, reason

FEW = 64  #: pieces made anew that are kept in memory, to see first whether they differ at all

_AT_ONCE = 1 << 20  # bytes

_Identity = tuple[int, int, int, int]


class Place(NamedTuple):
    """Where a piece is in the file, and a digest of it."""

    offset: int
    length: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class _Part:
    """One piece of one section, which can be made."""

    key: object
    make: Callable[[], bytes]


class Compiled(Protocol):
    """What a program makes of the file: the readers look at that alone."""

    def is_there(self, path: Path) -> bool:
        """Whether it is there for the file at `path`."""

    def make(self, source: Path, path: Path) -> None:
        """Make it of `source`, which is about to take the place of the file at `path`. Raises NotWritten, OSError."""


class SplicedFile:
    """One file in one format. Used by one thread."""

    def __init__(self, path: Path, form: Format, mode: int, compiled: "Compiled | None" = None) -> None:
        """`mode`: the file's permissions. `compiled`: what is made of it for its readers, and stands beside it."""
        self.path = path
        self._form = form
        self._mode = mode
        self._compiled = compiled
        self._places: dict[object, Place] = {}
        self._identity: _Identity | None = None

    def is_current(self) -> bool:
        """Whether the file is the one that was written last; not so at the start."""
        try:
            same = self._identity is not None and self._identity == _identity(self.path.stat())
        except OSError:
            return False
        return same and self._is_compiled()

    def update(self, table: Table, stamp: Stamp) -> bool:
        """Have the file say what `table` does. Whether it was written; not if it says so already, also at the start.

        Raises NotWritten: it can't be; what was there before is unchanged.
        """
        try:
            with self._old() as old:
                sections = [_parts(number, section, table) for number, section in enumerate(self._form.sections)]
                made: dict[object, bytes] = {}
                if old is not None and self._is_compiled() and self._is_same(sections, made):
                    return False
                return self._write(sections, stamp, _Splicer(old, self._places if old is not None else {}, made))
        except OSError as error:
            raise NotWritten(f"{self.path}: cannot be written: {reason(error)}") from None

    @contextmanager
    def _old(self) -> Iterator[int | None]:
        """The descriptor of the file as it was written last; None where it is not there any more."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            yield None
            return
        with file:
            yield file.fileno() if _identity(os.fstat(file.fileno())) == self._identity else None

    def _is_same(self, sections: "list[list[_Part]]", made: dict[object, bytes]) -> bool:
        """Whether the file's pieces are those that it should have. What had to be made to tell is put into `made`."""
        digests: list[bytes] = []
        every = [part for parts in sections for part in parts]
        for part in every:
            place = self._places.get(part.key)
            if place is None:
                if len(made) == FEW:
                    return False
                made[part.key] = part.make()
            digests.append(_digest(made[part.key]) if place is None else place.digest)
        if digests != [place.digest for place in self._places.values()]:
            return False
        self._places = dict(zip((part.key for part in every), self._places.values(), strict=True))
        return True

    def _write(self, sections: "list[list[_Part]]", stamp: Stamp, splicer: "_Splicer") -> bool:
        with Beside(self.path, self._mode) as beside:
            places = splicer.write(beside.file, self._form, sections, stamp)
            beside.file.flush()
            there = self._identity is None and self._is_compiled() and self._is_there(beside.path, splicer.head_bytes)
            if not there:
                beside.sync()
                if self._compiled is not None:
                    self._compiled.make(beside.path, self.path)
                beside.put()
            self._places = places
            self._identity = _identity(self.path.stat())
            return not there

    def _is_there(self, new: Path, head_bytes: int) -> bool:
        """Whether the file says what the `new` one does, whose head has so many bytes."""
        try:
            with self.path.open("rb") as one, new.open("rb") as other:
                old_head, new_head = one.read(head_bytes), other.read(head_bytes)
                return self._form.lasting(old_head) == self._form.lasting(new_head) and _same(one, other)
        except FileNotFoundError:
            return False

    def _is_compiled(self) -> bool:
        return self._compiled is None or self._compiled.is_there(self.path)


class _Splicer:
    """Writes one file, some of it from an old one."""

    def __init__(self, old: int | None, known: dict[object, Place], made: dict[object, bytes]) -> None:
        """`old`: the descriptor of the file that `known` is about. `made`: pieces that need not be made."""
        self._old = old
        self._known = known
        self._made = made
        self._from = self._to = 0  # what is to be copied next, and was not yet
        self._at = 0
        self._begun = False

    def write(
        self, file: BufferedWriter, form: Format, sections: list[list[_Part]], stamp: Stamp
    ) -> dict[object, Place]:
        """The whole file; where each piece is in it."""
        self._file = file
        self._put(form.head(stamp))
        self.head_bytes = self._at
        places: dict[object, Place] = {}
        for section, parts in zip(form.sections, sections, strict=True):
            self._put(section.head)
            for part in parts:
                places[part.key] = self._piece(part, form.between)
        self._put(form.foot)
        self._flush()
        return places

    def _piece(self, part: _Part, between: bytes) -> Place:
        known = self._known.get(part.key)
        made = b"" if known is not None else self._made.get(part.key) or part.make()
        length = len(made) if known is None else known.length
        if not length:
            return Place(self._at, 0, _digest(b""))
        if not self._begun:
            between, self._begun = b"", True
        offset = self._at + len(between)
        if known is None:
            self._put(between + made)
            return Place(offset, length, _digest(made))
        self._copy(known, between)
        return Place(offset, length, known.digest)

    def _put(self, some: bytes) -> None:
        if some:
            self._flush()
            self._file.write(some)
            self._at += len(some)

    def _copy(self, place: Place, between: bytes) -> None:
        """A piece of the old file; of neighbours, what stands between them is copied with them."""
        if self._to == self._from or place.offset != self._to + len(between):
            self._put(between)
            self._flush()
            self._from = place.offset
            self._at += place.length
        else:
            self._at += len(between) + place.length
        self._to = place.offset + place.length

    def _flush(self) -> None:
        """Copy what is still to be copied."""
        if self._to > self._from and self._old is not None:
            self._file.flush()
            while self._from < self._to:
                sent = os.sendfile(self._file.fileno(), self._old, self._from, self._to - self._from)
                if not sent:
                    raise OSError(0, "the old file became shorter meanwhile")
                self._from += sent
        self._from = self._to = 0


def _parts(number: int, section: Section, table: Table) -> list[_Part]:
    networks = table.networks(section.version)
    parts = [_Part((number, networks), lambda: section.networks(networks))] if networks else []
    parts.extend(_Part((number, piece.key), partial(_hosts, section, piece)) for piece in table.pieces(section.version))
    return parts


def _hosts(section: Section, piece: Piece) -> bytes:
    return section.hosts(piece.stretch())


def _same(one: BinaryIO, other: BinaryIO) -> bool:
    """Whether two files are the same from where they are read on."""
    while some := other.read(_AT_ONCE):
        if one.read(len(some)) != some:
            return False
    return not one.read(1)


def _digest(some: bytes) -> bytes:
    return hashlib.blake2b(some, digest_size=16).digest()


def _identity(status: os.stat_result) -> _Identity:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
