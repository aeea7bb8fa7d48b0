"""The envelope of a message that was read from a mailbox: what its server, and the mailbox's table, say about it.

Its id is made of mailbox, folder, UIDVALIDITY and UID, so that a message that is taken twice (a crash between storing
and marking) is known as one. Pure.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from trapline.config.mailboxes import Mailbox
from trapline.config.networks import NO_NETWORKS, NetworkSet
from trapline.config.printable import printable
from trapline.mailboxes.owners import spellings
from trapline.spool.envelope import Client, Envelope, Recipient
from trapline.spool.header import MAX_HEADER_BYTES, split_header
from trapline.spool.mailbox_origin import mailbox_origin
from trapline.spool.origin import Origin

MAX_MARK = 300  #: characters of what a filter wrote
MARKS = ("x-rspamd-score", "x-spam-status")  #: fields in which a mailbox's filter says what it found


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands; no other ever has the same (RFC 3501, 2.3.1.1)."""

    mailbox: str
    folder: str
    numbering: str  #: UIDVALIDITY, with the account in front of it
    uid: str

    @property
    def id(self) -> str:
        """Of the message's envelope."""
        words = (self.mailbox, self.folder, self.numbering, self.uid)
        text = "\0".join(words).encode("utf-8", "surrogateescape")
        return "mailbox-" + hashlib.sha256(text).hexdigest()[:32]


def envelope(
    mailbox: Mailbox,
    place: Place,
    received: datetime,
    message: bytes,
    *,
    truncated: bool = False,
    own_networks: NetworkSet = NO_NETWORKS,
) -> Envelope:
    """What is known of `message`. A honeypot's owner is a trap, a Junk folder's a person who reports it."""
    fields, _ = split_header(message[:MAX_HEADER_BYTES])
    origin = mailbox_origin(fields, mailbox.trust, own_networks)
    trap = mailbox.role == "honeypot"
    owners = tuple(
        Recipient(address=one, trap=trap, label=mailbox.shown_label, kind="pristine" if trap else None)
        for one in spellings(mailbox.owners, message)
    )
    return Envelope(
        id=place.id,
        received=received,
        source="mailbox",
        role=mailbox.role,
        client=Client() if origin is None else _client(origin),
        helo=None if origin is None else origin.helo,
        mail_from=None if origin is None else origin.mail_from,
        recipients=owners,
        truncated=truncated,
        mailbox=mailbox.name,
        authserv_ids=() if mailbox.trust is None else mailbox.trust.authserv_ids,
        filter_marks=_marks(fields),
    )


def _client(origin: Origin) -> Client:
    """One of the mailbox's own server may be a user of it, whose mail is never reported."""
    return Client(address=origin.address, name=origin.name, authenticated=origin.authenticated)


def _marks(fields: tuple[tuple[str, bytes], ...]) -> tuple[tuple[str, str], ...]:
    """The topmost field of each kind."""
    found = {name: value for name, value in reversed(fields) if name in MARKS}
    return tuple((name, printable(found[name].decode("utf-8", "replace"), MAX_MARK)) for name in MARKS if name in found)
