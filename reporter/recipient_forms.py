"""The forms in which a recipient's address can stand in a text: what must never be told to anybody.

Whoever reads a trap's address in a report knows a trap. So a text is read as people and programs would read it (in any
case, percent- and entity-encoded, quoted-printable, with tags or invisible characters in between, with another sign for
the `@`, as VERP has it), what looks like base64 or hex in it is decoded, and all that is searched for the address, its
local part, both reversed, and its MD5, SHA-1 and SHA-256. A form that is not here is not found: encrypted or numbered
tokens can't be.
"""

import binascii
import hashlib
import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote

from trapline.config.names import Address, address, bare_path, domain_name

MIN_LOCAL_CHARS = 5  #: a local part of this length is looked for by itself; shorter ones are words like "info"
MAX_RECIPIENTS = 200  #: of one message; with more of them every text counts as naming one, so nothing is told
MAX_NESTED_CODINGS = 2  #: encoded twice is common in links inside links

_AT_SIGNS = re.compile(r"\s+at\s+|\(at\)|\[at\]|_at_|-at-|[=%#/!]")
_DOT_WORDS = re.compile(r"\s+dot\s+|\(dot\)|\[dot\]")
_TAG = re.compile(r"<[^<>]{0,300}>")
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{7,}")
_BASE64_LETTERS = str.maketrans("-_", "+/")  # the url-safe alphabet's own letters (RFC 4648, 5)
_HEX = re.compile(r"[0-9a-f]{10,}")
_HASH = re.compile(r"[0-9a-f]{32}")
_BLANKS = re.compile(r"\s+")
_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # all but those of surrogateescape (PEP 383)
_SOFT_BREAK = re.compile(r"=\r?\n")

Mentions = Callable[[str], bool]


def mentions_recipient(whole: Iterable[str], unsure: Iterable[str] = ()) -> Mentions:
    """Whether a text holds any of these addresses, in any form.

    `whole` are those that we know to be the recipients, best as the client wrote them (their local parts count alone
    too); `unsure` stand in a header that the sender wrote, so that only the complete address counts: else
    `To: https@…` would silence every link.
    """
    known = list(dict.fromkeys(whole))
    more = list(dict.fromkeys(unsure))
    if len(known) > MAX_RECIPIENTS or len(more) > MAX_RECIPIENTS:
        return lambda _: True
    forms = {form for text in known for form in _forms(address(text), alone=True)}
    forms |= {form for text in more for form in _forms(address(text), alone=False)}
    hashes = {form for text in (*known, *more) for form in _hashes(text)}
    if not forms:
        return lambda _: False
    raw_forms = {_raw(form) for form in forms}
    return lambda text: _mentioned(text, forms, raw_forms, hashes)


def _mentioned(text: str, forms: set[str], raw_forms: set[bytes], hashes: set[str]) -> bool:
    readings = _readings(text)
    for reading in readings:
        if any(form in reading for form in forms):
            return True
        if _HASH.search(reading) and any(form in reading for form in hashes):
            return True
    return any(form in decoded for decoded in _decoded(text) for form in raw_forms)


def _readings(text: str) -> set[str]:
    """`text` as it may be read, in lower case."""
    found = {text, _SOFT_BREAK.sub("", text)}
    for _ in range(MAX_NESTED_CODINGS):
        found |= {decode(one) for one in found for decode in (unquote, html.unescape, _from_quoted_printable)}
    folded = {_visible(one).lower() for one in found}
    folded |= {_TAG.sub("", one) for one in folded if "<" in one}
    return folded | {_DOT_WORDS.sub(".", _AT_SIGNS.sub("@", one)) for one in folded}


def _visible(text: str) -> str:
    """Without characters that are not seen, and with letters of other widths as usual ones."""
    return text if text.isascii() else _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


def _decoded(text: str) -> Iterator[bytes]:
    """What base64 and hex in `text` hold, in lower case; at every alignment, since anything may stand before it."""
    joined = _BLANKS.sub("", unquote(text))
    for once in _from_base64(joined):
        yield once.replace(b"\0", b"").lower()
        if once.isascii():
            yield from (twice.lower() for twice in _from_base64(once.decode("ascii")))
    for run in _HEX.findall(joined.lower()):
        for start in range(2):
            piece = run[start : start + (len(run) - start) // 2 * 2]
            yield bytes.fromhex(piece).replace(b"\0", b"").lower()


def _from_base64(text: str) -> Iterator[bytes]:
    for run in _BASE64.findall(text.translate(_BASE64_LETTERS)):
        for start in range(4):
            piece = run[start:]
            yield binascii.a2b_base64(piece + "A" * (-len(piece) % 4))


def _from_quoted_printable(text: str) -> str:
    return binascii.a2b_qp(_raw(text)).decode("utf-8", "surrogateescape")


def _raw(text: str) -> bytes:
    """The bytes that `text` came from; a surrogate that stands for no byte becomes a question mark."""
    return _NO_BYTE.sub("?", text).encode("utf-8", "surrogateescape")


def _forms(one: Address, *, alone: bool) -> set[str]:
    """The address, its domain as A-labels and in its own letters; the local part where it counts `alone`; reversed."""
    domains = {one.domain, _in_own_letters(one.domain)} if one.local and one.domain else set()
    texts = {f"{one.local}@{domain}" for domain in domains}
    if alone and len(one.local) >= MIN_LOCAL_CHARS:
        texts.add(one.local)
    return texts | {text[::-1] for text in texts}


def _hashes(text: str) -> set[str]:
    """The digests of an address as it was written, in lower and in upper case."""
    written = bare_path(text)
    if "@" not in written:
        return set()
    raws = {_raw(spelling) for spelling in (written, written.lower(), written.upper())}
    kinds = (hashlib.md5, hashlib.sha1, hashlib.sha256)
    return {kind(raw, usedforsecurity=False).hexdigest() for kind in kinds for raw in raws}


def _in_own_letters(domain: str) -> str:
    return ".".join(_unicode_label(label) for label in domain.split("."))


def _unicode_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode") if domain_name(label) else label
    except UnicodeError:
        return label
