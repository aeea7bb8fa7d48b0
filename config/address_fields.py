"""The mail addresses in a header field.

Only what stands where an address stands: not the name beside it, not a comment, which the sender fills with a brand.
Source: RFC 5322, 3.4, read leniently: `email.utils` finds nothing in `bank@bank.example <anna@pills.example>`.
"""

import re
from itertools import islice

from trapline.config.names import Address, address

MAX_FIELD_CHARS = 10_000  #: of one field that are read
MAX_ADDRESSES = 100  #: of one field

# All repetitions are bounded: the sender chooses what they are tried on, and from how many places.
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.){0,200}\"(?!@)", re.DOTALL)
_COMMENT = re.compile(r"\([^()]{0,200}\)")
_ANGLED = re.compile(r"<([^<>\s]{1,600})>")
_BARE = re.compile(r"[^\s<>,;:\"()\[\]@]{1,200}@[^\s<>,;:\"()@]{1,255}")


def addresses_in(text: str) -> tuple[Address, ...]:
    """The addresses in the field value `text`, in order, without doubles; none where there is none.

    >>> addresses_in('"bank@bank.example" <Anna@Pills.example>')
    (Address(local='anna', domain='pills.example'),)
    """
    text = _COMMENT.sub(" ", _QUOTED.sub(" ", text[:MAX_FIELD_CHARS]))
    found = [one for one in _ANGLED.findall(text) if "@" in one] or _BARE.findall(text)
    return tuple(dict.fromkeys(address(one) for one in islice(found, MAX_ADDRESSES)))
