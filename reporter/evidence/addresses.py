"""Domains of the mail addresses in a header field.

Only what stands where an address stands: not the name beside it, not a comment, which the sender fills with a brand.
Source: RFC 5322, 3.4, read leniently.
"""

import re
from itertools import islice

from trapline.config.names import Address, address
from trapline.reporter.parsing.transfer import decoded_text

MAX_FIELD_CHARS = 10_000  #: of one field that are read
MAX_ADDRESSES = 100  #: of one field

# All repetitions are bounded: the sender chooses what they are tried on, and from how many places.
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.){0,200}\"(?!@)", re.DOTALL)
_COMMENT = re.compile(r"\([^()]{0,200}\)")
_ANGLED = re.compile(r"<([^<>\s]{1,600})>")
_BARE = re.compile(r"[^\s<>,;:\"()\[\]@]{1,200}@[^\s<>,;:\"()@]{1,255}")


def addresses(raw: bytes) -> tuple[Address, ...]:
    """The addresses in the field value `raw`, in order, without doubles; none where there is none.

    >>> addresses(b'"bank@bank.example" <Anna@Pills.example>')
    (Address(local='anna', domain='pills.example'),)
    """
    text = decoded_text(raw[:MAX_FIELD_CHARS], "", html=False)
    text = _COMMENT.sub(" ", _QUOTED.sub(" ", text))
    found = [one for one in _ANGLED.findall(text) if "@" in one] or _BARE.findall(text)
    return tuple(dict.fromkeys(address(one) for one in islice(found, MAX_ADDRESSES)))
