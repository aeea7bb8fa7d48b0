"""The answers that are not ordinary, read by dnspython: truncated ones by TCP, aliases, whatever `wire.py` leaves.

No error leaves this module with the name that was asked, since the DQS key is in it.
"""

import time
from collections.abc import Callable
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rdtypes.ANY.SOA
import dns.rdtypes.IN.A

from trapline.config.values import Nameserver
from trapline.dnsbl.errors import LookupFailed
from trapline.dnsbl.wire import Answer


def ask(name: bytes, nameserver: Nameserver, timeout: float, sent: Callable[[], object]) -> Answer:
    """The A records of `name` (on the wire); `timeout` is in seconds, `sent` is called for each question that goes out.

    Raises LookupFailed: no answer in time, or one that says that the resolver failed.
    """
    ends = time.monotonic() + timeout
    try:
        query = dns.message.make_query(dns.name.from_wire(name, 0)[0], dns.rdatatype.A)
        sent()
        try:
            response = dns.query.udp(
                query, nameserver.address, timeout, nameserver.port,
                ignore_unexpected=True, raise_on_truncation=True, ignore_errors=True,
            )  # fmt: skip
        except dns.message.Truncated:
            sent()
            # dnspython's own way to do both gives each of them the whole time.
            response = dns.query.tcp(query, nameserver.address, ends - time.monotonic(), nameserver.port)
    except (dns.exception.DNSException, OSError, EOFError) as error:
        raise LookupFailed(plain(error)) from None
    return reading(response)


def reading(response: dns.message.Message) -> Answer:
    """What `response`, an answer to our question, says. Raises LookupFailed: the resolver failed, or is lame."""
    rcode = response.rcode()
    if rcode not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
        raise LookupFailed(dns.rcode.to_text(rcode))
    if rcode == dns.rcode.NOERROR and (found := _positive(response)) is not None:
        return found
    soa = _negative_ttl(response)
    if soa is None and rcode == dns.rcode.NOERROR and not response.flags & dns.flags.AA:
        raise LookupFailed("a lame answer")
    return Answer((), min((soa or 0.0, *(alias.ttl for alias in response.answer))))


def _positive(response: dns.message.Message) -> Answer | None:
    """The addresses of the name that was asked, or of what its aliases lead to; another name's are none of its."""
    try:
        chain = cast("dns.message.QueryMessage", response).resolve_chaining()
    except dns.exception.DNSException:
        raise LookupFailed("an alias without end") from None
    addresses = tuple(rdata.address for rdata in chain.answer or () if isinstance(rdata, dns.rdtypes.IN.A.A))
    return Answer(addresses, chain.minimum_ttl) if addresses else None


def _negative_ttl(response: dns.message.Message) -> float | None:
    """How long "no such name" holds: the smaller of the SOA's TTL and its minimum (RFC 2308, 5)."""
    for rrset in response.authority:
        for rdata in rrset:
            if isinstance(rdata, dns.rdtypes.ANY.SOA.SOA):
                return float(min(rrset.ttl, rdata.minimum))
    return None


def plain(error: Exception) -> str:
    """What went wrong, without the text of the exception: it may hold the name that was asked."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "timeout" if isinstance(error, dns.exception.Timeout) else type(error).__name__
