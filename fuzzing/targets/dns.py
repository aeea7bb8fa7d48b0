"""The hot path's reading of DNS answers (dnsbl/wire.py), held against dnspython's.

Where it takes an answer, dnspython takes it too and finds the same addresses and TTL; where dnspython refuses one,
nothing is listed. What is `Unusual` is left to dnspython anyway.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from fuzzing.target import Target
from trapline.dnsbl import general, wire
from trapline.dnsbl.errors import LookupFailed

NAME = "66.7.8.9.key.zen.dq.spamhaus.net"
ENCODED = wire.encode(NAME)
QUESTION = ENCODED + b"\0\x01\0\x01"
ID = 4711
_HEADER_BYTES = 12


@dataclass(frozen=True, slots=True)
class Said:
    """What dnspython finds in an answer to our question."""

    addresses: frozenset[str]
    ttl: float
    failed: bool  #: the resolver says that it failed


def check(data: bytes) -> None:
    """`data` as it stands, and put right so far that it answers our question: else most of it is never looked at."""
    _compare(data)
    if len(data) >= _HEADER_BYTES:
        flags = int.from_bytes(data[2:4], "big") & ~0x7800 | 0x8000
        head = ID.to_bytes(2, "big") + flags.to_bytes(2, "big") + b"\0\x01" + data[6:_HEADER_BYTES]
        _compare(head + QUESTION + data[_HEADER_BYTES + len(QUESTION) :])


def _compare(raw: bytes) -> None:
    said = by_dnspython(raw)
    try:
        answer = wire.read(raw, ID, ENCODED)
    except wire.Unusual:
        return
    except LookupFailed:
        assert said is None or said.failed or not said.addresses, "dnspython finds a listing"
        return
    if answer is None:
        assert said is None, "dnspython knows it for an answer to the question"
        return
    if said is None:
        assert not answer.addresses, "a listing in what dnspython refuses"
        return
    assert not said.failed, "dnspython knows it for a failure"
    assert (frozenset(answer.addresses), answer.ttl) == (said.addresses, said.ttl)


def by_dnspython(raw: bytes) -> Said | None:
    """None where dnspython can't read it, or does not take it for an answer to our question."""
    try:
        response = dns.message.from_wire(raw)
    except (dns.exception.DNSException, ValueError):
        return None
    asked = dns.rrset.RRset(dns.name.from_wire(ENCODED, 0)[0], dns.rdataclass.IN, dns.rdatatype.A)
    right = response.id == ID and response.flags & dns.flags.QR and response.opcode() == dns.opcode.QUERY
    if not right or response.question != [asked]:
        return None
    try:
        answer = general.reading(response)
    except LookupFailed:
        return Said(frozenset(), 0.0, failed=True)
    return Said(frozenset(answer.addresses), answer.ttl, failed=False)


def seeds() -> Iterator[bytes]:
    """Listed, not listed in each way, and what a resolver says else."""
    soa = "ns.spamhaus.net. hostmaster.spamhaus.net. 1 60 60 60 150"
    for addresses, authority in (
        (("127.0.0.2",), False),
        (("127.0.0.2", "127.0.0.9", "127.0.0.10"), True),
        ((), True),
        ((), False),
    ):
        for rcode in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN, dns.rcode.SERVFAIL):
            response = _response(rcode)
            if addresses:
                response.answer.append(dns.rrset.from_text(f"{NAME}.", 60, "IN", "A", *addresses))
            if authority:
                response.authority.append(dns.rrset.from_text("zen.dq.spamhaus.net.", 10, "IN", "SOA", soa))
            yield response.to_wire()
    for kind, value in (("NS", "ns.spamhaus.net."), ("AAAA", "2a00::1"), ("TXT", "x"), ("MX", "1 spamhaus.net.")):
        response = _response(dns.rcode.NOERROR)
        response.answer.append(dns.rrset.from_text(f"{NAME}.", 60, "IN", "A", "127.0.0.2"))
        response.authority.append(dns.rrset.from_text("zen.dq.spamhaus.net.", 10, "IN", "NS", "ns.spamhaus.net."))
        response.additional.append(dns.rrset.from_text("ns.spamhaus.net.", 10, "IN", kind, value))
        yield response.to_wire()
    alias = _response(dns.rcode.NOERROR)
    alias.answer.append(dns.rrset.from_text(f"{NAME}.", 60, "IN", "CNAME", "elsewhere.com."))
    alias.answer.append(dns.rrset.from_text("elsewhere.com.", 60, "IN", "A", "127.0.0.2"))
    yield alias.to_wire()
    extended = _response(dns.rcode.BADVERS)
    yield extended.to_wire()


def _response(rcode: dns.rcode.Rcode) -> dns.message.Message:
    response = dns.message.make_response(dns.message.make_query(NAME, "A", id=ID), recursion_available=True)
    if rcode > 15:
        response.use_edns(0)
    response.set_rcode(rcode)
    return response


TARGET = Target(
    "dns",
    check,
    seeds,
    words=(
        QUESTION,
        b"\xc0\x0c",
        b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\x02",
        b"\xc0\x0c\0\x05\0\x01",
        b"\0\x06\0\x01",
        b"\0\0\x29\x10\0\x01\0\0\0\0\0",
        b"\0\xfa\0\xff",
        b"\x7f\xff\xff\xff",
        b"\x80\0\0\0",
    ),
    max_bytes=wire.MAX_RESPONSE_BYTES // 4,
)
