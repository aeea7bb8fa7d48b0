"""The forms of an address that are looked for: plain, with VERP's codes, reversed, in ROT13 and base32, its digests.

The domain stands in them as A-labels and in its own letters, and the local part alone where it tells who it is. How
the text is read in which they are looked for is the subject of readings.py.
"""

import base64
import codecs
import hashlib
import re
from collections.abc import Iterator

from trapline.config.names import Address, bare_path, domain_name
from trapline.reporter.parsing.word_search import octets

MIN_LOCAL_CHARS = 5  #: a local part of this length is looked for by itself; shorter ones are words like "info"

#: The digests by which senders know their recipients.
DIGESTS = (hashlib.md5, hashlib.sha1, hashlib.sha224, hashlib.sha256, hashlib.sha384, hashlib.sha512)

_VERP_SIGNS = re.compile(r"[!%+:\[\]-]")  # that it has codes for (draft-varshavchik-verp-smtpext, 3)


def forms_of(one: Address, *, alone: bool) -> set[str]:
    """The address, its domain as A-labels and in its own letters; the local part where it counts `alone`."""
    domains = {one.domain, in_own_letters(one.domain)} if one.local and one.domain else set()
    local = _in_verp(one.local)
    texts = {f"{one.local}@{domain}" for domain in domains}
    texts |= {f"{local}@{name}" for domain in domains for name in (domain, _in_verp(domain))}
    if alone and len(one.local) >= MIN_LOCAL_CHARS:
        texts |= {one.local, local}
    return texts


def _in_verp(text: str) -> str:
    """`text` with codes for its signs, as the sender's address has it beside an `=` for the `@`: `+2D` for a hyphen."""
    return _VERP_SIGNS.sub(lambda sign: f"+{ord(sign[0]):02x}", text)


def turned(texts: set[str]) -> set[str]:
    """The texts, and each of them reversed and in ROT13."""
    return texts | {text[::-1] for text in texts} | {codecs.encode(text, "rot13") for text in texts}


def in_base32(form: str) -> Iterator[str]:
    """`form` in base32, as it was and in upper case, whatever stands before it: the letters that it alone makes.

    Five bytes become eight letters (RFC 4648, 6); what stands before and behind has its part in the outer ones.
    """
    for raw in {octets(form), octets(form.upper())}:
        for before in range(5):
            coded = base64.b32encode(bytes(before) + raw).decode("ascii").lower()
            yield coded[-(-before * 8 // 5) : (before + len(raw)) * 8 // 5]


def hashes_of(text: str, *, alone: bool) -> set[str]:
    """The digests of an address as it was written, in lower and in upper case; of its local part where `alone`."""
    written = bare_path(text)
    local, at, _ = written.rpartition("@")
    if not at:
        return set()
    texts = (written, local) if alone and len(local) >= MIN_LOCAL_CHARS else (written,)
    return {digest for one in texts for digest in digests(one)}


def digests(text: str) -> dict[str, str]:
    """Each digest of `text`, in hexadecimal, of how it was written and in lower and upper case; and its kind's name."""
    raws = {octets(spelling) for spelling in (text, text.lower(), text.upper())}
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
