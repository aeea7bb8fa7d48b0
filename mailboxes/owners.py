"""In which spellings the owner's address stands in a message: all of them are to be redacted.

Mail to `anna+shop@example.com` is Anna's, and Gmail delivers `a.nna@googlemail.com` to her who is `anna@gmail.com`;
spammers use every spelling that works. Pure.
Sources: RFC 5233 (subaddressing), support.google.com/mail/answer/7436150 (dots), …/answer/10313 (googlemail.com).
"""

import re
from collections.abc import Iterable, Iterator

from trapline.config.names import Address, address

MAX_SEARCHED_BYTES = 1_000_000  #: of a message, from its start
MAX_SPELLINGS = 50  #: that are found in one message

_GMAIL = ("gmail.com", "googlemail.com")
_LOCAL_PART = re.compile(rb"[A-Za-z0-9.!#$&'*+/?^_`{|}~\x80-\xff-]{1,64}\Z")


def spellings(owners: Iterable[str], message: bytes) -> tuple[str, ...]:
    """`owners` as they are configured, then in their other usual spellings, then in those that `message` has."""
    known = tuple(owners)
    usual = [spelling for one in known for spelling in _usual(address(one))]
    return tuple(dict.fromkeys((*known, *usual, *_found({_mailbox(address(one)) for one in known}, message))))


def _usual(one: Address) -> Iterator[str]:
    if one.domain in _GMAIL:
        for local in (one.local, one.local.replace(".", "")):
            yield from (f"{local}@{domain}" for domain in _GMAIL)


def _found(mailboxes: set[Address], message: bytes) -> list[str]:
    text = message[:MAX_SEARCHED_BYTES]
    domains = {one.domain for one in mailboxes if one.domain.isascii()}
    domains |= set(_GMAIL) if domains & set(_GMAIL) else set()
    any_domain = b"|".join(re.escape(one.encode()) for one in sorted(domains))
    at = re.compile(b"(?:@|%40|=40)(?:" + any_domain + rb")\b", re.IGNORECASE)
    found: dict[str, None] = {}
    for match in at.finditer(text):
        local = _LOCAL_PART.search(text, max(0, match.start() - 64), match.start())
        if local is not None and len(found) < MAX_SPELLINGS:
            domain = re.split(rb"@|%40|=40", match[0])[1]
            one = address(f"{local[0].decode('utf-8', 'replace')}@{domain.decode()}")
            if _mailbox(one) in mailboxes:
                found[str(one)] = None
    return list(found)


def _mailbox(one: Address) -> Address:
    """Whose mail it is that is sent to `one`."""
    local = one.local[:1] + one.local[1:].partition("+")[0]
    return Address(local.replace(".", ""), _GMAIL[0]) if one.domain in _GMAIL else Address(local, one.domain)
