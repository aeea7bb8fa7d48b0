"""The fallback Maildir: trap mail that Postfix delivered itself while the milter was away.

Its virtual(8) wrote Return-Path, X-Original-To and Delivered-To on top, and below them stands the Received line of its
smtpd: these four are our own server's word, since the Maildir is ours, and the envelope is made from them. Everything
below that one line is the sender's, Received-SPF too.
Sources: virtual(8), smtpd(8) and cleanup(8) of Postfix; spool/origin.py for the Received line.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from trapline.config.names import bare_path
from trapline.config.networks import NetworkSet
from trapline.config.settings import Exempt
from trapline.reporter.parsing.parts import field_name, raw_fields
from trapline.spool.envelope import Client, Envelope, EnvelopeError, Recipient
from trapline.spool.origin import NOTHING_KNOWN, Origin, origin
from trapline.traps.traps import Trap

MAX_TOP_BYTES = 64 * 1024  #: in which the delivery's own fields stand

_DELIVERY = frozenset({"return-path", "x-original-to", "delivered-to"})
_BY = re.compile(r"\bby\s+([^\s();]{1,255})")


class Traps(Protocol):
    """What is asked of the trap file."""

    def match(self, recipient: str, /) -> Trap | None:
        """The trap that `recipient` is; None for a person."""


@dataclass(frozen=True, slots=True)
class _Top:
    """The fields that our own server wrote, and where the message begins."""

    recipients: tuple[str, ...]
    fields: list[tuple[str, bytes]]
    end: int


def read(raw: bytes, file: str, traps: Traps, exempt: Exempt, now: datetime) -> tuple[Envelope, bytes]:
    """The envelope of a file that Postfix delivered, and the message as the client sent it.

    `file` is its name without flags: the id is made from it, with queue ID and time, so that a file read twice is one
    message, and another host's file of the same name is another. `now` stands in where the Received line has no time.
    Raises EnvelopeError: not delivered by Postfix, or to no trap that we know.
    """
    top = _top(raw)
    trapped = [(one, trap) for one in top.recipients if (trap := traps.match(one)) is not None]
    if not trapped:
        raise EnvelopeError(
            "the fallback Maildir got a message that is not addressed to a trap: is its line gone from the trap file, "
            "or does Postfix deliver other mail there?"
        )
    recipient, trap = trapped[0]
    from_where = _origin(top.fields)
    address = from_where.address
    client = Client(
        address=address,
        name=from_where.name,
        authenticated=from_where.authenticated,
        exempt=address is None or address in NetworkSet(exempt.networks),  # no client: handed in on this host itself
    )
    envelope = Envelope(
        id=_id(file, from_where),
        received=from_where.received or now,
        source="fallback",
        client=client,
        helo=from_where.helo,
        mail_from=_mail_from(top.fields),
        recipients=(Recipient(address=recipient, trap=True, label=trap.label, kind=trap.kind),),
        queue_id=from_where.queue_id,
        others=from_where.several_recipients,
    )
    return envelope, raw[top.end :]


def _id(file: str, from_where: Origin) -> str:
    text = f"{file}\0{from_where.queue_id}\0{from_where.received}"
    return "fallback-" + hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _top(raw: bytes) -> _Top:
    recipients: list[str] = []
    fields: list[tuple[str, bytes]] = []
    end = place = 0
    for field in raw_fields(raw[:MAX_TOP_BYTES]):
        name = field_name(field)
        value = field.partition(b":")[2].strip()
        place += len(field)
        if name not in _DELIVERY and name != "received":
            continue  # what Postfix was told to prepend (a policy service, an access map); it stands above our Received
        fields.append((name, value))
        end = place
        if name == "received":
            break
        if name != "return-path":
            recipients.append(bare_path(value.decode("utf-8", "surrogateescape")))
    if not recipients:
        raise EnvelopeError(
            "the file in the fallback Maildir has no X-Original-To or Delivered-To line of Postfix's on top"
        )
    return _Top(tuple(recipients), fields, end)


def _origin(fields: list[tuple[str, bytes]]) -> Origin:
    """What the one Received line says; it is ours by its place, so whichever host it names is our own."""
    text = b" ".join(value for name, value in fields if name == "received").decode("utf-8", "surrogateescape")
    return origin(fields, _BY.findall(text)) or NOTHING_KNOWN


def _mail_from(fields: list[tuple[str, bytes]]) -> str | None:
    paths = [value for name, value in fields if name == "return-path"]
    return bare_path(paths[0].decode("utf-8", "surrogateescape")) if paths else None
