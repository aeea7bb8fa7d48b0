"""The real spamd on a loopback port, with Debian's rules, no network tests, and a Bayes database of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.processes import ServerError, as_nobody, free_port, program, stop, tail, until

CONFIGURATION = """
use_bayes 1
bayes_path {folder}/bayes
bayes_auto_learn 0
use_pyzor 0
report_contact postmaster
"""
PLUGINS = Path("/etc/spamassassin")  # the files that load Debian's plugins


class Spamd:
    """spamd, running while the `with` block does; `learns` is whether it takes lessons (--allow-tell)."""

    def __init__(self, *, learns: bool = True) -> None:
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"  # to be configured as filters.spamd.address
        self._learns = learns

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="trapline-spamd-", dir="/tmp"))
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop, and remove the folder."""
        try:
            if hasattr(self, "_process"):
                stop(self._process)
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def learned(self) -> dict[str, int]:
        """How many messages of each kind its Bayes database was taught, as its own program tells."""
        if not (self.folder / "bayes_toks").exists():
            return {"spam": 0, "ham": 0}  # it makes its files at the first lesson
        command = [program("sa-learn"), f"--siteconfigpath={self.folder}", "--dump", "magic"]
        done = subprocess.run(
            self._alone(command), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
        )
        rows = [line.split() for line in done.stdout.splitlines()]
        return {kind: int(row[2]) for row in rows for kind in ("spam", "ham") if row[-1] == f"n{kind}"}

    def log(self) -> str:
        """The end of what it logged."""
        return tail(self.folder / "log")

    def _start(self) -> None:
        (self.folder / "local.cf").write_text(CONFIGURATION.format(folder=self.folder))
        for file in PLUGINS.glob("*.pre"):
            shutil.copy(file, self.folder)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody", "nogroup")
        options = ["-L", "-x", "-m", "2", "-s", "stderr", "-i", "127.0.0.1", "-p", str(self.port)]
        options += ["--allow-tell"] if self._learns else []
        command = [program("spamd"), f"--siteconfigpath={self.folder}", *options]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(self._alone(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until("spamd to listen", self._listens)

    def _alone(self, command: list[str]) -> list[str]:
        return as_nobody(["env", f"HOME={self.folder}", *command])

    def _listens(self) -> bool:
        if self._process.poll() is not None:
            raise ServerError(f"spamd ended:\n{self.log()}")
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True
