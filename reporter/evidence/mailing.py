"""Does a message say that it is a mailing list's or a newsletter's, and who does it say has signed it?

The sender writes all of it: what our server found about a signature is authentication.py's subject.
Sources: RFC 2919 (List-Id), RFC 2369 (List-Unsubscribe), RFC 6376, 3.5 (`d=` of a DKIM signature).
"""

import re

from trapline.config.names import domain_name
from trapline.reporter.message import Message

MAX_SIGNATURES = 5  #: from the top, as verification/dkim.py has it; mail has one to three
MAX_SIGNATURE_BYTES = 4_096  #: of one field, in which its `d=` is looked for

_FIELDS = (("list-id", "List-Id"), ("list-unsubscribe", "List-Unsubscribe"))
_SIGNER = re.compile(rb"(?:^|;)\s*d\s*=\s*([^\s;]{1,255})")


def list_mail(message: Message) -> str | None:
    """The field by which the message says that it is a mailing; None where there is none."""
    return next((shown for name, shown in _FIELDS if message.value(name) is not None), None)


def claimed_signers(message: Message) -> tuple[str, ...]:
    """The domains whose DKIM signatures the message bears, fitting or not."""
    found = (_SIGNER.search(raw[:MAX_SIGNATURE_BYTES]) for raw in message.values("dkim-signature")[:MAX_SIGNATURES])
    names = (domain_name(one[1].decode("utf-8", "replace")) for one in found if one is not None)
    return tuple(dict.fromkeys(name for name in names if name is not None))
