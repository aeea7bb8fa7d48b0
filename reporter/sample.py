"""The mail sample: a caught message as Spamhaus may see it.

Our Received line on top says where it came from (`from … [client]`, or the sample is worth nothing); our own addresses
are taken out, in headers, in decoded text and in what is encoded; what can't be looked into (archives, documents) and
what does not fit is replaced by its name, size and SHA-256. Then it is checked: where an address is left in any form,
nothing is sent. The rest is byte for byte what the spammer sent, and still a valid message.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from trapline.reporter.content_type import content_type
from trapline.reporter.cutting import fitted, is_text, noted, without_opaque
from trapline.reporter.evidence.authentication import Authentication
from trapline.reporter.indicators import Skip
from trapline.reporter.parts import Part, as_text, cost, encoded, field_name, json_size, raw_fields, split
from trapline.reporter.portal import MAX_REQUEST_BYTES
from trapline.reporter.redaction import (
    PLACEHOLDER_DOMAIN,
    RECIPIENT_FIELDS,
    IsOurs,
    Redactor,
    TooManyAddressesError,
    addresses_of_ours,
)
from trapline.reporter.traces import Traces
from trapline.reporter.trackers import Trackers, of_message
from trapline.reporter.transfer import codec_of, decoded_body, decoded_text, decoded_words
from trapline.spool.block import received_line
from trapline.spool.envelope import Envelope
from trapline.spool.header import split_header

ROOM_BYTES = MAX_REQUEST_BYTES - 3_000  #: for the sample as JSON; the rest is for reason, threat type and frame
REDACTED_TIMES = 4  #: as much as fits is redacted, so that what is cut off in the end was whole before
MAX_LISTED = 20  #: recipients that a field shows as placeholders

_OUR_HOST = f"mx.{PLACEHOLDER_DOMAIN}"
_FOLDED_TYPES = {"text/calendar", "text/vcard", "text/x-vcard", "text/directory", "text/x-vcalendar"}
_FOLD = re.compile(rb"\r?\n[ \t]")  # RFC 5545, 3.1; RFC 6350, 3.2
_FIELD_NAME = re.compile(rb"[!-9;-~]+[ \t]*")  # RFC 5322, 2.2
_FOR = re.compile(rb"\bfor[ \t\r\n]+<?[^\s<>;]{1,320}@[^\s<>;]{1,255}>?", re.IGNORECASE)
_ADDRESS = re.compile(rb"[^\s<>,;:\"()]{1,128}@[^\s<>,;:\"()]{1,253}")


@dataclass(frozen=True, slots=True)
class Sample:
    """A message that may be sent."""

    text: str


def prepare(
    message: bytes,
    envelope: Envelope,
    is_ours: IsOurs,
    room: int = ROOM_BYTES,
    auth: Authentication | None = None,
) -> Sample | Skip:
    """The sample of `message`, at most `room` bytes long as JSON; or why there is none. Pure.

    `auth` is what was found of the message as it came: a signature does not fit what was changed.
    """
    if envelope.bodiless:
        return Skip("no sample: the message was refused before its text was sent")
    part = fitted(without_opaque(split(message)), REDACTED_TIMES * room)
    try:
        recipients = [recipient.address for recipient in envelope.recipients]
        redactor = Redactor(recipients, _found(part, is_ours), _trackers(message, part, envelope))
    except TooManyAddressesError:
        return Skip("no sample: too many addresses of ours in the message to take them all out")
    top = _top(envelope, redactor, auth)
    traces = Traces(is_ours, envelope.queue_id)
    part = fitted(_redacted(_complete(part), redactor, traces), room - cost(top))
    text = as_text(top) + "".join(as_text(segment) for segment in part.segments())
    if json_size(text) > room:
        return Skip("no sample: its header alone is too large")
    if any(redactor.leaks(one) for one in (text, *_readings(part))):
        return Skip("no sample: an address of ours could not be taken out of the message")
    return Sample(text)


def _found(part: Part, is_ours: IsOurs) -> Iterator[str]:
    """What else in the message is ours."""
    for segment in (*part.segments(), *(decoded_body(leaf.body, leaf.encoding) for leaf in part.leaves())):
        yield from addresses_of_ours(segment, is_ours)
    words = (decoded_words(field.partition(b":")[2]) for field in raw_fields(part.header) if b"=?" in field)
    yield from addresses_of_ours("\n".join(words).encode("utf-8", "surrogateescape"), is_ours)


def _trackers(message: bytes, part: Part, envelope: Envelope) -> Trackers:
    texts = (decoded_body(leaf.body, leaf.encoding) for leaf in part.leaves() if is_text(leaf))
    return of_message(envelope.mail_from, split_header(message)[0], texts)


def _top(envelope: Envelope, redactor: Redactor, auth: Authentication | None) -> bytes:
    """Our Received line, without our names, where the message has none of its receiver's; and a word about what was
    done, and what DKIM said before.
    """
    line = "" if envelope.received_by_another else _received(envelope, redactor) + "\n"
    cut = "; the end of the message is missing" if envelope.truncated else ""
    note = f"X-Sample-Note: redacted: recipients' addresses were replaced, attachments may be left out{cut}\n"
    note += f"X-Sample-DKIM: {_dkim(auth)}"
    return redactor.redact(f"{line}{note}\n".encode("utf-8", "surrogateescape"))


def _received(envelope: Envelope, redactor: Redactor) -> str:
    """Where it came from; where a name tells a recipient beyond redaction, by the address alone."""
    bare = replace(envelope, queue_id=None)
    unnamed = replace(bare, helo=None, client=replace(envelope.client, name=None))
    lines = [received_line(one, _OUR_HOST) for one in (bare, unnamed)]
    shown = redactor.redact(lines[0].encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")
    return lines[1] if redactor.names(shown) else lines[0]


def _dkim(auth: Authentication | None) -> str:
    """What DKIM said of the message before it was redacted, as our own server checked it."""
    if auth is None or auth.dkim is None:
        return "not checked before it was redacted"
    of = f" ({', '.join(auth.dkim_domains[:MAX_LISTED])})" if auth.dkim_domains else ""
    return f"{auth.dkim}{of} before it was redacted".encode("ascii", "replace").decode("ascii")


def _redacted(part: Part, redactor: Redactor, traces: Traces) -> Part:
    part = _with_plain_boundary(part, redactor)
    fields = (_redacted_field(field, part, redactor) for field in raw_fields(part.header))
    clean = replace(
        part,
        header=b"".join(traces.redact(field) for field in fields),
        name=as_text(redactor.redact_and_cut(part.name.encode("utf-8", "surrogateescape"))),
        preamble=redactor.redact_and_cut(part.preamble),
        epilogue=redactor.redact_and_cut(part.epilogue),
        children=tuple(_redacted(child, redactor, traces) for child in part.children),
    )
    if part.children:
        return clean
    body = _redacted_body(part, redactor)
    told = any(redactor.leaks(one) for one in _readings(replace(clean, body=body)))
    return noted(clean) if told else replace(clean, body=body)


def _with_plain_boundary(part: Part, redactor: Redactor) -> Part:
    """`part` with another boundary where the sender's own names a recipient."""
    boundary = content_type(_value(part.header, "content-type"), "").parameters.get("boundary", "")
    if not part.type.startswith("multipart/") or not part.children or not redactor.tells(boundary):
        return part
    old = boundary.encode("utf-8", "surrogateescape")
    new = b"redacted-%d" % sum(map(len, part.segments()))  # no part inside is as large, so none has the same
    fields = (
        field.replace(old, new) if field_name(field) == "content-type" else field for field in raw_fields(part.header)
    )
    return replace(part, header=b"".join(fields), delimiters=tuple(line.replace(old, new) for line in part.delimiters))


