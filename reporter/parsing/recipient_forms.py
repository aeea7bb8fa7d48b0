"""The forms in which a recipient's address can stand in a text: what must never be told to anybody.

Whoever reads a trap's address in a report knows a trap. So a text is read as people and programs would read it
(readings.py), and so is a page in base64 in it; what looks like base64, hex or character codes is decoded, and all that
is searched for the address, its local part, both reversed, in ROT13 and in base32, and the digests of both (MD5, SHA-1,
the SHA-2 family; in hex and base64; address_forms.py). A form that is not there is not found: encrypted tokens can't
be, and tokens that are known by where else they stand are evidence/trackers.py's.
"""

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote

from trapline.config.names import address
from trapline.reporter.lists import SHIPPED
from trapline.reporter.parsing.address_forms import forms_of, hashes_of, in_base32, in_own_letters, turned
from trapline.reporter.parsing.readings import decoded, in_usual_base64, put_together, readings, without_blanks
from trapline.reporter.parsing.script_forms import all_joined, coded_pages, joined
from trapline.reporter.parsing.word_search import AnyOf, octets

MAX_RECIPIENTS = 1_000  #: of one message, as many as Postfix takes; with more every text counts as naming one
BATCH_BYTES = 65_536  #: of decoded pieces that are searched at once
MIN_JOINED_CHARS = 8  #: letters of a local part in several pieces that is looked for with other signs between them

_HASH = re.compile(rb"[0-9a-f]{32}")
_SIGNS = re.compile(r"[\W_]+")

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
    plain_forms = {form for text in known for form in forms_of(address(text), alone=True)}
    plain_forms |= {form for text in more for form in forms_of(address(text), alone=False)}
    forms = turned(plain_forms)
    names = {form for name in domains for form in turned({name, in_own_letters(name)})}
    if not forms and not names:
        return lambda _: False
    hashes = {form for text in known for form in hashes_of(text, alone=True)}
    hashes |= {form for text in more for form in hashes_of(text, alone=False)}
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
        self._forms = AnyOf(map(octets, forms))
        self._pieces = AnyOf(octets(one) for form in forms for one in (form, "@".join(reversed(form.split("@")))))
        self._coded = AnyOf(map(octets, coded))
        self._base32 = AnyOf(coded.encode() for form in plain_forms for coded in in_base32(form))
        self._hashes = AnyOf(one.encode() for one in hashes)
        self._coded_hashes = AnyOf(base64.b64encode(bytes.fromhex(one)).rstrip(b"=") for one in hashes)

    def are_in(self, text: str) -> bool:
        """Whether one of them is in `text`, or a page in it, however that may be read; in joined pieces, too."""
        plain = unquote(text)
        in_one = joined(plain)
        pages = "\n".join(coded_pages(in_usual_base64(without_blanks(in_one))))
        found = {text, pages, *all_joined(text), *all_joined(pages)}
        if "\\" in plain or in_one != plain:  # a page in percents is a script's, too
            found.add(in_one)
        if "%22" in text or "%27" in text:  # and its lists, by their quotes
            found |= all_joined(plain)
        return any(map(self._are_in, filter(None, found)))

    def _are_in(self, text: str) -> bool:
        if any(self._forms(raw) or self._holds_hash(raw) for raw in map(octets, readings(text))):
            return True
        plain = unquote(text)
        small = plain.lower()
        if any(self._pieces(octets(together)) for together in put_together(small)):
            return True
        if self._base32(octets(without_blanks(small))) or self._coded_hashes(octets(in_usual_base64(plain))):
            return True
        return any(self._coded(batch) or self._holds_hash(batch) for batch in _in_batches(decoded(text)))

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


def is_telling(domain: str) -> bool:
    """Whether the domain alone says whose address it is: not that of a provider, which everybody writes."""
    return "." in domain and not SHIPPED.known_names(domain)
