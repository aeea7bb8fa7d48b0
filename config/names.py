"""The one home of domain and address normalisation.

A domain is written in one way everywhere in trapline: lower case A-labels (RFC 5890, 2.3.2.1) without the trailing dot.
An address is split at its last `@` (RFC 5321, 4.1.2: the local part may hold a quoted one) and folded in both parts,
since Postfix's own lookup tables fold the local part too. Pure: nothing here asks the DNS.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network

import idna

from trapline.config.networks import Network, NetworkSet
from trapline.config.remembered import remembered

IpAddress = IPv4Address | IPv6Address

MAX_DOMAIN_LENGTH = 253  #: characters of a domain without the trailing dot (RFC 1035, 2.3.4: 255 octets on the wire)
MAX_LABEL_LENGTH = 63  #: octets (RFC 1035, 2.3.4)

_ACE_PREFIX = "xn--"  # of an A-label (RFC 5890, 2.3.2.1)

# Underscores are no host name (RFC 952), but DNS has them and mail uses them in HELO: they are asked as they are.
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)*(?P<last>{_LABEL})", re.ASCII)
_ALL_DIGITS = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)", re.ASCII)

# Postfix hands over an address of SMTPUTF8 mail in its raw form, so a local part may hold any letter.
_PATH_ROUTE = re.compile(r"^@[^:\s]*(?:,@[^:\s]*)*:")

_NAT64_PREFIX = int(IPv6Address("64:ff9b::")) >> 32

# What is no single host's on the Internet (IANA IPv4 and IPv6 Special-Purpose Address Registries, RFC 6890; multicast:
# RFC 5771; of IPv6 2000::/3 alone is assigned: IANA IPv6 Address Space). Python's `is_global` differs by its version.
_NOT_PUBLIC = NetworkSet(
    ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        "::/3", "2001::/23", "2001:db8::/32", "3fff::/20", "4000::/2", "8000::/1",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Address:
    """A mail address in its normal form; `local` and `domain` are folded to lower case, `domain` to A-labels."""

    local: str
    domain: str

    @property
    def is_whole(self) -> bool:
        """Whether mail can be addressed so: it has both parts, the second a domain name or an address literal."""
        literal = self.domain.startswith("[") and literal_address(self.domain) is not None
        return bool(self.local) and (literal or domain_name(self.domain) is not None)

    def __str__(self) -> str:
        """The address as it is compared and stored: `local@domain`."""
        return f"{self.local}@{self.domain}" if self.domain else self.local


@remembered
def domain_name(text: str) -> str | None:
    """`text` as a domain name in the DNS: lower case A-labels, without the trailing dot; None where it is none.

    Internationalised names are mapped and encoded as UTS 46 has it (non-transitional, as browsers and Postfix do), also
    those that IDNA 2008 forbids, such as emoji: the DNS has them; underscores are kept. An IP address, whose last label
    is a number, is no name (WHATWG URL, "ends in a number").

    >>> domain_name("Bücher.Example.")
    'xn--bcher-kva.example'
    >>> domain_name("192.0.2.1") is None
    True
    """
    text = text.strip().removesuffix(".")
    if not text or len(text) > 4 * MAX_DOMAIN_LENGTH:
        return None
    text = text.lower() if text.isascii() else _a_labels(text)
    name = _NAME.fullmatch(text) if len(text) <= MAX_DOMAIN_LENGTH else None
    return None if name is None or _ALL_DIGITS.fullmatch(name["last"]) else text


def _a_labels(text: str) -> str:
    """`text` in lower case, with each label that is not ASCII as an A-label; "" where it can't be (UTS 46, 4.2)."""
    try:
        mapped = idna.uts46_remap(text, std3_rules=False).removesuffix(".")
        if len(mapped) > MAX_DOMAIN_LENGTH:  # no letter takes less than an octet
            return ""
        return ".".join(map(_a_label, mapped.split(".")))
    except idna.IDNAError:
        return ""


def _a_label(label: str) -> str:
    """The A-label of a mapped `label`, or itself where it is ASCII. Raises IDNAError: there is none.

    The checks are those of ICU as Postfix calls it: neither the order of letters nor what stands beside a joiner.
    """
    if label.isascii():
        return label
    idna.check_hyphen_ok(label)
    idna.check_initial_combiner(label)
    if len(label) > MAX_LABEL_LENGTH:  # encoding it would take a while
        raise idna.IDNAError("longer than a label can be")
    encoded = label.encode("punycode").decode("ascii")
    if len(encoded) > MAX_LABEL_LENGTH - len(_ACE_PREFIX):
        raise idna.IDNAError("longer than a label can be")
    return _ACE_PREFIX + encoded


def is_below(domain: str, parent: str) -> bool:
    """Whether `domain` is `parent` or stands below it, at a label border. Both in normal form.

    >>> is_below("mail.pills.example", "pills.example"), is_below("notpills.example", "pills.example")
    (True, False)
    """
    return domain == parent or domain.endswith("." + parent)


