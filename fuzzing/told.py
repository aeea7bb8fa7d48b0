"""Does a text tell the trap? Read as an analyst would, by nothing of what trapline redacts with.

The forms are those that reporter/parsing/recipient_forms.py promises to find: plain in any case, percent-encoded, as
entities, quoted-printable, base64, base32, hex, reversed, ROT13, digests; no encoding within another.
"""

import base64
import binascii
import codecs
import email
import hashlib
import html
import quopri
import re
from collections.abc import Iterator
from email.errors import MessageError
from email.header import decode_header, make_header
from urllib.parse import unquote

TRAP = "hidden.canary7@trap-mx.com"
LOCAL = TRAP.partition("@")[0]

FORMS: tuple[str, ...] = (
    TRAP,
    TRAP.upper(),
    TRAP.replace("@", "%40"),
    TRAP.replace("@", "="),
    "".join(f"%{byte:02x}" for byte in TRAP.encode()),
    "".join(f"={byte:02X}" for byte in TRAP.encode()),
    "".join(f"&#{byte};" for byte in TRAP.encode()),
    TRAP[::-1],
    codecs.encode(TRAP, "rot13"),
    TRAP.encode().hex(),
    base64.b64encode(TRAP.encode()).decode(),
    base64.b64encode(b"x" + TRAP.encode()).decode().rstrip("="),
    base64.b32encode(TRAP.encode()).decode(),
    hashlib.md5(TRAP.encode(), usedforsecurity=False).hexdigest(),
    hashlib.sha256(TRAP.encode()).hexdigest(),
)

_DIGESTS = tuple(one.lower() for one in FORMS[-2:])
SECRETS = (LOCAL, LOCAL[::-1], codecs.encode(LOCAL, "rot13"), *_DIGESTS)
WHOLE = (TRAP, TRAP[::-1], codecs.encode(TRAP, "rot13"), *_DIGESTS)  #: the address, not its local part alone
_BASE64 = re.compile(r"[A-Za-z0-9+/]{8,}")
_BASE32 = re.compile(r"[A-Z2-7]{16,}")
_HEX = re.compile(r"[0-9a-fA-F]{20,}")


def tells(text: str, secrets: tuple[str, ...] = SECRETS) -> str | None:
    """The reading of `text` in which the trap stands; None where there is none."""
    for name, reading in _readings(text):
        lowered = reading.lower()
        if any(secret in lowered for secret in secrets):
            return name
    return None


def message_tells(text: str) -> str | None:
    """As `tells`, of a mail: its fields decoded, and the text of its parts."""
    if (found := tells(text)) is not None:
        return found
    for part in email.message_from_string(text).walk():
        for name, value in part.items():
            if (found := tells(_decoded(str(value)))) is not None:
                return f"{found} in {name}"
        shown = None if part.is_multipart() else part.get_payload(decode=True)
        if isinstance(shown, bytes) and (found := tells(shown.decode("latin-1"))) is not None:
            return f"{found} in a part"
    return None


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (MessageError, LookupError, ValueError):
        return value


def _readings(text: str) -> Iterator[tuple[str, str]]:
    yield "plain", text
    yield "percent-encoded", unquote(text)
    yield "entities", html.unescape(text)
    raw = text.encode("utf-8", "surrogateescape")
    if b"=" in raw:
        yield "quoted-printable", quopri.decodestring(raw).decode("latin-1")
    for run in _BASE64.findall(text):
        for start in range(4):
            piece = run[start:]
            piece = piece[: len(piece) - (len(piece) % 4 == 1)]
            yield "base64", binascii.a2b_base64(piece + "=" * (-len(piece) % 4)).decode("latin-1")
    for run in _HEX.findall(text):
        for start in range(2):
            yield "hex", bytes.fromhex(run[start : start + (len(run) - start) // 2 * 2]).decode("latin-1")
    for run in _BASE32.findall(text.upper()):
        yield "base32", base64.b32decode(run[: len(run) // 8 * 8]).decode("latin-1")
