"""Taking off what a filter put around a message or into it, before it is learned from.

SpamAssassin's `report_safe` makes a new message of its report, with the original as the second part; both filters add
header fields. Whoever learns from that learns the report's words. Pure, and byte for byte: the original is cut out, not
written anew. A message that is not wrapped in exactly this way is left as it is, apart from the fields.
Sources: SpamAssassin 4.0, Mail::SpamAssassin::PerMsgStatus (rewrite_report_safe) and remove_spamassassin_markup;
rspamd, milter_headers.
"""

import re

MAX_HEADER_BYTES = 1_048_576  #: a longer header is no mail that a filter wrapped

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"^[^\s:][^:\r\n]*:.*(?:\r?\n[ \t].*)*\r?\n?", re.MULTILINE)
_FILTERS_OWN = re.compile(rb"x-(?:spam(?:d|assassin)?|rspamd)(?:-[a-z-]+)?[ \t]*:", re.IGNORECASE)
_REWRITTEN_SUBJECT = re.compile(rb"x-spam-prev-subject[ \t]*:", re.IGNORECASE)
_SUBJECT = re.compile(rb"subject[ \t]*:", re.IGNORECASE)

_CHECKED = re.compile(rb"^x-spam-checker-version[ \t]*:", re.IGNORECASE | re.MULTILINE)
_MIXED = re.compile(
    rb"^content-type[ \t]*:[ \t\r\n]*multipart/mixed[ \t]*;[ \t\r\n]*"
    rb"boundary=\"(?P<boundary>-{2,20}=_[0-9A-Z.]{1,60})\"",
    re.IGNORECASE | re.MULTILINE,
)
_ORIGINAL = re.compile(
    rb"^content-type[ \t]*:[ \t\r\n]*(?:message/rfc822|text/plain)[ \t]*;[ \t\r\n]*x-spam-type=original",
    re.IGNORECASE | re.MULTILINE,
)


def unwrapped(message: bytes) -> bytes:
    """`message` as it was before a filter marked it."""
    return _without_fields(_original(message))


def _original(message: bytes) -> bytes:
    """The message inside SpamAssassin's report, or `message` itself where it is no such report."""
    header, body = _split(message)
    mixed = _MIXED.search(header)
    if mixed is None or not _CHECKED.search(header):
        return message
    delimiter = re.compile(rb"(?:^|\r?\n)--" + re.escape(mixed["boundary"]) + rb"(?:--)?[ \t]*(?:\r?\n|$)")
    parts = delimiter.split(body)
    if len(parts) != 4:  # preamble, report, original, epilogue; more delimiters than that are not SpamAssassin's
        return message
    part_header, original = _split(parts[2])
    return original if _ORIGINAL.search(part_header) else message


def _without_fields(message: bytes) -> bytes:
    """Without the header fields that filters add, and with the subject that SpamAssassin kept when it wrote another."""
    header, body = _split(message)
    if not header:
        return message
    ending = message[len(header) : len(message) - len(body)]
    fields = _FIELD.findall(header)
    if b"".join(fields) != header:  # a line that is no field (mbox's `From `): nothing is touched
        return message
    before = next((field for field in fields if _REWRITTEN_SUBJECT.match(field)), None)
    kept = [field for field in fields if not _FILTERS_OWN.match(field)]
    if before is not None:
        kept = _with_subject(kept, before.partition(b":")[2].rstrip(b"\r\n"))
    return b"".join(kept).removesuffix(b"\n").removesuffix(b"\r") + ending + body if kept else message


def _with_subject(fields: list[bytes], subject: bytes) -> list[bytes]:
    """`fields` with another text of the first Subject. Only the first: a sender may write many, and a long text."""
    place = next((place for place, field in enumerate(fields) if _SUBJECT.match(field)), None)
    if place is None:
        return fields
    line_end = fields[place][len(fields[place].rstrip(b"\r\n")) :]
    return [*fields[:place], b"Subject:" + subject + line_end, *fields[place + 1 :]]


def _split(message: bytes) -> tuple[bytes, bytes]:
    """Header and body; no header where it does not end in time."""
    end = _HEAD_END.search(message, 0, MAX_HEADER_BYTES)
    return (b"", message) if end is None else (message[: end.start()], message[end.end() :])
