"""What the real servers of the tests share: free loopback ports, waiting with a deadline, and being root."""

import os
import random
import resource
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

DEADLINE_SECONDS = 20.0  # generous: a passing test never waits for it
POLL_SECONDS = 0.01

# Below those that the kernel gives to clients (ip_local_port_range: from 32768), who would take one before its server
# does. Each process has so many in a row for itself: what is free now may be somebody else's by the time that its
# server starts, and Postfix shares a port without a word (SO_REUSEPORT): each of two then gets half of the mail.
_PORTS = range(12_000, 32_000)
_IN_A_ROW = 200
_chance = random.SystemRandom()  # hypothesis seeds the other one: all suites would draw the same


class ServerError(Exception):
    """A server of the tests can't be started, or did not do what it was asked to in time."""


def until(what: str, look: Callable[[], T | None], seconds: float = DEADLINE_SECONDS) -> T:
    """What `look` returns, as soon as that is true.

    Raises ServerError: it never was within `seconds`; `what` says what was waited for.
    """
    deadline = time.monotonic() + seconds
    while True:
        if seen := look():
            return seen
        if time.monotonic() > deadline:
            raise ServerError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(POLL_SECONDS)


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of 127.0.0.1 that nobody has just now, and no other process of the tests takes."""
    for port in islice(_ports_in_turn(), _IN_A_ROW):
        with socket.socket(socket.AF_INET, kind) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise ServerError("no port of 127.0.0.1 that this process may use is free")


@cache
def _ports_in_turn() -> Iterator[int]:
    """The ports of this process. A socket without a file says that they are taken, as long as it lives (unix(7))."""
    firsts = range(_PORTS.start, _PORTS.stop, _IN_A_ROW)
    for first in _chance.sample(firsts, len(firsts)):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mark, suppress(OSError):
            mark.bind(f"\0trapline-tests-ports-{first}")
            mark.detach()
            return cycle(range(first, first + _IN_A_ROW))
    raise ServerError("too many processes of the tests run side by side: each port has its process")


def aged(*files: Path) -> None:
    """Have `files` last changed a minute ago: what is newer Postfix reads again and again, for two seconds.

    Source: Postfix, src/util/dict.c (dict_load_file_xt) and dict_thash.c: somebody might be writing it still.
    """
    then = time.time() - 60
    for file in files:
        os.utime(file, (then, then))


def program(name: str) -> str:
    """Where the system's program `name` is; daemons are often not on a user's PATH.

    Raises ServerError: it is not installed.
    """
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if path is None:
        raise ServerError(f"{name} is not installed; `make test` and `make demo` install it (.ci/packages)")
    return path


def require_root(what: str) -> None:
    """Raises ServerError: we are not root, and `what` needs it."""
    if os.geteuid() != 0:
        raise ServerError(f"{what} needs root: run as root or with sudo")


def as_nobody(command: list[str]) -> list[str]:
    """`command`, run by the user nobody where we are root."""
    if os.geteuid() != 0:
        return command
    return [program("setpriv"), "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command]


def stop(process: subprocess.Popen[bytes], seconds: float = 10.0) -> int:
    """End `process`, with force if it does not go in time; its exit code."""
    process.terminate()
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise ServerError(f"{process.args!r} did not end within {seconds:g} s of SIGTERM") from None


def tail(path: Path, lines: int = 30) -> str:
    """The end of a log, for an error's text."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else "(no log)"


@contextmanager
def files_to_open(number: int, pid: int = 0) -> Iterator[None]:
    """The process (0: this one, and what it starts) may open so many files: none gets this number, or a higher one."""
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (number, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


@contextmanager
def no_more_files(pid: int) -> Iterator[None]:
    """The process may open no file more than it has open, while the block runs."""
    found = tuple(Path(f"/proc/{pid}/fd").iterdir())
    used = {int(path.name) for path in found if path.is_symlink()}  # our own look at the folder is over
    with files_to_open(min(set(range(len(used) + 1)) - used), pid):
        yield
