"""The blocklist's own file, as the milter reads it: refused, or every address is found as a plain search finds it."""

import os
import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

from fuzzing.target import Target
from trapline.blocklist.milter_file import Row, content, order, row
from trapline.dnsbl import blockfile
from trapline.dnsbl.blockfile import Blockfile, BlockfileError, Entry, Key

MAX_LOOKED_UP = 200  #: addresses of one file

_BEGIN_BYTES = 12  #: magic and checksum
_NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def check(data: bytes) -> None:
    """`data` as it stands, and with its checksum put right: else nothing behind it is ever looked at."""
    _read(data)
    if len(data) > _BEGIN_BYTES:
        body = data[_BEGIN_BYTES:]
        file = _read(blockfile.MAGIC + zlib.crc32(body).to_bytes(4, "little") + body)
        if file is not None:
            _check_found(file, body)


def _read(raw: bytes) -> Blockfile | None:
    descriptor = os.memfd_create("blocklist")
    try:
        os.write(descriptor, raw)
        return blockfile.read(Path(f"/proc/self/fd/{descriptor}"), pause=lambda _: None)
    except BlockfileError:
        return None
    finally:
        os.close(descriptor)


def _check_found(file: Blockfile, body: bytes) -> None:
    """The addresses at each border of a range, and beside it."""
    now = _NOW.timestamp()
    for version, ranges in _ranges(body).items():
        borders = [number + by for one in ranges for number in (one.first, one.last) for by in (-1, 0, 1)]
        for number in borders[:MAX_LOOKED_UP]:
            around = [one for one in ranges if one.first <= number <= one.last]
            assert len(around) <= 1, "ranges overlap"
            holds = [Entry(one.code, one.repeated) for one in around if not one.expires or one.expires > now]
            assert file.find(Key(version, number), now) == (holds[0] if holds else None)


def _ranges(body: bytes) -> dict[int, list[Row]]:
    """What the columns in `body` say, range by range."""
    _, v4, v6 = struct.unpack_from("<QII", body)
    found: dict[int, list[Row]] = {}
    place = 16
    for version, count, number in ((4, v4, "I"), (6, v6, "Q")):
        columns = []
        for kind in (number, number, "I", "B", "B"):
            column = struct.Struct(f"<{count}{kind}")
            columns.append(column.unpack_from(body, place))
            place += column.size
        found[version] = [
            Row(version, first, last, expires, code, repeated=bool(repeated))
            for first, last, expires, code, repeated in zip(*columns, strict=True)
        ]
    return found


def seeds() -> Iterator[bytes]:
    """None, one, and some of each version, as the publisher writes them."""
    later = _NOW + timedelta(days=1)
    rows: list[Row] = [
        row(ip_network("11.0.0.66/32"), later, 2, repeated=False),
        row(ip_network("11.0.0.0/24"), None, 3, repeated=True),
        row(ip_network("11.0.1.0/24"), _NOW - timedelta(days=1), 2, repeated=False),
        row(ip_network("2a00:1:2:3::/64"), later, 2, repeated=False),
        row(ip_network("2a00::/32"), None, 4, repeated=True),
    ]
    for some in ((), rows[:1], rows[:3], rows[3:], rows):
        yield content(sorted(some, key=order), _NOW)


TARGET = Target("blocklist", check, seeds, words=(blockfile.MAGIC, b"\xff\xff\xff\xff", b"\1\0\0\0"), max_bytes=1_024)
