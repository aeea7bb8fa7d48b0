"""A message as the pieces that a sample is made of: byte for byte what it was, until a piece is replaced.

`message.py` reads what a person would read; here nothing is decoded or mended, so that what is not touched stays as the
spammer sent it. Depth and number of parts are bounded: what is beyond stays one piece.
Source: RFC 2046, 5.1.1 (multipart), 5.2.1 (message/rfc822).
"""

import binascii
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from trapline.reporter.parsing.content_type import content_type, file_name
from trapline.reporter.parsing.transfer import transfer_encoding
from trapline.spool.header import split_header

MAX_DEPTH = 20
MAX_PARTS = 1_000  #: delimiters of one multipart
MAX_DELIMITERS = 5_000  #: lines of the whole message that may be one
MAX_COPIED_BYTES = 128 * 1024 * 1024  #: each depth holds a copy of what is below it


_FIELD = re.compile(rb"[^\n]*\n?(?:[ \t][^\n]*(?:\n|\Z))*")


@dataclass(frozen=True, slots=True)
class Part:
    """A header, and below it either a body (a leaf) or children, with the lines that stand around them."""

    header: bytes  #: with the empty line that ends it
    type: str  #: the media type, lower case
    encoding: str  #: Content-Transfer-Encoding, lower case
    charset: str
    name: str  #: the file's name, "" where there is none
    attached: bool  #: Content-Disposition: attachment
    body: bytes = b""  #: of a leaf
    children: tuple["Part", ...] = ()
    preamble: bytes = b""  #: above the first delimiter
    delimiters: tuple[bytes, ...] = ()  #: one before each child, and the closing one where it is there
    epilogue: bytes = b""

    def leaves(self) -> Iterator["Part"]:
        """The parts without children, in order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()

    def segments(self) -> Iterator[bytes]:
        """What the part is made of, in order: joined they are its bytes, and each is in one charset."""
        yield self.header
        yield self.body
        yield self.preamble
        for place, child in enumerate(self.children):
            yield self.delimiters[place]
            yield from child.segments()
        yield from self.delimiters[len(self.children) :]
        yield self.epilogue


def raw_fields(header: bytes) -> list[bytes]:
    """The fields of `header` as they stand, folded lines with theirs; joined they are `header` again."""
    return [match.group() for match in _FIELD.finditer(header) if match.group()]


def field_name(field: bytes) -> str:
    """The name of a raw field, lower case."""
    return field.partition(b":")[0].strip().lower().decode("latin-1")


def split(raw: bytes, depth: int = 0) -> Part:
    """`raw` as its parts; joined, their segments are `raw` again."""
    fields, start = split_header(raw)
    header = dict(reversed(fields))
    content = content_type(header.get("content-type", b""), "text/plain")
    disposition = header.get("content-disposition", b"")
    head = Part(
        header=raw[:start],
        type=content.value,
        encoding=transfer_encoding(header.get("content-transfer-encoding", b"")),
        charset=content.parameters.get("charset", ""),
        name=file_name(header),
        attached=disposition.lower().startswith(b"attachment"),
    )
    return _with_content(head, raw[start:], content.parameters.get("boundary", ""), depth)


def _with_content(head: Part, body: bytes, boundary: str, depth: int) -> Part:
    deeper = depth < MAX_DEPTH and (depth + 1) * len(body) <= MAX_COPIED_BYTES
    if depth == 0 and body.count(b"\n--") > MAX_DELIMITERS:
        deeper = False
    if deeper and head.type.startswith("multipart/") and boundary:
        return _multipart(head, body, boundary, depth)
    if deeper and head.type == "message/rfc822" and head.encoding not in {"base64", "quoted-printable"}:
        return replace(head, children=(split(body, depth + 1),), delimiters=(b"",))
    return replace(head, body=body)


def _multipart(head: Part, body: bytes, boundary: str, depth: int) -> Part:
    mark = re.escape(boundary.encode("utf-8", "surrogateescape"))
    line = re.compile(rb"^--" + mark + rb"(--)?[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
    found = list(islice(line.finditer(body), MAX_PARTS + 1))
    closing = next((place for place, match in enumerate(found) if match[1]), None)
    opening = found if closing is None else found[:closing]
    if not opening or len(found) > MAX_PARTS:
        return replace(head, body=body)
    ends = [match.start() for match in opening[1:]]
    ends.append(len(body) if closing is None else found[closing].start())
    children = tuple(split(body[match.end() : end], depth + 1) for match, end in zip(opening, ends, strict=True))
    delimiters = tuple(match.group() for match in (opening if closing is None else found[: closing + 1]))
    epilogue = b"" if closing is None else body[found[closing].end() :]
    return replace(head, children=children, preamble=body[: found[0].start()], delimiters=delimiters, epilogue=epilogue)


def mapped(part: Part, change: Callable[[Part], Part]) -> Part:
    """`part` with every leaf as `change` makes it."""
    if not part.children:
        return change(part)
    return replace(part, children=tuple(mapped(child, change) for child in part.children))


def encoded(data: bytes, encoding: str) -> bytes:
    """As `decoded_body` reads it."""
    if encoding == "base64":
        lines = (data[place : place + 57] for place in range(0, len(data), 57))
        return b"".join(binascii.b2a_base64(line) for line in lines)
    if encoding == "quoted-printable":
        return binascii.b2a_qp(data, istext=True)
    return data


def as_text(raw: bytes) -> str:
    """UTF-8, or else each byte as its character, so that nothing is lost; NUL, which no database keeps, as U+FFFD."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def cost(raw: bytes) -> int:
    """How many bytes `raw` takes in a JSON text."""
    return json_size(as_text(raw))


def json_size(text: str) -> int:
    """How many bytes `text` takes as a JSON text, its quotes not counted."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8")) - 2
