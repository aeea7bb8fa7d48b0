"""How much lies in a Maildir, and since when: what tells whether it is emptied. Nothing is changed."""

import os
from dataclasses import dataclass
from pathlib import Path

from trapline.spool.maildir import FAILED

MAX_FILES = 200_000  #: that are looked at in a folder; above, it is too many in any case


@dataclass(frozen=True, slots=True)
class Stock:
    """What is in a Maildir. Times are seconds since 1970."""

    waiting: int  #: in new/
    kept: int  #: in cur/
    failed: int  #: what could not be handled
    size_bytes: int  #: of all of them
    oldest: float | None  #: since when the oldest in new/ waits


@dataclass(frozen=True, slots=True)
class _Heap:
    files: int = 0
    size_bytes: int = 0
    oldest: float | None = None


def stock(path: Path) -> Stock:
    """What the Maildir at `path` holds. Raises OSError: new/ or cur/ can't be read."""
    new, cur = _heap(path / "new"), _heap(path / "cur")
    try:
        failed = _heap(path / FAILED / "new")
    except FileNotFoundError:
        failed = _Heap()
    size = new.size_bytes + cur.size_bytes + failed.size_bytes
    return Stock(new.files, cur.files, failed.files, size, new.oldest)


def _heap(folder: Path) -> _Heap:
    """The age is that of the move into the folder (ctime): what is tried again waits anew."""
    files = size = 0
    oldest: float | None = None
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or files >= MAX_FILES:
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except FileNotFoundError:  # it was taken meanwhile
                continue
            files += 1
            size += found.st_size
            oldest = found.st_ctime if oldest is None else min(oldest, found.st_ctime)
    return _Heap(files, size, oldest)
