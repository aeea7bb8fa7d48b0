"""Signs that somebody forwarded the message: then its client is a relay, and not the source.

The sender can write all of them: a sign alone only spares, it never accuses.
Sources: libsrs2 and the SRS paper (SRS0, SRS1), Exchange Online's and others' `+SRS=`, Gmail's `+caf_=`, RFC 8617
(ARC), RFC 2919 (List-Id), RFC 5322, 3.6.6 (Resent), the draft of BATV (prvs=), fields that forwarding providers write.
"""

import re
from collections.abc import Collection
from itertools import islice, takewhile

from trapline.reporter.evidence.addresses import addresses
from trapline.reporter.parsing.message import Message

MAX_DELIVERED = 10  #: fields that say where the message was delivered before

# The sender's own tag around its address, so that bounces can be told from forged ones: no forwarding by itself.
_BATV = re.compile(r"^(?:prvs=[^=@]{1,80}=|btv1==[^=@]{1,80}==|msprvs1=[^=@]{1,80}=)", re.IGNORECASE)
_SRS = re.compile(r"^(?:srs[01][=+-]|[^@]*\+srs=)", re.IGNORECASE)
_CAF = re.compile(r"\+caf_=[^@]{1,200}=[^@=]{1,255}@", re.IGNORECASE)
_DELIVERED = {"delivered-to": "Delivered-To", "x-original-to": "X-Original-To"}
_FIELDS = (
    ("arc-seal", "ARC"),
    ("x-forwarded-for", "X-Forwarded-For"),
    ("x-forwarded-to", "X-Forwarded-To"),
    ("resent-from", "Resent-From"),
    ("resent-to", "Resent-To"),
)


def forwarded(message: Message, mail_from: str | None) -> str | None:
    """The sign that somebody forwarded the message, in words; None where there is none."""
    if mail_from and _is_srs(mail_from):
        return "rewritten sender (SRS)"
    if mail_from and _CAF.search(mail_from):
        return "forwarding mailbox (+caf_)"
    return forwarded_field(message) or ("List-Id" if message.value("list-id") is not None else None)


def forwarded_field(message: Message) -> str | None:
    """The field by which the message itself says that it was forwarded; None where there is none.

    A mailing list forwards too, but List-Id stands in newsletters as well.
    """
    return next((sign for name, sign in _FIELDS if message.value(name) is not None), None)


def delivered_elsewhere(message: Message, recipient_domains: Collection[str]) -> str | None:
    """The field that says the message was delivered to an address of another domain before; None where there is none.

    Often the only trace of a relay that forwards without ARC or SRS, by a .forward or an alias (RFC 9228, 2). The
    relay's own Received line then stands above it; a field above all of these lines was left by a mailbox from which a
    copy was sent, and does not count.
    """
    traced = takewhile(lambda field: field[0] != "received", message.fields)
    below = islice((field for field in message.fields[len(tuple(traced)) :] if field[0] in _DELIVERED), MAX_DELIVERED)
    for name, raw in below:
        if any(one.domain and one.domain not in recipient_domains for one in addresses(raw)):
            return _DELIVERED[name]
    return None


def is_rewritten(mail_from: str) -> bool:
    """Whether MAIL FROM was made by whoever forwarded the message: its domain is a relay's, not the sender's."""
    return _is_srs(mail_from) or _CAF.search(mail_from) is not None


def _is_srs(mail_from: str) -> bool:
    return _SRS.match(_BATV.sub("", mail_from)) is not None
