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

from trapline.reporter.cutting import fitted, without_opaque
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
from trapline.reporter.transfer import decoded_body, decoded_text, decoded_words
from trapline.spool.block import received_line
from trapline.spool.envelope import Envelope

ROOM_BYTES = MAX_REQUEST_BYTES - 3_000  #: for the sample as JSON; the rest is for reason, threat type and frame
REDACTED_TIMES = 4  #: as much as fits is redacted, so that what is cut off in the end was whole before
MAX_LISTED = 20  #: recipients that a field shows as placeholders

_OUR_HOST = f"mx.{PLACEHOLDER_DOMAIN}"
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
        redactor = Redactor([recipient.address for recipient in envelope.recipients], _found(part, is_ours))
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


def _top(envelope: Envelope, redactor: Redactor, auth: Authentication | None) -> bytes:
    """Our Received line, without our names, where the message has none of its receiver's; and a word about what was
    done, and what DKIM said before.
    """
    line = "" if envelope.received_by_another else received_line(replace(envelope, queue_id=None), _OUR_HOST) + "\n"
    cut = "; the end of the message is missing" if envelope.truncated else ""
    note = f"X-Sample-Note: redacted: recipients' addresses were replaced, attachments may be left out{cut}\n"
    note += f"X-Sample-DKIM: {_dkim(auth)}"
    return redactor.redact(f"{line}{note}\n".encode("utf-8", "surrogateescape"))


def _dkim(auth: Authentication | None) -> str:
    """What DKIM said of the message before it was redacted, as our own server checked it."""
    if auth is None or auth.dkim is None:
        return "not checked before it was redacted"
    of = f" ({', '.join(auth.dkim_domains[:MAX_LISTED])})" if auth.dkim_domains else ""
    return f"{auth.dkim}{of} before it was redacted".encode("ascii", "replace").decode("ascii")


def _redacted(part: Part, redactor: Redactor, traces: Traces) -> Part:
    fields = (_redacted_field(field, redactor) for field in raw_fields(part.header))
    return replace(
        part,
        header=b"".join(traces.redact(field) for field in fields),
        body=_redacted_body(part, redactor),
        preamble=redactor.redact_and_cut(part.preamble),
        epilogue=redactor.redact_and_cut(part.epilogue),
        children=tuple(_redacted(child, redactor, traces) for child in part.children),
    )


def _redacted_field(field: bytes, redactor: Redactor) -> bytes:
    name, colon, value = field.partition(b":")
    if not colon or not value.strip():
        return redactor.redact(field)
    if field_name(field) in RECIPIENT_FIELDS:
        return name + b": " + _placeholders(value, redactor) + b"\n"
    if field_name(field) == "received":
        value = _FOR.sub(b"for <recipient@" + PLACEHOLDER_DOMAIN.encode() + b">", value)
    value = redactor.redact(value)
    if b"=?" in value and redactor.leaks(decoded_words(value)):
        return name + b": [redacted]\n"
    if field_name(field).startswith("content-") or not redactor.leaks(as_text(value)):
        return name + colon + value
    return name + b": [redacted]\n"


def _placeholders(value: bytes, redactor: Redactor) -> bytes:
    """One placeholder for each address in `value`; nothing else of it is kept, names are people's too."""
    found = [match.group() for match in islice(_ADDRESS.finditer(value), MAX_LISTED)]
    if not found:
        return b"undisclosed-recipients:;"
    ending = PLACEHOLDER_DOMAIN.encode()
    known = (redactor.redact(one) for one in found)
    return b", ".join(one if one.endswith(ending) else b"recipient@" + ending for one in known)


def _redacted_body(part: Part, redactor: Redactor) -> bytes:
    data = decoded_body(part.body, part.encoding)
    if not part.type.startswith("text/"):
        return part.body
    clean = redactor.redact_and_cut(data)
    body = part.body if clean == data else encoded(clean, part.encoding)
    # What is wrongly encoded reads differently as it stands: `?t=6869…` in a quoted-printable text, not as `=3D`.
    readable = not part.encoding.startswith("base64")
    return redactor.redact_and_cut(body) if readable and redactor.leaks(as_text(body)) else body


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
