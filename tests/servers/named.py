"""The real BIND on a loopback port: it serves zone files that a test gives, and reads them again when told by rndc.

It asks nobody (no recursion, no validation) and tells nobody (no NOTIFY), so nothing leaves the machine.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import dns.exception
import dns.message
import dns.reversename
import dns.zone

from tests.servers.dns_client import records, response
from tests.servers.private import PrivateServer
from tests.servers.processes import ServerError, free_port, program, stop, tail, until

CONFIGURATION = """\
options {{
    directory "{folder}";
    pid-file none;
    session-keyfile none;
    managed-keys-directory "{folder}";
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    recursion no;
    dnssec-validation no;
    notify no;
    empty-zones-enable no;
    allow-transfer {{ none; }};
}};
include "{folder}/trapline.key";
controls {{ inet 127.0.0.1 port {control} allow {{ 127.0.0.1; }} keys {{ "trapline"; }}; }};
{zones}
"""
HEAD = """\
$TTL 10
@ IN SOA ns.quayside-mail.com. hostmaster.quayside-mail.com. {serial} 60 30 86400 10
@ IN NS ns.quayside-mail.com.
"""
ZONE = 'zone "{origin}" {{ type primary; file "{file}"; }};\n'
KEY = 'key "trapline" { algorithm hmac-sha256; secret "c2VjcmV0LWNhbmFyeQ=="; };\n'


def dnsbl(listed: Mapping[str, Sequence[str]], serial: int = 1, text: str = "listed") -> str:
    """The file of a zone that lists addresses: `{"11.0.9.2": ["127.0.0.2"]}` (RFC 5782, 2.1)."""
    names = {address: dns.reversename.from_address(address).split(3)[0] for address in listed}
    lines = [f"{names[address]} IN A {answer}\n" for address, answers in listed.items() for answer in answers]
    lines += [f'{name} IN TXT "{text}"\n' for name in names.values()]
    return HEAD.format(serial=serial) + "".join(lines)


class Named(PrivateServer):
    """BIND, running while the `with` block does.

    `zones` are files by origin, as text: `{"bl.mx.example": dnsbl({})}`.
    """

    name = "named"

    def __init__(self, zones: Mapping[str, str]) -> None:
        self.port = free_port(socket.SOCK_DGRAM)
        self.nameserver = f"127.0.0.1:{self.port}"  # to be configured as one of dqs.nameservers
        self._control = free_port()
        self._zones = dict(zones)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = [program("named"), "-f", "-4", "-n", "1", *user, "-c", str(self.folder / "named.conf")]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "-L", str(self.folder / "named.log")], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until("named to answer", self._ready)

    def stop(self) -> None:
        """Stop: a query is answered by an ICMP error at once."""
        if self._process is not None:
            process, self._process = self._process, None
            stop(process)

    def file(self, origin: str) -> Path:
        """Where the zone's file is; what is written there is served from the next reload on."""
        return self.folder / "zones" / origin

    def replace(self, origin: str, text: str) -> None:
        """Serve `text` as the zone, whose serial must have grown, from now on."""
        self.file(origin).write_text(text)
        self.reload(origin)

    def reload(self, origin: str) -> None:
        """Have the zone's file read, and wait until it is served.

        Raises ServerError: named does not take it.
        """
        done = subprocess.run(self.reload_command(origin), capture_output=True, text=True, timeout=20, check=False)
        if done.returncode != 0:
            raise ServerError(f"rndc: {done.stderr}{self.log()}")
        until(f"named to serve what is in {self.file(origin)}", lambda: self._serves(origin))

    def reload_command(self, origin: str) -> list[str]:
        """What has it read the zone's file: to be configured as the command after a change."""
        return [program("rndc"), "-p", str(self._control), "-k", str(self.folder / "trapline.key"), "reload", origin]

    def ask(self, name: str, kind: str = "A") -> list[str]:
        """The records of `kind`, sorted; none if there are none."""
        return records(self.response(name, kind))

    def response(self, name: str, kind: str = "A") -> dns.message.Message:
        """The whole answer."""
        return response(self.port, name, kind, recursion=False)

    def log(self) -> str:
        """What it logged last."""
        return tail(self.folder / "named.log", 60)

    def _lay_out(self) -> None:
        (self.folder / "zones").mkdir()
        for origin, text in self._zones.items():
            self.file(origin).write_text(text)
        zones = "".join(ZONE.format(origin=origin, file=self.file(origin)) for origin in self._zones)
        values = {"folder": self.folder, "control": self._control, "port": self.port}
        (self.folder / "named.conf").write_text(CONFIGURATION.format(zones=zones, **values))
        (self.folder / "trapline.key").write_text(KEY)
        (self.folder / "named.log").touch()
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody", "nogroup")
            shutil.chown(self.folder / "named.log", "nobody", "nogroup")

    def _ready(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise ServerError(f"named ended:\n{tail(self.folder / 'log')}\n{self.log()}")
        try:
            return all(self.ask(origin, "SOA") for origin in self._zones)
        except (dns.exception.DNSException, OSError):
            return False

    def _serves(self, origin: str) -> bool:
        zone = dns.zone.from_file(str(self.file(origin)), origin, check_origin=False)
        return self.ask(origin, "SOA") == [str(record) for record in zone.get_rdataset("@", "SOA") or ()]
