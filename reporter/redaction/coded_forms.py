"""Addresses in an encoding, and the same encoding of what stands for them: a digest for a digest, base64 for base64.

So a sample keeps its shape, and two tokens that were the same are so still. What is found here is found exactly as its
sender made it; the many ways to disguise it once more are parsing/recipient_forms.py's, and cut off (redaction.py).
"""

import base64
import binascii
import codecs
import hashlib
import re
from collections.abc import Callable, Iterable

from trapline.reporter.parsing.address_forms import digests

MAX_NESTED = 2  #: encodings inside each other that are opened
_SHORTEST_RUN = 7

_HEX_RUN = re.compile(rb"[0-9a-fA-F]{10,}")
_LETTERS_RUN = re.compile(rb"[A-Za-z0-9+/_-]{%d,}={0,2}" % _SHORTEST_RUN)
_BASE32_RUN = re.compile(rb"(?:[A-Z2-7]{8,}|[a-z2-7]{8,})={0,6}")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_URL_SAFE_AGAIN = bytes.maketrans(b"+/", b"-_")

Redact = Callable[[bytes], bytes]


class CodedForms:
    """The encodings of certain texts, each with its stand-in's."""

    def __init__(self, stand_ins: Iterable[tuple[str, str]]) -> None:
        """`stand_ins`: each address, or local part, with what is written instead."""
        pairs = list(stand_ins)
        self._known = tuple({text.lower().encode("utf-8", "surrogateescape") for text, _ in pairs})
        self._digests: dict[bytes, bytes] = {}
        self._turned: list[tuple[bytes, re.Pattern[bytes], bytes]] = []
        for text, instead in pairs:
            for found, kind in digests(text).items():
                self._digests[found.encode()] = hashlib.new(kind, instead.encode(), usedforsecurity=False).digest()
            for turn in (_reversed, _rot13):
                turned = turn(text).encode("utf-8", "surrogateescape")
                self._turned.append(
                    (turned.lower(), re.compile(re.escape(turned), re.IGNORECASE), turn(instead).encode())
                )

    def redact(self, raw: bytes, plainly: Redact, depth: int = 0) -> bytes:
        """`raw` with every encoding of an address replaced; `plainly` replaces what an encoding holds."""
        lowered = raw.lower()
        for known, pattern, instead in self._turned:
            if known in lowered:
                raw = pattern.sub(lambda _, one=instead: one, raw)  # type: ignore[misc]
        if depth >= MAX_NESTED:
            return raw

        def inner(data: bytes) -> bytes:
            clean = plainly(data) if any(known in data.lower() for known in self._known) else data
            return self.redact(clean, plainly, depth + 1)

        raw = _HEX_RUN.sub(lambda match: self._hex(match.group(), inner), raw)
        raw = _BASE32_RUN.sub(lambda match: _base32(match.group(), inner), raw)
        return _LETTERS_RUN.sub(lambda match: _base64(match.group(), inner), raw)

    def _hex(self, run: bytes, inner: Redact) -> bytes:
        lower = run.lower()
        digest = self._digests.get(lower)
        if digest is not None:
            return _in_case_of(run, digest.hex().encode())
        if len(run) % 2:
            return run
        data = bytes.fromhex(run.decode("ascii"))
        clean = inner(data)
        return run if clean == data else _in_case_of(run, clean.hex().encode())


def _in_case_of(run: bytes, made: bytes) -> bytes:
    return made.upper() if run.isupper() else made


def _base64(run: bytes, inner: Redact) -> bytes:
    letters = run.rstrip(b"=")
    url_safe = b"-" in letters or b"_" in letters
    if len(letters) % 4 == 1:
        return run
    data = binascii.a2b_base64((letters.translate(_URL_SAFE) if url_safe else letters) + b"=" * (-len(letters) % 4))
    clean = inner(data)
    if clean == data:
        return run
    made = binascii.b2a_base64(clean, newline=False)
    made = made.translate(_URL_SAFE_AGAIN) if url_safe else made
    return made if len(run) % 4 == 0 else made.rstrip(b"=")


def _base32(run: bytes, inner: Redact) -> bytes:
    letters = run.rstrip(b"=")
    if len(letters) % 8 not in {0, 2, 4, 5, 7}:
        return run
    data = base64.b32decode(letters + b"=" * (-len(letters) % 8), casefold=True)
    clean = inner(data)
    if clean == data:
        return run
    made = base64.b32encode(clean) if run.isupper() else base64.b32encode(clean).lower()
    return made if len(run) % 8 == 0 else made.rstrip(b"=")


def _reversed(text: str) -> str:
    return text[::-1]


def _rot13(text: str) -> str:
    return codecs.encode(text, "rot13")
