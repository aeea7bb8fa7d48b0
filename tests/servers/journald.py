"""A real systemd-journald of our own: in a mount namespace with a /run that nobody else sees.

Needs root (unshare -m) and systemd's programs. The machine's own journal, if there is one, sees nothing of it.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.processes import ServerError, program, require_root, until

JOURNALD = Path("/lib/systemd/systemd-journald")
SOCKET = "run/systemd/journal/socket"

# Holds the namespace, so that it outlives a journald that is stopped.
_HOLD = (
    "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal /run/log/journal && touch /run/ready && exec sleep 1d"
)
# A command with its standard error connected to the journal as systemd connects it, and JOURNAL_STREAM to say so.
_CONNECT = """
import os, socket, sys
stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
stream.connect("/run/systemd/journal/stdout")
stream.sendall(b"trapline\\n\\n6\\n1\\n0\\n0\\n0\\n")  # identifier, unit, priority, prefixes are read, no forwarding
status = os.fstat(stream.fileno())
os.environ["JOURNAL_STREAM"] = f"{status.st_dev}:{status.st_ino}"
os.dup2(stream.fileno(), 2)
os.execv(sys.argv[1], sys.argv[1:])
"""

Entry = Mapping[str, object]


class Journald:
    """The journal, from entering to leaving the context.

    Raises ServerError: it can't be started here; with the reason.
    """

    def __enter__(self) -> Self:
        require_root("a journald of our own")
        if not JOURNALD.exists():
            raise ServerError(f"{JOURNALD} is not installed (Debian's package systemd)")
        command = [program("unshare"), "-m", "--propagation", "private", "sh", "-c", _HOLD]
        self._holder = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self._root = Path(f"/proc/{self._holder.pid}/root")
        with ExitStack() as begun:
            begun.callback(self._release)
            until("a namespace with a /run of its own", self._is_ready)
            self.start()
            begun.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._release()

    def start(self) -> None:
        """Start journald; its sockets are there when this returns."""
        self._process = subprocess.Popen(
            self._inside([str(JOURNALD)]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with ExitStack() as begun:
            begun.callback(self.stop)
            until("the journal's sockets", self._has_sockets)
            begun.pop_all()

    def stop(self) -> None:
        """End journald, and remove its socket as an ended systemd-journald.socket does."""
        self._process.terminate()
        self._process.wait(10)
        (self._root / SOCKET).unlink(missing_ok=True)

    def suspend(self) -> None:
        """Let it take nothing, as one that waits for its disk."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after `suspend`."""
        self._process.send_signal(signal.SIGCONT)

    def command(self, *command: str) -> list[str]:
        """`command` as a service of this journal: its standard error is connected, and JOURNAL_STREAM says so."""
        return self._inside([sys.executable, "-c", _CONNECT, *command])

    def entries(self, *matches: str) -> list[Entry]:
        """What `journalctl MATCHES` finds, with all fields."""
        command = [program("journalctl"), "--quiet", "--all", "--output=json", "--directory=/run/log/journal", *matches]
        found = subprocess.run(self._inside(command), stdin=subprocess.DEVNULL, capture_output=True, check=True)
        return [json.loads(line) for line in found.stdout.splitlines()]

    def wait_for(self, *matches: str) -> list[Entry]:
        """The entries that match, as soon as there is one."""
        return until(f"{matches} in the journal", lambda: self.entries(*matches))

    def shell(self, command: str) -> str:
        """What a shell prints where this journal is the machine's.

        Raises CalledProcessError: it failed.
        """
        inside = self._inside(["sh", "-euc", command])
        return subprocess.run(inside, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout

    def _release(self) -> None:
        self._holder.kill()
        self._holder.communicate()

    def _inside(self, command: Sequence[str]) -> list[str]:
        return [program("nsenter"), f"--mount=/proc/{self._holder.pid}/ns/mnt", f"--wd={Path.cwd()}", *command]

    def _is_ready(self) -> bool:
        if self._holder.poll() is not None:
            assert self._holder.stderr is not None
            raise ServerError(f"no namespace can be made here: {self._holder.stderr.read().decode().strip()}")
        with suppress(OSError):
            return (self._root / "run/ready").exists()
        return False

    def _has_sockets(self) -> bool:
        if self._process.poll() is not None:
            raise ServerError(f"journald ended at its start, with {self._process.returncode}")
        return (self._root / "run/systemd/journal/stdout").exists()
