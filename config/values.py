"""The values of the configuration: what a text in the file becomes, once, when it is read.

Each function takes what TOML gave and returns what the rooms work with, or raises ValueError with what was expected;
`settings.py` says which setting has which.
"""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field

from trapline.config.names import domain_name, is_loopback, known_address, literal_address, unmapped
from trapline.config.networks import Network

MAX_SOCKET_PATH_OCTETS = 107  #: of a UNIX domain socket (unix(7): sun_path has 108, the last one is NUL)
MAX_MODE = 0o777  #: of a file: who may read, write, run
_MAPPED_BITS = 96  # of an IPv6 address, before the IPv4 address that it maps


@dataclass(frozen=True, slots=True)
class UnixListen:
    """A UNIX domain socket that Postfix connects to."""

    path: Path

    def __str__(self) -> str:
        """As libmilter writes it."""
        return f"unix:{self.path}"


@dataclass(frozen=True, slots=True)
class InetListen:
    """A TCP socket, written as libmilter does: port first (Postfix has it the other way round)."""

    port: int
    host: str

    def __str__(self) -> str:
        """As libmilter writes it."""
        family = "inet6" if ":" in self.host else "inet"
        return f"{family}:{self.port}@{self.host}"


Listen = UnixListen | InetListen


@dataclass(frozen=True, slots=True)
class Nameserver:
    """A resolver that is asked about the zones."""

    address: str
    port: int = 53

    def __str__(self) -> str:
        """`address`, `address:port` or `[v6]:port`."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return host if self.port == 53 else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class LoopbackListen:
    """A TCP port that only this host can reach."""

    address: str
    port: int

    def __str__(self) -> str:
        """`127.0.0.1:9339` or `[::1]:9339`."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def _listen(value: object) -> Listen:
    if isinstance(value, UnixListen | InetListen):
        return value
    text = _text(value, 'a text such as "unix:/path/milter.sock" or "inet:11339@127.0.0.1"')
    kind, _, rest = text.partition(":")
    if kind == "unix" and len(os.fsencode(rest)) > MAX_SOCKET_PATH_OCTETS:
        raise ValueError(f"the path of a socket can have {MAX_SOCKET_PATH_OCTETS} octets at most; this one is longer")
    if kind == "unix" and rest.startswith("/"):
        return UnixListen(Path(rest))
    if kind in {"inet", "inet6"}:
        port, _, host = rest.partition("@")
        if is_port(port) and host:
            return InetListen(int(port), host.strip("[]"))
    raise ValueError('expected "unix:/absolute/path" or "inet:PORT@HOST" (port first, unlike in main.cf)')


def _nameserver(value: object) -> Nameserver:
    if isinstance(value, Nameserver):
        return value
    text = _text(value, 'a text such as "127.0.0.1", "127.0.0.1:5353" or "[::1]:53"')
    match = re.fullmatch(r"\[(?P<v6>[^]]+)\](?::(?P<p6>\d{1,5}))?|(?P<v4>[^:]+)(?::(?P<p4>\d{1,5}))?|(?P<raw>.+)", text)
    host, port = text, "53"
    if match is not None and match["raw"] is None:
        host, port = match["v6"] or match["v4"], match["p6"] or match["p4"] or "53"
    try:
        address = unmapped(ip_address(host))
    except ValueError:
        raise ValueError('expected an IP address, with ":port" if it is not 53 ("[v6]:port")') from None
    if not is_port(port):
        raise ValueError("expected a port from 1 to 65535")
    return Nameserver(str(address), int(port))


def _loopback(value: object) -> LoopbackListen | None:
    """None for "": off."""
    if value is None or isinstance(value, LoopbackListen):
        return value
    if value == "":
        return None
    host, _, port = _text(value, 'a text such as "127.0.0.1:9339" or "[::1]:9339", or "" for off').rpartition(":")
    try:
        address = unmapped(ip_address(host.removeprefix("[").removesuffix("]")))
    except ValueError:
        raise ValueError('expected a loopback address with a port, such as "127.0.0.1:9339", or "" for off') from None
    if not address.is_loopback:
        raise ValueError("expected a loopback address (127.0.0.1 or ::1): whoever can reach the port can read it")
    if not is_port(port):
        raise ValueError("expected a port from 1 to 65535")
    return LoopbackListen(str(address), int(port))


def _network(value: object) -> Network:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    text = _text(value, 'a text such as "203.0.113.0/24"')
    try:
        network = ip_network(text)
    except ValueError as error:
        raise ValueError(f"expected an IP address or a network in CIDR form: {error}") from None
    first = known_address(network.network_address)  # as the clients in it are known
    if network.version == first.version or network.prefixlen < _MAPPED_BITS:
        return network
    return IPv4Network(f"{first}/{network.prefixlen - _MAPPED_BITS}")


def _domain(value: object, expected: str = "a domain name") -> str:
    name = domain_name(_text(value, expected))
    if name is None:
        raise ValueError(f"expected {expected}")
    return name


def _allowed_domain(value: object) -> str:
    expected = 'a domain name, or ".name" for it and all below'
    text = _text(value, expected)
    return "." + _domain(text[1:], expected) if text.startswith(".") else _domain(text, expected)


