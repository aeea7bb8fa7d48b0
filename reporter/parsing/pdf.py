"""The links of a PDF: where a click on one of its pages leads.

Only that is looked for: the strings of URI actions, in the file as it stands and in its compressed object streams. The
file's structure is not followed, nothing is drawn or run, and what is encrypted stays unread. Pure.
Source: ISO 32000-1, 7.3.4 (strings), 7.3.5 (names), 7.5.7 (object streams), 12.6.4.7 (URI actions).
"""

import re
import zlib
from collections.abc import Iterator
from itertools import islice, pairwise

MAX_INFLATED_BYTES = 4_000_000  #: of all its object streams together
MAX_STREAMS = 2_000  #: object streams
MAX_ACTIONS = 1_000  #: URI actions of the file, and of each object stream
MAX_STRING_BYTES = 8_000  #: of one link, as it is written

_WITHIN_BYTES = 1024  #: readers look for the signature so far from the beginning
_ZLIB_HEADER_BYTES = 2
_AT_ONCE_BYTES = 32_768  #: so much is inflated for nothing where it turns out to be damaged


def _name(name: str) -> bytes:
    """A pattern for `/name`, each letter of which may be written in hex, and what ends a name behind it."""
    letters = (rf"(?:{letter}|#{ord(letter):02x}|#{ord(letter):02X})" for letter in name)
    return f"/{''.join(letters)}(?=[\\s\\0()<>\\[\\]{{}}/%]|\\Z)".encode("ascii")


_URI = re.compile(_name("URI") + rb"[\s\0]{0,100}(?=[(<])")
_CHARACTER = rb"(?:[^()\\]|\\.)"
_STRING = rb"\(((?:%b|\(%b*\))*)\)" % (_CHARACTER, _CHARACTER)  # may hold balanced ( )
_EITHER_STRING = re.compile(_STRING + rb"|<([0-9A-Fa-f\s]*)>", re.DOTALL)
_OBJECT_STREAM = re.compile(_name("ObjStm"))
_BEGIN = re.compile(rb"stream[ \t]{0,100}[\r\n]{1,2}")  # what was deflated begins with neither
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\r\n": b"", b"\n": b"", b"\r": b""}


def is_pdf(data: bytes) -> bool:
    """Whether a reader of PDF opens `data`."""
    return b"%PDF-" in data[:_WITHIN_BYTES]


def pdf_links(data: bytes) -> tuple[str, ...]:
    """The links of the PDF `data`, as they stand there, each once."""
    found = list(_in_objects(data))
    for objects in _object_streams(data):
        found.extend(_in_objects(objects))
    return tuple(dict.fromkeys(found))


def _in_objects(data: bytes) -> Iterator[str]:
    for action in islice(_URI.finditer(data), MAX_ACTIONS):
        string = _EITHER_STRING.match(data, action.end(), action.end() + MAX_STRING_BYTES)
        if string is not None:
            literal, digits = string.groups()
            yield _text(_unescaped(literal) if digits is None else _from_hex(digits))


def _object_streams(data: bytes) -> Iterator[bytes]:
    """What the compressed object streams hold, each read up to where the next one is announced.

    Their dictionaries are not read, which name the filter: what is not compressed was read already.
    """
    starts = [match.start() for match in islice(_OBJECT_STREAM.finditer(data), MAX_STREAMS)]
    room = MAX_INFLATED_BYTES
    for start, end in pairwise([*starts, len(data)]):
        begin = _BEGIN.search(data, start, end)
        if begin is not None and room > 0:
            inflated = b"".join(_inflated(data[begin.end() : end], room))
            room -= len(inflated)
            yield inflated


def _inflated(data: bytes, room: int) -> Iterator[bytes]:
    """At most `room` bytes of what was deflated, up to where it is damaged; readers don't ask for the checksum."""
    inflater = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    rest = data[_ZLIB_HEADER_BYTES:]
    try:
        while rest and room > 0 and not inflater.eof:
            piece = inflater.decompress(rest, min(room, _AT_ONCE_BYTES))
            yield piece
            room -= len(piece)
            rest = inflater.unconsumed_tail
    except zlib.error:
        return


def _unescaped(literal: bytes) -> bytes:
    def replaced(match: re.Match[bytes]) -> bytes:
        after = match[1]
        if after[:1] in b"01234567":
            return bytes([int(after, 8) & 0xFF])  # "high-order overflow shall be ignored"
        return _ESCAPED.get(after, after)

    return _ESCAPE.sub(replaced, literal)


def _from_hex(digits: bytes) -> bytes:
    """The bytes of a hexadecimal string; a digit that lacks is 0."""
    bare = b"".join(digits.split())
    return bytes.fromhex((bare + b"0" * (len(bare) % 2)).decode("ascii"))


def _text(raw: bytes) -> str:
    return raw.decode("utf-16", "replace") if raw.startswith(b"\xfe\xff") else raw.decode("utf-8", "replace")
