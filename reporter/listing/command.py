"""A command of the administrator's: without a shell, bounded in time and output, ended with all that it started."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from trapline.config.errors import TraplineError
from trapline.config.printable import printable

MAX_OUTPUT = 500  #: bytes of what it said last, for the log
_LOOK_SECONDS = 0.05  # whether it has ended, though one of its children still holds its output


class CommandFailed(TraplineError):
    """The command could not be started, failed, or took too long."""


def run(command: Sequence[str], seconds: float, given: IO[bytes] | None = None) -> None:
    """Run `command` and wait for it, for `seconds` at most; then it and its children are ended by force.

    It reads `given`, or nothing, and gets none of our settings from the environment, which may hold secrets.
    Raises CommandFailed: with what it said.
    """
    try:
        process = subprocess.Popen(  # noqa: S603  the administrator's own command, without a shell
            command,
            stdin=subprocess.DEVNULL if given is None else given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=_without_secrets(os.environ),
        )
    except OSError as error:
        raise CommandFailed(f"cannot run {command[0]}: {error.strerror}") from None
    with process:
        said, in_time = _followed(process, seconds)
        if not in_time:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    if not in_time:
        raise CommandFailed(f"{command[0]} took longer than {seconds:g} s and was ended{said}")
    if process.returncode:
        raise CommandFailed(f"{command[0]} ended with {process.returncode}{said}")


def _followed(process: subprocess.Popen[bytes], seconds: float) -> tuple[str, bool]:
    """The end of what it says, and whether it ended by itself within `seconds`."""
    assert process.stdout is not None  # noqa: S101  for mypy: it is a pipe
    output = process.stdout.fileno()
    os.set_blocking(output, False)
    last = b""
    deadline = time.monotonic() + seconds
    open_ = True
    while True:
        ended = process.poll() is not None
        while open_ and (some := _read(output)) is not None:
            open_ = some != b""
            last = (last + some)[-MAX_OUTPUT:]
        left = deadline - time.monotonic()
        if ended or left <= 0:
            text = printable(last.decode("utf-8", "replace").strip().replace("\n", "; "))
            return f": {text}" if text else "", ended
        select.select([output] if open_ else [], [], [], min(left, _LOOK_SECONDS))


def _read(descriptor: int) -> bytes | None:
    """What there is to be read; None: nothing yet, empty: nothing ever."""
    try:
        return os.read(descriptor, 1 << 16)
    except BlockingIOError:
        return None


def _without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith(("TRAPLINE_", "CREDENTIALS_"))}