def is_below_any(domain: str, parents: "frozenset[str] | set[str] | dict[str, object]") -> bool:
    """Whether `domain` or one of the names above it is in `parents`: one lookup for each label."""
    while domain:
        if domain in parents:
            return True
        domain = domain.partition(".")[2]
    return False


def is_allowed(name: str, allowed: Iterable[str]) -> bool:
    """Whether `allowed` has `name`: as it stands, or as `.parent`, which is the parent and all below it.

    >>> is_allowed("mail.pills.example", ("pills.example",)), is_allowed("mail.pills.example", (".pills.example",))
    (False, True)
    """
    return any(is_below(name, one[1:]) if one.startswith(".") else name == one for one in allowed)


def bare_path(argument: str) -> str:
    """The address in an SMTP path as MAIL and RCPT give it: no brackets, no source route (RFC 5321, 4.1.2 and C).

    The null sender `<>` becomes "".
    """
    path = argument.strip()
    if path.startswith("<") and path.endswith(">"):
        path = path[1:-1].strip()
    return _PATH_ROUTE.sub("", path) if path.startswith("@") else path


@remembered
def address(text: str) -> Address:
    """The mail address in `text` in normal form: split at the last `@`, quotes of the local part undone, both folded.

    A domain that is no name (an address literal, a bad label) is kept as it stands, in lower case: an address can
    always be compared and stored. Without `@` the domain is "".

    >>> str(address('"Anna.B"@Bücher.example'))
    'anna.b@xn--bcher-kva.example'
    """
    local, at, domain = bare_path(text).rpartition("@")
    if not at:
        local, domain = domain, ""
    if len(local) >= 2 and local.startswith('"') and local.endswith('"'):
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    return Address(local.lower(), domain_name(domain) or domain.lower())


def without_extension(local: str, delimiters: str) -> str:
    """`local` up to the first of `delimiters` (Postfix's recipient_delimiter), or unchanged where there is none.

    As in Postfix a delimiter at the very start begins no extension, and the two owners' names `owner-…` and
    `…-request` are not split at a `-` (split_addr(3) of Postfix).
    """
    if "-" in delimiters and (local.lower().startswith("owner-") or local.lower().endswith("-request")):
        return local
    first = next((place for place, character in enumerate(local) if character in delimiters), 0)
    return local[:first] if first else local


def literal_address(text: str) -> IpAddress | None:
    """The IP address that `text` is, alone or as an address literal (RFC 5321, 4.1.3); None where it is none.

    >>> literal_address("[IPv6:2001:db8::1]")
    IPv6Address('2001:db8::1')
    """
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    if text[:5].lower() == "ipv6:":
        text = text[5:]
    try:
        return ip_address(text)
    except ValueError:
        return None


def unmapped(address: IpAddress) -> IpAddress:
    """The IPv4 address that a mapped one is (RFC 4291, 2.5.5.2), else `address` itself.

    A Postfix that has `inet_protocols = ipv6` alone calls IPv4 clients `::ffff:11.0.0.1`: they are what is in the zones
    and in the configured networks.
    """
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def known_address(address: IpAddress) -> IpAddress:
    """What zones, networks and analysts know a client at `address` by: of an IPv4 client its own address.

    It is `unmapped`, and so is what a translator made of an IPv4 address (NAT64: RFC 6052, 2.1).
    """
    if isinstance(address, IPv6Address) and int(address) >> 32 == _NAT64_PREFIX:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return unmapped(address)


@remembered
def client_address(text: str) -> IpAddress | None:
    """The IP address that a server calls a client by, as `literal_address` reads it, its `known_address`; else None."""
    address = literal_address(text)
    return None if address is None else known_address(address)


def is_loopback(host: str) -> bool:
    """Whether `host` can only be this host; a name other than `localhost` is not resolved to find out."""
    address = literal_address(host)
    return host.lower() == "localhost" if address is None else unmapped(address).is_loopback


def real_address(address: IpAddress) -> IpAddress:
    """The IPv4 address that an IPv6 one carries (mapped, 6to4, NAT64: RFC 4291, 3056, 6052), else `address` itself."""
    known = known_address(address)
    return known if isinstance(known, IPv4Address) else known.sixtofour or known


def is_public(address: IpAddress) -> bool:
    """Whether `address`, or the IPv4 address that it carries, can belong to a host on the Internet.

    Private, shared (100.64.0.0/10), loopback, link-local, multicast, documentation and reserved ranges do not.
    """
    return real_address(address) not in _NOT_PUBLIC


def is_public_network(network: Network) -> bool:
    """Whether `network` can belong to hosts on the Internet (`is_public`): all of IPv4, of IPv6 as its ends tell."""
    if isinstance(network, IPv4Network):
        return not _NOT_PUBLIC.overlaps(network)
    return is_public(network.network_address) and is_public(network.broadcast_address)
