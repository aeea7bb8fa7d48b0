"""The header of a message as its fields: what the reporter reads, and where a mailbox's server left its word.

Any byte string has a header, if an empty one; sizes are bounded, since senders write it.
Source: RFC 5322, 2.2 (fields, folding).
"""

import re

MAX_HEADER_BYTES = 512 * 1024  #: of one header that is read; Postfix cuts single fields at about 60 KB
MAX_FIELDS = 2_000  #: header fields of one header; a long journey has about a hundred

# Read however many stand above them: without them the text can't be read, so it could be hidden below others.
_ALWAYS_READ = frozenset({"content-type", "content-transfer-encoding", "from"})

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")  # a field's name (RFC 5322, 2.2), with the obsolete blanks after it
_LINE = re.compile(rb"[^\n]*\n?")


def split_header(data: bytes, start: int = 0, end: int | None = None) -> tuple[tuple[tuple[str, bytes], ...], int]:
    """The header fields at `start`, names in lower case and values unfolded, and where the body begins.

    A line that is no field ends the header, as Postfix and most readers have it; a first line as mbox files and uucp
    have it (`From `, `>From `) is passed over.
    """
    end = len(data) if end is None else end
    fields: list[tuple[str, list[bytes]]] = []
    place = start
    kept = False
    for match in _LINE.finditer(data, start, min(end, start + MAX_HEADER_BYTES)):
        line = match.group().rstrip(b"\r\n")
        name = _FIELD.match(line)
        if not line:
            place = match.end()
            break
        if line[:1] in b" \t":
            if kept:
                fields[-1][1].append(line.strip())
        elif name is not None:
            field = name[1].decode("ascii").lower()
            kept = len(fields) < MAX_FIELDS or field in _ALWAYS_READ
            if kept:
                fields.append((field, [line[name.end() :].strip()]))
        elif place != start or not line.startswith((b"From ", b">From ")):
            break
        place = match.end()
    return tuple((name, b" ".join(lines)) for name, lines in fields), place
