"""The forms in which a recipient's address can stand in a text: what must never be told to anybody.

Whoever reads a trap's address in a report knows a trap. So a text is searched for it as it is, without case, percent-
and entity-encoded, quoted-printable, with `=` or others for the `@` (VERP), as base64 at each of its three alignments,
as hex, as MD5, SHA-1 and SHA-256 of it, and reversed. A form that is not here is not found: encrypted or numbered
tokens can't be.
"""

import base64
import binascii
import hashlib
import html
import re
from collections.abc import Callable, Iterable
from urllib.parse import unquote

from trapline.config.names import Address, address, domain_name

MIN_LOCAL_CHARS = 5  #: a local part of this length is looked for by itself; shorter ones are words like "info"

MAX_NESTED_CODINGS = 2  #: encoded twice is common in links inside links

_BASE64_LETTERS = str.maketrans("-_", "+/")  # the url-safe alphabet's own letters (RFC 4648, 5)

Mentions = Callable[[str], bool]


def mentions_recipient(whole: Iterable[str], unsure: Iterable[str] = ()) -> Mentions:
    """Whether a text holds any of these addresses, in any form.

    `whole` are those that we know to be the recipients (their local parts count alone too); `unsure` stand in a header
    that the sender wrote, so that only the complete address counts: else `To: https@…` would silence every link.
    """
    known = [address(text) for text in whole]
    forms = {form for one in known for form in _forms(one)}
    forms |= {form for text in unsure for form in _complete(address(text))}
    coded = {form for one in known for form in _base64_forms(one, alone=True)}
    coded |= {form for text in unsure for form in _base64_forms(address(text), alone=False)}
    return lambda text: _mentioned(text, forms, coded)


def _mentioned(text: str, forms: set[str], coded: set[str]) -> bool:
    if not forms:
        return False
    readings = {text, re.sub(r"=\r?\n", "", text)}
    for _ in range(MAX_NESTED_CODINGS):
        readings |= {decode(one) for one in readings for decode in (unquote, html.unescape, _from_quoted_printable)}
    folded = [one.lower() for one in readings]
    if any(form in one for one in folded for form in forms):
        return True
    joined = [re.sub(r"\s+", "", one).translate(_BASE64_LETTERS) for one in readings]
    return any(form in one for one in joined for form in coded)


def _from_quoted_printable(text: str) -> str:
    return binascii.a2b_qp(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def _forms(one: Address) -> set[str]:
    """Plain forms, in lower case; the local part alone too."""
    alone = {one.local, one.local[::-1], one.local.encode().hex()} if len(one.local) >= MIN_LOCAL_CHARS else set()
    return _complete(one) | alone


def _complete(one: Address) -> set[str]:
    if not one.local or not one.domain:
        return set()
    forms: set[str] = set()
    for text in _spellings(one):
        raw = text.encode("utf-8", "surrogateescape")
        hashes = (hashlib.md5, hashlib.sha1, hashlib.sha256)
        forms |= {text, text[::-1], raw.hex()}
        forms |= {hash_(raw, usedforsecurity=False).hexdigest() for hash_ in hashes}
    return forms | {
        f"{one.local}{at}{one.domain}" for at in ("=", "=40", "%", "(at)", "[at]", "_at_", "-at-", "#", "/")
    }


def _spellings(one: Address) -> set[str]:
    """The address with its domain as A-labels, and as it is written in its own letters."""
    labels = one.domain.split(".")
    unicode = ".".join(_unicode_label(label) for label in labels)
    return {f"{one.local}@{one.domain}", f"{one.local}@{unicode}"}


def _unicode_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode") if domain_name(label) else label
    except UnicodeError:
        return label


def _base64_forms(one: Address, *, alone: bool) -> set[str]:
    """What is left of a base64 coding of the address whatever stands before and after it.

    Three alignments; the first and last characters of a coding depend on the neighbours and are left out. Case is that
    of the letters as coded, so usual spellings are coded: all lower, all upper, as capitals.
    """
    texts = set(_spellings(one)) if one.local and one.domain else set()
    texts |= {one.local} if alone and len(one.local) >= MIN_LOCAL_CHARS else set()
    spelled = {spelling for text in texts for spelling in (text, text.upper(), text.capitalize())}
    return {form for text in spelled for offset in range(3) if len(form := _aligned(text, offset)) >= 5}


def _aligned(text: str, offset: int) -> str:
    raw = b"\0" * offset + text.encode("utf-8", "surrogateescape")
    coded = base64.b64encode(raw[: len(raw) // 3 * 3]).decode("ascii")
    return coded[(offset * 8 + 5) // 6 :]
