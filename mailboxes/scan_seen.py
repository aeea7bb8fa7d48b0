"""What the filters are told about a message's transaction: what the mailbox's trusted server wrote. Pure."""

from trapline.config.mailboxes import Mailbox
from trapline.config.networks import NO_NETWORKS, NetworkSet
from trapline.filters.scanner import NOTHING_SEEN, Seen
from trapline.spool.header import MAX_HEADER_BYTES, split_header
from trapline.spool.mailbox_origin import mailbox_origin


def seen(message: bytes, mailbox: Mailbox, own_networks: NetworkSet = NO_NETWORKS) -> Seen:
    """Client, HELO and MAIL FROM, as far as the mailbox's `trust` tells them; the rest is the sender's word."""
    fields, _ = split_header(message[:MAX_HEADER_BYTES])
    origin = mailbox_origin(fields, mailbox.trust, own_networks)
    if origin is None:
        return NOTHING_SEEN
    return Seen(client=origin.address, helo=origin.helo, mail_from=origin.mail_from)
