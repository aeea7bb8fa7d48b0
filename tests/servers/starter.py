"""Starts `trapline` as its entry point does, but by fork, from a process that has loaded the libraries already.

To load them takes longer than most commands do, and the tests run hundreds. Each is a process of its own all the same,
with its own arguments, environment, folder, umask and files, and what the command line as such does not load it loads
by itself. Daemons, and commands at a terminal, are started by the entry point.
"""

import atexit
import gc
import importlib
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path

LIBRARIES = ("alembic.command", "bs4", "dns.query", "requests", "rich.live", "sqlalchemy.dialects.postgresql")
_FORK = multiprocessing.get_context("fork")
MAX_REQUEST_BYTES = 200_000  # the kernel passes no more in one piece


def run_forked(
    command: Sequence[str], environ: Mapping[str, str], stdin: bytes, timeout: float
) -> subprocess.CompletedProcess[bytes]:
    """Run `command`, that is `trapline` with its arguments, to its end; what it printed, as subprocess.run has it.

    Raises TimeoutExpired: it took longer than `timeout` seconds, and was killed.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
        files[0].write(stdin)
        files[0].seek(0)
        code = _exit_code(command, environ, [file.fileno() for file in files], timeout)
        for file in files:
            file.seek(0)
        return subprocess.CompletedProcess(command, code, files[1].read(), files[2].read())


def _exit_code(command: Sequence[str], environ: Mapping[str, str], files: Sequence[int], timeout: float) -> int:
    request = json.dumps([list(command), dict(environ), str(Path.cwd()), _umask()]).encode()
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            socket.send_fds(_starter(), [request], [*files, theirs.fileno()])
        ours.settimeout(timeout)
        with ours.makefile() as said:
            pid = int(said.readline())
            try:
                return int(said.readline())
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(list(command), timeout) from None


def _umask() -> int:
    """Ours, which can't be asked for without setting it."""
    os.umask(ours := os.umask(0o022))
    return ours


@cache
def _starter() -> socket.socket:
    """The process that waits for requests, for as long as this one lives."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    atexit.register(process.wait)
    atexit.register(ours.close)  # this first: it ends for want of requests
    return ours


def _serve(requests: socket.socket) -> None:
    while True:
        request, files, _, _ = socket.recv_fds(requests, MAX_REQUEST_BYTES, 4)
        multiprocessing.active_children()  # those that have ended are waited for: their time counts as ours
        if not request:
            return
        _FORK.Process(target=_attend, args=(request, files)).start()
        for file in files:
            os.close(file)


def _attend(request: bytes, files: Sequence[int]) -> None:
    """Fork the command, and tell its process ID and its exit code."""
    command = _FORK.Process(target=_run, args=(*json.loads(request), files[:3]))
    command.start()
    os.write(files[3], f"{command.pid}\n".encode())
    command.join()
    with suppress(BrokenPipeError):  # it took too long, and nobody waits any more
        os.write(files[3], f"{command.exitcode}\n".encode())


def _run(command: Sequence[str], environ: Mapping[str, str], folder: str, umask: int, files: Sequence[int]) -> None:
    for number, file in enumerate(files):
        os.dup2(file, number)
    sys.stdin = open(0)  # noqa: SIM115  that of the starter is closed
    sys.argv = list(command)
    os.chdir(folder)
    os.umask(umask)
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    main.run()


if __name__ == "__main__":
    del sys.path[0]  # our folder: the command finds trapline where it is installed
    for library in LIBRARIES:
        importlib.import_module(library)
    from trapline.cli import main

    gc.freeze()  # a collection would have to copy all of it
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        _serve(listening)
