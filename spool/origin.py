"""Where a message without our envelope came from, as our own receiving host wrote it down.

Believed is the first Received field from the top that a configured host of ours wrote (`by`) about a client that is
not ours; everything below it is the sender's word. Used for the fallback Maildir and for saved files; mailboxes have
further ways (mailbox_origin.py). Pure: nothing is looked up.
Sources: Postfix, src/smtpd/smtpd.c (the fields' form), RFC 5321, 4.4 (Received), RFC 3848 (`with` types).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from trapline.config.dates import date_in
from trapline.config.names import IpAddress, bare_path, client_address, domain_name, real_address
from trapline.config.networks import NO_NETWORKS, NetworkSet
from trapline.spool.comments import without_comments

MAX_FIELDS = 100  #: Received fields that are read; a loop is stopped at 50 (Postfix's hopcount_limit)
MAX_FIELD_BYTES = 4_096  #: of one Received field

# `from HELO (NAME [ADDRESS])` in Postfix's words; NAME is "unknown" where it is not verified. Others (Exchange) write
# `from HELO (ADDRESS)`. After it: comments about TLS or the user, `by HOST (Postfix) with PROTOCOL id QUEUEID`.
# qmail's `from NAME (HELO WHATEVER) (ADDRESS)` is not read: what stands first there is the client's own word.
_CLIENT = (
    r"\((?!(?:HELO|EHLO)\s)(?:(?P<name>[^\s\[\]()]{1,255})\s+)?"
    r"(?:\[(?P<bracketed>[0-9A-Fa-f.:]{2,45}|IPv6:[0-9A-Fa-f.:]{2,45})\]|(?P<bare>[0-9A-Fa-f.:]{2,45}))(?::\d{1,5})?\)"
)
_FROM = re.compile(r"from\s+(?P<helo>\S{1,1000})\s+" + _CLIENT, re.IGNORECASE)
_ANOTHER = re.compile(_CLIENT, re.IGNORECASE)
_BY = re.compile(r"\bby\s+(?P<host>[^\s();]{1,255})")
_WITH = re.compile(r"\bwith\s+(?:UTF8)?(?P<protocol>[A-Z]{2,12})\b", re.IGNORECASE)
_ID = re.compile(r"\bid\s+(?P<id>[\w.-]{1,100})")
_FOR = re.compile(r"\bfor\s+<[^<>]{1,1000}>")
_AUTHENTICATED = {"ESMTPA", "ESMTPSA", "LMTPA", "LMTPSA", "SMTPA", "SMTPSA"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What our own host wrote about the client that handed the message in."""

    address: IpAddress | None  #: None where our host wrote none that can be read
    name: str | None = None  #: as our host verified it; None where it did not
    helo: str | None = None
    mail_from: str | None = None  #: of a Return-Path above our Received field; "" is the null sender; None: not known
    authenticated: bool = False  #: `with ESMTPA`, `with ESMTPSA`
    several_recipients: bool = True  #: Postfix writes `for <…>` only for a single recipient
    queue_id: str | None = None
    received: datetime | None = None  #: aware, UTC


NOTHING_KNOWN = Origin(address=None)  #: where no host of ours wrote anything


def origin(
    fields: Sequence[tuple[str, bytes]],
    receivers: Iterable[str],
    own_networks: NetworkSet = NO_NETWORKS,
) -> Origin | None:
    """Who handed the message in; None where no host of ours says so.

    `fields` are the header from the top: names in lower case, values unfolded or not. `receivers` are the names of our
    receiving hosts as they write them after `by`; a client in `own_networks` is one of ours, so the next field is
    looked at.
    """
    ours = tuple(name for host in receivers if (name := domain_name(host)))
    for place, text in received_fields(fields):
        found = read_received(text) if written_by(text, ours) else None
        if found is None:
            break
        if found.address is None or not is_own(found.address, own_networks):
            return with_sender(found, fields[:place])
    return None


def received_fields(fields: Sequence[tuple[str, bytes]]) -> list[tuple[int, str]]:
    """The Received fields from the top, as one line each, with their places."""
    found = [(place, value) for place, (name, value) in enumerate(fields) if name == "received"]
    return [
        (place, " ".join(value[:MAX_FIELD_BYTES].decode("utf-8", "surrogateescape").split()))
        for place, value in found[:MAX_FIELDS]
    ]


def written_by(text: str, ours: Iterable[str]) -> bool:
    """Whether a Received field says that it was written by one of `ours`, of which `.example.com` is all below it."""
    match = _BY.search(without_comments(_after_client(text)))
    return match is not None and is_one_of(match["host"], ours)


def is_one_of(host: str, servers: Iterable[str]) -> bool:
    """Whether `host` is one of `servers`, of which `.example.com` is all below it."""
    name = domain_name(host)
    return name is not None and any(name == one or (one.startswith(".") and name.endswith(one)) for one in servers)


def _after_client(text: str) -> str:
    """What our host wrote after the client: the HELO is the client's own text and may hold anything, ` by ` too."""
    match = _FROM.match(text)
    return text if match is None else text[match.end() :]


def read_received(text: str) -> Origin:
    """What a Received field, on one line, says; whose word it is, is not told here.

    Two clients are none: then one of them is what the client said of itself.
    """
    match = _FROM.match(text)
    if match is not None and _ANOTHER.search(_BY.split(text[match.end() :], maxsplit=1)[0]):
        match = None
    rest = without_comments(_after_client(text))
    protocol, queue_id = _WITH.search(rest), _ID.search(rest)
    name = None if match is None else match["name"]
    return Origin(
        address=None if match is None else client_address(match["bracketed"] or match["bare"]),
        name=None if name is None or name.lower() == "unknown" else domain_name(name),
        helo=None if match is None else match["helo"],
        authenticated=protocol is not None and protocol["protocol"].upper() in _AUTHENTICATED,
        several_recipients=_FOR.search(rest) is None,
        queue_id=None if queue_id is None else queue_id["id"],
        received=date_in(text.rpartition(";")[2]),
    )


def is_own(address: IpAddress, networks: NetworkSet) -> bool:
    """Whether `address`, or the IPv4 address that it carries, is in `networks`."""
    return address in networks or real_address(address) in networks


def with_sender(found: Origin, above: Sequence[tuple[str, bytes]]) -> Origin:
    """With the MAIL FROM that our host put above its Received field; Postfix removes a sender's own Return-Path."""
    paths = [value for name, value in above if name == "return-path"]
    if not paths:
        return found
    sender = bare_path(paths[0][:1_000].decode("utf-8", "surrogateescape"))
    return replace(found, mail_from=sender)
