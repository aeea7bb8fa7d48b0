"""Signs in a header that somebody other than a sender of spam is at work: answering machines and forwarders.

The sender can write all of them: a sign alone only spares, it never accuses.
Sources: RFC 3834 (automatic replies), RFC 3464 (bounces), RFC 5965 (feedback reports), RFC 8098 (receipts), RFC 8617
(ARC), libsrs2 (SRS), Gmail's `+caf_=`, forms that mail programs and MTAs have used for long.
"""

import re

from trapline.reporter.message import Message

_REPORTS = {
    "message/delivery-status",
    "message/global-delivery-status",
    "message/disposition-notification",
    "message/global-disposition-notification",
    "message/feedback-report",
}
_REPLY_FIELDS = ("x-autoreply", "x-autorespond", "x-failed-recipients")
_ROBOTS = re.compile(r"^(?:mailer-daemon|mailerdaemon|mail-daemon|maildaemon)@", re.IGNORECASE)
_SRS = re.compile(r"^(?:srs[01][=+-]|[^@]*\+srs=|bounces\+srs=|prvs=srs)", re.IGNORECASE)
_CAF = re.compile(r"\+caf_=[^@]*=[^@]*@", re.IGNORECASE)


def automatic(message: Message, mail_from: str | None, from_addresses: tuple[str, ...]) -> str | None:
    """Why the message looks like a bounce, a receipt or an automatic reply; None if it does not.

    A mere `multipart/report` is not enough: spammers use it as any other multipart.
    """
    signs = (
        (mail_from == "", "null sender"),
        (any(kind in _REPORTS for kind in message.types), "delivery report"),
        (any(_ROBOTS.match(address) for address in from_addresses), "From a mailer daemon"),
        (_word(message, "auto-submitted").startswith("auto-replied"), "Auto-Submitted: auto-replied"),
        (any(message.value(name) is not None for name in _REPLY_FIELDS), "automatic reply"),
        (_word(message, "precedence") == "auto_reply", "Precedence: auto_reply"),
    )
    return next((why for found, why in signs if found), None)


def generated(message: Message) -> bool:
    """Whether a program says that it made the message by itself: a notice, perhaps a request for confirmation."""
    return _word(message, "auto-submitted").startswith(("auto-generated", "auto-notified"))


def forwarded(message: Message, mail_from: str | None) -> str | None:
    """The sign that somebody forwarded the message, in words; None where there is none."""
    if mail_from and is_rewritten(mail_from):
        return "rewritten sender (SRS)"
    if mail_from and _CAF.search(mail_from):
        return "forwarding mailbox (+caf_=)"
    for name, sign in (("arc-seal", "ARC"), ("list-id", "List-Id"), ("x-forwarded-for", "X-Forwarded-For")):
        if message.value(name) is not None:
            return sign
    return None


def is_rewritten(mail_from: str) -> bool:
    """Whether MAIL FROM has the shape of a Sender Rewriting Scheme: the domain is a relay's, not the sender's."""
    return _SRS.match(mail_from) is not None


def _word(message: Message, name: str) -> str:
    return (message.value(name) or b"").decode("latin-1").strip().lower()
