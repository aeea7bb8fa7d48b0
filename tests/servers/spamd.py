"""The real spamd on a loopback port, with Debian's rules, no network tests, and a Bayes database of its own."""

import hashlib
import os
import shutil
import socket
import subprocess
from pathlib import Path

from tests.servers.private import PrivateServer
from tests.servers.processes import ServerError, as_nobody, free_port, program, stop, tail, until

CONFIGURATION = """
use_bayes 1
bayes_path {folder}/bayes
bayes_auto_learn 0
use_pyzor 0
report_contact postmaster
{more}
"""
PLUGINS = Path("/etc/spamassassin")  # the files that load Debian's plugins


class Spamd(PrivateServer):
    """spamd, running while the `with` block does; `learns` is whether it takes lessons (--allow-tell).

    `more` is added to its configuration; `nameserver`, address:port, is asked what its rules want of DNS, else nobody.
    """

    name = "spamd"

    def __init__(self, *, learns: bool = True, more: str = "", nameserver: str | None = None) -> None:
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"  # to be configured as filters.spamd.address
        self._learns = learns
        self._more = more
        self._nameserver = nameserver
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        options = [] if self._nameserver else ["-L"]
        options += ["-x", "-m", "2", "-s", "stderr", "-i", "127.0.0.1", "-p", str(self.port)]
        options += ["--allow-tell"] if self._learns else []
        command = self._alone([program("spamd"), f"--siteconfigpath={self.folder}", *options])
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until("spamd to listen", self._listens)

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            process, self._process = self._process, None
            stop(process)

    def learned(self) -> dict[str, int]:
        """How many messages of each kind its Bayes database was taught, as its own program tells."""
        if not (self.folder / "bayes_toks").exists():
            return {"spam": 0, "ham": 0}  # it makes its files at the first lesson
        rows = [line.split() for line in self.sa_learn("--dump", "magic").splitlines()]
        return {kind: int(row[2]) for row in rows for kind in ("spam", "ham") if row[-1] == f"n{kind}"}

    def knows(self, *tokens: str) -> set[str]:
        """Which of these tokens its Bayes database has: it keeps the end of each one's digest (Bayes.pm)."""
        kept = {line.split()[-1] for line in self.sa_learn("--dump", "data").splitlines()}
        return {one for one in tokens if hashlib.sha1(one.encode(), usedforsecurity=False).hexdigest()[-10:] in kept}

    def sa_learn(self, *arguments: str) -> str:
        """What sa-learn prints, run with this spamd's configuration and Bayes database."""
        command = self._alone([program("sa-learn"), f"--siteconfigpath={self.folder}", *arguments])
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout

    def _lay_out(self) -> None:
        more = self._more
        if self._nameserver:
            host, _, port = self._nameserver.rpartition(":")
            more += f"\ndns_available yes\ndns_server [{host}]:{port}\n"
        (self.folder / "local.cf").write_text(CONFIGURATION.format(folder=self.folder, more=more))
        for file in PLUGINS.glob("*.pre"):
            shutil.copy(file, self.folder)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody", "nogroup")

    def _alone(self, command: list[str]) -> list[str]:
        return as_nobody(["env", f"HOME={self.folder}", *command])

    def _listens(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise ServerError(f"spamd ended:\n{tail(self.folder / 'log')}")
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True
