"""What a filter learns from: a caught message as its other recipients got it, without anything that names the trap.

A placeholder in the trap's place would be learned as a word of spam, so what is taken out leaves no mark behind. Header
fields about recipients are left out whole, and so are those that our own servers wrote; of subject, sender and text
only the words that name us. What nobody can look into (archives, documents) is emptied: filters learn from texts. Then
it is checked: where an address of ours is left in any form, nothing is learned. Pure.
"""

import re
from dataclasses import replace
from email.header import Header

from trapline.filters.wrapping import unwrapped
from trapline.reporter.parsing.content_type import content_type
from trapline.reporter.parsing.parts import Part, as_text, encoded, field_name, mapped, raw_fields, split
from trapline.reporter.parsing.transfer import decoded_body, decoded_words
from trapline.reporter.redaction.cutting import FILE_IN_TEXT, can_be_read, is_text
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
from trapline.reporter.redaction.redaction import RECIPIENT_FIELDS, IsOurs, Redactor, TooManyAddressesError
from trapline.reporter.redaction.traces import Traces
from trapline.spool.envelope import Envelope

#: Fields that say to whom, and where, a message was delivered.
DELIVERY_FIELDS = RECIPIENT_FIELDS | {"return-path", "trapline-envelope", "x-trapline"}

_WORDS = frozenset({"subject", "from", "reply-to", "sender", "comments", "keywords"})  # in which a name is one of many
_BOUNDARY = b"----=_Part_"  # as many programs have it
_WORD_IN_A_HEADER = re.compile(rb"=\?[^?\s]{1,60}\?[bq]\?", re.IGNORECASE)  # RFC 2047, 2


def extract(message: bytes, envelope: Envelope, is_ours: IsOurs, max_bytes: int) -> bytes | str:
    """What is learned of `message`, `max_bytes` of it at most; or why nothing is, in words."""
    part = mapped(split(unwrapped(message)), _readable)
    size = sum(map(len, part.segments()))
    if size > max_bytes:
        return f"larger than learning.max_bytes ({size} bytes)"
    try:
        recipients = [recipient.address for recipient in envelope.recipients]
        trackers = trackers_of(message, part, envelope)
        redactor = Redactor(recipients, found_in(part, is_ours), trackers, erase=True)
    except TooManyAddressesError:
        return "too many addresses of ours in the message to take them all out"
    part = _without_us(complete(part), redactor, Traces(is_ours, envelope.queue_id))
    made = b"".join(part.segments())
    if any(redactor.leaks(one) for one in (*map(as_text, part.segments()), *readings(part))):
        return "an address of ours could not be taken out of the message"
    return made


def _readable(leaf: Part) -> Part:
    """`leaf`, emptied where nobody can look for an address in it; files in the middle of a text are taken out."""
    if not can_be_read(leaf):
        return replace(leaf, body=b"")
    if not is_text(leaf):
        return leaf
    data = decoded_body(leaf.body, leaf.encoding)
    kept = FILE_IN_TEXT.sub(b"", data)
    return leaf if kept == data else replace(leaf, body=encoded(kept, leaf.encoding))


def _without_us(part: Part, redactor: Redactor, traces: Traces) -> Part:
    part = with_plain_boundary(part, redactor, _BOUNDARY)
    clean = replace(
        part,
        header=b"".join(_field(field, part, redactor, traces) for field in raw_fields(part.header)),
        preamble=redactor.redact_and_cut(part.preamble),
        epilogue=redactor.redact_and_cut(part.epilogue),
        children=tuple(_without_us(child, redactor, traces) for child in part.children),
    )
    if part.children:
        return clean
    clean = replace(clean, body=redacted_body(part, redactor))
    return replace(clean, body=b"") if any(map(redactor.leaks, readings(clean))) else clean


def _field(field: bytes, part: Part, redactor: Redactor, traces: Traces) -> bytes:
    """A header field, in its words where it is made of words, else whole or not at all."""
    if not field.strip():
        return field  # the line that ends the header
    name, colon, value = field.partition(b":")
    kind = field_name(field)
    if not colon or kind in DELIVERY_FIELDS or redactor.names(as_text(name)):
        return b""
    if kind == "received":
        field = name + colon + RECEIVED_FOR.sub(b"", value)
    elif kind in _WORDS:
        return _words(name, value, redactor)
    if kind.startswith("content-"):
        told = map(redactor.tells, content_type(b" ".join(value.split()), "").parameters.values())
        return plain_content_field(name, part) if any(told) or _names_us(field, redactor) else field
    return b"" if traces.redact(field) != field or _names_us(field, redactor) else field


def _words(name: bytes, value: bytes, redactor: Redactor) -> bytes:
    """A field of words without those that name us; none where it still tells."""
    kept = redactor.redact_and_cut(value)
    if _WORD_IN_A_HEADER.search(value) and _tells(decoded_words(value), redactor):
        words = redactor.redact_and_cut(decoded_words(value).encode("utf-8", "replace")).decode("utf-8", "replace")
        kept = b" " + Header(" ".join(words.split()), "utf-8").encode(linesep="\n").encode("ascii") + b"\n"
    made = name + b":" + kept
    return b"" if redactor.leaks(as_text(made)) or redactor.leaks(decoded_words(kept)) else made


def _names_us(field: bytes, redactor: Redactor) -> bool:
    value = field.partition(b":")[2]
    if redactor.redact_field(value) != value or redactor.leaks(as_text(value)):
        return True
    return b"=?" in value and _tells(decoded_words(value), redactor)


def _tells(text: str, redactor: Redactor) -> bool:
    return redactor.names(text) or redactor.tells(text)
