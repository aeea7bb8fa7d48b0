"""What can be configured: one frozen model of trapline.toml, with its defaults.

Every value is checked and turned into what the rooms work with (networks, code sets, listening sockets) once, here;
nobody parses a setting again later. Where the values come from is `load.py`'s subject, secrets are `secrets.py`'s.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from trapline.config.names import IpAddress, domain_name

Network = IPv4Network | IPv6Network

DEFAULT_CONFIG = Path("/etc/trapline/trapline.toml")


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


def _listen(value: object) -> Listen:
    if isinstance(value, UnixListen | InetListen):
        return value
    text = _text(value, 'a text such as "unix:/path/milter.sock" or "inet:11339@127.0.0.1"')
    kind, _, rest = text.partition(":")
    if kind == "unix" and rest.startswith("/"):
        return UnixListen(Path(rest))
    if kind in {"inet", "inet6"}:
        port, _, host = rest.partition("@")
        if port.isascii() and port.isdigit() and 0 < int(port) < 65536 and host:
            return InetListen(int(port), host.strip("[]"))
    raise ValueError('expected "unix:/absolute/path" or "inet:PORT@HOST" (the milter\'s own syntax: port first)')


def _nameserver(value: object) -> Nameserver:
    if isinstance(value, Nameserver):
        return value
    text = _text(value, 'a text such as "127.0.0.1", "127.0.0.1:5353" or "[::1]:53"')
    match = re.fullmatch(r"\[(?P<v6>[^]]+)\](?::(?P<p6>\d{1,5}))?|(?P<v4>[^:]+)(?::(?P<p4>\d{1,5}))?|(?P<raw>.+)", text)
    host, port = text, "53"
    if match is not None and match["raw"] is None:
        host, port = match["v6"] or match["v4"], match["p6"] or match["p4"] or "53"
    try:
        address = ip_address(host)
    except ValueError:
        raise ValueError('expected an IP address, with ":port" if it is not 53 ("[v6]:port")') from None
    if not 0 < int(port) < 65536:
        raise ValueError("a port is a number from 1 to 65535")
    return Nameserver(str(address), int(port))


def _network(value: object) -> Network:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    text = _text(value, 'a text such as "203.0.113.0/24"')
    try:
        return ip_network(text)
    except ValueError as error:
        raise ValueError(f"expected an IP address or a network in CIDR form: {error}") from None


def _domain(value: object) -> str:
    text = _text(value, "a domain name")
    name = domain_name(text)
    if name is None:
        raise ValueError("expected a domain name")
    return name


def _allowed_domain(value: object) -> str:
    text = _text(value, 'a domain name, or ".name" for it and all below')
    return "." + _domain(text[1:]) if text.startswith(".") else _domain(text)


def _codes(value: object) -> frozenset[int]:
    if isinstance(value, frozenset):
        return value
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        raise ValueError('expected a list of last octets and ranges, such as [2, 3, "10-11"]')
    codes: set[int] = set()
    for item in value:
        low, high = _code_range(item)
        codes.update(range(low, high + 1))
    return frozenset(codes)


def _code_range(item: object) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?", str(item)) if isinstance(item, int | str) else None
    if match is None or isinstance(item, bool):
        raise ValueError('a code is a last octet (2) or a range as text ("2-99")')
    low, high = int(match[1]), int(match[2] or match[1])
    if not 1 <= low <= high <= 254:
        raise ValueError("codes are last octets from 1 to 254, ranges from low to high (255 is never a listing)")
    return low, high


def _octal_mode(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = _text(value, 'an octal mode as text, such as "0660"')
    if not re.fullmatch(r"0?[0-7]{3}", text):
        raise ValueError('expected an octal mode as text, such as "0660"')
    return int(text, 8)


def _https_url(value: object) -> str:
    text = _text(value, "a URL").rstrip("/")
    parts = urlsplit(text)
    loopback = parts.hostname in {"localhost", "::1"} or (parts.hostname or "").startswith("127.")
    if not parts.hostname or parts.scheme not in {"https", "http"} or parts.query or parts.fragment or parts.username:
        raise ValueError("expected an https URL without user, query or fragment")
    if parts.scheme == "http" and not loopback:
        raise ValueError("plain http is for loopback hosts only: the token would travel in the open")
    return text


def _absolute(value: object) -> Path:
    if isinstance(value, Path):
        return value
    path = Path(_text(value, "a path"))
    if not path.is_absolute():
        raise ValueError("expected an absolute path")
    return path


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"expected {what}")
    return value.strip()


def _a_list(value: object) -> object:
    """A TOML list as a tuple; anything else is left for pydantic to object to."""
    return tuple(value) if isinstance(value, list) else value


def _not_yet_self(value: str) -> str:
    if value == "self":
        raise ValueError('"self" comes with a later release; "server" believes our server\'s Authentication-Results')
    return value


AbsolutePath = Annotated[Path, BeforeValidator(_absolute)]
NetworkText = Annotated[Network, BeforeValidator(_network)]
DomainText = Annotated[str, BeforeValidator(_domain)]
HttpsUrl = Annotated[str, BeforeValidator(_https_url)]
Networks = Annotated[tuple[NetworkText, ...], BeforeValidator(_a_list)]
Domains = Annotated[tuple[DomainText, ...], BeforeValidator(_a_list)]
Texts = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_a_list)]

Action = Literal["reject", "tempfail", "tag", "log"]


class _Section(BaseModel):
    """A table of the file: unknown keys and wrong types are errors, and nothing changes after the start."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True, hide_input_in_errors=True
    )


