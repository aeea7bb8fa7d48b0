"""One run at a time for each mailbox: a lock that its holder's end releases, however it ends.

The kernel holds it (flock(2)), so the file that stays behind after a crash means nothing.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trapline.config.errors import TraplineError


class Locked(TraplineError):
    """Another process is at work."""


class LockFailed(TraplineError):
    """The lock's file can't be made."""


@contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Hold the lock at `path` while the block runs; `what` is said to be at work.

    Raises Locked: another process holds it. Raises LockFailed.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    except OSError as error:
        raise LockFailed(f"{path}: cannot be opened: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Locked(f"{what} is running already (lock {path})") from None
    try:
        yield
    finally:
        os.close(descriptor)
