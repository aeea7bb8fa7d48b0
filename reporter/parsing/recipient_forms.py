"""The forms in which a recipient's address can stand in a text: what must never be told to anybody.

Whoever reads a trap's address in a report knows a trap. So a text is read as people and programs would read it (in any
case, percent- and entity-encoded, quoted-printable, with a script's or style sheet's escapes, with tags, folds or
invisible characters in between, with another sign for the `@`, as VERP has it, cut into several parameters of a link),
and so is a page in base64 in it; what looks like base64, hex or character codes is decoded, and all that is searched
for the address, its local part, both reversed, in ROT13 and in base32, and the digests of both (MD5, SHA-1, the SHA-2
family; in hex and base64). A form that is not here is not found: encrypted tokens can't be, and tokens that are known
by where else they stand are evidence/trackers.py's.
"""

import base64
import binascii
import codecs
import hashlib
import html
import html.entities
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote

from trapline.config.names import Address, address, bare_path, domain_name
from trapline.reporter.lists import SHIPPED
from trapline.reporter.parsing.script_forms import coded_pages, joined, unescaped
from trapline.reporter.parsing.transfer import from_quoted_printable
from trapline.reporter.parsing.word_search import AnyOf

MIN_LOCAL_CHARS = 5  #: a local part of this length is looked for by itself; shorter ones are words like "info"
MAX_RECIPIENTS = 1_000  #: of one message, as many as Postfix takes; with more every text counts as naming one
MAX_NESTED_CODINGS = 2  #: encoded twice is common in links inside links
BATCH_BYTES = 65_536  #: of decoded pieces that are searched at once
MIN_JOINED_CHARS = 8  #: letters of a local part in several pieces that is looked for with other signs between them

_AT_SIGNS = "=%#/!"
_AT_WORDS = re.compile(r"\s{1,3}[(\[{]?at[)\]}]?\s{1,3}|[(\[{]at[)\]}]\s{0,3}|_at_|-at-")
_DOT_WORDS = re.compile(r"\s{1,3}[(\[{]?dot[)\]}]?\s{1,3}|[(\[{]dot[)\]}]\s{0,3}|_dot_|-dot-")
_ENTITY = re.compile(rf"&(?:#|\w{{2,32}};|{'|'.join(name for name in html.entities.html5 if name[-1] != ';')})")
_TAG = re.compile(r"<[^<>]{0,300}>")
_INVISIBLE = re.compile(  # control characters, and what Unicode's Default_Ignorable_Code_Point and annotations are
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff]"
)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{7,}")
_BASE64_WITHIN = re.compile(rb"[A-Za-z0-9+/_-]{10}")  # of an address; fewer letters are chance
_HEX = re.compile(r"[0-9a-f]{10,}")
_HASH = re.compile(rb"[0-9a-f]{32}")
_SIGNS = re.compile(r"[\W_]+")
_PARAMETER = re.compile(r"&(?:amp;)?[\w.\[\]-]{0,40}=|[;,|&+]")  # what stands between the values of a link's query
_BLANKS = re.compile(r"\s+")
_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # all but those of surrogateescape (PEP 383)
_SOFT_BREAK = re.compile(r"(?:=[ \t]*|\\)\r?\n")  # quoted-printable's, and that of a script's string
_FOLD = re.compile(r"\r?\n[ \t]")  # in a header (RFC 5322, 2.2.3), a calendar and a visiting card (RFC 5545, 3.1)
_CODES = re.compile(r"(?:\b\d{2,3}\s{0,3}[,;+]\s{0,3}){4,}\d{2,3}\b")

#: The digests by which senders know their recipients.
DIGESTS = (hashlib.md5, hashlib.sha1, hashlib.sha224, hashlib.sha256, hashlib.sha384, hashlib.sha512)

Mentions = Callable[[str], bool]


def mentions_recipient(
    whole: Iterable[str], unsure: Iterable[str] = (), domains: Iterable[str] = (), *, in_a_name: bool = False
) -> Mentions:
    """Whether a text holds any of these addresses, in any form.

    `whole` are those that we know to be the recipients, best as the client wrote them (their local parts count alone
    too); `unsure` stand in a header that the sender wrote, so that only the complete address counts: else
    `To: https@…` would silence every link. `domains` count alone. `in_a_name` is right for links and host names, which
    can't hold every sign: `jane-doe-mx-example.pills.com`; in a long text it finds too much.
    """
    known = list(dict.fromkeys(whole))
    more = list(dict.fromkeys(unsure))
    if len(known) > MAX_RECIPIENTS or len(more) > MAX_RECIPIENTS:
        return lambda _: True
    plain_forms = {form for text in known for form in _forms(address(text), alone=True)}
    plain_forms |= {form for text in more for form in _forms(address(text), alone=False)}
    forms = _turned(plain_forms)
    names = {form for name in domains for form in _turned({name, in_own_letters(name)})}
    if not forms and not names:
        return lambda _: False
    hashes = {form for text in known for form in _hashes(text, alone=True)}
    hashes |= {form for text in more for form in _hashes(text, alone=False)}
    words = _Words(forms if in_a_name else forms | names, forms | names, plain_forms, hashes)
    spread = _spread([str(address(text)) for text in known], names) if in_a_name else None

    def mentions(text: str) -> bool:
        if words.are_in(text):
            return True
        return spread is not None and spread(unquote(text))

    return mentions


