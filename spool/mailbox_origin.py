"""Where a message in a mailbox came from, as far as the server that received it wrote so.

A mailbox says by its `trust` which of the header's words are that server's: the topmost Received-SPF, an
Authentication-Results field with its id, or the first Received field written `by` it about a client that is none of
ours. Everything else, and everything below, is the sender's word. Pure: nothing is looked up.
Sources: RFC 5321, 4.4 (Received), RFC 7208, 9.1 (Received-SPF), RFC 8601, 2.7.3 and 2.3 (iprev, comments).
"""

import re
from collections.abc import Sequence

from trapline.config.mailbox_trust import Trust
from trapline.config.names import IpAddress, client_address, is_public, literal_address
from trapline.config.networks import NO_NETWORKS, NetworkSet
from trapline.spool.comments import QUOTED, without_comments
from trapline.spool.origin import Origin, is_one_of, is_own, read_received, received_fields, with_sender, written_by
from trapline.spool.received_spf import received_spf

MAX_RESULTS_BYTES = 16_384  #: of an Authentication-Results field

Fields = Sequence[tuple[str, bytes]]

_INSIDE = re.compile(r"by\s|from\s.*\swith\s+(?:LMTPS?A?|POP3|IMAP)\b", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(QUOTED, re.DOTALL)
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

    A field above it is passed over only where the message was handed on behind the servers: below one that we merely
    can't read, of a host that took the message from anybody, or of a user's, the sender may have written a field that
    we can.
    """
    for place, text in received_fields(fields):
        found = read_received(text)
        if found.address is not None and written_by(text, servers):
            inside = is_own(found.address, own_networks) and not found.authenticated
            if not inside:
                return with_sender(found, fields[:place])
        if not _is_inside(text, found, servers, own_networks):
            return None
    return None


def _is_inside(text: str, found: Origin, servers: Sequence[str], own_networks: NetworkSet) -> bool:
    """Whether a Received field tells a way behind the servers: from nobody, by LMTP, fetched, or from one of them."""
    if found.address is None:
        return _INSIDE.match(text) is not None
    from_a_server = found.name is not None and is_one_of(found.name, servers)
    return from_a_server or not is_public(found.address) or is_own(found.address, own_networks)


def _by_spf(fields: Fields, servers: Sequence[str]) -> Origin | None:
    found = received_spf(fields)
    if found is None or found.receiver is None or not is_one_of(found.receiver, servers):
        return None
    return Origin(address=found.address, helo=found.helo, mail_from=found.mail_from)


def _by_results(fields: Fields, servers: Sequence[str]) -> Origin | None:
    """The client that iprev was checked for, in the topmost field with a server's id."""
    for name, raw in fields:
        if name != "authentication-results":
            continue
        text = without_comments(raw[:MAX_RESULTS_BYTES].decode("utf-8", "surrogateescape"))
        server = _SERVER.match(text)
        if server is None or not is_one_of(server[1], servers):
            continue
        clients = {client_address(found) for found in _CLIENT.findall(_QUOTED.sub(_only_an_address, text))}
        senders = {found.strip('"') for found in _SENDER.findall(text)}
        return Origin(address=_only(clients), mail_from=next(iter(senders)) if len(senders) == 1 else None)
    return None


def _only_an_address(quoted: re.Match[str]) -> str:
    """A quoted text stays where it is an address as a whole; any other may be the sender's."""
    stays = quoted["unclosed"] is not None or literal_address(quoted["quoted"]) is not None
    return quoted[0] if stays else '""'


def _only(found: set[IpAddress | None]) -> IpAddress | None:
    return next(iter(found)) if len(found) == 1 else None
