"""The obvious implementation: `python -m benchmarks.milter.obvious SOCKET ADDRESS:PORT KEY`.

pymilter's class, dnspython's resolver, one question after the other (ZEN at connect, DBL then ZRD at HELO and at
MAIL FROM), an LRU cache with the answers' usual time to live. No traps, no spool: it has less to do than we.
"""

import sys
import time
from collections import OrderedDict
from threading import Lock
from typing import Any

import dns.exception
import dns.resolver
import dns.reversename
import Milter  # type: ignore[import-untyped]
import milter

CACHE_ENTRIES = 100_000
CACHE_SECONDS = 300.0

_cache: "OrderedDict[str, tuple[float, tuple[str, ...]]]" = OrderedDict()
_lock = Lock()


def listed(resolver: dns.resolver.Resolver, name: str) -> tuple[str, ...]:
    """The addresses that `name` has; none if it does not exist or can't be asked about."""
    with _lock:
        kept = _cache.get(name)
        if kept is not None and kept[0] > time.monotonic():
            _cache.move_to_end(name)
            return kept[1]
    try:
        found = tuple(str(record) for record in resolver.resolve(name, "A"))
    except dns.resolver.NXDOMAIN:
        found = ()
    except dns.exception.DNSException:
        return ()
    with _lock:
        _cache[name] = time.monotonic() + CACHE_SECONDS, found
        while len(_cache) > CACHE_ENTRIES:
            _cache.popitem(last=False)
    return found


class Obvious(Milter.Base):  # type: ignore[misc]
    """One connection."""

    resolver: dns.resolver.Resolver
    suffix: dict[str, str]

    def __init__(self) -> None:
        self.refused = ""

    def connect(self, _name: str, _family: int, address: Any) -> int:
        """Ask about the client."""
        octets = dns.reversename.from_address(address[0]).to_text().removesuffix(".in-addr.arpa.")
        self.ask("zen", octets)
        return milter.CONTINUE

    def hello(self, name: str) -> int:
        """Ask about its HELO."""
        self.ask("dbl", name)
        self.ask("zrd", name)
        return milter.CONTINUE

    def envfrom(self, sender: str, *_parameters: str) -> int:
        """Ask about the sender's domain."""
        domain = sender.strip("<>").rpartition("@")[2].lower()
        if domain:
            self.ask("dbl", domain)
            self.ask("zrd", domain)
        return milter.CONTINUE

    def envrcpt(self, _recipient: str, *_parameters: str) -> int:
        """Refuse what is listed."""
        if self.refused:
            self.setreply("550", "5.7.1", f"listed in {self.refused}")
            return milter.REJECT
        return milter.CONTINUE

    def ask(self, zone: str, what: str) -> None:
        """Ask one zone, and wait for it."""
        answers = listed(self.resolver, f"{what}.{self.suffix[zone]}.")
        if any(not answer.startswith("127.255.255.") for answer in answers):
            self.refused = zone


def main(socket: str, nameserver: str, key: str) -> None:
    resolver = dns.resolver.Resolver(configure=False)
    address, _, port = nameserver.rpartition(":")
    resolver.nameservers, resolver.port, resolver.lifetime = [address], int(port), 5.0
    Obvious.resolver = resolver
    Obvious.suffix = {zone: f"{key}.{zone}.dq.spamhaus.net" for zone in ("zen", "dbl", "zrd")}
    Milter.factory = Obvious
    Milter.set_flags(0)
    Milter.runmilter("obvious", f"unix:{socket}")


if __name__ == "__main__":
    main(*sys.argv[1:])
