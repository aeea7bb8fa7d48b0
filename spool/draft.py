"""A message on its way into a Maildir: a file in tmp/ that grows, and becomes a message in one step.

Its end is told by `deliver` or `discard`. What a crash leaves in tmp/ is nobody's message; the reporter's retention
removes it. Source: cr.yp.to/proto/maildir.html.
"""

import os
import secrets
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from trapline.config.durable import sync_folder

FILE_MODE = 0o640

_PIECES_AT_ONCE = 1024  # IOV_MAX of Linux


class Draft:
    """One file in tmp/ of the Maildir at `path`. Every method raises OSError: the disk failed."""

    def __init__(self, path: Path, unique: str | None = None) -> None:
        """`unique` becomes part of the file's name."""
        name = _file_name(unique or secrets.token_hex(8))
        self._temporary, self._final = path / "tmp" / name, path / "new" / name
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._descriptor = os.open(self._temporary, flags, FILE_MODE)
        os.fchmod(self._descriptor, FILE_MODE)  # whatever the umask is
        self._delivered = False

    def write(self, pieces: Sequence[bytes]) -> None:
        """Add `pieces` to its end."""
        for start in range(0, len(pieces), _PIECES_AT_ONCE):
            self._write(pieces[start : start + _PIECES_AT_ONCE])

    def _write(self, pieces: Sequence[bytes]) -> None:
        size, written = sum(map(len, pieces)), os.writev(self._descriptor, pieces)
        if written < size:  # a signal, or a disk that is nearly full
            rest = memoryview(b"".join(pieces))[written:]
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]

    def rewrite_start(self, data: bytes) -> None:
        """Put `data` in the place of as many octets at its start."""
        written = 0
        while written < len(data):
            written += os.pwrite(self._descriptor, memoryview(data)[written:], written)

    def deliver(self) -> Path:
        """Make it a message; it is on the disk when this returns.

        Where it raises, there is none: the sender is asked to come again, and what stayed here would count twice.
        """
        os.fsync(self._descriptor)
        self._close()
        self._temporary.rename(self._final)
        self._delivered = True
        try:
            sync_folder(self._final.parent)
        except OSError:
            if self._take_back():
                raise
        return self._final

    def discard(self) -> None:
        """Remove what was written. Does nothing after `deliver`."""
        self._close()
        if not self._delivered:
            self._temporary.unlink(missing_ok=True)

    def _take_back(self) -> bool:
        """Remove the message that a crash might lose; False: somebody has taken it by now, so it counts."""
        try:
            self._final.unlink()
        except FileNotFoundError:
            return False
        return True

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _file_name(unique: str) -> str:
    """Sorts by time; unique by `unique`, a random text. Slashes and colons have a meaning in a Maildir's names."""
    host = socket.gethostname().replace("/", "\\057").replace(":", "\\072")
    seconds, rest = divmod(time.time_ns(), 1_000_000_000)
    return f"{seconds}.M{rest // 1000:06d}T{unique}.{host}"
