"""Taking our own addresses out of the pieces of a message: what a sample, and what a filter learns from, share.

A redactor says what is taken out and what stands there instead (redaction.py); here is where it has to look: in what is
encoded, in a charset of its own, in the names of parts and in the lines between them.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import replace

from trapline.reporter.evidence.trackers import Trackers, of_message
from trapline.reporter.parsing.content_type import content_type
from trapline.reporter.parsing.parts import Part, as_text, encoded, field_name, raw_fields
from trapline.reporter.parsing.transfer import codec_of, decoded_body, decoded_text, decoded_words
from trapline.reporter.redaction.cutting import is_text
from trapline.reporter.redaction.redaction import IsOurs, Redactor, addresses_of_ours
from trapline.spool.envelope import Envelope
from trapline.spool.header import split_header

#: The recipient in a Received field: `for <anna@mx.example>`.
RECEIVED_FOR = re.compile(rb"\bfor[ \t\r\n]+<?[^\s<>;]{1,320}@[^\s<>;]{1,255}>?", re.IGNORECASE)

_FOLDED_TYPES = {"text/calendar", "text/vcard", "text/x-vcard", "text/directory", "text/x-vcalendar"}
_BLANKS = b" \t\r\n"
_FOLD = re.compile(rb"\r?\n[ \t]")  # RFC 5545, 3.1; RFC 6350, 3.2


def found_in(part: Part, is_ours: IsOurs) -> Iterator[str]:
    """The addresses of ours in the message, beside those that the envelope names."""
    for segment in (*part.segments(), *(decoded_body(leaf.body, leaf.encoding) for leaf in part.leaves())):
        yield from addresses_of_ours(segment, is_ours)
    words = (decoded_words(field.partition(b":")[2]) for field in raw_fields(part.header) if b"=?" in field)
    yield from addresses_of_ours("\n".join(words).encode("utf-8", "surrogateescape"), is_ours)


def trackers_of(message: bytes, part: Part, envelope: Envelope) -> Trackers:
    """The tokens by which the sender knows the recipient."""
    texts = (decoded_body(leaf.body, leaf.encoding) for leaf in part.leaves() if is_text(leaf))
    return of_message(envelope.mail_from, split_header(message)[0], texts)


def with_plain_boundary(part: Part, redactor: Redactor, name: bytes = b"redacted-") -> Part:
    """`part` with another boundary, `name` and a number, where the sender's own names a recipient."""
    boundary = content_type(_value(part.header, "content-type"), "").parameters.get("boundary", "")
    if not part.type.startswith("multipart/") or not part.children or not redactor.tells(boundary):
        return part
    old = boundary.encode("utf-8", "surrogateescape")
    new = name + b"%d" % sum(map(len, part.segments()))  # no part inside is as large, so none has the same
    fields = (
        field.replace(old, new) if field_name(field) == "content-type" else field for field in raw_fields(part.header)
    )
    return replace(part, header=b"".join(fields), delimiters=tuple(line.replace(old, new) for line in part.delimiters))


def _value(header: bytes, name: str) -> bytes:
    found = (field.partition(b":")[2] for field in raw_fields(header) if field_name(field) == name)
    return b" ".join(next(found, b"").split())


def plain_content_field(name: bytes, part: Part) -> bytes:
    """A Content-Type with what is needed to read the part; another field about it is left out."""
    if name.lower() != b"content-type":
        return b""
    if part.type.startswith("multipart/") and part.delimiters:
        return name + b": " + part.type.encode() + b'; boundary="' + part.delimiters[0].strip()[2:] + b'"\n'
    charset = f"; charset={part.charset}" if re.fullmatch(r"[\w.-]{1,40}", part.charset) else ""
    return name + f": {part.type}{charset}\n".encode("utf-8", "surrogateescape")


def redacted_body(part: Part, redactor: Redactor) -> bytes:
    """The body of a leaf, redacted in what it decodes to."""
    if not is_text(part):
        return part.body
    data = decoded_body(part.body, part.encoding)
    if part.type in _FOLDED_TYPES:
        data = _FOLD.sub(b"", data)
    clean = _redacted_text(data, part, redactor)
    as_it_came = clean == data and not _is_read_in_several_ways(part)
    body = part.body if as_it_came else encoded(clean, part.encoding)
    # What is wrongly encoded reads differently as it stands: `?t=6869…` in a quoted-printable text, not as `=3D`.
    readable = part.encoding != "base64"
    return redactor.redact_and_cut(body) if readable and redactor.leaks(as_text(body)) else body


def _is_read_in_several_ways(part: Part) -> bool:
    """Whether it is base64 with padding or other signs among the letters: each program goes on there as it likes.

    Then only what we have read can be shown, since only that was searched.
    """
    if part.encoding != "base64":
        return False
    try:
        binascii.a2b_base64(part.body.translate(None, _BLANKS), strict_mode=True)
    except binascii.Error:
        return True
    return False


def _redacted_text(data: bytes, part: Part, redactor: Redactor) -> bytes:
    """`data` redacted as it stands, and as its charset has it where that writes even Latin letters in its own way."""
    codec = codec_of(data, part.charset, html="html" in part.type)
    if codec is None or (codec != "utf-7" and "a@b.c-1".encode(codec, "replace") == b"a@b.c-1"):
        return redactor.redact_and_cut(data)
    text = data.decode(codec, "replace").encode("utf-8", "replace")
    clean = redactor.redact_and_cut(text)
    return data if clean == text else clean.decode("utf-8", "replace").encode(codec, "replace")


def readings(part: Part) -> Iterator[str]:
    """Every leaf as a reader sees it."""
    for leaf in part.leaves():
        data = decoded_body(leaf.body, leaf.encoding)
        yield decoded_text(data, leaf.charset, html="html" in leaf.type)
        yield data.decode("latin-1")


def complete(part: Part) -> Part:
    """With an empty line below the header, even where the sender forgot it."""
    if part.header.endswith((b"\n\n", b"\n\r\n")) or part.header in {b"\n", b"\r\n"}:
        return part
    missing = b"\n" if not part.header or part.header.endswith(b"\n") else b"\n\n"
    return replace(part, header=part.header + missing)
