"""The `trapline` command as users run it: a process of its own, with a configuration file."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.servers.processes import ServerError, as_nobody, stop, tail, until
from tests.servers.starter import run_forked

COMMAND = Path(sys.executable).with_name("trapline")

Table = Mapping[str, Any]
Wrapper = Callable[[list[str]], list[str]]


@dataclass(frozen=True, slots=True)
class Run:
    """A command that has ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """All that it printed."""
        return self.stdout + self.stderr

    @property
    def last_line(self) -> str:
        """The last line that is not empty, of the standard output."""
        return next((line for line in reversed(self.stdout.splitlines()) if line.strip()), "")


def run(
    *arguments: str, config: Path | None = None, environ: Mapping[str, str] | None = None, stdin: bytes = b""
) -> Run:
    """Run `trapline ARGUMENTS` to its end, with `--config` where one is given."""
    done = run_forked(_command(arguments, config), environment(environ), stdin, timeout=120)
    return Run(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def run_as_nobody(*arguments: str, config: Path | None = None, environ: Mapping[str, str] | None = None) -> Run:
    """As `run`, by the user nobody where we are root; the test is skipped where he may not enter this clone."""
    if subprocess.run(as_nobody(["test", "-x", str(COMMAND)]), check=False).returncode != 0:
        pytest.skip(f"nobody may not start {COMMAND}: clone the repository to where every user may look")
    command = as_nobody(_command(arguments, config))
    done = subprocess.run(command, env=environment(environ), capture_output=True, timeout=60, check=False, text=True)
    return Run(done.returncode, done.stdout, done.stderr)


def accepts(path: Path) -> bool:
    """Whether something listens on the UNIX socket at `path`, which is there a moment before."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


class Daemon:
    """`trapline ARGUMENTS` in the background, with its output in `log`."""

    def __init__(self, arguments: Sequence[str], config: Path, log: Path) -> None:
        self.arguments = list(arguments)
        self.config = config
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, environ: Mapping[str, str] | None = None, wrapped: Wrapper = list) -> None:
        """Start it; it may not be ready yet. `wrapped` makes another command of its own, that becomes it."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                wrapped(_command(self.arguments, self.config)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment(environ),
                start_new_session=True,  # so that kill() reaches its workers, and a Ctrl-C does not reach it
            )

    @property
    def pid(self) -> int:
        """Its process ID."""
        return self._running().pid

    @property
    def running(self) -> bool:
        """Whether it has been started and has not ended.

        Its exit code is left to `stop` and `kill`: until it is fetched, nobody else can have the number that they send
        a signal to. They are used again after some ten thousand processes, which a long run of tests comes to.
        """
        if self._process is None:
            return False
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def signal(self, number: signal.Signals, *, workers: bool = False) -> None:
        """Send it a signal, and its workers where they are named; nothing comes of it where it has ended."""
        (os.killpg if workers else os.kill)(self.pid, number)

    def children(self) -> set[int]:
        """The process IDs of its workers."""
        listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii")
        return {int(child) for child in listed.split()}

    def stop(self) -> int:
        """End it as systemd does (SIGTERM); its exit code. 0 if it was not running."""
        process, self._process = self._process, None
        return 0 if process is None else stop(process)

    def kill(self) -> None:
        """End it and its children without warning (SIGKILL)."""
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            until("its workers to end", lambda: _is_gone(process.pid))  # until then they accept

    def wait_until_it_accepts(self, path: Path) -> None:
        """Wait until something listens on the UNIX socket at `path`.

        Raises ServerError: the daemon has ended; with the end of its log.
        """
        until(f"{self.arguments[0]} to listen on {path}", lambda: self._accepts(path))

    def output(self) -> str:
        """What it has printed since it was first started."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def wait_for_output(self, text: str) -> None:
        """Wait until it has printed `text`."""
        until(f"{text!r} in the output of {self.arguments[0]}", lambda: text in self.output())

    def _accepts(self, path: Path) -> bool:
        if not self.running:
            raise ServerError(f"trapline {self.arguments[0]} ended at its start:\n{tail(self.log)}")
        return accepts(path)

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, f"trapline {self.arguments[0]} is not running"
        return self._process


def write_config(path: Path, *tables: Table) -> None:
    """Write a trapline.toml: later tables over earlier ones, a list replaced as a whole."""
    merged: dict[str, Any] = {}
    for table in tables:
        _merge(merged, table)
    path.write_text("".join(_section((name,), table) for name, table in merged.items()), encoding="utf-8")
    path.chmod(0o640)  # it may hold secrets
    now = time.time()
    os.utime(path, (now, now))


def _merge(into: dict[str, Any], table: Table) -> None:
    for key, value in table.items():
        if isinstance(value, Mapping):
            _merge(into.setdefault(key, {}), value)
        else:
            into[key] = value


def _section(names: tuple[str, ...], table: Table) -> str:
    values = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    below = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    head = f"[{'.'.join(names)}]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in values.items())
    return head + "".join(_section((*names, key), value) for key, value in below.items())


def _value(value: object) -> str:
    """As TOML writes it; for texts, numbers, switches and lists of them that is how JSON writes it."""
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)


def _command(arguments: Sequence[str], config: Path | None) -> list[str]:
    if not COMMAND.exists():
        raise ServerError(f"{COMMAND} is not there: install the project into its .venv (`make venv`)")
    return [str(COMMAND), *arguments, *([] if config is None else ["--config", str(config)])]


def environment(more: Mapping[str, str] | None) -> dict[str, str]:
    """Ours without what would change trapline's settings or the looks of its output."""
    clean = {name: text for name, text in os.environ.items() if not name.upper().startswith("TRAPLINE_")}
    return clean | {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"} | dict(more or {})


def _is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False
