"""The real rbldnsd with one file of the local blocklist, as an operator runs it: `ZONE:combined:FILE`."""

import os
import signal
import socket
import subprocess
import time
from ipaddress import ip_address
from pathlib import Path

import dns.exception
import dns.message
import dns.rcode
import dns.rdatatype

from tests.servers.dns_client import response
from tests.servers.private import PrivateServer
from tests.servers.processes import as_nobody, free_port, program, stop, tail, until


class ServedList(PrivateServer):
    """rbldnsd with the file `list` in its folder, running while the `with` block does.

    It looks every `check_seconds` whether the file is another one; 0: only when told by `reload`.
    """

    name = "served-list"

    def __init__(self, zone: str, content: bytes, check_seconds: int = 0) -> None:
        self.zone = zone
        self.port = free_port(socket.SOCK_DGRAM)
        self.nameserver = f"127.0.0.1:{self.port}"
        self._content = content
        self._check_seconds = check_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._second = int(time.time()) - 86_400

    @property
    def file(self) -> Path:
        """What it serves."""
        return self.folder / "list"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-n -c {self._check_seconds} -b 127.0.0.1/{self.port}".split()
        command = [program("rbldnsd"), *options, "-w", str(self.folder), f"{self.zone}:combined:list"]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(as_nobody(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until("rbldnsd to answer", self._ready)

    def stop(self) -> None:
        """Stop."""
        if self._process is not None:
            stop(self._process)
            self._process = None

    def replace(self, content: bytes) -> None:
        """Serve something else, from now on."""
        before = self.loads()
        new = self.folder / "list.new"
        new.write_bytes(content)
        new.chmod(0o644)
        self._second += 1  # it takes a file of the same size and second for the one that it has
        os.utime(new, (self._second, self._second))
        new.rename(self.file)
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)
        until("rbldnsd to load the list", lambda: self.loads() > before)

    def loads(self) -> int:
        """How often it has read its file."""
        return (self.folder / "log").read_text().count("zones reloaded")

    def complaints(self) -> list[str]:
        """What it had to say about the file, beyond how much there is in it."""
        lines = (self.folder / "log").read_text().splitlines()
        usual = ("listening on", "e32/24/16/8=", "ents=", "subzones=", "zones reloaded", "started (", "stats for")
        return [line for line in lines if not any(word in line for word in usual)]

    def codes(self, address: str) -> set[int]:
        """The last octets of what `address` is answered with; none where it is not listed."""
        return {int(item.rpartition(".")[2]) for item in self._ask(address, "A")}

    def texts(self, address: str) -> list[str]:
        """The TXT records of `address`."""
        return self._ask(address, "TXT")

    def response(self, name: str, kind: str, seconds: float = 2.0) -> dns.message.Message:
        """The whole answer about a name in the zone; "" is the zone itself."""
        return response(self.port, f"{name}.{self.zone}.".lstrip("."), kind, seconds=seconds)

    def _ask(self, address: str, kind: str) -> list[str]:
        said = self.response(reversed_name(address), kind)
        assert said.rcode() in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}
        wanted = dns.rdatatype.from_text(kind)
        found = [item for answer in said.answer if answer.rdtype == wanted for item in answer]
        if kind == "TXT":
            return [b"".join(item.strings).decode("ascii") for item in found]
        return [str(item) for item in found]

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"rbldnsd ended:\n{tail(self.folder / 'log')}"
        try:
            return bool(self.response("", "SOA", 0.1).answer)
        except (dns.exception.DNSException, OSError):
            return False

    def _lay_out(self) -> None:
        self.file.write_bytes(self._content)
        self.file.chmod(0o644)


def reversed_name(address: str) -> str:
    """What is asked about `address`, left of the zone: octets or nibbles reversed (RFC 5782, 2.1 and 2.4)."""
    parsed = ip_address(address)
    if parsed.version == 4:
        return ".".join(reversed(str(parsed).split(".")))
    return ".".join(reversed(f"{int(parsed):032x}"))