def _listed_host(value: object) -> str:
    expected = 'a domain name, or "!name" to take one off the list'
    text = _text(value, expected)
    name = _domain(text.removeprefix("!"), expected)
    if "." not in name and not text.startswith("!"):
        raise ValueError("a top-level domain means everybody below it: name the domains that you mean")
    return "!" + name if text.startswith("!") else name


def codes(value: object) -> frozenset[int]:
    """Last octets and ranges of them, as a set. Raises ValueError: something else is among them."""
    if isinstance(value, frozenset):
        return value
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        raise ValueError('expected a list of last octets and ranges, such as [2, 3, "10-11"]')
    found: set[int] = set()
    for item in value:
        low, high = _code_range(item)
        found.update(range(low, high + 1))
    return frozenset(found)


def _code_range(item: object) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?", str(item)) if isinstance(item, int | str) else None
    if match is None or isinstance(item, bool):
        raise ValueError('expected a last octet (2) or a range in quotes ("2-99")')
    low, high = int(match[1]), int(match[2] or match[1])
    if not 1 <= low <= high <= 254:
        raise ValueError("expected last octets from 1 to 254, and ranges from low to high (255 is never a listing)")
    return low, high


def _test_point(value: object) -> str:
    """An IP address or a name in normal form; "" stands for none."""
    if value == "":
        return ""
    text = _text(value, "an IP address or a domain name")
    address = literal_address(text)
    return _domain(text) if address is None else str(address)


def _octal_mode(value: object) -> int:
    expected = 'an octal mode in quotes, such as "0660"'
    # TOML's own 0o660 comes as a number. 660 does too, which in decimals is another mode, and larger than any.
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_MODE:
        return value
    text = _text(value, expected)
    if not re.fullmatch(r"0?[0-7]{3}", text):
        raise ValueError(f"expected {expected}")
    return int(text, 8)


def _https_url(value: object) -> str:
    only_for = "loopback hosts only: elsewhere a token would travel unencrypted"
    return a_url(value, "https://example.com/api", is_loopback, only_for)


def _absolute(value: object) -> Path:
    if isinstance(value, Path):
        return value
    path = Path(_text(value, "a path"))
    if not path.is_absolute() or path == Path("/") or "\0" in str(path):
        raise ValueError("expected an absolute path, below /")
    return path


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"expected {what}")
    return value.strip()


def is_port(text: str) -> bool:
    """Whether `text` is the number of a port: ASCII digits, 1 to 65535."""
    return re.fullmatch(r"[0-9]{1,5}", text) is not None and 0 < int(text) < 65536


def a_url(value: object, example: str, plain: Callable[[str], bool], only_for: str) -> str:
    """An https URL without a / at its end, or one of plain http to a host that `plain` lets it, as `only_for` says.

    Raises ValueError: it is something else, or has parts that ours never have.
    """
    text = value.strip().rstrip("/") if isinstance(value, str) else ""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port  # the port is read only when asked for
    except ValueError:
        raise ValueError(f'expected a URL such as "{example}"') from None
    if not host or parts.scheme not in {"https", "http"} or parts.query or parts.fragment or parts.username:
        raise ValueError(f'expected a URL such as "{example}", without user, query or fragment')
    if parts.scheme == "http" and not plain(host):
        raise ValueError(f"plain http is for {only_for}")
    return text


def a_list(value: object) -> object:
    """A TOML list as a tuple; anything else is left for pydantic to object to."""
    return tuple(value) if isinstance(value, list) else value


AbsolutePath = Annotated[Path, BeforeValidator(_absolute)]
NetworkText = Annotated[Network, BeforeValidator(_network)]
DomainText = Annotated[str, BeforeValidator(_domain)]
HttpsUrl = Annotated[str, BeforeValidator(_https_url)]
Networks = Annotated[tuple[NetworkText, ...], BeforeValidator(a_list)]
Domains = Annotated[tuple[DomainText, ...], BeforeValidator(a_list)]
Texts = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(a_list)]
Paths = Annotated[tuple[AbsolutePath, ...], BeforeValidator(a_list)]
AllowedDomains = Annotated[tuple[Annotated[str, BeforeValidator(_allowed_domain)], ...], BeforeValidator(a_list)]
ListedHosts = Annotated[tuple[Annotated[str, BeforeValidator(_listed_host)], ...], BeforeValidator(a_list)]
ListenText = Annotated[Listen, BeforeValidator(_listen)]
Nameservers = Annotated[
    tuple[Annotated[Nameserver, BeforeValidator(_nameserver)], ...], BeforeValidator(a_list), Field(min_length=1)
]
LoopbackText = Annotated[LoopbackListen | None, BeforeValidator(_loopback)]
KeepDays = Annotated[int, Field(ge=0, le=36_500)]  # 0: for ever
OctalMode = Annotated[int, BeforeValidator(_octal_mode)]
Codes = Annotated[frozenset[int], BeforeValidator(codes)]
PointText = Annotated[str, BeforeValidator(_test_point)]
Authentication = Literal["server", "self", "off"]