class Exempt(_Section):
    """Who is never refused; networks and daemons are not even asked about."""

    authenticated: bool = True
    daemons: Texts = ("submission", "submissions", "smtps", "ORIGINATING")
    networks: Networks = tuple(
        ip_network(network)
        for network in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
    )

    def covers(self, address: IpAddress) -> bool:
        """Whether `address` is in one of the exempt networks."""
        return in_networks(address, self.networks)


class Allow(_Section):
    """Clients and names that the zones are not asked about. A name exempts no client: anybody can claim it."""

    addresses: Networks = ()
    skip: Literal["all", "zen"] = "all"
    domains: Annotated[tuple[Annotated[str, BeforeValidator(_allowed_domain)], ...], BeforeValidator(_a_list)] = ()


class Milter(_Section):
    """The daemon that Postfix talks to."""

    listen: Annotated[Listen, BeforeValidator(_listen)] = UnixListen(Path("/var/spool/postfix/trapline/milter.sock"))
    socket_mode: Annotated[int, BeforeValidator(_octal_mode)] = 0o660
    socket_group: Annotated[str, Field(min_length=1)] = "postfix"
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    deadline_seconds: Annotated[float, Field(gt=0, le=25)] = 5.0
    reject_at: Literal["rcpt", "earliest"] = "rcpt"
    mixed_recipients: Literal["strip", "discard"] = "strip"
    exempt: Exempt = Exempt()
    allow: Allow = Allow()


class Ours(_Section):
    """What belongs to this server's owner: never looked up as HELO, never reported or listed."""

    domains: Domains = ()
    networks: Networks = ()


class Traps(_Section):
    """Where the trap addresses are, and how a listed client meets them."""

    files: Annotated[tuple[AbsolutePath, ...], BeforeValidator(_a_list)] = (Path("/etc/trapline/traps"),)
    listed_clients: Literal["accept", "as_others"] = "accept"
    fallback: AbsolutePath = Path("/var/mail/trapline")
    recipient_delimiter: str = ""


class ZoneSettings(_Section):
    """One DQS zone: whether it is asked, which last octets count, and what a listing leads to."""

    enabled: bool
    codes: Annotated[frozenset[int], BeforeValidator(_codes)]
    action: Action = "reject"


def _zone(*codes: int | str, enabled: bool = True, action: Action = "reject") -> ZoneSettings:
    return ZoneSettings(enabled=enabled, codes=_codes(codes), action=action)


class Dqs(_Section):
    """The Data Query Service: the key, the resolvers, the zones."""

    key: SecretStr | None = None
    key_file: AbsolutePath = Path("/etc/trapline/dqs.key")
    nameservers: Annotated[
        tuple[Annotated[Nameserver, BeforeValidator(_nameserver)], ...], BeforeValidator(_a_list), Field(min_length=1)
    ] = (Nameserver("127.0.0.1"),)
    mode: Literal["enforce", "shadow"] = "enforce"
    zen: ZoneSettings = _zone(2, 3, 4, 9, 10, 11, 30)
    dbl: ZoneSettings = _zone("2-99")
    zrd: ZoneSettings = _zone("2-24", action="tempfail")
    authbl: ZoneSettings = _zone(20, enabled=False)

    @model_validator(mode="before")
    @classmethod
    def _fill_zones(cls, data: object) -> object:
        """A zone's table may name only what differs from that zone's own defaults."""
        if not isinstance(data, dict):
            return data
        filled = dict(data)
        for name in ("zen", "dbl", "zrd", "authbl"):
            given = filled.get(name)
            if isinstance(given, dict):
                default = cls.model_fields[name].default
                filled[name] = {"enabled": default.enabled, "codes": default.codes, "action": default.action} | given
        return filled

    def zones(self) -> dict[str, ZoneSettings]:
        """The enabled zones by name."""
        every = {"zen": self.zen, "dbl": self.dbl, "zrd": self.zrd, "authbl": self.authbl}
        return {name: zone for name, zone in every.items() if zone.enabled}


class Spool(_Section):
    """The Maildir between milter and reporter."""

    directory: AbsolutePath = Path("/var/spool/trapline")


class Store(_Section):
    """The reporter's database."""

    url: SecretStr = SecretStr("sqlite:////var/lib/trapline/trapline.db")
    url_file: AbsolutePath | None = None


class Reporter(_Section):
    """How caught mail is read."""

    receivers: Domains = ()
    authserv_ids: Texts = ()
    authentication: Annotated[Literal["server", "self", "off"], AfterValidator(_not_yet_self)] = "server"
    poll_seconds: Annotated[float, Field(gt=0, le=3600)] = 5.0


class Spamhaus(_Section):
    """The Submission Portal."""

    token: SecretStr | None = None
    token_file: AbsolutePath = Path("/etc/trapline/spamhaus.token")
    api: HttpsUrl = "https://submit.spamhaus.org/portal/api/v1"
    dry_run: bool = False
    per_minute: Annotated[int, Field(ge=1, le=60_000)] = 15
    per_day: Annotated[int, Field(ge=1)] = 1000
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0
    backoff_seconds: Annotated[float, Field(gt=0, le=86_400)] = 60.0


class RipeStat(_Section):
    """Network names for the reasons of submissions."""

    enabled: bool = True
    api: HttpsUrl = "https://stat.ripe.net/data"


class Settings(_Section):
    """The whole file."""

    milter: Milter = Milter()
    ours: Ours = Ours()
    traps: Traps = Traps()
    dqs: Dqs = Dqs()
    spool: Spool = Spool()
    store: Store = Store()
    reporter: Reporter = Reporter()
    spamhaus: Spamhaus = Spamhaus()
    ripe_stat: RipeStat = RipeStat()


def in_networks(address: IpAddress, networks: tuple[Network, ...]) -> bool:
    """Whether `address` is in one of `networks`."""
    return any(address.version == network.version and address in network for network in networks)
