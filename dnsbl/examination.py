"""Asking resolvers and zones once, from the beginning, for `trapline doctor`: past every cache and state of the milter.

What a zone's answers mean is `health.py`'s to say, and what a resolver's do, here: does it answer, is it a public one,
how long does it take?
"""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from trapline.config.dqs import Dqs
from trapline.config.values import Nameserver
from trapline.dnsbl import codes, health, wire
from trapline.dnsbl.engine import Engine
from trapline.dnsbl.errors import LookupFailed
from trapline.dnsbl.health import Outcome, Unanswered
from trapline.dnsbl.lookup import Lookup, Query, Result
from trapline.dnsbl.names import query_name
from trapline.dnsbl.proven import outcomes
from trapline.dnsbl.resolvers import Resolvers
from trapline.dnsbl.sockets import Sockets
from trapline.dnsbl.zones import DQS_DOMAIN, Zone, zones

SLOW_SECONDS = 0.5  #: a resolver nearby that has just been asked the same takes milliseconds
PUBLIC = f"{codes.ERROR_NETWORK}254"  #: the zones' answer to a public resolver


@dataclass(frozen=True, slots=True)
class Resolver:
    """How a resolver did."""

    nameserver: Nameserver
    trouble: str | None = None  #: None: it answered
    seconds: float = 0.0  #: that its faster answer took
    public: bool = False  #: the zones say so


def resolver(nameserver: Nameserver, key: str | None, seconds: float) -> Resolver:
    """Ask one resolver, for `seconds` a try at most: about a test point, without a key about DQS's own domain.

    Where it has no answer to the first it is asked the second, too: with that alone the key is to blame, not it.
    """
    with_key = None if key is None else _tried(nameserver, _test_name(key), seconds)
    if with_key is not None and with_key.trouble is None:
        return with_key
    without = _tried(nameserver, wire.encode(DQS_DOMAIN), seconds)
    return without if with_key is None or without.trouble is None else with_key


def key_outcome(key: str, nameservers: Sequence[Nameserver], seconds: float) -> Outcome:
    """Whether the key is good: zen must list 127.0.0.2 and not 127.0.0.1, whatever is configured of it."""
    return zone_outcome(zones(Dqs(), key)["zen"], nameservers, seconds)


def zone_outcome(zone: Zone, nameservers: Sequence[Nameserver], seconds: float) -> Outcome:
    """How `zone` answers its test points now."""
    if not health.points(zone):
        return Unanswered("it names no test points")
    with closing(Engine({zone.name: zone}, nameservers, seconds)) as engine:
        return outcomes(engine, [zone], seconds)[zone.name]


def _test_name(key: str) -> bytes:
    zen = zones(Dqs(), key)["zen"]
    return query_name(health.points(zen)[0].question, zen)


def _tried(nameserver: Nameserver, name: bytes, seconds: float) -> Resolver:
    """How it did when it was asked once; after a slow answer, the better one of two."""
    first = _asked(nameserver, name, seconds)
    if first.trouble is not None or first.seconds < SLOW_SECONDS:
        return first
    second = _asked(nameserver, name, seconds)  # that may have come from far away, this is in the resolver's cache
    return first if second.trouble is not None or second.seconds > first.seconds else second


def _asked(nameserver: Nameserver, name: bytes, seconds: float) -> Resolver:
    started = time.monotonic()
    sockets = Sockets([nameserver])
    query = Query(name)
    found: dict[Query, Result] = {}
    resolvers = Resolvers([nameserver], time.monotonic)
    lookup = Lookup([query], resolvers, sockets, seconds, found.__setitem__)
    try:
        lookup.start()
        lookup.wait(query, started + seconds + 0.1)  # a little longer: so that it ends by itself, and says how
    finally:
        lookup.close()
        sockets.close()
    result = found.get(query)
    if result is None or isinstance(result, LookupFailed):
        return Resolver(nameserver, "no answer in time" if result is None else str(result))
    return Resolver(nameserver, None, time.monotonic() - started, PUBLIC in result.addresses)