class _Words:
    """What is searched for, each kind of it in one pass."""

    def __init__(self, forms: set[str], coded: set[str], plain_forms: set[str], hashes: set[str]) -> None:
        """`forms` count where they stand in a text; `coded` where they are encoded in it."""
        self._forms = AnyOf(map(_raw, forms))
        self._pieces = AnyOf(_raw(one) for form in forms for one in (form, "@".join(reversed(form.split("@")))))
        self._coded = AnyOf(map(_raw, coded))
        self._base32 = AnyOf(coded.encode() for form in plain_forms for coded in _in_base32(form))
        self._hashes = AnyOf(one.encode() for one in hashes)
        self._coded_hashes = AnyOf(base64.b64encode(bytes.fromhex(one)).rstrip(b"=") for one in hashes)

    def are_in(self, text: str) -> bool:
        """Whether one of them is in `text`, or a page in it, however that may be read; in joined pieces, too."""
        plain = unquote(text)
        in_one = joined(plain)
        pages = "\n".join(coded_pages(_in_usual_base64(_BLANKS.sub("", in_one))))
        found = {text, joined(text), pages, joined(pages)}
        if "\\" in plain or in_one != plain:  # a page in percents is a script's, too
            found.add(in_one)
        return any(map(self._are_in, filter(None, found)))

    def _are_in(self, text: str) -> bool:
        if any(self._forms(raw) or self._holds_hash(raw) for raw in map(_raw, _readings(text))):
            return True
        plain = unquote(text)
        small = plain.lower()
        if any(self._pieces(_raw(together)) for together in _put_together(small)):
            return True
        if self._base32(_raw(_BLANKS.sub("", small))) or self._coded_hashes(_raw(_in_usual_base64(plain))):
            return True
        return any(self._coded(decoded) or self._holds_hash(decoded) for decoded in _in_batches(_decoded(text)))

    def _holds_hash(self, raw: bytes) -> bool:
        return _HASH.search(raw) is not None and self._hashes(raw)


