"""The real OpenDKIM on a loopback port, with the lines that we ship for it; it takes public keys from a file."""

import subprocess
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from tests.servers.private import PrivateServer
from tests.servers.processes import ServerError, as_nobody, program, tail, until
from tests.servers.trapline_process import accepts

SHIPPED = Path(str(files("trapline.config") / "postfix" / "opendkim.conf"))
CONFIGURATION = """
Mode v
Socket local:{folder}/run/opendkim.sock
Background no
UMask 000
Syslog no
PidFile {folder}/run/pid
TestPublicKeys {folder}/keys
"""


class OpenDkim(PrivateServer):
    """OpenDKIM, running while the `with` block does.

    `keys` are what signers publish, by name (`selector._domainkey.pills-shop.com`); our results are in the name of
    `authserv_id`.
    """

    name = "opendkim"

    def __init__(self, keys: Mapping[str, str], authserv_id: str) -> None:
        self._keys = dict(keys)
        self._authserv_id = authserv_id
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def milter(self) -> str:
        """Its entry in smtpd_milters."""
        return f"unix:{self.folder}/run/opendkim.sock"

    def start(self) -> None:
        """Start it and wait until it listens."""
        command = [program("opendkim"), "-f", "-x", str(self.folder / "opendkim.conf")]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(as_nobody(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until("OpenDKIM to listen", self._listens)

    def stop(self) -> None:
        """Stop it, with force: libmilter takes five seconds to go by itself, and nothing is kept."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def _lay_out(self) -> None:
        (self.folder / "run").mkdir(mode=0o777)
        (self.folder / "run").chmod(0o777)
        shipped = SHIPPED.read_text(encoding="utf-8").replace("mx.example", self._authserv_id)
        (self.folder / "opendkim.conf").write_text(CONFIGURATION.format(folder=self.folder) + shipped)
        (self.folder / "keys").write_text("".join(f"{name} {record}\n" for name, record in self._keys.items()))

    def _listens(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise ServerError(f"OpenDKIM ended at its start:\n{tail(self.folder / 'log')}")
        return accepts(self.folder / "run" / "opendkim.sock")
