"""The local blocklist as a file that is read here: who is listed on this server, without a DNS server in between.

The format, all numbers little-endian and without gaps (`blocklist/milter_file.py` writes it):

    magic "TRAPLBL1", CRC-32 (4 bytes) of all that follows
    when it was written (8 bytes, unix seconds), number of IPv4 ranges, number of IPv6 ranges (4 bytes each)
    IPv4: a column of first addresses, one of last ones, one of expiries (4 bytes each; unix seconds, 0: none), one of
    codes (1 byte: x of 127.0.0.x), one that says whether the entry is a repeated one (1 byte)
    IPv6: likewise, where an address is its upper 64 bits, in 8 bytes

Ranges are in order and do not overlap, so an address costs one bisection. The whole is copied to memory of our own and
checked there before it counts: whoever writes over the file in place can neither list anybody by half a file nor end
the process, as a mapped file would that gets shorter. An entry that has expired is nobody's any more, whether its
writer is still alive or not.
"""

import struct
import sys
import time
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import FileIO
from mmap import mmap
from operator import le, lt
from pathlib import Path
from typing import Literal, NamedTuple

from trapline.config.errors import TraplineError
from trapline.config.names import IpAddress, is_public, real_address

MAGIC = b"TRAPLBL1"
MAX_BYTES = 1 << 30  #: of a file that is read

_BEGIN = struct.Struct("<8sI")  # magic, CRC-32
_COUNTS = struct.Struct("<QII")  # written, IPv4 ranges, IPv6 ranges
_HEADER_BYTES = _BEGIN.size + _COUNTS.size
_V4_BYTES, _V6_BYTES = 4 + 4 + 4 + 1 + 1, 8 + 8 + 4 + 1 + 1  # of one range

# Pieces of work between which other threads get their turn: what is done in one piece holds them up for a quarter of a
# millisecond at most. Reading and summing up let them run meanwhile.
_PIECE_BYTES = 1 << 20
_PIECE_RANGES = 2048
_PAUSE_SECONDS = 0.001


class BlockfileError(TraplineError):
    """The file can't be used; the message says why."""


class Key(NamedTuple):
    """An address as it is looked up."""

    version: int
    number: int  #: of IPv6 the upper 64 bits


@dataclass(frozen=True, slots=True)
class Entry:
    """What the file says of a listed address."""

    code: int  #: x of 127.0.0.x
    repeated: bool  #: it came back after a first listing, or a person listed it


def key(address: IpAddress) -> Key | None:
    """What `address` is looked up by; None where it is no host's on the Internet, which nobody can list (127.0.0.1)."""
    if not is_public(address):
        return None
    real = real_address(address)
    return Key(4, int(real)) if real.version == 4 else Key(6, int(real) >> 64)


class _Ranges(NamedTuple):
    """The ranges of one IP version, by columns."""

    firsts: Sequence[int]
    lasts: Sequence[int]
    expires: Sequence[int]
    codes: Sequence[int]
    repeated: Sequence[int]


class Blockfile:
    """What one file holds. Immutable, and safe to use from many threads; its memory is freed with its last user."""

    def __init__(self, v4: _Ranges, v6: _Ranges, written: int) -> None:
        self._ranges = {4: v4, 6: v6}
        self.written = written  #: unix seconds

    def __len__(self) -> int:
        """How many ranges there are, expired ones among them."""
        return sum(len(ranges.codes) for ranges in self._ranges.values())

    def find(self, key: Key, now: float) -> Entry | None:
        """The entry that holds at `now` (unix seconds); None where there is none."""
        ranges = self._ranges[key.version]
        place = bisect_right(ranges.firsts, key.number) - 1
        if place < 0 or key.number > ranges.lasts[place]:
            return None
        expires = ranges.expires[place]
        return None if expires and expires <= now else Entry(ranges.codes[place], bool(ranges.repeated[place]))


def read(path: Path, pause: Callable[[float], None] = time.sleep) -> Blockfile:
    """The file at `path`, checked. `pause` lets other threads have their turn.

    Raises FileNotFoundError. Raises BlockfileError: it can't be read, or is not whole.
    """
    try:
        with FileIO(path) as file:
            return _checked(_copied(file, path), path, pause)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BlockfileError(f"{path}: cannot be read: {error.strerror}") from None


def _copied(file: FileIO, path: Path) -> memoryview:
    """The whole file in memory that goes back to the system when nobody uses it any more."""
    begin = file.read(_HEADER_BYTES)
    if begin[: len(MAGIC)] != MAGIC:
        raise BlockfileError(f"{path}: is no blocklist of this version of trapline")
    if len(begin) < _HEADER_BYTES:
        raise BlockfileError(f"{path}: is cut off in its header")
    _, v4, v6 = _COUNTS.unpack_from(begin, _BEGIN.size)
    size = _HEADER_BYTES + v4 * _V4_BYTES + v6 * _V6_BYTES
    if size > MAX_BYTES:
        raise BlockfileError(f"{path}: says that it has {size} bytes, which is more than {MAX_BYTES}")
    memory = memoryview(mmap(-1, size))
    memory[:_HEADER_BYTES] = begin
    place = _HEADER_BYTES
    while place < size and (number := file.readinto(memory[place : place + _PIECE_BYTES])):
        place += number
    if place < size or file.read(1):
        raise BlockfileError(f"{path}: has not the {size} bytes that its header tells: is it cut off, or written over?")
    return memory


def _checked(memory: memoryview, path: Path, pause: Callable[[float], None]) -> Blockfile:
    _, told = _BEGIN.unpack_from(memory)
    found = 0
    for place in range(_BEGIN.size, len(memory), _PIECE_BYTES):
        found = zlib.crc32(memory[place : place + _PIECE_BYTES], found)
    if found != told:
        raise BlockfileError(f"{path}: is damaged: its checksum is wrong")
    written, v4, v6 = _COUNTS.unpack_from(memory, _BEGIN.size)
    border = _HEADER_BYTES + v4 * _V4_BYTES
    every = _ranges(memory[_HEADER_BYTES:border], v4, "I"), _ranges(memory[border:], v6, "Q")
    for ranges in every:
        for place in range(0, len(ranges.firsts), _PIECE_RANGES):
            if not _in_order(ranges, place):
                raise BlockfileError(f"{path}: is not in order: did something else than trapline write it?")
            pause(_PAUSE_SECONDS)
    return Blockfile(*every, written)


def _ranges(memory: memoryview, count: int, number: Literal["I", "Q"]) -> _Ranges:
    """The columns in `memory` of `count` ranges, whose addresses are of the type code `number`."""
    columns: list[Sequence[int]] = []
    place = 0
    codes: tuple[Literal["I", "Q", "B"], ...] = (number, number, "I", "B", "B")
    for code in codes:
        size = count * struct.calcsize(f"={code}")
        column = memory[place : place + size].cast(code)
        columns.append(column if sys.byteorder == "little" else _turned(column, code))
        place += size
    return _Ranges(*columns)


def _turned(column: memoryview, code: str) -> "array[int]":
    """The numbers as this host has them, where its own order is the other one."""
    turned = array(code, column)
    turned.byteswap()
    return turned


def _in_order(ranges: _Ranges, place: int) -> bool:
    """Whether the ranges from `place` on, one piece of them, are in order, up to the first one after them."""
    firsts, lasts = ranges.firsts[place : place + _PIECE_RANGES], ranges.lasts[place : place + _PIECE_RANGES]
    following = ranges.firsts[place + 1 : place + _PIECE_RANGES + 1]
    return all(map(le, firsts, lasts)) and all(map(lt, lasts, following))
