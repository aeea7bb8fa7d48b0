"""Domains of the mail addresses in a header field.

Only what stands where an address stands: not the name beside it, not a comment, which the sender fills with a brand.
Source: RFC 5322, 3.4, read leniently.
"""

import re
from itertools import islice

from trapline.config.names import Address, address
from trapline.reporter.transfer import decoded_text

MAX_FIELD_CHARS = 20_000  #: of one field that are read
MAX_ADDRESSES = 100  #: of one field

_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.){0,998}\"(?!@)", re.DOTALL)
_COMMENT = re.compile(r"\([^()]*\)")
_ANGLED = re.compile(r"<([^<>\s]*@[^<>\s]*)>")
_BARE = re.compile(r"[^\s<>,;:\"()\[\]]+@[^\s<>,;:\"()]+")


def addresses(raw: bytes) -> tuple[Address, ...]:
    """The addresses in the field value `raw`, in order, without doubles; none where there is none.

    >>> addresses(b'"bank@bank.example" <Anna@Pills.example>')
    (Address(local='anna', domain='pills.example'),)
    """
    text = decoded_text(raw[:MAX_FIELD_CHARS], "", html=False)
    text = _COMMENT.sub(" ", _QUOTED.sub(" ", text))
    found = _ANGLED.findall(text) or _BARE.findall(text)
    return tuple(dict.fromkeys(address(one) for one in islice(found, MAX_ADDRESSES)))
