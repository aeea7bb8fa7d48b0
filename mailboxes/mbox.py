"""An mbox: one file of messages, each below a line `From sender date`; read line by line, each with a bound. Pure.

Such a line parts messages only with a date in it, and after an empty line: "From here on" may stand in any letter.
What was quoted as `>From ` stays so: whether the sender or a mail program wrote the sign can't be told.
Source: RFC 4155, Appendix A (the default format).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

MAX_PIECE_BYTES = 65_536  #: of a line that are read at once

_FROM_LINE = re.compile(
    rb"From [^\n]{0,1000} (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) +([A-Z][a-z]{2} +\d{1,2} +\d{1,2}:\d\d)(:\d\d)?"
    rb"(?: +([+-]\d{4}|[A-Z]{1,5}))? +(\d{4})(?: +([+-]\d{4}))?\s*"
)
_EMPTY = (b"\n", b"\r\n")


@dataclass(frozen=True, slots=True)
class Part:
    """One message of an mbox; it may be empty."""

    message: bytes  #: the limit and a byte more where it is longer
    filed: datetime | None  #: aware, UTC; None where its line has no date


def parts(file: BinaryIO, limit: int) -> Iterator[Part]:
    """The messages in `file`, up to `limit` bytes of each; its first line is the first one's, whatever it says."""
    line, text = file.readline(MAX_PIECE_BYTES), bytearray()
    starts, empty = line.endswith(b"\n"), False  # whether a line starts now, and stands below an empty one
    while piece := file.readline(MAX_PIECE_BYTES):
        if empty and _FROM_LINE.fullmatch(piece):
            yield _part(line, text, limit, empty=empty)
            line, text, empty = piece, bytearray(), False
        else:
            text += piece[: max(0, limit + len(b"\r\n") + 1 - len(text))]
            empty = starts and piece in _EMPTY
        starts = piece.endswith(b"\n")
    if line:
        yield _part(line, text, limit, empty=empty)


def _part(line: bytes, text: bytearray, limit: int, *, empty: bool) -> Part:
    """The empty line at the end is not the message's own."""
    whole = text.removesuffix(b"\n").removesuffix(b"\r") if empty else text
    return Part(bytes(whole[: limit + 1]), _time_of(line))


def _time_of(line: bytes) -> datetime | None:
    """In UTC also where the zone is told by letters: they mean different zones to different people."""
    found = _FROM_LINE.fullmatch(line)
    if found is None:
        return None
    day, seconds, before_year, year, behind = (part.decode() if part else "" for part in found.groups())
    zone = next((zone for zone in (behind, before_year) if zone[:1] in {"+", "-"}), "+0000")
    try:
        return datetime.strptime(f"{day}{seconds or ':00'} {year} {zone}", "%b %d %H:%M:%S %Y %z").astimezone(UTC)
    except (OverflowError, ValueError):
        return None
