"""The header block on top of a caught message: who sent it to whom, in a form that any mail client can show.

    Return-Path: <news@pills.example>
    Delivered-To: trap@mx.example
    Received: from pills.example (unknown [9.8.7.66]) by mx.example (trapline) with ESMTP id 4bX…; Sat, 21 Nov 2026 …
    Trapline-Envelope: {"version": 1, …

then the message as Postfix handed it over. A milter never sees Postfix's own Received line, so a sample would be worth
nothing without ours. The reader believes the block only at the very top of a file; the same headers further down are
the sender's. Whether the file may be believed at all (is it in our own spool?) is for the caller to know.
"""

import json
import re
from email.utils import format_datetime

from trapline.config.names import IpAddress
from trapline.spool.envelope import Envelope, EnvelopeError

MAX_BLOCK_BYTES = 8 * 1024 * 1024  #: 1,000 recipients (Postfix's default limit) with long addresses fit well

_FIELD = b"Trapline-Envelope:"
_ABOVE = (b"return-path:", b"delivered-to:", b"received:")
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]+")
_LINE_BREAKING = re.compile(r"[\x00-\x1f\x7f]+")
_LAST_LINE_END = re.compile(rb"\n(?![ \t])")
_FOLDED = json.JSONDecoder(strict=False)  # a fold may be within a string


def write(envelope: Envelope, host: str) -> bytes:
    """The block for `envelope`, with LF line ends; `host` is the name of this server, for the Received line."""
    lines = [f"Return-Path: <{_one_line(envelope.mail_from or '')}>"]
    lines += dict.fromkeys(f"Delivered-To: {_one_line(trap.address)}" for trap in envelope.traps)
    if not envelope.received_by_another:
        lines.append(received_line(envelope, host))
    text = "\n".join(lines).encode("utf-8", "surrogateescape")
    return text + b"\n" + _FIELD + b" " + envelope.dumps().encode("ascii") + b"\n"


def received_line(envelope: Envelope, host: str) -> str:
    """A Received line in Postfix's form (RFC 5321, 4.4), with no recipient in it."""
    client = envelope.client
    helo = _UNPRINTABLE.sub("?", envelope.helo or "") or "unknown"
    name = _UNPRINTABLE.sub("?", client.name or "") or "unknown"
    protocol = "ESMTPA" if client.authenticated else "ESMTP"
    queue_id = f" id {_UNPRINTABLE.sub('?', envelope.queue_id)}" if envelope.queue_id else ""
    return (
        f"Received: from {helo} ({name} {_literal(client.address)})\n"
        f"\tby {host} (trapline) with {protocol}{queue_id};\n"
        f"\t{format_datetime(envelope.received)}"
    )


def parse(raw: bytes) -> tuple[Envelope, bytes]:
    """The envelope at the top of `raw`, and the message below it.

    Raises EnvelopeError: there is no block at the very top, or its envelope can't be read.
    """
    start = _envelope_start(raw)
    end = _end_of_field(raw, start)
    try:
        text = _unfolded(raw[start + len(_FIELD) : end]).decode("ascii")
    except UnicodeDecodeError:
        raise EnvelopeError("the envelope is not ASCII: the file was changed after it was written") from None
    return Envelope.loads(text), raw[end:]


def has_block(raw: bytes) -> bool:
    """Whether `raw` starts with a block (which says nothing about who wrote it)."""
    try:
        _envelope_start(raw)
    except EnvelopeError:
        return False
    return True


def _envelope_start(raw: bytes) -> int:
    """Where the line `Trapline-Envelope:` starts; only our own fields may stand above it."""
    place = 0
    while place < min(len(raw), MAX_BLOCK_BYTES):
        line = raw[place : place + len(_FIELD)].lower()
        if line == _FIELD.lower():
            return place
        if not line.startswith(_ABOVE) and not (place and line[:1] in {b" ", b"\t"}):
            break
        place = raw.find(b"\n", place) + 1
        if place == 0:
            break
    raise EnvelopeError("no envelope of trapline at the top: this file was not written by its milter")


def _end_of_field(raw: bytes, start: int) -> int:
    """Where the folded field that starts at `start` ends, its last line end included.

    That is the line in which its JSON ends: a message may begin with a line that looks like a fold.
    """
    value = raw[start + len(_FIELD) : start + MAX_BLOCK_BYTES].decode("latin-1")
    blanks = len(value) - len(value.lstrip())
    try:
        _, length = _FOLDED.raw_decode(value, blanks)
        line_end = raw.find(b"\n", start + len(_FIELD) + length)
    except (ValueError, RecursionError):  # which reading the whole of it will say
        found = _LAST_LINE_END.search(raw, start)
        line_end = found.start() if found else -1
    if line_end < 0:
        raise EnvelopeError("the envelope is cut off: the file is incomplete")
    return line_end + 1


def _unfolded(value: bytes) -> bytes:
    """On one line (RFC 5322, 2.2.3)."""
    return value.replace(b"\r", b"").replace(b"\n", b"")


def _literal(address: IpAddress | None) -> str:
    if address is None:
        return "[unknown]"
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"


def _one_line(text: str) -> str:
    return _LINE_BREAKING.sub("?", text)
