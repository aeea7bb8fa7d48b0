"""How one question travels: a datagram to a resolver, TCP where the answer was truncated, until the deadline.

A lost datagram costs a quarter of a second, not the whole try: the question is sent again, to the next resolver where
there is one, while the earlier ones may still be answered; the first answer wins. No error leaves this module with the
name that was asked, since the DQS key is in it.

Source: RFC 1035, 4.2 (transport), RFC 2308, 5 (how long a negative answer holds).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rdtypes.ANY.SOA
import dns.rdtypes.IN.A

from trapline.config.settings import Nameserver
from trapline.dnsbl.errors import LookupFailed

RETRY_SECONDS = (0.25, 0.5, 1.0, 2.0)  #: waits between the tries; the last one is repeated
MAX_TRIES = 16


@dataclass(frozen=True, slots=True)
class Answer:
    """What a resolver said."""

    addresses: tuple[str, ...]  #: of the A records; empty where the name does not exist or has none
    ttl: float  #: seconds


async def ask(name: str, nameservers: Sequence[Nameserver], timeout: float) -> Answer:
    """The A records of `name`.

    `timeout` is in seconds, for all tries together. Raises LookupFailed: "timeout", or what the last resolver answered.
    """
    try:
        qname = dns.name.from_text(name)
    except dns.exception.DNSException as error:
        raise LookupFailed(f"no DNS name: {type(error).__name__}") from None
    try:
        async with asyncio.timeout(timeout):
            return await _first_answer(qname, nameservers, timeout)
    except TimeoutError:
        raise LookupFailed("timeout") from None


async def _first_answer(qname: dns.name.Name, nameservers: Sequence[Nameserver], timeout: float) -> Answer:
    """Ask again and again, the resolvers in turn, until one try has an answer or all have failed for good."""
    pending: set[asyncio.Task[Answer]] = set()
    failures: list[LookupFailed] = []
    try:
        for attempt in range(MAX_TRIES):
            pending.add(asyncio.create_task(_try(qname, nameservers[attempt % len(nameservers)], timeout)))
            wait = RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)]
            done, pending = await asyncio.wait(pending, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
            answers, failed = _sorted_out(done)
            if answers:
                return answers[0]
            failures += failed
            if len(failures) >= 2 * len(nameservers):
                raise failures[-1]
        raise LookupFailed("timeout")
    finally:
        for task in pending:
            task.cancel()


def _sorted_out(done: set[asyncio.Task[Answer]]) -> tuple[list[Answer], list[LookupFailed]]:
    """The answers and the failures of the tries that have ended. Raises what is neither: a defect of ours."""
    answers: list[Answer] = []
    failures: list[LookupFailed] = []
    for task in done:
        error = task.exception()
        if error is None:
            answers.append(task.result())
        elif isinstance(error, LookupFailed):
            failures.append(error)
        else:
            raise error
    return answers, failures


async def _try(qname: dns.name.Name, nameserver: Nameserver, timeout: float) -> Answer:
    query = dns.message.make_query(qname, dns.rdatatype.A)
    where, port = nameserver.address, nameserver.port
    try:
        try:
            response = await dns.asyncquery.udp(
                query, where, timeout, port, ignore_unexpected=True, raise_on_truncation=True, ignore_errors=True
            )
        except dns.message.Truncated:
            response = await dns.asyncquery.tcp(query, where, timeout, port)
    except (dns.exception.DNSException, OSError, EOFError) as error:
        raise LookupFailed(f"{_plain(error)} at {nameserver}") from None
    return _read(response, nameserver)


def _read(response: dns.message.Message, nameserver: Nameserver) -> Answer:
    rcode = response.rcode()
    if rcode not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
        raise LookupFailed(f"{dns.rcode.to_text(rcode)} from {nameserver}")
    records = [
        (rdata.address, rrset.ttl)
        for rrset in response.answer
        for rdata in rrset
        if isinstance(rdata, dns.rdtypes.IN.A.A)
    ]
    if records and rcode == dns.rcode.NOERROR:
        return Answer(tuple(address for address, _ in records), min(ttl for _, ttl in records))
    soa = _negative_ttl(response)
    if soa is None and rcode == dns.rcode.NOERROR and not response.flags & dns.flags.AA:
        raise LookupFailed(f"a lame answer from {nameserver}")
    return Answer((), soa or 0.0)


def _negative_ttl(response: dns.message.Message) -> float | None:
    """How long "no such name" holds: the smaller of the SOA's TTL and its minimum (RFC 2308, 5)."""
    for rrset in response.authority:
        for rdata in rrset:
            if isinstance(rdata, dns.rdtypes.ANY.SOA.SOA):
                return float(min(rrset.ttl, rdata.minimum))
    return None


def _plain(error: Exception) -> str:
    """What went wrong, without the text of the exception: it may hold the name that was asked."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "timeout" if isinstance(error, dns.exception.Timeout) else type(error).__name__
