"""Does a message say that it is a mailing list's or a newsletter's, and who does it say has signed it?

The sender writes all of it: what our server found about a signature is authentication.py's subject.
Sources: RFC 2919 (List-Id), RFC 2369 (List-Unsubscribe), RFC 6376, 3.5 (`d=` of a DKIM signature).
"""

import re
from dataclasses import dataclass

from trapline.config.names import domain_name
from trapline.reporter.parsing.message import Message

MAX_SIGNATURES = 5  #: from the top, here and in verification/dkim.py; mail has one to three
MAX_LIST_ID_BYTES = 1_000
MAX_SIGNATURE_BYTES = 4_096  #: of one field, likewise; with a key of 4,096 bits and a long h= it has about 1,500

_LIST_ID = re.compile(rb"<\s*([^<>\s]{1,255})\s*>[^<>]*$")
_SIGNER = re.compile(rb"(?:^|;)\s*d\s*=\s*([^\s;]{1,255})")


@dataclass(frozen=True, slots=True)
class Mailing:
    """A message that says that it went to a list."""

    field: str  #: by which it says so: "List-Id", "List-Unsubscribe"
    list_id: str | None = None  #: the list's name in the DNS, as List-Id has it


def mailing(message: Message) -> Mailing | None:
    """What the message says of the list that it went to; None where it speaks of none."""
    named = message.value("list-id")
    if named is not None:
        found = _LIST_ID.search(named[:MAX_LIST_ID_BYTES])
        return Mailing("List-Id", None if found is None else domain_name(found[1].decode("utf-8", "replace")))
    return None if message.value("list-unsubscribe") is None else Mailing("List-Unsubscribe")


def claimed_signers(message: Message) -> tuple[str, ...]:
    """The domains whose DKIM signatures the message bears, fitting or not."""
    found = (_SIGNER.search(raw[:MAX_SIGNATURE_BYTES]) for raw in message.values("dkim-signature")[:MAX_SIGNATURES])
    names = (domain_name(one[1].decode("utf-8", "replace")) for one in found if one is not None)
    return tuple(dict.fromkeys(name for name in names if name is not None))
