"""Which name asks a zone about an object.

Pure. Sources: RFC 5782, 2.1 (IPv4), 2.4 (IPv6), 3.1 (domains); docs.spamhaus.com for what each zone may be asked.
"""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv6Address

from trapline.config.names import MAX_DOMAIN_LENGTH, IpAddress, is_public
from trapline.config.zones import Asked
from trapline.dnsbl import wire
from trapline.dnsbl.zones import ABOUT_DOMAINS, Question, Zone

_NIBBLES = ".ip6.arpa"
_encoded_suffix = lru_cache(64)(wire.encode)

# Names that the DNS at large does not have (RFC 2606, 6761, 6762, 7686, 8375): asking would only leak them.
_SPECIAL_TLDS = frozenset({"test", "example", "invalid", "localhost", "local", "onion", "internal", "arpa", "alt"})
_SPECIAL_DOMAINS = frozenset({"example.com", "example.net", "example.org"})


def address_questions(address: IpAddress, zones: Mapping[str, Zone]) -> tuple[Question, ...]:
    """What to ask the zones of addresses about `address`: nothing where no public zone can list it."""
    if not is_public(address):
        return ()
    text = str(address)
    return tuple([Question(zone.name, text) for zone in zones.values() if "address" in zone.asks])


def domain_questions(
    domain: str, zones: Mapping[str, Zone], found_in: frozenset[Asked] = ABOUT_DOMAINS
) -> tuple[Question, ...]:
    """What to ask the zones of domains about `domain` (normal form), which was `found_in` HELO, MAIL FROM or either.

    Nothing for single labels and special names.
    """
    if "." not in domain or is_special(domain):
        return ()
    return tuple(
        [Question(zone.name, _fitting(domain, zone)) for zone in zones.values() if not found_in.isdisjoint(zone.asks)]
    )


def is_special(domain: str) -> bool:
    """Whether `domain` is reserved for documentation, tests or local use, so that no zone can know it."""
    rest, _, top = domain.rpartition(".")
    return top in _SPECIAL_TLDS or f"{rest.rpartition('.')[2]}.{top}" in _SPECIAL_DOMAINS


def query_name(question: Question, zone: Zone) -> bytes:
    """The name that asks `zone`, on the wire; the DQS key is in it: hand it to the resolver and to nothing else.

    `66.7.8.9.KEY.zen.dq.spamhaus.net` asks about the client 9.8.7.66. Raises LookupFailed: it is no name.
    """
    asked = question.object
    is_address = ":" in asked or asked.rpartition(".")[2].isdigit()  # no top-level domain is a number
    return wire.labels(_reversed(asked) if is_address else asked) + _encoded_suffix(zone.suffix)


def _reversed(address: str) -> str:
    """Octets or nibbles from the last to the first."""
    if ":" in address:
        return IPv6Address(address).reverse_pointer.removesuffix(_NIBBLES)
    return ".".join(address.split(".")[::-1])


def _fitting(domain: str, zone: Zone) -> str:
    """The last labels of `domain` that fit into a DNS name with the zone: a long host name hides no listed domain."""
    room = MAX_DOMAIN_LENGTH - 1 - len(zone.suffix)
    while len(domain) > room:
        domain = domain.partition(".")[2]
    return domain
