"""Taking back what `trapline install` made: all of it that is still as it was made, and nothing that holds data."""

import stat
from collections.abc import Iterator
from pathlib import Path

from trapline.install.record import RECORD, Record, below, digest


def files(root: Path, record: Record, *, dry_run: bool) -> Iterator[str]:
    """Remove the files that nobody has changed; what was done or would be, in words, and what stays."""
    for name, written in record.files.items():
        path = below(root, Path(name))
        if _ours(path, written):
            if not dry_run:
                path.unlink()
            yield _removed(name, dry_run=dry_run)
        elif path.is_file() and not path.is_symlink():
            yield f"stays: {name}, which you have changed"
        elif path.exists() or path.is_symlink():
            yield f"stays: {name}, which is no file of ours any more"


def folders(root: Path, record: Record, *, dry_run: bool) -> Iterator[str]:
    """Remove the folders that are empty, the innermost first; likewise. The record goes with the first of them."""
    gone = {Path(name) for name, written in record.files.items() if _ours(below(root, Path(name)), written)} | {RECORD}
    for name in sorted(record.folders, reverse=True):
        path = below(root, Path(name))
        if not path.is_dir() or path.is_symlink():
            continue
        left = [one for one in path.iterdir() if not dry_run or Path(name) / one.name not in gone]
        if left:
            socket = "" if not stat.S_ISSOCK(left[0].lstat().st_mode) else " (a socket: is the milter running?)"
            yield f"stays: {name}, which is not empty{socket}"
        else:
            if not dry_run:
                path.rmdir()
            gone.add(Path(name))
            yield _removed(name, dry_run=dry_run)


def _removed(name: str, *, dry_run: bool) -> str:
    return f"{'would be removed' if dry_run else 'removed'}: {name}"


def _ours(path: Path, written: str) -> bool:
    """Whether it is as it was written."""
    return path.is_file() and not path.is_symlink() and digest(path.read_bytes()) == written
