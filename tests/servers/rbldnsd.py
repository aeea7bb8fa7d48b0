"""The real rbldnsd on a loopback port, with a small stand-in for the DQS zones (tests/data/zones)."""

import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

import dns.exception
import dns.reversename

from tests.servers.dns_client import records, response
from tests.servers.private import PrivateServer
from tests.servers.processes import as_nobody, free_port, program, stop, tail, until

DATA = Path(__file__).parent.parent / "data" / "zones"
KEY = "k3ytestk3ytestk3ytestk3yt"  # has the form of a DQS key
OFFICE = "lists.harbour-office.com"  # a zone that is none of Spamhaus's
SUFFIX = "dq.spamhaus.net"

# file of tests/data/zones, rbldnsd's type of data set, zone; two data sets of one zone merge
DATA_SETS = (
    ("zen4", "ip4set", "zen"),
    ("zen6", "ip6trie", "zen"),
    ("dbl", "dnset", "dbl"),
    ("zrd", "dnset", "zrd"),
    ("authbl4", "ip4set", "authbl"),
    ("dnswl4", "ip4set", "dnswl"),
    ("office4", "ip4set", "office"),
    ("office", "dnset", "office"),
)

Answers = str | Sequence[str]
Zones = Mapping[str, Mapping[str, Answers]]


class Rbldnsd(PrivateServer):
    """rbldnsd, running while the `with` block does.

    `more` adds to the zones: `{"zen": {"11.0.7.0/24": "127.0.0.3"}, "dbl": {"pills-r-us.com": ["127.0.1.2"]}}`.
    An answer of 127.255.255.252 and the like makes the zone fail for that object (`0.0.0.0/0`: for all of IPv4).
    `without` names lines of tests/data/zones that are missing: `{"zen": ["127.0.0.2"]}`.
    """

    name = "rbldnsd"

    def __init__(
        self, more: Zones | None = None, key: str = KEY, without: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.key = key
        self.port = free_port(socket.SOCK_DGRAM)
        self.nameserver = f"127.0.0.1:{self.port}"  # to be configured as one of dqs.nameservers
        self._more: dict[str, dict[str, Answers]] = {zone: dict(data) for zone, data in (more or {}).items()}
        self._without = {zone: set(lines) for zone, lines in (without or {}).items()}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        sets = [f"{self._origin(zone)}:{kind}:{name}" for name, kind, zone in DATA_SETS]
        options = f"-n -q -c 0 -b 127.0.0.1/{self.port}".split()
        command = [program("rbldnsd"), *options, "-w", str(self.folder), *sets]
        with (self.folder / "log").open("wb") as log:  # started by root it would change to a user that may not be there
            self._process = subprocess.Popen(as_nobody(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until("rbldnsd to answer", self._ready)

    def stop(self) -> None:
        """Stop: a query is answered by an ICMP error at once."""
        if self._process is not None:
            self.resume()
            stop(self._process)
            self._process = None

    def pause(self) -> None:
        """Stand still: queries go unanswered until their sender gives up."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on; what waits in the socket is answered now."""
        self._running().send_signal(signal.SIGCONT)

    def add(self, zone: str, what: str, *answers: str) -> None:
        """List `what` in `zone` from now on."""
        self._more.setdefault(zone, {})[what] = answers
        self._reload()
        until(f"{zone} to list {what}", lambda: set(answers) <= set(self.ask(zone, _example(what))))

    def remove(self, zone: str, what: str) -> None:
        """List `what` no more, which was given as `more` or added."""
        before = self.ask(zone, _example(what))
        del self._more[zone][what]
        self._reload()
        until(f"{zone} not to list {what}", lambda: self.ask(zone, _example(what)) != before)

    def restore(self) -> None:
        """The lines of tests/data/zones that were missing are there."""
        self._without = {}
        self._reload()
        until("the test point to be there", lambda: self.ask("zen", "127.0.0.2"))

    def ask(self, zone: str, what: str) -> list[str]:
        """The answers for an IP address or a domain, sorted; none if it is not listed."""
        return records(response(self.port, f"{_label(what)}.{self._origin(zone)}."))

    def _origin(self, zone: str) -> str:
        return {"dnswl": "list.dnswl.org", "office": OFFICE}.get(zone, f"{self.key}.{zone}.{SUFFIX}")

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "rbldnsd is stopped"
        return self._process

    def _ready(self) -> bool:
        assert self._running().poll() is None, f"rbldnsd ended:\n{tail(self.folder / 'log')}"
        try:
            return bool(self.ask("authbl", "11.0.0.20"))
        except (dns.exception.DNSException, OSError):
            return False

    def _reload(self) -> None:
        self._lay_out()
        self._running().send_signal(signal.SIGHUP)

    def _lay_out(self) -> None:
        """The zone files: ours, and what was added; each is replaced at once."""
        for name, kind, zone in DATA_SETS:
            more = [line for what, answers in self._more.get(zone, {}).items() for line in _lines(kind, what, answers)]
            new = self.folder / f"{name}.new"
            ours = (DATA / name).read_text().splitlines()
            kept = [line for line in ours if line.lstrip(".") not in self._without.get(zone, ())]
            new.write_text("".join(f"{line}\n" for line in (*kept, *more)))
            new.rename(self.folder / name)


def _lines(kind: str, what: str, answers: Answers) -> list[str]:
    """The lines that list `what` in a data set of `kind`; none where it belongs to another kind of the same zone."""
    version = _version(what)
    if version != {"ip4set": 4, "ip6trie": 6, "dnset": None}[kind]:
        return []
    names = [f".{what.lstrip('.')}"] if version is None else [what]
    if what == "0.0.0.0/0":
        names = ["0.0.0.0/1", "128.0.0.0/1"]  # rbldnsd takes no /0
    each = [answers] if isinstance(answers, str) else list(answers)
    return [line for answer in each for line in (f":{answer}:listed", *names)]


def _version(what: str) -> int | None:
    """4 or 6 for an IP address or network, None for a domain."""
    try:
        return ip_network(what).version
    except ValueError:
        return None


def _example(what: str) -> str:
    """An address in a network; anything else as it is."""
    return what.lstrip(".") if _version(what) is None else str(ip_network(what).network_address)


def _label(what: str) -> str:
    """`what` as it stands left of the key: octets or nibbles reversed (RFC 5782, 2.1 and 2.4)."""
    try:
        address: IPv4Address | IPv6Address = ip_address(what)
    except ValueError:
        return what
    zone = "in-addr.arpa." if address.version == 4 else "ip6.arpa."
    return dns.reversename.from_address(str(address)).to_text().removesuffix("." + zone)
