"""The milters that are measured, each a process of its own behind a UNIX socket."""

import contextlib
import grp
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.milter.load import TRAP
from tests.servers.milter_client import Hung, MilterClient
from tests.servers.processes import ServerError, tail, until
from tests.servers.rbldnsd import KEY
from tests.servers.trapline_process import COMMAND, write_config

NOOPS = {"no-op": "benchmarks.milter.noop", "no-op class": "benchmarks.milter.noop_class"}
TAKES_ALL = "no-op that takes all"
ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True)
class Subject:
    """A running milter."""

    name: str
    socket: Path
    spool: Path
    pid: int

    @property
    def cpu_seconds(self) -> float:
        """What the process and its workers have used so far."""
        return sum(_cpu_seconds(pid) for pid in self._processes)

    @property
    def resident_mb(self) -> float:
        """Resident memory of the process and its workers."""
        return sum(_status_kb(pid, "VmRSS") for pid in self._processes) / 1024

    @property
    def _processes(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii").split()
        return [self.pid, *map(int, children)]


@contextmanager
def subject(name: str, folder: Path, nameserver: str, settings: Mapping[str, Any] | None = None) -> Iterator[Subject]:
    """Run a no-op, "obvious" or anything else (trapline, with `settings` over the defaults) in `folder`."""
    home = folder / name.replace(" ", "-")
    home.mkdir()
    socket, spool, log = home / "s", home / "spool", home / "log"
    command = _command(name, home, nameserver, settings or {})
    environment = {key: text for key, text in os.environ.items() if not key.startswith("TRAPLINE_")}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=ROOT,
                                   env=environment, start_new_session=True)  # fmt: skip
    try:
        until(f"{name} to serve", lambda: _serves(process, name, socket, log))
        yield Subject(name, socket, spool, process.pid)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # libmilter's own stop takes seconds
        process.wait()


def _command(name: str, home: Path, nameserver: str, settings: Mapping[str, Any]) -> list[str]:
    if name in NOOPS:
        return [sys.executable, "-m", NOOPS[name], str(home / "s")]
    if name == TAKES_ALL:
        return [sys.executable, "-m", NOOPS["no-op"], str(home / "s"), "all"]
    if name == "obvious":
        return [sys.executable, "-m", "benchmarks.milter.obvious", str(home / "s"), nameserver, KEY]
    (home / "spool").mkdir(mode=0o2770)
    (home / "traps").write_text(f"{TRAP.strip('<>')}  web page, footer\n", encoding="utf-8")
    base = {
        "milter": {"listen": f"unix:{home / 's'}", "socket_group": grp.getgrgid(os.getegid()).gr_name},
        "traps": {"files": [str(home / "traps")]},
        "dqs": {"key": KEY, "nameservers": [nameserver]},
        "spool": {"directory": str(home / "spool")},
    }
    write_config(home / "trapline.toml", base, settings)
    return [str(COMMAND), "milter", "--config", str(home / "trapline.toml")]


def _serves(process: "subprocess.Popen[bytes]", name: str, socket: Path, log: Path) -> bool:
    if process.poll() is not None:
        raise ServerError(f"{name} ended at its start:\n{tail(log)}")
    try:
        with MilterClient(socket):
            return True
    except (OSError, Hung):
        return False


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _status_kb(pid: int, key: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{key}:"))
