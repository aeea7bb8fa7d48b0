"""The mail sample: a caught message as Spamhaus may see it.

Our Received line on top says where it came from (`from … [client]`, or the sample is worth nothing); our own addresses
are taken out, in headers, in decoded text and in what is encoded; what can't be looked into (archives, documents) and
what does not fit is replaced by its name, size and SHA-256. Then it is checked: where an address is left in any form,
nothing is sent. The rest is byte for byte what the spammer sent, and still a valid message.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice

from trapline.reporter.evidence.authentication import Authentication
from trapline.reporter.indicators import Skip
from trapline.reporter.parsing.content_type import content_type
from trapline.reporter.parsing.parts import Part, as_text, cost, field_name, json_size, raw_fields, split
from trapline.reporter.parsing.transfer import decoded_words
from trapline.reporter.redaction.cutting import fitted, noted, without_opaque
from trapline.reporter.redaction.part_redaction import (
    RECEIVED_FOR,
    complete,
    found_in,
    plain_content_field,
    readings,
    redacted_body,
    trackers_of,
    with_plain_boundary,
)
from trapline.reporter.redaction.redaction import (
    PLACEHOLDER_DOMAIN,
    RECIPIENT_FIELDS,
    IsOurs,
    Redactor,
    TooManyAddressesError,
)
from trapline.reporter.redaction.traces import Traces
from trapline.reporter.submission.portal import MAX_REQUEST_BYTES
from trapline.spool.block import received_line
from trapline.spool.envelope import Envelope

ROOM_BYTES = MAX_REQUEST_BYTES - 3_000  #: for the sample as JSON; the rest is for reason, threat type and frame
REDACTED_TIMES = 4  #: as much as fits is redacted, so that what is cut off in the end was whole before
MAX_LISTED = 20  #: recipients that a field shows as placeholders

_OUR_HOST = f"mx.{PLACEHOLDER_DOMAIN}"
_FIELD_NAME = re.compile(rb"[!-9;-~]+[ \t]*")  # RFC 5322, 2.2
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
        redactor = Redactor(recipients, found_in(part, is_ours), trackers_of(message, part, envelope))
    except TooManyAddressesError:
        return Skip("no sample: too many addresses of ours in the message to take them all out")
    top = _top(envelope, redactor, auth)
    traces = Traces(is_ours, envelope.queue_id)
    part = fitted(_redacted(complete(part), redactor, traces), room - cost(top))
    text = as_text(top) + "".join(as_text(segment) for segment in part.segments())
    if json_size(text) > room:
        return Skip("no sample: its header alone is too large")
    if any(redactor.leaks(one) for one in (text, *readings(part))):
        return Skip("no sample: an address of ours could not be taken out of the message")
    return Sample(text)


def _top(envelope: Envelope, redactor: Redactor, auth: Authentication | None) -> bytes:
    """What stands on top: our Received line, without our names, and notes about redaction and DKIM.

    No Received line of ours where another server received the message: its own is in there.
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
    part = with_plain_boundary(part, redactor)
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
    body = redacted_body(part, redactor)
    told = any(redactor.leaks(one) for one in readings(replace(clean, body=body)))
    return noted(clean) if told else replace(clean, body=body)


def _redacted_field(field: bytes, part: Part, redactor: Redactor) -> bytes:
    name, colon, value = field.partition(b":")
    if not colon:
        return redactor.redact(field)
    name = redactor.redact_and_cut(name)
    name = name if _FIELD_NAME.fullmatch(name) else b"X-Redacted"
    if field_name(field) in RECIPIENT_FIELDS:
        return name + b": " + _placeholders(value, redactor) + b"\n"
    if field_name(field) == "received":
        value = RECEIVED_FOR.sub(b"for <recipient@" + PLACEHOLDER_DOMAIN.encode() + b">", value)
    given, value = value, redactor.redact_field(value)
    told = redactor.leaks(as_text(value)) or (b"=?" in value and redactor.names(decoded_words(value)))
    if field_name(field).startswith("content-"):
        told = told or any(map(redactor.leaks, _parameters(value))) or _leaks_in_pieces(given, redactor)
        return plain_content_field(name, part) if told else name + colon + value
    return name + b": [redacted]\n" if told else name + colon + value


def _parameters(value: bytes) -> Iterable[str]:
    return content_type(b" ".join(value.split()), "").parameters.values()


def _leaks_in_pieces(value: bytes, redactor: Redactor) -> bool:
    """Whether a parameter tells an address that does not stand there in one: redaction leaves some of its pieces."""
    text = as_text(value)
    return any(one not in text and redactor.leaks(one) for one in _parameters(value))


def _placeholders(value: bytes, redactor: Redactor) -> bytes:
    """One placeholder for each address in `value`; nothing else of it is kept, names are people's too."""
    found = [match.group() for match in islice(_ADDRESS.finditer(value), MAX_LISTED)]
    if not found:
        return b"undisclosed-recipients:;"
    ending = PLACEHOLDER_DOMAIN.encode()
    known = (redactor.redact(one) for one in found)
    return b", ".join(one if one.endswith(ending) else b"recipient@" + ending for one in known)
