"""Files and folders that a command makes for a service: what root makes belongs to the owner of the folder around it.

Else the service's own user could not use it afterwards. The service can write in that folder, so root gives nothing
away through a link in it, nor anything that was not root's own.
"""

import os
import stat
from pathlib import Path


def opened(path: Path, mode: int = 0o600) -> int:
    """The file at `path`, open for reading and writing; made with `mode` where it is missing. Raises OSError.

    A symbolic link is used as it is: whoever put it there has seen to its target.
    """
    flags = os.O_RDWR | os.O_CLOEXEC
    if path.is_symlink():
        return os.open(path, flags)
    descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, mode)
    try:
        _give(descriptor, path.parent)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def folder(path: Path, mode: int = 0o700) -> None:
    """Make the folder at `path`, and those above it, where they are missing. Raises OSError."""
    if path.is_dir():
        return
    if path != path.parent:
        folder(path.parent, mode)
    path.mkdir(mode, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _give(descriptor, path.parent)
    finally:
        os.close(descriptor)


def _give(descriptor: int, around: Path) -> None:
    found = os.fstat(descriptor)
    if os.geteuid() != 0 or found.st_uid != 0:
        return
    if stat.S_ISREG(found.st_mode) and found.st_nlink > 1:
        return  # also the name of something else of root's
    owner = around.stat()
    os.fchown(descriptor, owner.st_uid, owner.st_gid)
