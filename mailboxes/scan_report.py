"""A spam message with its scanner's report in front: what `trapline scan --report` files.

It is built as SpamAssassin's `report_safe` does it, so that it can be taken apart again before learning from it
(filters/wrapping.py); the original stands in it byte for byte. Pure. Lines end in CRLF, as IMAP wants it.
"""

import re
import secrets
from importlib.metadata import version

from trapline.filters.scanner import Score

MAX_FIELD_BYTES = 900  #: of a field that is taken over from the original

_KEPT = re.compile(rb"^(?:from|to|cc|subject|date|message-id)[ \t]*:.*(?:\r?\n[ \t].*)*", re.IGNORECASE | re.MULTILINE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(r"\r\n|\r|\n")


def with_report(original: bytes, scanner: str, score: Score) -> bytes:
    """A message of `original`'s sender, subject and date, with the report as text and `original` attached."""
    boundary = f"----------=_{secrets.token_hex(12).upper()}"
    end = _HEAD_END.search(original)
    header = original if end is None else original[: end.start()]
    threshold = "" if score.threshold is None else f" required={score.threshold:g}"
    fields = [*_fields(header), f"X-Spam-Checker-Version: trapline {version('trapline')} ({scanner})".encode()]
    fields += [b"X-Spam-Flag: YES", f"X-Spam-Status: Yes, score={score.score:g}{threshold}".encode()]
    fields += [b"MIME-Version: 1.0", f'Content-Type: multipart/mixed; boundary="{boundary}"'.encode()]
    report = "\r\n".join(_LINE_END.split(_printable(score.report) or "(the scanner says nothing more)"))
    parts = [
        b"--" + boundary.encode(),
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Disposition: inline",
        b"Content-Transfer-Encoding: 8bit",
        b"",
        f"{scanner} calls this message spam. It is attached as it came.\r\n\r\n{report}".encode(),
        b"",
        b"--" + boundary.encode(),
        b"Content-Type: message/rfc822; x-spam-type=original",
        b"Content-Description: the message as it came",
        b"Content-Disposition: attachment",
        b"Content-Transfer-Encoding: 8bit",
        b"",
        original,
        b"--" + boundary.encode() + b"--",
        b"",
    ]
    return b"\r\n".join([*fields, b"", *parts])


def _fields(header: bytes) -> list[bytes]:
    """The fields that tell a reader what it was, each once, as they stand; unfinished line ends are mended."""
    found: dict[bytes, bytes] = {}
    for match in _KEPT.finditer(header):
        field = match[0].rstrip(b"\r\n")[:MAX_FIELD_BYTES]
        found.setdefault(field.partition(b":")[0].strip().lower(), b" ".join(field.split()))
    return list(found.values())


def _printable(text: str) -> str:
    """Without control characters, apart from line ends: a sender's words stand in it."""
    return "".join(character if character.isprintable() or character in "\r\n" else " " for character in text)
