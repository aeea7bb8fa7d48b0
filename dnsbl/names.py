"""Which name asks a zone about an object.

Pure. Sources: RFC 5782, 2.1 (IPv4), 2.4 (IPv6), 3.1 (domains); docs.spamhaus.com for what each zone may be asked.
"""

from trapline.config.names import IpAddress, is_public, literal_address
from trapline.dnsbl.zones import ADDRESS_ZONES, DOMAIN_ZONES, Question, Zone

MAX_NAME_LENGTH = 253  #: characters (RFC 1035, 2.3.4)

# Names that the DNS at large does not have (RFC 2606, 6761, 6762, 7686, 8375): asking would only leak them.
_SPECIAL_TLDS = frozenset({"test", "example", "invalid", "localhost", "local", "onion", "internal", "arpa", "alt"})
_SPECIAL_DOMAINS = frozenset({"example.com", "example.net", "example.org"})


def address_questions(address: IpAddress, zones: dict[str, Zone]) -> tuple[Question, ...]:
    """What to ask the zones of addresses about `address`: nothing where no public zone can list it."""
    if not is_public(address):
        return ()
    return tuple(Question(zone, str(address)) for zone in ADDRESS_ZONES if zone in zones)


def domain_questions(domain: str, zones: dict[str, Zone]) -> tuple[Question, ...]:
    """What to ask the zones of domains about `domain` (normal form): nothing for single labels and special names."""
    if "." not in domain or is_special(domain):
        return ()
    asked = (zones[zone] for zone in DOMAIN_ZONES if zone in zones)
    return tuple(Question(zone.name, _fitting(domain, zone)) for zone in asked)


def is_special(domain: str) -> bool:
    """Whether `domain` is reserved for documentation, tests or local use, so that no zone can know it."""
    labels = domain.split(".")
    return labels[-1] in _SPECIAL_TLDS or ".".join(labels[-2:]) in _SPECIAL_DOMAINS


def query_name(question: Question, zone: Zone) -> str:
    """The name that asks `zone`; the DQS key is in it: hand it to the resolver and to nothing else.

    >>> query_name(Question("zen", "9.8.7.66"), Zone("zen", "127.0.0.", frozenset({2}), "KEY.zen.dq.spamhaus.net"))
    '66.7.8.9.KEY.zen.dq.spamhaus.net'
    """
    address = literal_address(question.object) if zone.name in ADDRESS_ZONES else None
    prefix = question.object if address is None else _reversed(address)
    return f"{prefix}.{zone.suffix}"


def _reversed(address: IpAddress) -> str:
    """Octets or nibbles from the last to the first."""
    return address.reverse_pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")


def _fitting(domain: str, zone: Zone) -> str:
    """The last labels of `domain` that fit into a DNS name with the zone: a long host name hides no listed domain."""
    room = MAX_NAME_LENGTH - 1 - len(zone.suffix)
    while len(domain) > room:
        domain = domain.partition(".")[2]
    return domain