def _value(header: bytes, name: str) -> bytes:
    found = (field.partition(b":")[2] for field in raw_fields(header) if field_name(field) == name)
    return b" ".join(next(found, b"").split())


def _redacted_field(field: bytes, part: Part, redactor: Redactor) -> bytes:
    name, colon, value = field.partition(b":")
    if not colon:
        return redactor.redact(field)
    name = redactor.redact_and_cut(name)
    name = name if _FIELD_NAME.fullmatch(name) else b"X-Redacted"
    if field_name(field) in RECIPIENT_FIELDS:
        return name + b": " + _placeholders(value, redactor) + b"\n"
    if field_name(field) == "received":
        value = _FOR.sub(b"for <recipient@" + PLACEHOLDER_DOMAIN.encode() + b">", value)
    value = redactor.redact_field(value)
    told = redactor.leaks(as_text(value)) or (b"=?" in value and redactor.names(decoded_words(value)))
    if field_name(field).startswith("content-"):
        told = told or any(map(redactor.leaks, content_type(b" ".join(value.split()), "").parameters.values()))
        return _plain_content_field(name, part) if told else name + colon + value
    return name + b": [redacted]\n" if told else name + colon + value


def _plain_content_field(name: bytes, part: Part) -> bytes:
    """A Content-Type with what is needed to read the part; another field about it is left out."""
    if name.lower() != b"content-type":
        return b""
    if part.type.startswith("multipart/") and part.delimiters:
        return name + b": " + part.type.encode() + b'; boundary="' + part.delimiters[0].strip()[2:] + b'"\n'
    charset = f"; charset={part.charset}" if re.fullmatch(r"[\w.-]{1,40}", part.charset) else ""
    return name + f": {part.type}{charset}\n".encode("utf-8", "surrogateescape")


