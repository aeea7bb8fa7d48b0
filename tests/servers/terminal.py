"""A terminal for a command of ours: what it prints there, with all that moves the cursor."""

import os
import pty
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.servers.trapline_process import COMMAND, environment

READ_BYTES = 65_536


def run_in_terminal(
    *arguments: str, config: Path, environ: Mapping[str, str] | None = None, typed: str | None = None
) -> str:
    """Run `trapline ARGUMENTS` to its end with a terminal as standard output and error; what came there.

    With `typed` it is standard input, too, at which somebody has typed that.
    """
    ours, theirs = pty.openpty()
    if typed is not None:
        os.write(ours, typed.encode())
    environ = {"TERM": "xterm", "COLUMNS": "60", "LINES": "30"} | dict(environ or {})
    with subprocess.Popen(
        [str(COMMAND), *arguments, "--config", str(config)],
        stdin=subprocess.DEVNULL if typed is None else theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(environ),
    ):
        os.close(theirs)
        printed = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return printed.decode(errors="replace")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, READ_BYTES)
    except OSError:  # Linux's way to say that nobody has the other end any more
        return b""