def _in_batches(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Many small pieces as few larger ones: a search costs more than its way through some letters."""
    batch: list[bytes] = []
    size = 0
    for piece in pieces:
        batch.append(piece)
        size += len(piece)
        if size > BATCH_BYTES:
            yield b"\n".join(batch)
            batch.clear()
            size = 0
    yield b"\n".join(batch)


def _put_together(reading: str) -> Iterator[str]:
    """The values of each link's parameters, side by side and with an `@` between them: `?u=anna&d=mx.example`."""
    for word in reading.split() if "=" in reading else ():
        values = _PARAMETER.split(word.partition("?")[2].partition("=")[2])
        if len(values) > 1:
            yield "".join(values)
            yield "@".join(values)


def _readings(text: str) -> set[str]:
    """`text` as it may be read, in lower case."""
    found = {text, _SOFT_BREAK.sub("", text), _FOLD.sub("", text), *unescaped(text)}
    for _ in range(MAX_NESTED_CODINGS):
        found |= {decode(one) for one in found for decode in (unquote, _from_entities, _from_quoted_printable)}
    folded = {_visible(one).lower() for one in found}
    folded |= {_TAG.sub("", one) for one in folded if "<" in one}
    return folded | {_with_signs(one) for one in folded}


def _with_signs(text: str) -> str:
    """`text` with signs for what stands for them: an `@` for `=` or ` at `, a dot for `[dot]`."""
    text = _AT_WORDS.sub("@", text) if "at" in text else text
    for sign in _AT_SIGNS:  # translate() takes thirty times as long over letters that are no ASCII
        text = text.replace(sign, "@")
    return _DOT_WORDS.sub(".", text) if "dot" in text else text


def _visible(text: str) -> str:
    """Without characters that are not seen, and with letters of other widths as usual ones."""
    return _INVISIBLE.sub("", text if text.isascii() else unicodedata.normalize("NFKC", text))


def _decoded(text: str) -> Iterator[bytes]:
    """What base64 and hex in `text` hold, in lower case; at every alignment, since anything may stand before it."""
    joined = _BLANKS.sub("", unquote(text))
    for once in _from_base64(joined):
        yield once.replace(b"\0", b"").lower()
        if once.isascii() or _BASE64_WITHIN.search(once):  # what stood before it, as a path does, makes odd bytes
            yield from (twice.lower() for twice in _from_base64(once.decode("latin-1")))
    for run in _CODES.findall(text):
        yield bytes(min(int(code), 255) for code in re.findall(r"\d+", run)).lower()
    for run in _HEX.findall(joined.lower()):
        for start in range(2):
            piece = run[start : start + (len(run) - start) // 2 * 2]
            yield bytes.fromhex(piece).replace(b"\0", b"").lower()


def _from_base64(text: str) -> Iterator[bytes]:
    for run in _BASE64.findall(_in_usual_base64(text)):
        for start in range(4):
            piece = run[start:]
            yield binascii.a2b_base64(piece + "A" * (-len(piece) % 4))


def _in_usual_base64(text: str) -> str:
    """`text` with the usual letters for the url-safe alphabet's own (RFC 4648, 5)."""
    return text.replace("-", "+").replace("_", "/")


def _from_entities(text: str) -> str:
    return html.unescape(text) if _ENTITY.search(text) else text  # each `&` costs unescape() a call


def _from_quoted_printable(text: str) -> str:
    return from_quoted_printable(_raw(text)).decode("utf-8", "surrogateescape")


def _raw(text: str) -> bytes:
    """The bytes that `text` came from; a surrogate that stands for no byte becomes a question mark."""
    return _NO_BYTE.sub("?", text).encode("utf-8", "surrogateescape")


def _forms(one: Address, *, alone: bool) -> set[str]:
    """The address, its domain as A-labels and in its own letters; the local part where it counts `alone`."""
    domains = {one.domain, in_own_letters(one.domain)} if one.local and one.domain else set()
    texts = {f"{one.local}@{domain}" for domain in domains}
    if alone and len(one.local) >= MIN_LOCAL_CHARS:
        texts.add(one.local)
    return texts


def is_telling(domain: str) -> bool:
    """Whether the domain alone says whose address it is: not that of a provider, which everybody writes."""
    return "." in domain and not SHIPPED.known_names(domain)


def _spread(addresses: list[str], domains: Iterable[str]) -> Mentions:
    """Whether a name holds one of these with other signs between its pieces.

    A local part of several pieces may stand within a word, an address and a domain stand alone.
    """
    locals_ = {_SIGNS.sub("", local) for one in addresses if _SIGNS.search(local := one.rpartition("@")[0])}
    long_enough = {one for one in locals_ if len(one) >= MIN_JOINED_CHARS}
    alone = {f"-{_SIGNS.sub('-', one)}-" for one in (*addresses, *domains) if one}

    def mentions(text: str) -> bool:
        pieces = f"-{_SIGNS.sub('-', text.lower())}-"
        return any(one in pieces for one in alone) or any(one in pieces.replace("-", "") for one in long_enough)

    return mentions


def _turned(texts: set[str]) -> set[str]:
    """The texts, and each of them reversed and in ROT13."""
    return texts | {text[::-1] for text in texts} | {codecs.encode(text, "rot13") for text in texts}


def _in_base32(form: str) -> Iterator[str]:
    """`form` in base32, as it was and in upper case, whatever stands before it: the letters that it alone makes.

    Five bytes become eight letters (RFC 4648, 6); what stands before and behind has its part in the outer ones.
    """
    for raw in {_raw(form), _raw(form.upper())}:
        for before in range(5):
            coded = base64.b32encode(bytes(before) + raw).decode("ascii").lower()
            yield coded[-(-before * 8 // 5) : (before + len(raw)) * 8 // 5]


def _hashes(text: str, *, alone: bool) -> set[str]:
    """The digests of an address as it was written, in lower and in upper case; of its local part where `alone`."""
    written = bare_path(text)
    local, at, _ = written.rpartition("@")
    if not at:
        return set()
    texts = (written, local) if alone and len(local) >= MIN_LOCAL_CHARS else (written,)
    return {digest for one in texts for digest in digests(one)}


def digests(text: str) -> dict[str, str]:
    """Each digest of `text`, in hexadecimal, of how it was written and in lower and upper case; and its kind's name."""
    raws = {_raw(spelling) for spelling in (text, text.lower(), text.upper())}
    return {
        made.hexdigest(): made.name for kind in DIGESTS for raw in raws for made in [kind(raw, usedforsecurity=False)]
    }


def in_own_letters(domain: str) -> str:
    """`domain`, in A-labels, as people write it."""
    return ".".join(_unicode_label(label) for label in domain.split("."))


def _unicode_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode") if domain_name(label) else label
    except UnicodeError:
        return label
