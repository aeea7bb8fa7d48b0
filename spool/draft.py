"""A message on its way into a Maildir: a file in tmp/ that grows, and becomes a message in one step.

That is done by `group_commit.py`; `discard` ends it otherwise. What a crash leaves in tmp/ is nobody's message; the
reporter's retention removes it. Source: cr.yp.to/proto/maildir.html.
"""

import contextlib
import errno
import os
import secrets
import socket
import time
from collections.abc import Sequence
from pathlib import Path

FILE_MODE = 0o640

# The spool often shares a disk with Postfix's queue. Postfix takes no mail for anybody once less is free there than one
# and a half times its message_size_limit (postconf(5), queue_minfree), so a flood of trap mail has to stop before.
KEPT_FREE_BYTES = 128 * 1024 * 1024
KEPT_FREE_SHARE = 0.05  #: of a file system for which that would be too much

_PIECES_AT_ONCE = 1024  # IOV_MAX of Linux


class Draft:
    """One file in tmp/ of the Maildir at `path`.

    Making it, `write`, `rewrite_start`, `sync` and `rename` raise OSError: the disk failed.
    """

    def __init__(self, path: Path, unique: str | None = None) -> None:
        """`unique` becomes part of the file's name."""
        name = _file_name(unique or secrets.token_hex(8))
        folder = os.fspath(path)  # as text: three Paths cost as much as the system calls
        self._temporary, self._final = f"{folder}/tmp/{name}", f"{folder}/new/{name}"  # noqa: S108  a Maildir's
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._descriptor = os.open(self._temporary, flags, FILE_MODE)
        self._delivered = False
        try:
            os.fchmod(self._descriptor, FILE_MODE)  # whatever the umask is
        except OSError:
            self.discard()  # nobody else could
            raise

    def write(self, pieces: Sequence[bytes]) -> None:
        """Add `pieces` to its end, unless the room that is left is kept for others."""
        self._leave_room()
        for start in range(0, len(pieces), _PIECES_AT_ONCE):
            self._write(pieces[start : start + _PIECES_AT_ONCE])

    def _leave_room(self) -> None:
        disk = os.fstatvfs(self._descriptor)
        kept = min(KEPT_FREE_BYTES, disk.f_blocks * disk.f_frsize * KEPT_FREE_SHARE)
        if disk.f_bavail * disk.f_frsize < kept:
            raise OSError(errno.ENOSPC, "No space left on device but what is kept for Postfix's queue")

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

    @property
    def final(self) -> Path:
        """The message's file, once it is one."""
        return Path(self._final)

    def start_writing(self) -> None:
        """Have the system begin to write its content out, if it likes to; that waits for nothing."""
        self._need_no_more()

    def sync(self) -> None:
        """Have its content on the disk, and there alone; nothing can be added afterwards.

        A flood of spam takes no memory from what the server has cached then, and finds the memory of the message
        before, which costs half of the time that fresh memory does.
        """
        os.fsync(self._descriptor)
        self._need_no_more()
        self._close()

    def rename(self) -> None:
        """Make it a message, after `sync`; it is safe once its folder is synced too."""
        os.rename(self._temporary, self._final)  # noqa: PTH104
        self._delivered = True

    def take_back(self) -> bool:
        """Remove the message that a crash might lose, if the disk lets us. False: somebody has it by now: it counts."""
        if self._delivered:
            try:
                os.unlink(self._final)  # noqa: PTH108
            except FileNotFoundError:
                return False
            except OSError:
                pass  # it is read-only by now: whoever is told that nothing was stored comes again, and counts twice
        return True

    def discard(self) -> None:
        """Remove what was written, if the disk lets us: else it is what a crash leaves. Nothing once it is a message.

        Whoever ends it so has told what went wrong already, and may have an answer to give.
        """
        with contextlib.suppress(OSError):
            self._close()
        if not self._delivered:
            with contextlib.suppress(OSError):
                os.unlink(self._temporary)  # noqa: PTH108

    def _need_no_more(self) -> None:
        """Tell the system that nobody reads its content soon: it writes that out, and forgets what is written."""
        with contextlib.suppress(OSError):  # a hint: `sync` tells what goes wrong
            os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_DONTNEED)

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1  # closed even if that fails; its number is another's then
        if descriptor >= 0:
            os.close(descriptor)


def _file_name(unique: str) -> str:
    """Sorts by time; unique by `unique`, a random text. Slashes and colons have a meaning in a Maildir's names."""
    host = socket.gethostname().replace("/", "\\057").replace(":", "\\072")
    seconds, rest = divmod(time.time_ns(), 1_000_000_000)
    return f"{seconds}.M{rest // 1000:06d}T{unique}.{host}"
