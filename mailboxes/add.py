"""Adding saved messages to the spool: as a mailbox's, or as hits of the traps that they were delivered to. Pure.

The id is made of the message itself, so that a file that is added twice is one message.
"""

import hashlib
from collections.abc import Callable, Iterable
from itertools import takewhile

from trapline.config.errors import TraplineError
from trapline.config.mailboxes import Mailbox
from trapline.config.names import bare_path
from trapline.config.networks import NetworkSet
from trapline.mailboxes.envelopes import Place
from trapline.mailboxes.envelopes import envelope as envelope_of_mailbox
from trapline.mailboxes.saved_mail import Saved
from trapline.spool.envelope import Client, Envelope, Recipient
from trapline.spool.header import MAX_HEADER_BYTES, split_header
from trapline.spool.origin import Origin, origin

Match = Callable[[str], Recipient | None]

_DELIVERED = ("x-original-to", "delivered-to")  #: written at a delivery, on top
_NOBODY = Origin(address=None)


class NoTrap(TraplineError):
    """A message was delivered to no trap."""


def of_mailbox(mailbox: Mailbox, saved: Saved, own_networks: NetworkSet) -> Envelope:
    """As if the message had been read from `mailbox`."""
    place = Place(mailbox.name, "saved", "", _digest(saved))
    return envelope_of_mailbox(
        mailbox, place, saved.filed, saved.message, truncated=saved.truncated, own_networks=own_networks
    )


def of_trap(saved: Saved, match: Match, receivers: Iterable[str], own_networks: NetworkSet) -> Envelope:
    """As a hit of the traps that the delivery's own fields name; `match` gives the trap that an address is.

    Who handed it in is told by a host of `receivers` alone. Raises NoTrap.
    """
    fields, _ = split_header(saved.message[:MAX_HEADER_BYTES])
    top = takewhile(lambda field: field[0] != "received", fields)  # below it the sender writes
    named = dict.fromkeys(
        bare_path(value.decode("utf-8", "surrogateescape")) for name, value in top if name in _DELIVERED
    )
    traps = tuple(trap for address in named if (trap := match(address)) is not None)
    if not traps:
        raise NoTrap(
            f"{saved.name}: neither Delivered-To nor X-Original-To names a trap: is it in a trap file? "
            "Or say by --mailbox NAME whose mail it is"
        )
    found = origin(fields, receivers, own_networks) or _NOBODY
    return Envelope(
        id=f"file-{_digest(saved)}",
        received=found.received or saved.filed,
        source="file",
        client=Client(address=found.address, name=found.name, authenticated=found.authenticated),
        helo=found.helo,
        mail_from=found.mail_from,
        recipients=traps,
        queue_id=found.queue_id,
        others=found.several_recipients or len(traps) < len(named),
        truncated=saved.truncated,
    )


def _digest(saved: Saved) -> str:
    return hashlib.sha256(saved.message).hexdigest()[:32]
