"""DKIM: whose signatures fit the message? (RFC 6376, RFC 8301)

The library dkimpy verifies; the keys come from resolver.py. A signature that fits and still proves nothing is `policy`:
one over a part of the text (`l=`: anybody may have written the rest), with a short key or SHA-1, past its time, without
the From field, or of a domain that says that it is only testing (`t=y`: to be treated as unsigned, RFC 6376, 3.6.1).

The library is handed the header as it stood and the text with CRLF as line ends, which is how Postfix had them. Its
patterns take quadratic time for some texts, so header and signature are bounded, and blanks are put together before.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from trapline.config.names import domain_name
from trapline.reporter.evidence.mailing import MAX_SIGNATURE_BYTES, MAX_SIGNATURES
from trapline.reporter.verification.resolver import Allowance, UnansweredError
from trapline.spool.header import split_header

MAX_MESSAGE_BYTES = 16 * 1024 * 1024  #: a larger one is not verified
MAX_HEADER_BYTES = 128 * 1024  #: nor one with a larger header
MAX_KEY_BYTES = 1_024  #: of a key record: a key of 4,096 bits takes 750, and checking a larger one takes long
SHORTEST_KEY_BITS = 1_024  #: RFC 8301, 3.2

_BLANKS = re.compile(rb"[ \t]+")
_ENDS_REVERSED = re.compile(rb"(?:\n\r)+")
_MANY_BLANKS = re.compile(rb"\s{80}")
_SILENT = logging.Logger("dkimpy", level=logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Signature:
    """One DKIM-Signature field, and what came of it."""

    result: str  #: as RFC 8601, 2.7.1, names it
    domain: str | None = None  #: d=; None where it is none


def check_signatures(message: bytes, received: datetime, allowance: Allowance) -> tuple[Signature, ...]:
    """The signatures of `message`, which came when `received` says, from the top."""
    _, start = split_header(message)
    if start > MAX_HEADER_BYTES or len(message) > MAX_MESSAGE_BYTES:
        return (Signature("policy"),)
    try:
        signer = dkim.DKIM(message[:start].rstrip(b"\r\n") + b"\r\n\r\n", _SILENT, minkey=SHORTEST_KEY_BITS)
    except (dkim.DKIMException, IndexError):  # IndexError: the first line is a continuation
        return (Signature("neutral"),)
    text = message[start:]
    if not message.partition(b"\n")[0].endswith(b"\r"):  # the spool has LF as line ends; a saved message may have CRLF
        text = text.replace(b"\n", b"\r\n")
    fields = [value for name, value in signer.headers if name.lower() == b"dkim-signature"]
    hashed = cache(lambda relaxed: _with_one_end(_relaxed(text) if relaxed else text))  # once for all signatures
    check = partial(_checked, signer, hashed, received, allowance)
    return tuple(check(place, field) for place, field in enumerate(fields[:MAX_SIGNATURES]))


def _checked(
    signer: dkim.DKIM,
    hashed: Callable[[bool], bytes],
    received: datetime,
    allowance: Allowance,
    place: int,
    field: bytes,
) -> Signature:
    if len(field) > MAX_SIGNATURE_BYTES or _MANY_BLANKS.search(field):
        return Signature("policy")
    try:
        tags = parse_tag_value(field)
    except InvalidTagValueList:
        return Signature("neutral")
    domain = domain_name(tags.get(b"d", b"").decode("ascii", "replace"))
    name = domain_name(tags.get(b"s", b"").decode("ascii", "replace") + f"._domainkey.{domain}")
    if domain is None or name is None:
        return Signature("neutral")
    try:
        key = _key(name, allowance)
    except UnansweredError:
        return Signature("temperror", domain)
    if key is None:
        return Signature("permerror", domain)
    signer.body = hashed(_is_relaxed(tags))
    result = _verified(signer, place, key)
    return Signature("policy" if result == "pass" and _proves_nothing(tags, key, received) else result, domain)


def _verified(signer: dkim.DKIM, place: int, key: bytes) -> str:
    signer.keysize = 0
    try:
        fits = signer.verify(place, dnsfunc=lambda *_, **__: key)
    except dkim.ValidationError:
        return "fail"
    except dkim.KeyFormatError:
        return "policy" if 0 < signer.keysize < SHORTEST_KEY_BITS else "permerror"
    except Exception:  # noqa: BLE001 - for hostile fields the library raises more than its own errors
        return "permerror"
    if fits:
        return "pass"
    return "fail" if signer.keysize else "permerror"  # without a size the key could not be read


def _key(name: str, allowance: Allowance) -> bytes | None:
    """The key record; None where there is none that may be used, or more than one (RFC 6376, 3.6.2.2).

    Raises UnansweredError.
    """
    found = [text for text in allowance.texts(name) if b"p=" in text]
    return found[0] if len(found) == 1 and len(found[0]) <= MAX_KEY_BYTES else None


def _proves_nothing(tags: dict[bytes, bytes], key: bytes, received: datetime) -> bool:
    """Whether a signature that fits says nothing of the message."""
    of_key = parse_tag_value(key)
    signed = {one.strip().lower() for one in tags.get(b"h", b"").split(b":")}
    expires = tags.get(b"x", b"")
    return (
        b"l" in tags
        or tags.get(b"a") == b"rsa-sha1"
        or b"from" not in signed
        or b"y" in of_key.get(b"t", b"").replace(b" ", b"").split(b":")
        or (expires != b"" and int(expires) < received.timestamp())
    )


def _is_relaxed(tags: dict[bytes, bytes]) -> bool:
    return tags.get(b"c", b"").partition(b"/")[2] == b"relaxed"


def _relaxed(text: bytes) -> bytes:
    """Blanks as the relaxed form of a text has them (RFC 6376, 3.4.4), in linear time."""
    return _BLANKS.sub(b" ", text).replace(b" \r\n", b"\r\n")


def _with_one_end(text: bytes) -> bytes:
    """`text` with one of the line ends that it ends with: no form has empty lines there (RFC 6376, 3.4.3)."""
    ends = _ENDS_REVERSED.match(text[::-1])
    length = 0 if ends is None else ends.end()
    return text[: len(text) - length] + b"\r\n" if length else text
