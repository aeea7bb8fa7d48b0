"""Where a message in a mailbox came from, as far as the server that received it wrote so.

A mailbox says by its `trust` which of the header's words are that server's: the topmost Received-SPF, an
Authentication-Results field with its id, or the first Received field written `by` it about a client that is none of
ours. Everything else, and everything below, is the sender's word. Pure: nothing is looked up.
Sources: RFC 5321, 4.4 (Received), RFC 7208, 9.1 (Received-SPF), RFC 8601, 2.7.3 and 2.3 (iprev, comments).
"""

import re
from collections.abc import Sequence

from trapline.config.mailbox_trust import Trust
from trapline.config.names import IpAddress, domain_name, literal_address
from trapline.config.networks import NO_NETWORKS, NetworkSet
from trapline.spool.origin import Origin, is_own, read_received, received_fields, with_sender, written_by
from trapline.spool.received_spf import received_spf, without_comments

MAX_RESULTS_BYTES = 16_384  #: of an Authentication-Results field

Fields = Sequence[tuple[str, bytes]]

_INSIDE = re.compile(r"by\s|from\s.*\swith\s+LMTPS?A?\b", re.IGNORECASE | re.DOTALL)
_SERVER = re.compile(r"\s*\"?([^\s;\"]+)\"?")
_CLIENT = re.compile(
    r"[\s;](?:policy\.iprev|smtp\.remote-ip)\s*=\s*\"?([0-9A-Fa-f.:]{2,45})\"?(?=[\s;]|$)", re.IGNORECASE
)
_SENDER = re.compile(r"[\s;]smtp\.mailfrom\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^\s;\"]+)", re.IGNORECASE)


def mailbox_origin(fields: Fields, trust: Trust | None, own_networks: NetworkSet = NO_NETWORKS) -> Origin | None:
    """Who handed the message in; None where the trusted server does not say so.

    `fields` are the header from the top: names in lower case, values unfolded.
    """
    if trust is None:
        return None
    if trust.method == "received":
        return _by_received(fields, trust.servers, own_networks)
    found = _by_spf(fields, trust.servers) if trust.method == "received-spf" else _by_results(fields, trust.servers)
    return None if found is None or found.address is None or is_own(found.address, own_networks) else found


def _by_received(fields: Fields, servers: Sequence[str], own_networks: NetworkSet) -> Origin | None:
    """The first of the servers' fields that names a client of another's.

    A field that names nobody is passed over only where it says that the message was handed on inside (no `from`, or
    LMTP): below one that we merely can't read, the sender may have written a field that we can.
    """
    for place, text in received_fields(fields):
        if not written_by(text, servers):
            continue
        found = read_received(text)
        if found.address is None:
            if _INSIDE.match(text):
                continue
            return None
        if not is_own(found.address, own_networks):
            return with_sender(found, fields[:place])
    return None


def _by_spf(fields: Fields, servers: Sequence[str]) -> Origin | None:
    found = received_spf(fields)
    if found is None or found.receiver is None or not _is_of(found.receiver, servers):
        return None
    return Origin(address=found.address, helo=found.helo, mail_from=found.mail_from)


def _by_results(fields: Fields, servers: Sequence[str]) -> Origin | None:
    """The client that iprev was checked for, in the topmost field with a server's id."""
    for name, raw in fields:
        if name != "authentication-results":
            continue
        text = without_comments(raw[:MAX_RESULTS_BYTES].decode("utf-8", "surrogateescape"))
        server = _SERVER.match(text)
        if server is None or not _is_of(server[1], servers):
            continue
        clients = {literal_address(found) for found in _CLIENT.findall(text)}
        senders = {found.strip('"') for found in _SENDER.findall(text)}
        return Origin(address=_only(clients), mail_from=next(iter(senders)) if len(senders) == 1 else None)
    return None


def _only(found: set[IpAddress | None]) -> IpAddress | None:
    return next(iter(found)) if len(found) == 1 else None


def _is_of(name: str, servers: Sequence[str]) -> bool:
    domain = domain_name(name)
    return domain is not None and any(
        domain == one or (one.startswith(".") and domain.endswith(one)) for one in servers
    )