def _placeholders(value: bytes, redactor: Redactor) -> bytes:
    """One placeholder for each address in `value`; nothing else of it is kept, names are people's too."""
    found = [match.group() for match in islice(_ADDRESS.finditer(value), MAX_LISTED)]
    if not found:
        return b"undisclosed-recipients:;"
    ending = PLACEHOLDER_DOMAIN.encode()
    known = (redactor.redact(one) for one in found)
    return b", ".join(one if one.endswith(ending) else b"recipient@" + ending for one in known)


def _redacted_body(part: Part, redactor: Redactor) -> bytes:
    if not is_text(part):
        return part.body
    data = decoded_body(part.body, part.encoding)
    if part.type in _FOLDED_TYPES:
        data = _FOLD.sub(b"", data)
    clean = _redacted_text(data, part, redactor)
    body = part.body if clean == data else encoded(clean, part.encoding)
    # What is wrongly encoded reads differently as it stands: `?t=6869…` in a quoted-printable text, not as `=3D`.
    readable = not part.encoding.startswith("base64")
    return redactor.redact_and_cut(body) if readable and redactor.leaks(as_text(body)) else body


def _redacted_text(data: bytes, part: Part, redactor: Redactor) -> bytes:
    """`data` redacted as it stands, and as its charset has it where that writes even Latin letters in its own way."""
    codec = codec_of(data, part.charset, html="html" in part.type)
    if codec is None or (codec != "utf-7" and "a@b.c-1".encode(codec, "replace") == b"a@b.c-1"):
        return redactor.redact_and_cut(data)
    text = data.decode(codec, "replace").encode("utf-8", "replace")
    clean = redactor.redact_and_cut(text)
    return data if clean == text else clean.decode("utf-8", "replace").encode(codec, "replace")


def _readings(part: Part) -> Iterator[str]:
    """Every leaf as a reader sees it."""
    for leaf in part.leaves():
        data = decoded_body(leaf.body, leaf.encoding)
        yield decoded_text(data, leaf.charset, html="html" in leaf.type)
        yield data.decode("latin-1")


def _complete(part: Part) -> Part:
    """With an empty line below the header, even where the sender forgot it."""
    if part.header.endswith((b"\n\n", b"\n\r\n")) or part.header in {b"\n", b"\r\n"}:
        return part
    missing = b"\n" if not part.header or part.header.endswith(b"\n") else b"\n\n"
    return replace(part, header=part.header + missing)
